"""Colours and the style sheets. pages/frame.py and app.py import it; the values themselves stand in static/tokens.css.

Quasar is told the same colours for the few pieces of it that are used; everything else is drawn by our own sheets.
"""

from __future__ import annotations

import hashlib
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any

from nicegui import app as ng
from nicegui import ui

from auth.speaking import TELL_ZONE
from pages.words import N_, speech

STATIC = Path(__file__).parent / "static"
WEB = "/static/pages"
A_YEAR = 31_536_000

COOKIE = "scrip_theme"
"""Holds a person's choice, light or dark; without it the system decides. Nothing but looks depends on it."""

QUASAR: dict[str, Any] = {"en": "en-US", "de": "de", "fr": "fr", "es": "es", "ja": "ja", "ar": "ar"}
"""What Quasar calls our languages."""

CHOICES = {"system": N_("System"), "light": N_("Light"), "dark": N_("Dark")}


def run_options(product_name: str) -> dict[str, Any]:
    """What `ui.run_with` must be told so that pages look and behave as designed."""
    return {
        "title": product_name,
        "favicon": STATIC / "favicon.svg",
        "dark": None,  # the system decides; dress() puts a person's choice over it
        "language": "en-US",
        "tailwind": False,
        "binding_refresh_interval": None,
        "reconnect_timeout": 30.0,  # a short loss of the network must not wipe a half-filled card form
        "storage_secret": None,  # sessions are ours: NiceGUI keeps nothing about anybody
        "show_welcome_message": False,
    }


def serve() -> None:
    """Serves the sheets and sets Quasar's colours; once, when the portal is put together."""
    ng.add_static_files(WEB, STATIC, max_cache_age=A_YEAR)
    ng.colors(
        primary="#1f4fd8", secondary="#525a6b", accent="#6b21a8", dark="#171b23", dark_page="#0f1218",
        positive="#0b6b3a", negative="#b3261e", warning="#7a4a00", info="#17509e",
    )  # fmt: skip


def dress(cookies: dict[str, str]) -> None:
    """Puts the style sheets into the page being built, and a chosen theme over the system's.

    A script beside them tells us the browser's zone with the next request; this page does not wait for it.
    """
    nonce = getattr(ui.context.client.request.state, "csp_nonce", "")
    ui.add_head_html(f'<script nonce="{nonce}">{TELL_ZONE}</script>')
    for address in _sheets():
        ui.add_head_html(f'<link rel="stylesheet" href="{address}">')
    chosen = choice(cookies)
    if chosen != "system":
        ui.dark_mode(value=chosen == "dark")


def spoken(page: ui.page) -> ui.page:
    """The same page in the visitor's language: it sets the document's language and direction, and Quasar's words."""
    copied = copy(page)
    copied.language = QUASAR[speech().language]
    return copied


def choice(cookies: dict[str, str]) -> str:
    """What the visitor chose: system, light or dark."""
    chosen = cookies.get(COOKIE, "")
    return chosen if chosen in CHOICES else "system"


@cache
def _sheets() -> tuple[str, ...]:
    """Every sheet by an address that changes with its content, so that browsers may keep it for a year."""
    # the tokens come first: the others use them
    found = sorted(STATIC.glob("*.css"), key=lambda path: (path.name != "tokens.css", path.name))
    return tuple(f"{WEB}/{path.name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}" for path in found)
