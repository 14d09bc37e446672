"""A customer on a test clock, with a card and things to subscribe to. Imported by the tests of subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import stripe

from tests.sandbox.conftest import Sandbox

DAY = 86_400
# 1 February 2024, in a leap year: the month has 29 days.
FEBRUARY = 1_706_745_600
MARCH = FEBRUARY + 29 * DAY


@dataclass
class Shop:
    """What most tests of subscriptions begin with; everything in it lives by one test clock."""

    sandbox: Sandbox
    clock: str
    customer: str
    product: str
    v1: Any

    def price(self, amount: int = 1000, interval: str = "month", **more: Any) -> str:
        recurring = {"interval": interval, **more.pop("recurring", {})}
        wanted = {"product": self.product, "currency": "usd", "unit_amount": amount, "recurring": recurring, **more}
        return str(self.v1.prices.create(wanted).id)

    def save(self, card: str) -> str:
        """Makes this card the customer's default."""
        method = self.v1.payment_methods.attach(card, {"customer": self.customer})
        settings = {"invoice_settings": {"default_payment_method": method.id}}
        self.v1.customers.update(self.customer, settings)
        return str(method.id)

    def subscribe(self, price: str | None = None, quantity: int | None = None, **more: Any) -> Any:
        item: Any = {"price": price or self.price()}
        if quantity is not None:
            item["quantity"] = quantity
        return self.v1.subscriptions.create({"customer": self.customer, "items": [item], **more})

    def until(self, moment: int) -> None:
        self.v1.test_helpers.test_clocks.advance(self.clock, {"frozen_time": moment})

    def now(self, subscription: str, *expand: str) -> Any:
        return self.v1.subscriptions.retrieve(subscription, {"expand": list(expand)})

    def invoices(self, subscription: str) -> list[Any]:
        """Oldest first."""
        found = self.v1.invoices.list({"subscription": subscription, "limit": 100}).data
        return list(reversed(found))

    def events(self, kind: str) -> list[Any]:
        """Those of one type, or of several (`invoice.*`), oldest first."""
        return list(reversed(self.v1.events.list({"type": kind, "limit": 100}).data))


def open_shop(sandbox: Sandbox, card: str | None = "pm_card_visa", at: int = FEBRUARY) -> Shop:
    v1: Any = sandbox.client.v1
    clock = v1.test_helpers.test_clocks.create({"frozen_time": at, "name": "a year of Ada"})
    customer = v1.customers.create({"name": "Ada", "test_clock": clock.id})
    shop = Shop(sandbox, clock.id, customer.id, v1.products.create({"name": "Gold"}).id, v1)
    if card is not None:
        shop.save(card)
    return shop


def only_item(subscription: Any) -> Any:
    return subscription["items"].data[0]


def refusal(error: stripe.StripeError) -> tuple[int | None, str | None, str | None]:
    """Status, code and parameter of an error."""
    return error.http_status, error.code, getattr(error, "param", None)
