"""Paying in our own page with Stripe's form. pages/counter/counter.py picks it for its surface."""

from __future__ import annotations

import asyncio

from nicegui import ui
from nicegui.events import GenericEventArguments

from billing import purchases
from billing.purchases import Checkout
from billing.rules.errors import GatewayUnavailable
from billing.rules.orders import Order, OrderState
from pages.counter.visit import Settle, Visit
from pages.live import ask
from pages.parts.payment_form import Ears, PaymentForm, Phase, told_failure
from pages.words import N_, _

PAUSES = (0, 2, 4, 8, 16, 30, 60)
"""Seconds before each look at a payment nobody knows the end of."""
SURE_AFTER = 3
"""So many looks in a row must find it unpaid before a person is told to try again; the payment stays the same one."""

UNPAID = N_("The payment did not go through. No money was taken. You can try again.")
UNKNOWN = N_(
    "Stripe cannot be reached, so nobody can say yet whether it was paid. Do not pay again; look here later: {address}"
)


class ElementsWay:
    """The form, and what becomes of a confirmation that neither worked nor surely failed."""

    def __init__(self, visit: Visit, settle: Settle) -> None:
        self._visit, self._settle = visit, settle
        self._order: Order | None = None
        ears = Ears(visit.handler(self._paid), visit.handler(self._processing), visit.handler(self._failed))
        self._form = PaymentForm(visit.portal.settings, ears)

    @property
    def may_be_left(self) -> bool:
        return self._form.may_be_left

    def open(self, checkout: Checkout, due: str) -> None:
        self._order = checkout.order
        back = f"{self._visit.portal.settings.public_url}/receipt/{checkout.order.id}"
        self._form.open(due, checkout.client_secret or "", checkout.customer_session_secret, back)

    def close(self) -> None:
        self._form.close()

    async def _paid(self, _event: GenericEventArguments) -> None:
        if self._order is not None:
            self._settle(self._order, claimed=True)

    async def _processing(self, _event: GenericEventArguments) -> None:
        if self._order is not None:
            self._settle(await self._confirmed(self._order.id), claimed=False)

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
                order = await self._confirmed(order_id)
            except GatewayUnavailable:
                continue
            if order.state in (OrderState.CREDITED, OrderState.PROCESSING):
                self._settle(order, claimed=False)
                return
            unpaid += 1
            if unpaid == SURE_AFTER:
                self._form.refuse(_(UNPAID))
                return
        self._form.message.text = _(UNKNOWN, address=f"/receipt/{order_id}")

    async def _confirmed(self, order_id: str) -> Order:
        return await ask(purchases.confirm, self._visit.portal, self._visit.account_id, order_id)
