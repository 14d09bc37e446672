"""/buy: choose a package, see the total, pay without leaving, watch the credits arrive. app.py mounts it.

Looking costs nothing: an order is written when somebody presses "Continue". Everything the browser says afterwards is
advice; whether it was paid is asked of the provider and read from the ledger.
"""

from __future__ import annotations

import asyncio
from functools import partial

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import accounts, purchases
from billing.portal import Portal
from billing.rules.catalog import Package
from billing.rules.errors import GatewayUnavailable, NotFound
from billing.rules.moments import DAY
from billing.rules.orders import PAYABLE, Order, OrderState
from pages import notices
from pages.frame import Work, act, frame, screen
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.packages import PackageChoice, Summary, named, on_sale
from pages.parts.payment_form import Ears, PaymentForm, Phase, told_failure
from pages.parts.settling import Settling
from pages.parts.tags import Tag, button, link

PAUSES = (0, 2, 4, 8, 16, 30, 60)
"""Seconds before each look at a payment nobody knows the end of."""
SURE_AFTER = 3
"""So many looks in a row must find it unpaid before a person is told to try again; the payment stays the same one."""

REMEMBERED = DAY
"""An unpaid purchase is brought up for so long; afterwards nobody wants to be reminded of it."""

UNPAID = "The payment did not go through. No money was taken. You can try again."
UNKNOWN = "Stripe cannot be reached, so nobody can say yet whether it was paid. Do not pay again; look here later:"


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen("/buy", Action.BUY)
    async def buy(principal: Principal) -> None:
        wanted = dict(ui.context.client.request.query_params)
        async with frame(portal, principal, "Buy credits", "/buy"):
            await _offer(portal, principal, wanted)


async def _offer(portal: Portal, principal: Principal, wanted: dict[str, str]) -> None:
    try:
        packages = on_sale(await ask(purchases.offers, portal))
    except GatewayUnavailable as away:
        # No price is better than a wrong one.
        with notices.box("danger", "The prices cannot be shown now.", f"{away.sentence} Nothing was charged."):
            link("Try again", "/buy", "btn")
        return
    resumed = await _resumed(portal, principal, wanted.get("order"))
    package = named(packages, resumed.package_key if resumed else wanted.get("package"))
    if package is None:
        notices.box("info", "Nothing is on sale at the moment.", "Please come back later.")
        return
    counter = Counter(portal, principal, packages, package)
    await counter.arrive(resumed)


async def _resumed(portal: Portal, principal: Principal, order_id: str | None) -> Order | None:
    """The unpaid purchase a receipt sends back here; a stranger's, or a settled one, counts as not named."""
    try:
        found = await ask(purchases.order, portal, principal.account_id or "", order_id) if order_id else None
    except NotFound:
        return None
    return found if found and found.state in PAYABLE else None


class Counter:
    """One visit to the counter: choosing, paying, settling, in this order and in one page."""

    def __init__(self, portal: Portal, principal: Principal, packages: tuple[Package, ...], package: Package) -> None:
        self._portal, self._principal = portal, principal
        self._account_id = principal.account_id or ""
        self._order: Order | None = None
        self._asking = False
        self._unfinished = Tag("div")
        self._choice = PackageChoice(packages, package, lambda _: self._sum_up())
        self._summary = Summary()
        with Tag("div", classes="actions") as self._steps_on:
            self._go = button("Continue to payment", self._handler(self._continue), "primary", aria_describedby="due")
            self._change = button("Choose another package", self._choose_again)
        ears = Ears(self._handler(self._paid), self._handler(self._processing), self._handler(self._failed))
        self._form = PaymentForm(portal.settings, ears)
        self._settled = Tag("section", classes="settled", aria_label="Progress")
        self._show_choice(True)

    async def arrive(self, resumed: Order | None) -> None:
        """Fills in what only the account knows, and goes on with the purchase a person came back for."""
        follow(self._portal, self._principal, self._account_id, self._read_account)
        await self._read_account()
        if resumed is not None:
            on_the_way = GenericEventArguments(sender=self._go, client=self._go.client, args={})
            ui.timer(0.05, partial(self._handler(self._continue), on_the_way), once=True)
            return
        for order in await ask(purchases.unfinished, self._portal, self._account_id, 1):
            if order.state is not OrderState.PROCESSING and self._portal.clock() - order.updated_at > REMEMBERED:
                continue
            with self._unfinished, notices.box("info", "You have a purchase under way.", _begun(order)):
                link("See where it stands", f"/receipt/{order.id}", "btn")

    async def _read_account(self) -> None:
        self._account = await ask(accounts.view, self._portal, self._account_id)
        self._sum_up()

    def _sum_up(self) -> None:
        self._summary.show(self._choice.package, self._account)

    async def _continue(self, _: GenericEventArguments) -> None:
        if self._asking:
            return
        self._asking = True
        self._go.put("aria_disabled", "true")
        try:
            buyer = purchases.Buyer(self._principal.id, self._account_id)
            checkout = await ask(purchases.begin, self._portal, buyer, self._choice.package.key)
        finally:
            self._asking = False
            self._go.put("aria_disabled", None)
        self._order = order = checkout.order
        self._show_choice(False)
        if checkout.client_secret is None:
            self._settle(order, claimed=order.state is not OrderState.PROCESSING)
            return
        back = f"{self._portal.settings.public_url}/receipt/{order.id}"
        self._form.open(written.money(order.amount), checkout.client_secret, checkout.customer_session_secret, back)

    def _choose_again(self) -> None:
        if self._form.may_be_left:
            self._form.close()
            self._show_choice(True)

    def _show_choice(self, shown: bool) -> None:
        for element in (self._choice.element, self._go, self._unfinished):
            element.set_visibility(shown)
        self._change.set_visibility(not shown)

    async def _paid(self, _: GenericEventArguments) -> None:
        if self._order is not None:
            self._settle(self._order, claimed=True)

    async def _processing(self, _: GenericEventArguments) -> None:
        if self._order is not None:
            self._settle(await ask(purchases.confirm, self._portal, self._account_id, self._order.id), claimed=False)

    async def _failed(self, event: GenericEventArguments) -> None:
        if self._order is None or self._form.phase is Phase.CHECKING:
            return
        told = told_failure(event)
        if told.is_definite:
            self._form.decline(told)
            return
        self._form.check()
        await self._find_out(self._order.id)

    async def _find_out(self, order_id: str) -> None:
        """Looks until somebody knows; a browser that lost its connection cannot say what the bank did."""
        unpaid = 0
        for pause in PAUSES:
            await asyncio.sleep(pause)
            if ui.context.client.is_deleted:
                return
            try:
                order = await ask(purchases.confirm, self._portal, self._account_id, order_id)
            except GatewayUnavailable:
                continue
            if order.state in (OrderState.CREDITED, OrderState.PROCESSING):
                self._settle(order, claimed=False)
                return
            unpaid += 1
            if unpaid == SURE_AFTER:
                self._form.refuse(UNPAID)
                return
        self._form.message.text = f"{UNKNOWN} /receipt/{order_id}"

    def _settle(self, order: Order, *, claimed: bool) -> None:
        """From here on the address is the receipt's: a reload finds this purchase and begins no new one."""
        self._form.close()
        for element in (self._steps_on, self._summary.element):
            element.set_visibility(False)
        self._settled.clear()
        with self._settled:
            heading = Tag("h2", f"{order.package_name}, {written.money(order.amount)}", tabindex="-1")
            settling = Settling(self._portal, self._principal, order, claimed=claimed)
        ui.navigate.history.replace(f"/receipt/{order.id}")
        _ = heading.run_method("focus")
        ui.timer(0.05, settling.reread, once=True)

    def _handler(self, work: Work) -> Work:
        return act(self._portal, self._principal, Action.BUY, work, account_id=self._account_id)


def _begun(order: Order) -> str:
    return f"{order.package_name} for {written.money(order.amount)}, begun {written.moment(order.created_at)}."
