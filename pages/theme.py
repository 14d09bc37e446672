"""Colours and the style sheets. pages/frame.py and app.py import it; the values themselves stand in static/tokens.css.

Quasar is told the same colours for the few pieces of it that are used; everything else is drawn by our own sheets.
"""

from __future__ import annotations

import hashlib
import re
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any

import nicegui
from nicegui import app as ng
from nicegui import ui
from nicegui.translations import translations

from auth.plain import kept_file
from auth.speaking import TELL_ZONE
from locales.speech import Speech
from pages import picture
from pages.parts import halves
from pages.parts.tags import Tag
from pages.words import N_, _, speech

STATIC = Path(__file__).parent / "static"
SHEET = "/static/pages.css"
A_YEAR = 31_536_000

COOKIE = "scrip_theme"
"""Holds a person's choice, light or dark; without it the system decides. Nothing but looks depends on it."""

QUASAR: dict[str, Any] = {"en": "en-US", "de": "de", "fr": "fr", "es": "es", "ja": "ja", "ar": "ar"}
"""What Quasar calls our languages."""

POPUPS = {
    "connection_lost": N_("Connection lost."),
    "trying_to_reconnect": N_("Trying to reconnect …"),
    "message_too_long": N_("That was too much at once"),
    "message_too_long_body": N_("What was typed is too long to be sent."),
}
"""What NiceGUI says about the connection, by its own names; it has no Arabic."""

CHOICES = {"system": N_("System"), "light": N_("Light"), "dark": N_("Dark")}

COLOURS = {
    "primary": "primary", "secondary": "muted", "accent": "test", "positive": "good", "negative": "danger",
    "warning": "warn", "info": "info",
}  # fmt: skip
"""What Quasar calls our colours."""

GROUP = "theme"

SETTING_UP = ng.config.vue_config_script
"""What NiceGUI's page does before it draws anything."""

EARLY = (f"/_nicegui/{nicegui.__version__}/static/dompurify.mjs", halves.address())
"""Modules that only the last script of a page names; a browser that hears of them in its head has them by then."""

# The choice of looks is the browser's own affair: it is remembered in a cookie and never sent anywhere else.
_CHOOSE = f"""(event) => {{
    const chosen = event.target.value;
    document.cookie = `{COOKIE}=${{chosen}}; path=/; max-age=31536000; samesite=lax`;
    Quasar.Dark.set(chosen === 'system' ? 'auto' : chosen === 'dark');
    document.querySelectorAll('input[name={GROUP}]').forEach((each) => {{ each.checked = each.value === chosen; }});
}}"""


def run_options(product_name: str) -> dict[str, Any]:
    """What `ui.run_with` must be told so that pages look and behave as designed."""
    return {
        "title": product_name,
        "favicon": STATIC / "favicon.svg",
        "dark": None,  # the system decides; spoken() puts a person's choice over it
        "language": "en-US",
        "tailwind": False,
        "binding_refresh_interval": None,
        "reconnect_timeout": 30.0,  # a short loss of the network must not wipe a half-filled card form
        "storage_secret": None,  # sessions are ours: NiceGUI keeps nothing about anybody
        "show_welcome_message": False,
    }


def serve() -> None:
    """Serves the sheet and the parts, and sets Quasar's colours; once, when the portal is put together."""
    parts = halves.module()
    ng.add_api_route(SHEET, lambda: kept_file(sheet(), A_YEAR, immutable=True), include_in_schema=False)
    ng.add_api_route(
        halves.ADDRESS, lambda: kept_file(parts, A_YEAR, "text/javascript", immutable=True), include_in_schema=False
    )
    ng.config.vue_config_script = SETTING_UP + halves.registration() + picture.REMOVAL
    for language, quasar in QUASAR.items():
        translations[quasar] = {name: Speech(language).say(text) for name, text in POPUPS.items()}
    light, dark = _tokens()
    ng.colors(**{name: light[token] for name, token in COLOURS.items()}, dark=dark["surface"], dark_page=dark["page"])


def dress() -> None:
    """Puts the style sheet into the page being built.

    A script beside them tells us the browser's zone with the next request; this page does not wait for it.
    """
    ui.add_head_html(f'<script nonce="{nonce()}">{TELL_ZONE}</script>')
    ui.add_head_html(f'<link rel="stylesheet" href="{_address()}">')
    ui.add_head_html("".join(f'<link rel="modulepreload" href="{each}">' for each in EARLY))


def spoken(page: ui.page) -> ui.page:
    """The same page in the visitor's language: it sets the document's language and direction, and Quasar's words.

    And in the looks they chose, where they chose any over the system's.
    """
    copied = copy(page)
    copied.language, copied.dark = QUASAR[speech().language], is_dark()
    return copied


def choice() -> str:
    """What the visitor chose: system, light or dark."""
    chosen = ui.context.client.request.cookies.get(COOKIE, "")
    return chosen if chosen in CHOICES else "system"


def is_dark() -> bool | None:
    """None where the system decides."""
    return {"light": False, "dark": True}.get(choice())


def nonce() -> str:
    """Of the answer being built: inline scripts without it do not run."""
    return str(getattr(ui.context.client.request.state, "csp_nonce", ""))


def looks(legend: str) -> None:
    """The choice itself, in the current slot."""
    chosen = choice()
    with Tag("fieldset", classes="looks"):
        Tag("legend", legend)
        for each, word in CHOICES.items():
            with Tag("label", _(word)):
                radio = Tag("input", type="radio", name=GROUP, value=each, checked=each == chosen or None)
                radio.on("change", js_handler=_CHOOSE)


def _tokens() -> tuple[dict[str, str], dict[str, str]]:
    """The colours of the style sheet, in light and in dark."""
    light, _, dark = (STATIC / "tokens.css").read_text("utf-8").partition(".body--dark")
    first, second = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", each)) for each in (light, dark))
    return first, second


@cache
def sheet() -> bytes:
    """All sheets as one: a browser asks for seven files one after the other, and paints after the last."""
    # the tokens come first: the others use them
    found = sorted(STATIC.glob("*.css"), key=lambda path: (path.name != "tokens.css", path.name))
    return b"\n".join(path.read_bytes() for path in found)


@cache
def _address() -> str:
    """It changes with the content, so that browsers may keep it for a year."""
    return f"{SHEET}?v={hashlib.sha256(sheet()).hexdigest()[:12]}"
