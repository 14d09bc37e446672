"""What pages answer when there is no page: sign in first, not yours, not there, broken. app.py installs it.

pages/frame.py raises what is translated here; the plain pages themselves are auth's, for they need no socket.
"""

from __future__ import annotations

from typing import Any

import structlog
from nicegui import app as ng

from auth.plain import error_page
from auth.returning import sign_in_path, wanted_path
from auth.speaking import speech_of
from billing.portal import Portal
from billing.rules.errors import BadInput, Conflict, Forbidden, NotFound, ScripError, SignedOut, Unavailable
from pages import notices, theme

STATUS: tuple[tuple[type[ScripError], int], ...] = (
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (BadInput, 400),
    (Unavailable, 503),
)

log = structlog.get_logger("pages")


class PageBroke(Exception):
    """A page failed for a reason nobody foresaw; `reference` stands in the log beside the reason."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


def install(_outer: Any, portal: Portal) -> None:
    """Style sheets, and plain answers instead of pages; once, when the portal is put together."""
    theme.serve()
    product = portal.settings.product_name

    async def refused(request: Any, error: Any) -> Any:
        if isinstance(error, SignedOut):
            return _to_sign_in(request, product)
        status = next((status for kind, status in STATUS if isinstance(error, kind)), 400)
        # Verbs say the same of what is somebody else's and of what does not exist, so these pages are the same as well.
        return error_page(status, error.sentence, None, _nonce(request), product=product, speech=speech_of(request))

    async def unknown(request: Any, _error: Any) -> Any:
        return error_page(404, None, None, _nonce(request), product=product, speech=speech_of(request))

    async def broke(request: Any, error: Any) -> Any:
        return error_page(500, None, error.reference, _nonce(request), product=product, speech=speech_of(request))

    async def unforeseen(request: Any, error: Any) -> Any:
        reference = notices.new_reference()
        log.error("a request failed", reference=reference, exc_info=error)
        return error_page(500, None, reference, _nonce(request), product=product, speech=speech_of(request))

    ng.add_exception_handler(ScripError, refused)
    ng.add_exception_handler(PageBroke, broke)
    ng.add_exception_handler(404, unknown)
    ng.add_exception_handler(Exception, unforeseen)


def _to_sign_in(request: Any, product: str) -> Any:
    """303, so that the browser asks with GET, whatever it asked with before."""
    answer = error_page(401, None, None, _nonce(request), product=product, speech=speech_of(request))
    answer.status_code = 303
    answer.headers["Location"] = sign_in_path(wanted_path(str(request.url)))
    return answer


def _nonce(request: Any) -> str:
    return str(getattr(request.state, "csp_nonce", ""))
