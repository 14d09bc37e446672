"""Paying in our own page with Stripe's whole checkout. pages/counter/counter.py picks it for its surface."""

from __future__ import annotations

from contextlib import suppress

from nicegui.events import GenericEventArguments

from billing import purchases
from billing.purchases import Checkout
from billing.rules.errors import GatewayUnavailable
from billing.rules.orders import Order, OrderState
from pages.counter.visit import Settle, Visit
from pages.live import ask
from pages.parts.embedded_checkout import EmbeddedCheckout
from pages.parts.payment_form import BLOCKED, show_test_cards
from pages.parts.tags import Tag, button, focus
from pages.words import _

TAKEN = (OrderState.CREDITED, OrderState.PROCESSING)


class EmbeddedWay:
    """The checkout in its frame, and a way out when the frame does not come."""

    def __init__(self, visit: Visit, settle: Settle) -> None:
        self._visit, self._settle = visit, settle
        self._order: Order | None = None
        settings = visit.portal.settings
        with Tag("section", classes="pay", aria_label=_("Payment")) as self._section:
            self._heading = Tag("h2", _("Payment"), tabindex="-1")
            self._checkout = EmbeddedCheckout(
                script_url=settings.stripe.js_url, publishable_key=settings.stripe.publishable_key or "",
                ready=lambda: self._break(broken=False), loaderror=lambda: self._break(broken=True),
                completed=visit.handler(self._completed),
            )  # fmt: skip
            self._message = Tag("p", classes="pay-said", role="alert", tabindex="-1")
            with Tag("div", classes="actions"):
                self._again = button(_("Try to load it again"), self._retry)
            if settings.mode != "live":
                show_test_cards()
        self.close()

    @property
    def may_be_left(self) -> bool:
        """Stripe holds the checkout; whatever is on its way there is found again with the order."""
        return True

    def open(self, checkout: Checkout, due: str) -> None:  # noqa: ARG002  Stripe's own button names the amount
        self._order = checkout.order
        self._break(broken=False)
        self._checkout.open(checkout.client_secret or "")
        self._section.set_visibility(True)
        focus(self._heading)

    def close(self) -> None:
        self._order = None
        self._checkout.close()
        self._section.set_visibility(False)

    async def _completed(self, _event: GenericEventArguments) -> None:
        """A card is paid by now; a bank debit may be on its way. Only Stripe knows which."""
        order = self._order
        if order is None:
            return
        with suppress(GatewayUnavailable):
            order = await ask(purchases.confirm, self._visit.portal, self._visit.account_id, order.id)
        self._settle(order, claimed=order.state not in TAKEN)

    def _retry(self) -> None:
        self._break(broken=False)
        self._checkout.retry()

    def _break(self, *, broken: bool) -> None:
        self._checkout.set_visibility(not broken)
        self._again.set_visibility(broken)
        self._message.text = _(BLOCKED) if broken else ""
        if broken:
            focus(self._message)
