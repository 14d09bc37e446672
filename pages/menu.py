"""The menu: beside the content on a desk, under the thumb on a phone. Only pages/frame.py imports it.

It is one list in the document; the style sheet alone decides where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nicegui import ui

from auth.policy import Action, Principal, may
from billing.portal import Portal
from pages.parts.icons import icon
from pages.parts.tags import Tag
from pages.words import N_, _


@dataclass(frozen=True, slots=True)
class Item:
    """One page in the menu: shown to those who may do `action`, in portals that have what it is about.

    The thumb's bar is short: what `is_for_desks` is found in the menu of the person there.
    A `deep` one has no room under the thumb: there the shelf of the console leads to it.
    """

    path: str
    label: str
    icon: str
    action: Action
    is_apart: bool = False
    is_for_desks: bool = False
    has_it: Callable[[Portal], object] = lambda _: True
    is_deep: bool = False


CONSOLE: tuple[Item, ...] = (
    Item("/manage", N_("Accounts"), "manage", Action.SEARCH_ACCOUNTS, is_apart=True),
    Item("/manage/bulk", N_("Bulk grants"), "bulk", Action.ADJUST_CREDITS, is_deep=True),
    Item("/manage/events", N_("Events"), "events", Action.VIEW_INBOX, is_deep=True),
    Item("/manage/attention", N_("Attention"), "attention", Action.VIEW_INBOX, is_deep=True),
    Item("/manage/audit", N_("Audit log"), "audit", Action.VIEW_AUDIT, is_deep=True),
)
"""The managers' pages."""


def menu(items: Iterable[Item], principal: Principal, current: str) -> ui.element:
    """The items this person may open, the one at `current` marked."""
    nav = Tag("nav", classes="menu", aria_label=_("Main"))
    with nav, Tag("ul"):
        for item in items:
            if may(principal, item.action):
                _entry(item, is_current=item.path == current)
    return nav


def shelf(principal: Principal, current: str) -> None:
    """The managers' pages again, in the current slot, for where the menu has no room for them."""
    shown = [item for item in CONSOLE if may(principal, item.action)]
    if current not in [item.path for item in shown]:
        return
    with Tag("nav", classes="shelf", aria_label=_("Console")), Tag("ul"):
        for item in shown:
            with Tag("li"):
                Tag("a", _(item.label), href=item.path, aria_current="page" if item.path == current else None)


def _entry(item: Item, *, is_current: bool) -> None:
    with (
        Tag("li", classes=" ".join(["apart"] * item.is_apart + ["desk"] * item.is_for_desks + ["deep"] * item.is_deep)),
        Tag("a", _(item.label), href=item.path, aria_current="page" if is_current else None),
    ):
        icon(item.icon)
