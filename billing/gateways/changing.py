"""What a payment provider must do about changes of plans: a part of the contract. `contract.py` and gateways import it.

What `reckon` says is what `change_now` and `change_later` then cost: all three count from the same moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from billing.rules.bills import Bill
from billing.rules.facts import SubscriptionFact
from billing.rules.plan_changes import Collection, Proration, When


@dataclass(frozen=True, slots=True)
class Reduction:
    """A coupon, or the code somebody typed for one. `ref` is the provider's; `is_code` says of which of the two."""

    ref: str
    is_code: bool
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """A subscription as it is and what it shall become: (price, quantity) of each item, 0 where it is metered.

    `moment` (microseconds UTC) is when time that was paid for stops to count. `ends_trial` begins to charge at once,
    `takes_end_back` lets it go on where it was to run out.
    `collection` None leaves it as it is; so does `reduction` with the discounts that are there.
    """

    subscription: SubscriptionFact
    plan_key: str
    items: tuple[tuple[str, int], ...]
    interval: str
    interval_count: int
    when: When
    moment: int
    proration: Proration
    collection: Collection | None = None
    days_until_due: int | None = None
    reduction: Reduction | None = None
    ends_trial: bool = False
    takes_end_back: bool = False

    @property
    def keeps_rhythm(self) -> bool:
        """Whether it is charged as often as before."""
        was = self.subscription
        return (self.interval, self.interval_count) == (was.interval, was.interval_count)

    @property
    def is_sent(self) -> bool:
        """Whether its invoices are then sent, not charged."""
        now = Collection.SENT if self.subscription.sends_invoices else Collection.CHARGED
        return (self.collection or now) is Collection.SENT

    @property
    def bills_shares(self) -> bool:
        """Whether what it credits and debits for the rest of the period is invoiced at once."""
        return self.when is When.NOW and self.proration is Proration.INVOICED_AT_ONCE


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What a change costs: the invoice made at once, if one is, and the one after that."""

    now: Bill | None
    next: Bill


class Changes(Protocol):
    """Other plans for those who have one."""

    def reduction(self, code: str, customer_ref: str) -> Reduction | None:
        """What this code, as a customer types it, takes off; None when there is no such code for this customer."""
        ...

    def coupon(self, coupon_ref: str) -> Reduction | None:
        """The coupon of this id, which customers do not know; None when there is none that works."""
        ...

    def reckon(self, change: Change) -> Reckoned:
        """What the change would cost. Changes nothing."""
        ...

    def change_now(self, change: Change, idempotency_key: str) -> None:
        """Makes the change, or nothing of it: a card that says no is PaymentRefused. What was planned is dropped.

        When the bank wants to ask its customer, the change waits as `pending` until its invoice is paid, or a day.
        """
        ...

    def change_later(self, change: Change, idempotency_key: str) -> None:
        """Plans the change for the end of the period, in place of what was planned."""
        ...

    def drop_planned(self, schedule_ref: str, idempotency_key: str) -> None:
        """Lets a subscription go on as it is. What was dropped before is no error."""
        ...
