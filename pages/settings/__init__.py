"""The settings, page by page under addresses of their own: the one list of tabs, and the frame around each page.

A page is added by a file beside this one and a line in TABS; app.py mounts it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from nicegui import ui

from auth.policy import Action, Principal, may
from billing.portal import Portal
from pages.account_picker import PAGE as ORGANISATION
from pages.frame import frame, screen
from pages.parts.tags import Tag, link
from pages.words import N_, _

PATH = "/settings"


def _shares(portal: Portal, principal: Principal) -> bool:
    return portal.settings.organisations.enabled and principal.acts_for_others


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of the settings: for those who may do `action`, where there is what it is about."""

    path: str
    label: str
    action: Action
    has_it: Callable[[Portal, Principal], object] = lambda *_: True


TABS: tuple[Tab, ...] = (
    Tab(f"{PATH}/profile", N_("Profile"), Action.VIEW_ACCOUNT),
    Tab(f"{PATH}/alerts", N_("Alerts"), Action.SET_ALERTS),
    Tab(f"{PATH}/keys", N_("API keys"), Action.MANAGE_KEYS),
    Tab(f"{PATH}/sessions", N_("Sessions"), Action.VIEW_ACCOUNT),
    Tab(ORGANISATION, N_("Members"), Action.VIEW_MEMBERS, has_it=_shares),
)
"""In this order; the first one that somebody may open is what /settings leads them to."""


@asynccontextmanager
async def settings_frame(portal: Portal, principal: Principal, path: str) -> AsyncIterator[None]:
    """The page's frame with the tabs under its heading; `path` is the tab's own."""
    current = next(tab for tab in TABS if tab.path == path)
    async with frame(portal, principal, _(current.label), PATH):
        with Tag("nav", classes="tabs", aria_label=_("Settings")), Tag("ul"):
            for tab in _open_to(portal, principal):
                with Tag("li"):
                    link(_(tab.label), tab.path, "", aria_current="page" if tab is current else None)
        yield


def mount(portal: Portal) -> None:
    """Declares the two addresses that only lead on."""

    @screen(PATH, Action.VIEW_ACCOUNT)
    async def settings(principal: Principal) -> None:
        ui.navigate.to(_open_to(portal, principal)[0].path)

    @screen(f"{PATH}/members", Action.VIEW_ACCOUNT)
    async def members(_principal: Principal) -> None:
        ui.navigate.to(ORGANISATION)


def _open_to(portal: Portal, principal: Principal) -> list[Tab]:
    return [tab for tab in TABS if may(principal, tab.action) and tab.has_it(portal, principal)]
