"""/settings/profile: the language and the time zone a person is spoken to in, and the looks. app.py mounts it.

Language and zone are kept with the person, for every browser; the looks are this browser's own affair.
"""

from __future__ import annotations

from functools import cache, partial

from babel.core import get_global
from nicegui import ui
from nicegui.events import GenericEventArguments

from auth import preferences
from auth.policy import Action, Principal
from auth.preferences import Preferences
from billing.portal import Portal
from locales.catalogues import LANGUAGES, wished
from locales.speech import zone_names
from pages import notices, theme
from pages.frame import act, screen
from pages.live import ask
from pages.parts import format as written
from pages.parts import shortcuts
from pages.parts.modal import READ_FORM, Field, PlainSelect, told
from pages.parts.tags import Tag
from pages.settings import settings_frame
from pages.words import _, speech

PATH = "/settings/profile"
SAVED = "saved"

REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
"""Where the zones lie that are offered; the others are other names for them."""


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.VIEW_ACCOUNT)
    async def profile(principal: Principal) -> None:
        was_saved = SAVED in ui.context.client.request.query_params
        async with settings_frame(portal, principal, PATH):
            if was_saved:
                ui.navigate.history.replace(PATH)
                notices.box("info", _("Saved."), _("Every browser you sign in with follows it."))
            _form(portal, principal)
            with Tag("section", classes="panel form", aria_label=_("Theme")):
                theme.looks(_("Theme of this browser"))
            with Tag("section", classes="panel form", aria_labelledby="keys"):
                Tag("h2", _("Keyboard shortcuts"), id="keys")
                shortcuts.switch()


def _form(portal: Portal, principal: Principal) -> None:
    with (
        Tag("section", classes="panel form", aria_labelledby="spoken"),
        Tag("form", novalidate="", classes="stack").mark("profile") as form,
    ):
        Tag("h2", _("Language and time zone"), id="spoken")
        Field(partial(PlainSelect, _languages(), principal.language or ""), "language", _("Language"))
        now = _("It is {time} for you now.", time=written.clock_time(portal.clock()))
        Field(partial(PlainSelect, _zones(principal), principal.zone or ""), "zone", _("Time zone"), now)
        with Tag("div", classes="actions"):
            Tag("button", _("Save"), "btn primary", type="submit").mark("save")

    async def save(event: GenericEventArguments) -> None:
        wanted = Preferences(told(event.args, "language") or None, told(event.args, "zone") or None)
        await ask(preferences.choose, portal, principal, wanted)
        # what stands in the page was said before the choice
        ui.navigate.to(f"{PATH}?{SAVED}")

    form.on("submit", act(portal, principal, Action.VIEW_ACCOUNT, save), js_handler=READ_FORM)


def _languages() -> list[tuple[str, str]]:
    """Each in its own words: whoever looks for theirs can read no other."""
    browsers = wished(ui.context.client.request.headers.get("accept-language", ""))
    return [("", _("As the browser says ({language})", language=LANGUAGES[browsers])), *LANGUAGES.items()]


def _zones(principal: Principal) -> list[tuple[str, str]]:
    offered = dict(_named_zones(speech().locale))
    if principal.zone is not None:
        offered.setdefault(principal.zone, principal.zone)
    return [("", _("As the browser says")), ("UTC", "UTC"), *offered.items()]


@cache
def _named_zones(locale: str) -> tuple[tuple[str, str], ...]:
    """Name and words of every zone that is not another one's old name, by its city."""
    aliases = get_global("zone_aliases")
    names = [name for name in zone_names() if name.startswith(REGIONS) and name not in aliases]
    words = {name: f"{written.city(name, locale)} ({name})" for name in names}
    return tuple(sorted(words.items(), key=lambda each: each[1].casefold()))
