"""Plain pages without a socket: errors, and the frame of the sign-in page. app.py, the middleware and the doors use it.

They must read well when everything else is broken: no script, no icon, and a few inlined lines of style in case the
stylesheet cannot be had.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

HERE = Path(__file__).parent
STYLESHEET = HERE / "static" / "plain.css"
RETRY_SECONDS = 30

_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a status means to a person, and the one thing to do about it."""

    heading: str
    sentence: str
    action: str
    href: str


_HOME = ("Go to the start page", "/")
_MONEY = ("See transactions", "/transactions")
_KINDS = {
    401: _Kind("Please sign in", "This page is for people who are signed in.", "Sign in", "/sign-in"),
    403: _Kind("This is not open to you", "Your role does not include it. Ask a manager of this portal.", *_HOME),
    404: _Kind("There is nothing here", "The address may be mistyped, or what it named is gone.", *_HOME),
    405: _Kind("This did not work", "The page was asked for in a way it does not answer.", *_HOME),
    409: _Kind("This is already done", "It was finished before, in another tab perhaps.", *_MONEY),
    429: _Kind("Too much at once", "Please wait a minute, then try again.", "Try again", ""),
    500: _Kind(
        "Something broke on our side",
        "Your payments are safe: what was paid is recorded, and your transactions show it.",
        *_MONEY,
    ),
    503: _Kind("Back in a moment", "The portal cannot answer just now. Nothing was lost.", "Try again", ""),
}  # fmt: skip


def error_page(
    status: int, sentence: str | None, reference: str | None, nonce: str, *, product: str = "Scrip"
) -> HTMLResponse:
    """The page for `status`. `sentence` is ours or None, never an exception's text; `reference` finds it in the log."""
    kind = _KINDS.get(status, _KINDS[405] if status < 500 else _KINDS[500])
    response = plain_page(
        "error.html", status, nonce, product,
        status=status, heading=kind.heading, sentence=sentence or kind.sentence, reference=reference,
        action=kind.action, href=kind.href,
    )  # fmt: skip
    if status in (429, 503):
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def plain_page(template: str, status_code: int, nonce: str, product: str, **values: Any) -> HTMLResponse:
    """A page from `templates/`, never kept by a cache nor listed by a search engine."""
    html = _environment.get_template(template).render(nonce=nonce, product=product, **values)
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
    return HTMLResponse(html, status_code, headers)
