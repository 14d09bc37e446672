"""The frame around every page, and the edge between people and the rest: who may see a page, who may press a button,
and what a person is told when that fails. Every page imports it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import Any

import structlog
from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, authorize, may
from billing import subscriptions
from billing.portal import Portal
from billing.rules.errors import ScripError, SignedOut
from pages import banner, notices, picture, theme, warnings
from pages.edges import PageBroke
from pages.live import recheck
from pages.menu import CONSOLE, Item, menu
from pages.parts.lifeline import Lifeline, session_ended
from pages.parts.shortcuts import Shortcuts
from pages.parts.tags import Tag, link
from pages.words import N_, _, apart, worded


def _is_named(page: str, portal: Portal) -> bool:
    """Pages that stand in the menu only where the settings name them."""
    return page in portal.settings.menu


def _has_a_provider(portal: Portal) -> bool:
    """The dummy one takes no money, so it has no papers."""
    return portal.settings.mode != "dummy"


def _sells_credits(portal: Portal) -> bool:
    return portal.settings.sells_credits


MENU: tuple[Item, ...] = (
    Item("/", N_("Overview"), "overview", Action.VIEW_ACCOUNT),
    Item("/buy", N_("Buy credits"), "buy", Action.BUY, has_it=_sells_credits),
    Item("/transactions", N_("Transactions"), "transactions", Action.VIEW_ACCOUNT, has_it=_sells_credits),
    Item("/usage", N_("Usage"), "usage", Action.VIEW_ACCOUNT, has_it=_sells_credits),
    Item("/plan", N_("Plan"), "plan", Action.BUY, has_it=subscriptions.are_offered),
    Item("/invoices", N_("Invoices"), "invoices", Action.BUY, has_it=_has_a_provider),
    Item("/cards", N_("Cards"), "cards", Action.BUY),
    Item("/cost-management", N_("Cost Management"), "costs", Action.VIEW_ACCOUNT, has_it=partial(_is_named, "costs")),
    Item("/settings", N_("Settings"), "settings", Action.VIEW_ACCOUNT),
    *CONSOLE,
)

Build = Callable[..., Awaitable[None]]
Work = Callable[[GenericEventArguments], Awaitable[None]]

PATIENCE = 30.0  # not money: seconds; on a busy machine NiceGUI's own three would end in an error page

log = structlog.get_logger("pages")


@asynccontextmanager
async def frame(portal: Portal, principal: Principal, title: str, current: str) -> AsyncIterator[None]:
    """Banner, menu, `title` as the one h1, then what the caller builds, then the footer.

    `current` is the address of the menu's item to mark: `async with frame(portal, principal, "Buy credits", "/buy"):`
    """
    client = ui.context.client
    ui.page_title(" · ".join((apart(title), apart(principal.name), portal.settings.product_name)))
    theme.dress()
    ui.skip_link(_("Skip to content"), target=client.content)
    with client.layout:
        head = Tag("header", classes="banner")
        items = [item for item in MENU if item.has_it(portal) and may(principal, item.action)]
        nav = menu(items, current)
        # they come before the content, right after the skip link
        head.move(target_index=1)
        nav.move(target_index=2)
        _footer(portal, items)
        Lifeline(portal, principal)
    with head:
        await banner.fill(portal, principal)
    guarded = partial(act, portal, principal, Action.VIEW_ACCOUNT)
    always = await banner.always(portal, principal)
    await warnings.Shown(portal, principal, always, guarded, buying=current == "/buy").show()
    Tag("h1", title)
    yield
    picture.draw(theme.nonce(), dark=theme.is_dark())


def screen(path: str, action: Action) -> Callable[[Build], Build]:
    """Declares the page at `path` for those who may do `action`; it gets the principal and the path's parameters.

    Everybody else gets a plain page (or the sign-in page) before anything is built.
    """

    def declare(build: Build) -> Build:
        @ui.page(path, response_timeout=PATIENCE)
        def opened() -> Awaitable[None]:
            client = ui.context.client
            request = client.request
            client.page = theme.spoken(client.page)
            principal = admitted(getattr(request.state, "principal", None), action)
            return _built(build, principal, dict(request.path_params))

        return build

    return declare


def admitted(principal: Principal | None, action: Action) -> Principal:
    """The principal, if it may; otherwise the error that `pages/edges.py` shows as a page of its own."""
    try:
        return authorize(principal, action)
    except ScripError:
        ui.context.client.delete()
        raise


def act(
    portal: Portal,
    principal: Principal,
    action: Action,
    work: Work,
    *,
    account_id: str | None = None,
    tell: Callable[[str], None] = notices.refused,
    in_order: bool = False,
) -> Work:
    """An event handler: asks again whether the person may, does `work`, and `tell`s every error in a sentence.

    `in_order`: each event waits for the one before, so that what was typed last is shown last.
    """
    client, turn = ui.context.client, asyncio.Lock()

    async def handle(event: GenericEventArguments) -> None:
        try:
            async with turn if in_order else nullcontext():
                await recheck(portal, principal, action, account_id)
                # in the page, not beside what was pressed: that may be drawn anew, and gone, before the work is done
                with client:
                    await work(event)
        except SignedOut:
            session_ended(client)
            return
        except ScripError as refusal:
            says = partial(worded, refusal.sentence)
        except Exception:
            reference = notices.new_reference()
            log.exception("an event handler failed", reference=reference, action=action.value)
            says = partial(notices.broken, reference)
        else:
            return
        if not client.is_deleted:
            with client:
                tell(says())

    return handle


async def _built(build: Build, principal: Principal, parameters: dict[str, Any]) -> None:
    try:
        await build(principal, **parameters)
    except ScripError:
        raise
    except Exception as error:
        reference = notices.new_reference()
        log.exception("a page could not be built", reference=reference)
        raise PageBroke(reference) from error


def _footer(portal: Portal, items: Iterable[Item]) -> None:
    with Tag("footer", portal.settings.product_name, "foot"):
        link("API", "/api/docs")
        Shortcuts((item.path, _(item.label)) for item in items)
