"""The door to Stripe: POST /webhooks/stripe or another path that is set, raw bytes in, a short answer out.

api/doors.py opens it. A plain ASGI endpoint: no cookie, no session, no model. Whatever a stranger sends gets the same
text, and nothing of it is kept but a counter.
"""

from __future__ import annotations

import json

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api import bodies
from api.metrics import Metrics
from api.problems import MEDIA_TYPE, RETRY_AFTER_SECONDS
from billing import webhooks
from billing.portal import Portal
from billing.rules.errors import Forged, NotAnEvent, TooLarge, Unavailable

PATH = "/webhooks/stripe"
RECEIVED = b'{"received":true}'

log = structlog.get_logger("webhooks")


def routes(portal: Portal, metrics: Metrics) -> list[Route]:
    """One route for each path Stripe may have been told, for POST alone: a system's documents name their own.

    Without Stripe behind the portal nobody can prove to be the sender, so nothing is taken at all.
    """
    door = _unheard if portal.settings.mode == "dummy" else StripeDoor(portal, metrics)
    paths = dict.fromkeys((PATH, *portal.settings.webhook_paths))
    return [Route(path, door, methods=["POST"], name="stripe_webhook") for path in paths]


class StripeDoor:
    """Answers 200 after the commit, 400 or 413 to what is no event of ours, 503 when it should be sent again."""

    def __init__(self, portal: Portal, metrics: Metrics) -> None:
        self._portal = portal
        self._most = portal.settings.api.body_limit_bytes
        self._count = metrics.webhooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, outcome = await self._take(Request(scope, receive))
        except ClientDisconnect:
            self._count.labels("left").inc()
            return
        self._count.labels(outcome).inc()
        body, kind = (RECEIVED, b"application/json") if status == 200 else (_REFUSALS[status], MEDIA_TYPE.encode())
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
        if status == 503:
            headers.append((b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _take(self, request: Request) -> tuple[int, str]:
        """Status, and the word under which it is counted."""
        try:
            raw = await bodies.read(request, self._most)
            state = await webhooks.receive(self._portal, raw, _signature(request))
        except TooLarge:
            return 413, "too_large"
        except NotAnEvent:
            return 400, "refused"
        except Unavailable:
            return 503, "unavailable"
        except ClientDisconnect:
            raise
        except Exception as error:  # verification must not crash on a stranger's bytes; the text may hold those bytes
            log.error("unexpected_webhook", error=type(error).__name__)
            return 400, "refused"
        return 200, state.value


async def _unheard(_request: Request) -> Response:
    return Response(_REFUSALS[501], 501, media_type=MEDIA_TYPE)


def _signature(request: Request) -> str:
    """The one signature header. With two, somebody on the way could choose which one we believe."""
    given = request.headers.getlist("stripe-signature")
    if len(given) != 1 or not given[0].isascii():
        raise Forged("header")
    return given[0]


def _refusal(status: int, title: str, detail: str) -> bytes:
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail, "message": detail}
    return json.dumps(told).encode()


_REFUSALS = {
    400: _refusal(400, "Bad Request", NotAnEvent().sentence),
    501: _refusal(501, "Not Implemented", "The payment provider of this portal sends no webhooks."),
    413: _refusal(413, "Content Too Large", "This body is larger than any webhook event."),
    503: _refusal(503, "Service Unavailable", "The event could not be kept yet; please send it again."),
}
