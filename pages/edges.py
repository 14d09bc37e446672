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
from billing.settings import SettingsError
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


def refuse_second_name(outer: Any, route: str) -> None:
    """A second name of the page buy would hide what has that name already; asked once everything is in its place.

    Raises SettingsError.
    """
    shown = [each for each in (*outer.routes, *ng.routes) if "GET" in (getattr(each, "methods", None) or ("GET",))]
    if route and [getattr(each, "path", "") for each in shown].count(f"/{route}") > 1:
        what = f"checkout_route (SCRIP_CHECKOUT_ROUTE): /{route} is taken by the portal itself: choose another name."
        raise SettingsError(what)


def install(_outer: Any, portal: Portal) -> None:
    """Style sheets, and plain answers instead of pages; once, when the portal is put together."""
    theme.serve()
    answers = Answers(portal.settings.product_name)
    for kind in (ScripError, PageBroke, 404, Exception):
        ng.add_exception_handler(kind, answers.answer)


class Answers:
    """The plain page for whatever went wrong. `answer` is also for the doors that people come to without a page."""

    def __init__(self, product: str) -> None:
        self._product = product

    async def answer(self, request: Any, error: Any) -> Any:
        """Every error becomes a page; what nobody foresaw is logged under the reference that the page shows."""
        if isinstance(error, SignedOut):
            return self._to_sign_in(request)
        if isinstance(error, ScripError):
            status = next((status for kind, status in STATUS if isinstance(error, kind)), 400)
            # Verbs say the same of what is somebody else's and of what does not exist, so these pages do as well.
            return self._page(request, status, error.sentence)
        if isinstance(error, PageBroke):
            return self._page(request, 500, None, error.reference)
        status = getattr(error, "status_code", 500)
        if status < 500:
            return self._page(request, status)
        reference = notices.new_reference()
        log.error("a request failed", reference=reference, exc_info=error)
        return self._page(request, 500, None, reference)

    def _to_sign_in(self, request: Any) -> Any:
        """303, so that the browser asks with GET, whatever it asked with before."""
        answer = self._page(request, 401)
        answer.status_code = 303
        answer.headers["Location"] = sign_in_path(wanted_path(str(request.url)))
        return answer

    def _page(self, request: Any, status: int, said: str | None = None, reference: str | None = None) -> Any:
        nonce, speech = str(getattr(request.state, "csp_nonce", "")), speech_of(request)
        return error_page(status, said, reference, nonce, product=self._product, speech=speech)
