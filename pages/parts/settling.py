"""A purchase on its way into the ledger: the stepper, what to say when it takes long, and "Check my payment".

The pages buy and receipt show it. It fills itself whenever the account changes, whoever brought the news.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import purchases
from billing.portal import Portal
from billing.rules.errors import GatewayUnavailable
from billing.rules.moments import SECOND
from billing.rules.orders import Order, OrderState
from pages.frame import act
from pages.live import ask, follow
from pages.parts.stepper import Stepper, progress
from pages.parts.tags import Tag, button, link
from pages.words import N_, _, worded

SLOW_SECONDS = 10.0
LOST_SECONDS = 120.0
CHECK_EVERY = 5 * SECOND
"""Each check asks the provider, so a page may ask only so often."""

LOOKS = (0, 6, 12, 24, 48)
"""Seconds before each look at a purchase nobody has paid yet: whoever just came back from paying need not press."""

SLOW = N_("Paid. Adding the credits takes longer than usual. You can leave this page; they are added without it.")
LOST = N_(
    "Paid, but the credits are still not there. We keep checking by ourselves; support can look it up under {id}."
)


Changed = Callable[[Order], None]


class Settling:
    """Built in the current slot. `claimed`: this browser heard from Stripe that the payment succeeded."""

    def __init__(
        self, portal: Portal, principal: Principal, order: Order, *, claimed: bool, at_receipt: Changed | None = None
    ) -> None:
        """`at_receipt` is called with the order whenever it may have changed; only the receipt has one."""
        self._portal = portal
        # Who looks is the one who gets the credits or the one who pays; both see it with their own account alone.
        self._viewer = principal.account_id or order.account_id
        self._claimed, self._changed = claimed, at_receipt
        self._checked_at: int | None = None
        self._shown_links: list[tuple[str, str]] = []
        self.order = order
        self._stepper = Stepper(order, claimed=claimed, viewer=self._viewer)
        self._note = Tag("p", classes="steps-note", role="status")
        with Tag("div", classes="actions"):
            checked = act(portal, principal, Action.BUY, self._check, account_id=self._viewer)
            self._check_button = button(_("Check my payment"), checked)
            self._links = Tag("span", classes="actions")
        self.show(order)
        follow(portal, principal, self._viewer, self.reread)
        ui.timer(SLOW_SECONDS, lambda: self.overdue(_(SLOW)), once=True)
        ui.timer(LOST_SECONDS, lambda: self.overdue(_(LOST, id=order.id)), once=True)

    def show(self, order: Order) -> None:
        """The order as it stands now."""
        self.order = order
        self._stepper.show(order, claimed=self._claimed)
        if not self._stepper.progress.is_moving:
            self._note.text = ""
        self._check_button.set_visibility(order.state not in (OrderState.CREDITED, OrderState.CANCELED))
        self._show_links()
        if self._changed is not None:
            self._changed(order)

    async def reread(self) -> None:
        """Reads the order again: after the bell, and once after following began."""
        self.show(await ask(purchases.order, self._portal, self._viewer, self.order.id))

    async def look(self) -> None:
        """Asks the provider without being told to: the page was opened for an order that is not settled.

        Again after a while as long as nothing was paid; a bank that works on it takes days, and tells by itself.
        """
        client = ui.context.client
        for pause in LOOKS:
            await asyncio.sleep(pause)
            if client.is_deleted or self.order.state in (OrderState.CREDITED, OrderState.CANCELED):
                return
            if not self._is_too_soon():
                await self._look_once(announced=pause == LOOKS[0])
            if self.order.state not in (OrderState.NEW, OrderState.OPEN):
                return

    async def _look_once(self, *, announced: bool) -> None:
        if announced:
            self._note.text = _("Checking with Stripe …")
        try:
            await self._ask_provider()
            self._note.text = ""
        except GatewayUnavailable as away:
            self._note.text = worded(away.sentence)

    def overdue(self, sentence: str) -> None:
        """Said only while the next step should come by itself; a bank's own slowness is not ours to excuse."""
        if self._stepper.progress.is_moving and self.order.state is not OrderState.PROCESSING:
            self._note.text = sentence

    async def _check(self, _event: GenericEventArguments) -> None:
        if self._is_too_soon():
            self._note.text = _("Checked a moment ago. Please wait a few seconds before checking again.")
            return
        self._note.text = _("Checking with Stripe …")
        try:
            await self._ask_provider()
        except GatewayUnavailable as away:
            self._note.text = worded(away.sentence)
            return
        self._note.text = _found(self.order)

    async def _ask_provider(self) -> None:
        self._checked_at = self._portal.clock()
        self.show(await ask(purchases.confirm, self._portal, self._viewer, self.order.id))

    def _is_too_soon(self) -> bool:
        return self._checked_at is not None and self._portal.clock() - self._checked_at < CHECK_EVERY

    def _show_links(self) -> None:
        """Drawn anew only when they change, so that a link in focus stays in focus."""
        wanted = links(self.order, claimed=self._claimed, at_receipt=self._changed is not None)
        if wanted == self._shown_links:
            return
        self._shown_links = wanted
        self._links.clear()
        with self._links:
            for text, address in wanted:
                link(text, address, "btn primary" if address.startswith("/buy") else "btn")


def links(order: Order, *, claimed: bool, at_receipt: bool) -> list[tuple[str, str]]:
    """Where one may go from here; an unpaid order leads back to the same purchase."""
    if order.state is OrderState.CANCELED:
        return [(_("Buy again"), f"/buy?package={order.package_key}")]
    if order.state is OrderState.CREDITED or progress(order, claimed=claimed).is_moving:
        receipt = [] if at_receipt else [(_("Receipt"), f"/receipt/{order.id}")]
        return [*receipt, (_("Overview"), "/")]
    return [(_("Try again") if order.state is OrderState.FAILED else _("Continue to pay"), f"/buy?order={order.id}")]


def _found(order: Order) -> str:
    if order.state is OrderState.CREDITED:
        return ""
    if order.state is OrderState.PROCESSING:
        return _("Stripe says that the bank is still working on it.")
    return _("Checked just now: no new news from Stripe.")
