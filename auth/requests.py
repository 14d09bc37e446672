"""What the doors read from a request, and the plain page they refuse it with. Only auth's doors import it."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request, Response

from auth.plain import RETRY_SECONDS, error_page
from auth.policy import Principal
from auth.speaking import speech_of
from billing.portal import Portal
from billing.rules.sentences import sentence

OLD_FORM = sentence("This form is no longer valid. Go back, reload the page, and try again.")


def who_asks(request: Request) -> Principal | None:
    """The principal the middleware found."""
    found: Principal | None = getattr(request.state, "principal", None)
    return found


def refused(portal: Portal, request: Request, status: int, said: str, seconds: int = RETRY_SECONDS) -> Response:
    """The page that says so; `seconds` is when it can be tried again, where that helps."""
    product, speech = portal.settings.product_name, speech_of(request)
    return error_page(status, said, None, nonce(request), product=product, speech=speech, again_in=seconds)


def address(request: Request) -> str:
    """From where it came."""
    return request.client.host if request.client else ""


def nonce(request: Request) -> str:
    """What the answer's own style needs to be let in."""
    return str(getattr(request.state, "csp_nonce", ""))


async def form(request: Request) -> dict[str, str]:
    """A small form of ours; anything else reads as an empty one."""
    try:
        return dict(parse_qsl((await request.body()).decode(), max_num_fields=10))
    except ValueError:
        return {}
