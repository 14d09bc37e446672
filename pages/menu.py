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
from pages.words import _


@dataclass(frozen=True, slots=True)
class Item:
    """One page in the menu: shown to those who may do `action`, in portals that have what it is about.

    The thumb's bar is short: what `is_for_desks` is found in the menu of the person there.
    """

    path: str
    label: str
    icon: str
    action: Action
    is_apart: bool = False
    is_for_desks: bool = False
    has_it: Callable[[Portal], object] = lambda _: True


def menu(items: Iterable[Item], principal: Principal, current: str) -> ui.element:
    """The items this person may open, the one at `current` marked."""
    nav = Tag("nav", classes="menu", aria_label=_("Main"))
    with nav, Tag("ul"):
        for item in items:
            if may(principal, item.action):
                _entry(item, is_current=item.path == current)
    return nav


def _entry(item: Item, *, is_current: bool) -> None:
    with (
        Tag("li", classes=f"{'apart' if item.is_apart else ''} {'desk' if item.is_for_desks else ''}".strip()),
        Tag("a", _(item.label), href=item.path, aria_current="page" if is_current else None),
    ):
        icon(item.icon)
