"""The few icons, as outlines of 24 by 24 drawn for this portal. Only pages import it; no icon font is loaded.

An icon never speaks: the word beside it, or the label of its button, does.
"""

from __future__ import annotations

from markupsafe import Markup
from nicegui import ui

from pages.parts.halves import half
from pages.parts.stills import Still

OUTLINES: dict[str, str] = {
    "overview": "M4 11.5 12 5l8 6.5M6 10v9h12v-9M10 19v-5h4v5",
    "buy": "M12 4v16M4 12h16",
    "costs": "M4 6h16v12H4zM4 10h16M7 15h4",
    "usage": "M5 19v-6M10 19V9M15 19v-8M20 19V5",
    "transactions": "M5 7h14M5 12h14M5 17h9",
    "plan": "M5 9a7.5 7.5 0 0 1 13-1.5L20 10M20 5v5h-5M19 15a7.5 7.5 0 0 1-13 1.5L4 14M4 19v-5h5",
    "cards": "M4 7.5h16v10H4ZM4 11h16M7 14.5h3",
    "invoices": "M6 4h9l3 3v13H6ZM9 10h6M9 13.5h6M9 17h3",
    "settings": "M4 7h9M13 4.5v5M17 7h3M4 12h3M7 9.5v5M11 12h9M4 17h11M15 14.5v5M19 17h1",
    "manage": (
        "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z"  # somebody in front
        "M2.5 19a5.5 5.5 0 0 1 11 0"
        "M16 6.2a3 3 0 0 1 0 5.6"  # and somebody behind
        "M17.5 14.4a5.5 5.5 0 0 1 4 4.6"
    ),
    "events": "M4 13h4l1.5 3h5L16 13h4M4 13l2.5-8h11L20 13v6H4Z",
    "audit": "M7 4h10v16H7ZM10 8.5h4M10 12h4M10 15.5h2",
    "attention": "M12 4.5 21 19.5H3ZM12 10v4.5M12 17v.5",
    "bulk": "M4 7h10M4 12h10M4 17h6M17 14v6M14 17h6",
    "insights": "M5 19v-6M10 19V9M15 19v-8M20 19V5M3.5 19.5h17.5",
    "person": (
        "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z"  # a head
        "M4.5 20a7.5 7.5 0 0 1 15 0"
    ),
    "coin": (
        "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z"  # its rim
        "M12 8.5 15.5 12 12 15.5 8.5 12Z"
    ),
    "more": "M4.5 12a1 1 0 1 0 2 0a1 1 0 0 0-2 0M11 12a1 1 0 1 0 2 0a1 1 0 0 0-2 0M17.5 12a1 1 0 1 0 2 0a1 1 0 0 0-2 0",
    "down": "M7 10l5 5 5-5",
}

WRITTEN = frozenset({"transactions", "costs", "cards", "invoices"})
"""Those that show lines of writing: where it runs from the right, so do they. The style sheet turns them."""


class Outline(ui.element):
    """One outline: one element, for every page has many."""

    def __init__(self, d: str, size: int) -> None:
        super().__init__(half("outline"))
        self.props["d"], self.props["size"] = d, size

    def still(self, _inner: Markup) -> Still:
        """The same."""
        return outline(self.props["d"], self.props["size"])


def outline(d: str, size: int = 20) -> Still:
    """An outline as outline.js draws it."""
    look = {"class": "icon", "viewBox": "0 0 24 24", "width": size, "height": size}
    return Still("svg", {**look, "aria-hidden": True, "focusable": "false"}, Markup('<path d="{}"></path>').format(d))


def icon(name: str, size: int = 20) -> ui.element:
    """The outline in the colour of the text around it."""
    return Outline(OUTLINES[name], size).classes("written" if name in WRITTEN else "")
