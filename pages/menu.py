"""The menu: beside the content on a desk, under the thumb on a phone. Only pages/frame.py imports it.

It is one list in the document; the style sheet alone decides where it stands. Under the thumb is room for four: what
comes after the third place is then behind More, a popover of the browser's own, which a desk shows as part of the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from nicegui import ui

from auth.policy import Action
from billing.portal import Portal
from pages.parts.halves import half
from pages.parts.icons import OUTLINES, WRITTEN, outline
from pages.parts.stills import Still
from pages.parts.tags import Tag
from pages.words import N_, _

REST_ID = "more-menu"
PLACES = 4


@dataclass(frozen=True, slots=True)
class Item:
    """One page in the menu: shown to those who may do `action`, in portals that have what it is about."""

    path: str
    label: str
    icon: str
    action: Action
    is_apart: bool = False
    has_it: Callable[[Portal], object] = lambda _: True


class Entry(Tag):
    """A link or a button of the menu: its word with an icon."""

    def __init__(self, kind: str, text: str, icon: str, **props: Any) -> None:
        super().__init__(half("menu_entry"), text, **props)
        self.props["kind"], self.props["d"] = kind, OUTLINES[icon]
        self.classes("written" if icon in WRITTEN else "")

    def still(self, inner: Markup) -> Still:
        """The same."""
        attributes = {name: value for name, value in self.props.items() if name not in ("kind", "d")}
        return Still(self.props["kind"], attributes, Markup("{}{}").format(inner, outline(self.props["d"])))


CONSOLE: tuple[Item, ...] = (
    Item("/manage", N_("Accounts"), "manage", Action.SEARCH_ACCOUNTS, is_apart=True),
    Item("/manage/bulk", N_("Bulk grants"), "bulk", Action.ADJUST_CREDITS),
    Item("/manage/events", N_("Events"), "events", Action.VIEW_INBOX),
    Item("/manage/attention", N_("Attention"), "attention", Action.VIEW_INBOX),
    Item("/manage/insights", N_("Insights"), "insights", Action.VIEW_INSIGHTS),
    Item("/manage/audit", N_("Audit log"), "audit", Action.VIEW_AUDIT),
)
"""The managers' pages."""


def menu(items: Iterable[Item], current: str) -> ui.element:
    """The items, the one at `current` marked."""
    shown = list(items)
    first = len(shown) if len(shown) <= PLACES else PLACES - 1
    nav = Tag("nav", classes="menu", aria_label=_("Main"))
    with nav, Tag("div"):
        with Tag("ul"):
            _entries(shown[:first], current)
        if shown[first:]:
            _rest(shown[first:], current)
    return nav


def _rest(items: Sequence[Item], current: str) -> None:
    holds_it = any(item.path == current for item in items)
    opener = Entry("button", _("More"), "more", type="button", popovertarget=REST_ID).classes("more").mark("more")
    opener.put("aria_current", "true" if holds_it else None)
    with Tag("ul", id=REST_ID, classes="rest", popover="auto"):
        _entries(items, current)


def _entries(items: Iterable[Item], current: str) -> None:
    for item in items:
        with Tag("li", classes="apart" if item.is_apart else ""):
            Entry("a", _(item.label), item.icon, href=item.path, aria_current="page" if item.path == current else None)
