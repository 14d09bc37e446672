"""A customer on a test clock and a payment of it, so that almost nothing waits. Imported by the tests of reversals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.sandbox.conftest import NO_REDIRECTS, Sandbox

DAY = 86_400
# Noon of 1 February 2024.
BEGIN = 1_706_788_800
AGREED = {"customer_acceptance": {"type": "offline", "offline": {}}}


@dataclass
class Story:
    """What happened to one PaymentIntent. Everything in it lives by one test clock."""

    sandbox: Sandbox
    v1: Any
    clock: str
    customer: str
    intent: str

    @property
    def charge(self) -> Any:
        return self.v1.payment_intents.retrieve(self.intent, {"expand": ["latest_charge"]}).latest_charge

    @property
    def dispute(self) -> Any:
        """The only one, or the latest."""
        return self.v1.disputes.list({"payment_intent": self.intent}).data[0]

    def refund(self, amount: int | None = None, **more: Any) -> Any:
        asked = {} if amount is None else {"amount": amount}
        return self.v1.refunds.create({"payment_intent": self.intent, **asked, **more})

    def answer(self, words: str, **more: Any) -> Any:
        """Sends evidence; some words decide a dispute."""
        return self.v1.disputes.update(self.dispute.id, {"evidence": {"uncategorized_text": words}, **more})

    def now(self) -> int:
        return int(self.v1.test_helpers.test_clocks.retrieve(self.clock).frozen_time)

    def wait(self, seconds: int = 3) -> None:
        self.v1.test_helpers.test_clocks.advance(self.clock, {"frozen_time": self.now() + seconds})

    def events(self) -> list[Any]:
        """What was told of payments and reversals so far, oldest first."""
        told = self.v1.events.list({"limit": 100}).data[::-1]
        other = ("test_helpers.", "customer.c", "payment_method.")
        return [event for event in told if not event.type.startswith(other)]

    def told(self, since: int = 0) -> list[str]:
        return [str(event.type) for event in self.events()][since:]

    def balance(self) -> int:
        """What the account has, in minor units of its currency; it must be the sum of all movements."""
        return balance(self.v1)


def tell(sandbox: Sandbox, card: str = "pm_card_visa", amount: int = 2000, **more: Any) -> Story:
    """A payment with this card (or account), confirmed."""
    v1: Any = sandbox.client.v1
    clock = v1.test_helpers.test_clocks.create({"frozen_time": BEGIN, "name": "a story"}).id
    customer = v1.customers.create({"name": "Ada", "test_clock": clock}).id
    wanted: Any = {"amount": amount, "currency": "usd", "customer": customer, "payment_method": card, "confirm": True}
    if "payment_method_types" not in more:
        wanted["automatic_payment_methods"] = NO_REDIRECTS
    wanted |= more
    return Story(sandbox, v1, clock, customer, v1.payment_intents.create(wanted).id)


def balance(v1: Any) -> int:
    now = v1.balance.retrieve()
    total = sum(part.amount for part in (*now.available, *now.pending))
    movements = v1.balance_transactions.list({"limit": 100}).data
    assert all(row.net == row.amount - row.fee for row in movements)
    assert total == sum(row.net for row in movements)
    return int(total)
