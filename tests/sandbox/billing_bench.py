"""A customer with a card on a test clock, and short ways to bill him. Imported by the tests of invoices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox

HOUR, DAY = 3600, 86_400
MONDAY = 1_709_510_400


@dataclass
class Bench:
    """What most tests of invoices begin with; everything lives by one test clock."""

    sandbox: Sandbox
    v1: Any
    clock: str
    customer: str
    at: int = MONDAY

    def save(self, card: str) -> str:
        """Makes this card the customer's default."""
        method = self.v1.payment_methods.attach(card, {"customer": self.customer})
        self.v1.customers.update(self.customer, {"invoice_settings": {"default_payment_method": method.id}})
        return str(method.id)

    def item(self, amount: int = 2000, **more: Any) -> Any:
        return self.v1.invoice_items.create({"customer": self.customer, "currency": "usd", "amount": amount, **more})

    def draft(self, *amounts: int, **more: Any) -> Any:
        """A draft with a line for each amount."""
        invoice = self.v1.invoices.create({"customer": self.customer, **more})
        for amount in amounts:
            self.item(amount, invoice=invoice.id)
        return self.read(invoice.id)

    def final(self, *amounts: int, **more: Any) -> Any:
        return self.v1.invoices.finalize_invoice(self.draft(*amounts, **more).id)

    def paid(self, *amounts: int, **more: Any) -> Any:
        return self.v1.invoices.pay(self.final(*amounts, **more).id)

    def read(self, invoice: str, *expand: str) -> Any:
        return self.v1.invoices.retrieve(invoice, {"expand": list(expand)})

    def payment_of(self, invoice: str) -> Any:
        """The invoice's PaymentIntent."""
        rows = self.v1.invoice_payments.list({"invoice": invoice}).data
        return self.v1.payment_intents.retrieve(rows[-1].payment.payment_intent)

    def passes(self, *, days: int = 0, seconds: int = 0) -> None:
        self.at += days * DAY + seconds
        self.v1.test_helpers.test_clocks.advance(self.clock, {"frozen_time": self.at})

    def events(self, kind: str = "invoice.*") -> list[Any]:
        """Oldest first."""
        return list(reversed(self.v1.events.list({"type": kind, "limit": 100}).data))

    def told(self, kind: str = "invoice.*") -> list[str]:
        return [event.type for event in self.events(kind)]

    @property
    def balance(self) -> int:
        return int(self.v1.customers.retrieve(self.customer).balance)


def open_bench(sandbox: Sandbox, card: str | None = "pm_card_visa", **more: Any) -> Bench:
    v1: Any = sandbox.client.v1
    clock = v1.test_helpers.test_clocks.create({"frozen_time": MONDAY})
    person = {"name": "Ada", "email": "ada@example.com", "test_clock": clock.id, **more}
    bench = Bench(sandbox, v1, clock.id, v1.customers.create(person).id)
    if card is not None:
        bench.save(card)
    return bench


def refused(method: Any, *args: Any) -> stripe.InvalidRequestError:
    """The refusal of a call that must be refused."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        method(*args)
    return caught.value
