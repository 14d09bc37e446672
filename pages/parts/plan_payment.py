"""The form in which an invoice of a plan is paid on the page plan, which alone uses it.

It stands in the page and not in a dialog: the bank's window must be able to open above it. What the browser says of a
payment is advice; whether it was paid the provider is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from billing import plan_payments
from billing.plan_payments import Owed
from billing.portal import Portal
from billing.rules.errors import GatewayUnavailable
from billing.rules.subscriptions import Subscription
from pages.frame import Work
from pages.live import ask
from pages.parts import format as written
from pages.parts.payment_form import Ears, PaymentForm, Phase, told_failure
from pages.parts.tags import Tag
from pages.words import N_, _

PATH = "/plan"
PAUSES = (0, 1, 2, 4, 8)
"""Seconds before each look at a payment whose end nobody knows yet."""

UNPAID = N_("The payment did not go through. No money was taken. You can try again.")
UNKNOWN = N_("Stripe cannot be reached, so nobody can say yet whether it was paid. Do not pay again; look here later.")


class PlanPayment:
    """Built in the current slot, empty until somebody has to pay. `done` hears what to say when there is news."""

    def __init__(
        self, portal: Portal, account_id: str, handler: Callable[[Work], Work], done: Callable[[str], Awaitable[None]]
    ) -> None:
        self._portal, self._account_id, self._handler, self._done = portal, account_id, handler, done
        self._form: PaymentForm | None = None
        self._of: tuple[Subscription, Owed] | None = None
        self._place = Tag("div").mark("plan-payment")

    async def open(self, found: Subscription) -> None:
        """Lets its owner pay what is open of it: here, or on a page of the provider where no form can do it."""
        (owed,) = await ask(_opened, self._portal, self._account_id, found.id)
        if owed is None:
            self.close()
            await self._done(_("Nothing is to be paid any more."))
            return
        if owed.client_secret is None:
            ui.navigate.to(owed.url)
            return
        self._of = (found, owed)
        back = f"{self._portal.settings.public_url}{PATH}"
        self._made().open(
            written.money(owed.due), owed.client_secret, owed.customer_session_secret, back, asks_bank=True
        )

    def follow(self, owing: set[str]) -> None:
        """What was paid elsewhere, or given up, cannot be paid here any more; `owing` are those that can."""
        if self._of is not None and self._of[0].id not in owing and self._made().may_be_left:
            self.close()

    def close(self) -> None:
        """Puts the form away."""
        self._of = None
        if self._form is not None:
            self._form.close()

    def _made(self) -> PaymentForm:
        if self._form is None:
            ears = Ears(self._handler(self._paid), self._handler(self._processing), self._handler(self._failed))
            with self._place:
                self._form = PaymentForm(self._portal.settings, ears)
        return self._form

    async def _paid(self, _event: GenericEventArguments) -> None:
        if self._of is not None:
            self._made().check()
            await self._find_out(claimed=True)

    async def _processing(self, _event: GenericEventArguments) -> None:
        await self._works()

    async def _works(self) -> None:
        self.close()
        await self._done(_("Your bank is working on the payment. The plan follows when it is paid."))

    async def _failed(self, event: GenericEventArguments) -> None:
        form = self._made()
        if self._of is None or form.phase is Phase.CHECKING:
            return
        told = told_failure(event)
        if told.is_definite:
            form.decline(told)
            return
        form.check()
        await self._find_out(claimed=False)

    async def _find_out(self, *, claimed: bool) -> None:
        """Looks until it is paid. Who said that it is may be ahead of the provider's own books by a moment."""
        client, is_known = ui.context.client, False
        for pause in PAUSES:
            await asyncio.sleep(pause)
            if self._of is None or client.is_deleted:
                return
            found, owed = self._of
            try:
                is_paid = await ask(_confirmed, self._portal, self._account_id, found.id, owed.invoice_ref)
            except GatewayUnavailable:
                continue
            is_known = True
            if is_paid == "paid":
                self.close()
                await self._done(_("Paid. Thank you."))
                return
        if not is_known:
            self._made().message.text = _(UNKNOWN)
        elif claimed:
            await self._works()
        else:
            self._made().refuse(_(UNPAID))


def _opened(portal: Portal, account_id: str, subscription_id: str) -> tuple[Owed | None]:
    return (plan_payments.open_(portal, account_id, subscription_id, PATH),)


def _confirmed(portal: Portal, account_id: str, subscription_id: str, invoice_ref: str) -> str:
    return "paid" if plan_payments.confirm(portal, account_id, subscription_id, invoice_ref) else "open"
