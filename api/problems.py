"""The edge to programs: every refusal as an RFC 9457 problem document. Every door raises into it; app installs it.

A problem says in one sentence what is wrong and carries a reference that stands in the log as well. Texts of
unexpected errors never leave this process: they may hold data of somebody else.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from billing.portal import Portal
from billing.rules import errors
from billing.rules.errors import BadInput, InsufficientCredits, ScripError, SignedOut, Unavailable
from billing.rules.money import Credits
from billing.rules.texts import new_id

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
VIOLATIONS_MOST = 10
FRAMES_KEPT = 8
OURS = ("/api/", "/admin/api/", "/webhooks/", "/livez", "/readyz", "/metrics", "/openapi.json")

log = structlog.get_logger("api")

Otherwise = Callable[[Request, Exception], Awaitable[Response]]
"""Answers errors of pages, which a person reads in a browser."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a kind of refusal is told over HTTP."""

    status: int
    title: str


FORMS: Mapping[type[ScripError], Form] = {
    errors.BadInput: Form(400, "The request cannot be used as it stands"),
    errors.NotAnEvent: Form(400, "Not a webhook event"),
    errors.SignedOut: Form(401, "Nobody is asking"),
    errors.InsufficientCredits: Form(402, "Not enough credits"),
    errors.PaymentRefused: Form(402, "The payment was refused"),
    errors.NotPaidYet: Form(402, "Payment not completed"),
    errors.Forbidden: Form(403, "Not allowed"),
    errors.NotInPlan: Form(403, "Not part of the plan"),
    errors.LimitReached: Form(403, "The plan's limit is reached"),
    errors.NotFound: Form(404, "Not found"),
    errors.Conflict: Form(409, "Already done otherwise"),
    errors.KeyReused: Form(409, "The idempotency key was used for something else"),
    errors.TooLarge: Form(413, "Too large"),
    errors.Refused: Form(400, "Refused"),
    errors.Unavailable: Form(503, "Not available right now"),
    errors.ScripError: Form(500, "Something went wrong"),
}


def install(app: FastAPI, portal: Portal, otherwise: Otherwise | None = None) -> None:
    """Answers every error of our paths, and of all other paths when `otherwise` is not given."""
    edge = _Edge(portal.settings.public_url, otherwise)
    for kind in (ScripError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, edge.answer)
    app.add_middleware(_LastEdge, edge=edge)


def form_of(error: ScripError) -> Form:
    """The nearest row of FORMS up the error tree."""
    return next(FORMS[kind] for kind in type(error).__mro__ if kind in FORMS)


class _Edge:
    def __init__(self, public_url: str, otherwise: Otherwise | None) -> None:
        self._public_url = public_url.rstrip("/")
        self._otherwise = otherwise

    async def answer(self, request: Request, error: Exception) -> Response:
        """The answer to an error, whichever it is; it is logged under the reference that the answer carries."""
        if self._otherwise is not None and not _is_ours(request):
            return await self._otherwise(request, error)
        reference = new_id("ref")
        if isinstance(error, ScripError):
            return self._refusal(request, error, reference)
        if isinstance(error, RequestValidationError):
            return self._violations(request, error, reference)
        if isinstance(error, HTTPException):
            return self._plain(request, error, reference)
        _log_unexpected(request, error, reference)
        sentence = "Something went wrong on our side. It was recorded under this reference."
        return self._document(500, "error", "Something went wrong", sentence, reference)

    def _refusal(self, request: Request, error: ScripError, reference: str) -> Response:
        form, more, headers = form_of(error), details_of(error), {}
        if isinstance(error, SignedOut):
            headers["WWW-Authenticate"] = 'Bearer realm="scrip"'
        elif isinstance(error, Unavailable):
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        elif isinstance(error, InsufficientCredits):
            more["buy_url"] = f"{self._public_url}/buy"
        log.info("refused", reference=reference, path=request.url.path, code=error.code, status=form.status)
        return self._document(form.status, error.code, form.title, error.sentence, reference, more, headers)

    def _violations(self, request: Request, error: RequestValidationError, reference: str) -> Response:
        found = [_violation(each) for each in error.errors()[:VIOLATIONS_MOST]]
        log.info("refused", reference=reference, path=request.url.path, code=BadInput.code, status=422)
        sentence = "Some values cannot be used; `errors` says which and why."
        return self._document(422, BadInput.code, "Values that cannot be used", sentence, reference, {"errors": found})

    def _plain(self, request: Request, error: HTTPException, reference: str) -> Response:
        phrase = HTTPStatus(error.status_code).phrase
        log.info("refused", reference=reference, path=request.url.path, code="http", status=error.status_code)
        code = phrase.lower().replace(" ", "_")
        return self._document(error.status_code, code, phrase, f"{phrase}.", reference, {}, dict(error.headers or {}))

    def _document(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        reference: str,
        more: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        document = {
            "type": f"{self._public_url}/api/docs#{code}", "title": title, "status": status, "detail": detail,
            "instance": reference, "code": code, "message": detail, **(more or {}),
        }  # fmt: skip
        kept = {"Cache-Control": "no-store", **(headers or {})}
        return Response(json.dumps(document), status, kept, media_type=MEDIA_TYPE)


class _LastEdge:
    """Catches what no handler knows, before the server would print it with its text."""

    def __init__(self, app: ASGIApp, edge: _Edge) -> None:
        self._app, self._edge = app, edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            log.debug("left", path=scope["path"])
        except Exception as error:  # the edge: whatever was forgotten becomes a plain 500 with a reference
            if started:
                raise  # half an answer is out: only a cut connection tells the reader that it is not whole
            answer = await self._edge.answer(Request(scope), error)
            await answer(scope, receive, send)


def _log_unexpected(request: Request, error: Exception, reference: str) -> None:
    """Where it broke, for whoever repairs it; not its text, which may hold a body, a header or a statement's values."""
    trace = traceback.extract_tb(error.__traceback__)[-FRAMES_KEPT:]
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in trace]
    log.error("unexpected", reference=reference, path=request.url.path, error=type(error).__name__, frames=frames)


def details_of(error: ScripError) -> dict[str, Any]:
    """What an error carries, for a program: amounts of millionths become decimal strings and lose their suffix."""
    told: dict[str, Any] = {}
    for name, value in error.details.items():
        if name.endswith("_micro") and isinstance(value, int):
            told[name.removesuffix("_micro")] = str(Credits(value))
        elif name == "code":
            # Ours says what kind of refusal it is; the provider's own word for it must not stand in its place.
            told |= {} if value is None else {"provider_code": value}
        else:
            told[name] = value
    return told


def _violation(found: Mapping[str, Any]) -> dict[str, str]:
    """Where and why, never what was sent: that may be huge, or a secret."""
    place: Iterable[object] = found.get("loc", ())
    return {"field": ".".join(str(part)[:60] for part in place), "reason": str(found.get("msg", ""))[:200]}


def _is_ours(request: Request) -> bool:
    path = request.url.path
    return path.startswith(OURS) or path == "/api" or "text/html" not in request.headers.get("accept", "")
