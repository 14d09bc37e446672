"""The counter: choosing, saying where one is billed, paying, settling, in this order and in one page.

Nothing is written before somebody presses "Continue". Everything the browser says afterwards is advice; whether it was
paid is asked of the provider and read from the ledger.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum

from nicegui import ui
from nicegui.events import GenericEventArguments

from billing import accounts, purchases
from billing.rules.catalog import Package
from billing.rules.errors import BadInput, Forbidden
from billing.rules.orders import Order, OrderState, Surface
from billing.rules.tax import TaxQuote
from pages.counter.address import AddressStep, place_words
from pages.counter.choice import Choice
from pages.counter.elements import ElementsWay
from pages.counter.embedded import EmbeddedWay
from pages.counter.gate import Gate
from pages.counter.hosted import HostedWay
from pages.counter.summary import Summary, total_of
from pages.counter.visit import MakeWay, Visit
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.settling import Settling
from pages.parts.tags import Tag, button, focus
from pages.words import _, speech

WAYS: dict[Surface, MakeWay] = {
    Surface.ELEMENTS: ElementsWay,
    Surface.EMBEDDED: EmbeddedWay,
    Surface.HOSTED: HostedWay,
}
"""How one pays at each surface."""


class Step(StrEnum):
    """Where the visit stands."""

    CHOOSE = "choose"
    ADDRESS = "address"
    PAY = "pay"


class Counter:
    """One visit to the counter."""

    def __init__(self, visit: Visit, gate: Gate, packages: tuple[Package, ...], package: Package, country: str) -> None:
        self._visit, self._gate = visit, gate
        self._account = visit.receiver
        self._asking = False
        self._quote: TaxQuote | None = None
        self.news = Tag("div")
        with Tag("div", classes="counter"):
            self._choice = Choice(packages, package, self._sum_up)
            with Tag("div", classes="bill") as self._bill:
                self._build_bill()
            self._address = AddressStep(visit, country, self._taxed) if visit.asks_address else None
            self._way = WAYS[visit.surface](visit, self._settle)
            self._settled = Tag("section", classes="settled", aria_label=_("Progress"))
        self._turn(Step.CHOOSE)

    async def arrive(self, *, at_once: bool) -> None:
        """Fills in what only the account knows; `at_once` goes on with the purchase a person came back for."""
        follow(self._visit.portal, self._visit.principal, self._visit.account_id, self._read_account)
        await self._read_account()
        if at_once:
            go_on, pressed = self._visit.handler(self._continue), self._go
            event = GenericEventArguments(sender=pressed, client=pressed.client, args={})
            ui.timer(0.05, lambda: go_on(event), once=True)

    def _build_bill(self) -> None:
        """What it comes to, and the way on or back: beside each step on a desk, below the packages on a phone."""
        self._summary = Summary(self._visit)
        self._billed = Tag("p", classes="muted")
        with Tag("div", classes="actions"):
            go_on = self._visit.handler(self._continue)
            self._go = button(_("Continue to payment"), go_on, "primary", aria_describedby="due")
            self._change = button(_("Choose another package"), self._choose_again)
            self._move = button(_("Change the address"), self._move_again)

    async def _read_account(self) -> None:
        self._account = await ask(accounts.view, self._visit.portal, self._visit.receiver.id)
        self._sum_up()

    def _sum_up(self) -> None:
        if not self._choice.is_clear:
            self._summary.blank()
            return
        self._summary.show(self._choice.package, self._account, self._quote)

    async def _continue(self, _event: GenericEventArguments) -> None:
        if not self._choice.is_clear:
            self._choice.lead()
            return
        if self._address is not None:
            self._turn(Step.ADDRESS)
            return
        async with self._alone(self._wait) as may_go_on:
            if may_go_on:
                await self._begin()

    async def _taxed(self, event: GenericEventArguments) -> None:
        """The address was sent: computes the tax, shows the total, and only then opens the payment."""
        form = self._address
        address = form.read(event.args) if form is not None else None
        if form is None or address is None:
            return
        async with self._alone(form.busy) as may_go_on:
            if not may_go_on:
                return
            visit, package = self._visit, self._choice.package
            try:
                self._quote = await ask(
                    purchases.quote,
                    visit.portal,
                    visit.buyer,
                    package.key,
                    address,
                    currency=package.amount.currency,
                    quantity=package.quantity,
                )
            except BadInput as refused:
                form.refuse(refused)
                return
            self._billed.text = _("Billed to {place}", place=place_words(address))
            self._sum_up()
            await self._begin()

    async def _begin(self) -> None:
        visit, package = self._visit, self._choice.package
        try:
            checkout = await ask(
                purchases.begin,
                visit.portal,
                visit.buyer,
                package.key,
                surface=visit.surface,
                tax=self._quote,
                currency=package.amount.currency,
                quantity=package.quantity,
                language=speech().language,
            )
        except Forbidden as refused:
            if not self._gate.shut(refused):
                raise
            self._turn(Step.CHOOSE)
            return
        if checkout.client_secret is None and checkout.url is None:
            self._settle(checkout.order, claimed=checkout.order.state in (OrderState.NEW, OrderState.OPEN))
            return
        self._turn(Step.PAY)
        self._way.open(checkout, written.money(total_of(checkout.order.amount, self._quote)))

    @asynccontextmanager
    async def _alone(self, busy: Callable[[bool], None]) -> AsyncIterator[bool]:
        """Whether this is the only press being worked: a second one of a double click finds nothing to do."""
        if self._asking:
            yield False
            return
        self._asking = True
        busy(True)
        try:
            yield True
        finally:
            self._asking = False
            busy(False)

    def _wait(self, is_busy: bool) -> None:
        self._go.put("aria_disabled", "true" if is_busy else None)

    def _choose_again(self) -> None:
        if self._way.may_be_left and not self._asking:
            self._way.close()
            self._turn(Step.CHOOSE)
            self._choice.focus()

    def _move_again(self) -> None:
        if self._way.may_be_left and not self._asking:
            self._way.close()
            self._turn(Step.ADDRESS)

    def _turn(self, step: Step) -> None:
        """Shows what belongs to `step`; the tax of one package or address never stands beside another."""
        for element in (self._go, self.news):
            element.set_visibility(step is Step.CHOOSE)
        self._choice.show(step is Step.CHOOSE)
        self._change.set_visibility(step is not Step.CHOOSE)
        self._move.set_visibility(step is Step.PAY and self._visit.asks_address)
        self._billed.set_visibility(step is Step.PAY and self._visit.asks_address)
        if self._address is not None:
            self._address.show(step is Step.ADDRESS)
        if step is not Step.PAY:
            self._quote = None
            self._sum_up()

    def _settle(self, order: Order, *, claimed: bool) -> None:
        """From here on the address is the receipt's: a reload finds this purchase and begins no new one."""
        self._way.close()
        for element in (self._bill, self.news):
            element.set_visibility(False)
        self._choice.show(False)
        if self._address is not None:
            self._address.show(False)
        self._settled.clear()
        with self._settled:
            heading = Tag("h2", _("{name}, {money}", name=order.package_name, money=order.total), tabindex="-1")
            settling = Settling(self._visit.portal, self._visit.principal, order, claimed=claimed)
        ui.navigate.history.replace(f"/receipt/{order.id}")
        focus(heading)
        ui.timer(0.05, settling.reread, once=True)
