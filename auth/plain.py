"""Plain pages without a socket: errors, and the frame of the sign-in page. app.py, the middleware and the doors use it.

They must read well when everything else is broken: no icon, no script that matters, and a few inlined lines of style
in case the stylesheet cannot be had.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from billing.rules.sentences import sentence, word
from locales.speech import Speech

HERE = Path(__file__).parent
STYLESHEET = HERE / "static" / "plain.css"
RETRY_SECONDS = 30
ENGLISH = Speech()

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


_HOME = (word("Go to the start page"), "/")
_MONEY = (word("See transactions"), "/transactions")
_AGAIN = (word("Try again"), "")
_KINDS = {
    401: _Kind(
        word("Please sign in"), sentence("This page is for people who are signed in."), word("Sign in"), "/sign-in"
    ),
    403: _Kind(
        word("This is not open to you"),
        sentence("Your role does not include it. Ask a manager of this portal."),
        *_HOME,
    ),
    404: _Kind(
        word("There is nothing here"), sentence("The address may be mistyped, or what it named is gone."), *_HOME
    ),
    405: _Kind(word("This did not work"), sentence("The page was asked for in a way it does not answer."), *_HOME),
    409: _Kind(word("This is already done"), sentence("It was finished before, in another tab perhaps."), *_MONEY),
    429: _Kind(word("Too much at once"), sentence("Please wait a minute, then try again."), *_AGAIN),
    500: _Kind(
        word("Something broke on our side"),
        sentence("Your payments are safe: what was paid is recorded, and your transactions show it."),
        *_MONEY,
    ),
    503: _Kind(word("Back in a moment"), sentence("The portal cannot answer just now. Nothing was lost."), *_AGAIN),
}


def error_page(
    status: int,
    sentence: str | None,
    reference: str | None,
    nonce: str,
    *,
    product: str = "Scrip",
    speech: Speech = ENGLISH,
    again_in: int = RETRY_SECONDS,
) -> HTMLResponse:
    """The page for `status`. `sentence` is ours or None, never an exception's text; `reference` finds it in the log.

    `again_in` so many seconds it may be tried again, where that helps.
    """
    kind = _KINDS.get(status, _KINDS[405] if status < 500 else _KINDS[500])
    response = plain_page(
        "error.html", status, nonce, product, speech,
        status=status, heading=speech.tell(kind.heading), sentence=speech.tell(sentence or kind.sentence),
        reference=reference, action=speech.tell(kind.action), href=kind.href,
    )  # fmt: skip
    if status in (429, 503):
        response.headers["Retry-After"] = str(again_in)
    return response


def plain_page(
    template: str, status_code: int, nonce: str, product: str, speech: Speech, **values: Any
) -> HTMLResponse:
    """A page from `templates/`, in somebody's language, never kept by a cache nor listed by a search engine."""
    page = _environment.get_template(template)
    html = page.render(nonce=nonce, product=product, speech=speech, _=speech.say, **values)
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
    return HTMLResponse(html, status_code, headers)


def kept_file(body: bytes, max_age: int, kind: str = "text/css", *, immutable: bool = False) -> Response:
    """A file that a browser may keep for so many seconds; an immutable one has a new address when it changes."""
    kept = f"public, max-age={max_age}{', immutable' if immutable else ''}"
    return Response(body, media_type=kind, headers={"Cache-Control": kept})
