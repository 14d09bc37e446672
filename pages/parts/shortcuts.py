"""Single keys that lead to places, their list, and the switch that turns them off. Frame and profile import it."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup
from nicegui import ui

from pages.parts.halves import half
from pages.parts.stills import Still
from pages.parts.tags import Tag
from pages.words import N_, _

COOKIE = "scrip_shortcuts"
"""Says `off` where somebody wants none; like the looks it is the browser's own affair."""

HEARD = {
    "title": N_("Keyboard shortcuts"), "close": N_("Close"), "search": N_("Search"), "next": N_("Next line"),
    "before": N_("Line before"), "open": N_("Open the line"), "file": N_("Export CSV"), "help": N_("This list"),
    "use": N_("Use single keys in this browser"),
}  # fmt: skip
"""What the list says, by the names its browser's half has for it."""

KEYS = {
    "/": "go", "/buy": "b", "/transactions": "gt", "/usage": "gu", "/invoices": "gi", "/settings": "gs",
    "/manage": "gm",
}  # fmt: skip
"""What leads where; of two letters one follows the other."""

# The same cookie as the list itself writes.
_CHOOSE = f"""(event) => {{
    document.cookie = `{COOKIE}=${{event.target.checked ? 'on' : 'off'}}; path=/; max-age=31536000; samesite=lax`;
}}"""


class Shortcuts(ui.element):
    """A button that shows the list, in the current slot. `items` are paths and names of the menu this person has."""

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        super().__init__(half("shortcuts"))
        self.props["cookie"] = COOKIE
        self.props["words"] = {name: _(text) for name, text in HEARD.items()}
        self.props["leads"] = [{"keys": KEYS[path], "href": path, "text": name} for path, name in items if path in KEYS]

    def still(self, _inner: Markup) -> Still:
        """Its button; the list is not open yet."""
        opener = Still("button", {"class": "link plain shortcuts-opener"}, Markup.escape(self.props["words"]["title"]))
        return Still("div", {}, Markup("{}").format(opener))


def switch() -> None:
    """Whether single keys lead anywhere in this browser, as a box to tick in the current slot."""
    is_off = ui.context.client.request.cookies.get(COOKIE) == "off"
    with Tag("label", classes="check"):
        box = Tag("input", type="checkbox", name="shortcuts", checked=None if is_off else True)
        box.on("change", js_handler=_CHOOSE)
        Tag("span", _(HEARD["use"]))
    Tag("p", _("Press ? on any page to see what they do."), "caption")
