"""What a subscription opens, by its state at the provider. Anyone may import it; pure decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from billing.rules.facts import PendingChange, PlannedChange, SubscriptionFact, SubscriptionItem
from billing.rules.money import Money
from billing.rules.plans import PlanTerms
from billing.rules.sentences import sentence


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One price of a plan of several. `amount` is for one unit; `product` is its name in the catalogue.

    `meter` is the provider's name of what counts the use of it; empty where no use of credits is counted.
    """

    product: str
    product_ref: str
    price_ref: str
    amount: Money
    per_seat: bool = False
    metered: bool = False
    meter: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Something to subscribe to: a recurring price, or several. `key` is our stable name, `price_ref` the provider's.

    A plan of the catalogue has `terms` and all its prices in `items`; then `price_ref` and `product_ref` are the first
    item's, whose quantity is that of the seats, and `amount` is what one of each costs ahead.
    """

    key: str
    price_ref: str
    product_ref: str
    name: str
    description: str
    amount: Money
    interval: str
    interval_count: int = 1
    items: tuple[PlanItem, ...] = ()
    terms: PlanTerms | None = None
    on_sale: bool = True
    """Whether it can still be had; a retired one stays known for those who have it."""

    @property
    def product_refs(self) -> frozenset[str]:
        """Every product that is subscribed to with it."""
        return frozenset(item.product_ref for item in self.items) or frozenset({self.product_ref})


@dataclass(frozen=True, slots=True)
class Subscription:
    """The newest snapshot of one subscription. Moments in microseconds UTC; `status` is the provider's own word."""

    id: str
    account_id: str
    customer_ref: str
    status: str
    product_ref: str
    price_ref: str
    quantity: int
    amount: Money
    interval: str
    interval_count: int
    period_start: int
    period_end: int
    cancel_at_period_end: bool
    cancel_at: int | None
    ended_at: int | None
    trial_end: int | None
    livemode: bool
    started_at: int
    read_at: int
    items: tuple[SubscriptionItem, ...] = ()
    schedule_ref: str | None = None
    planned: PlannedChange | None = None
    """What it becomes when its period ends, if that is not what it is now."""
    pending: PendingChange | None = None
    """What it becomes when the invoice of that change is paid."""

    @property
    def product_refs(self) -> frozenset[str]:
        """Every product it is of."""
        return frozenset(item.product_ref for item in self.items) or frozenset({self.product_ref})

    @property
    def is_open(self) -> bool:
        """Whether it may still be changed: it has not come to its end."""
        return self.status not in ENDED

    @property
    def is_ending(self) -> bool:
        """Whether it will not be renewed: providers say so by a flag, by a moment, or by both."""
        return self.is_open and (self.cancel_at_period_end or self.cancel_at is not None)

    @property
    def ends_at(self) -> int | None:
        """When it ends or ended; None while it renews itself."""
        if not self.is_open:
            return self.ended_at
        return (self.cancel_at or self.period_end) if self.is_ending else None


def snapshot_of(fact: SubscriptionFact, account_id: str) -> Subscription:
    """What was just read, as it is kept."""
    return Subscription(
        fact.subscription_ref, account_id, fact.customer_ref, fact.status, fact.product_ref, fact.price_ref,
        fact.quantity, fact.amount, fact.interval, fact.interval_count, fact.period_start, fact.period_end,
        fact.cancel_at_period_end, fact.cancel_at, fact.ended_at, fact.trial_end, fact.livemode, fact.started_at,
        fact.read_at, fact.items, fact.schedule_ref, fact.planned, fact.pending,
    )  # fmt: skip


# Each state decided, and why; a word that stands nowhere here opens nothing.
OPENS: dict[str, tuple[bool, str]] = {
    "active": (True, sentence("It is paid for.")),
    "trialing": (True, sentence("A trial is the subscription, only not charged yet.")),
    "past_due": (False, sentence("The last payment failed. Pay it, and buying opens again.")),
    "unpaid": (False, sentence("Its payments failed for good. Pay the open invoice first.")),
    "paused": (False, sentence("It is paused. Resume it first.")),
    "incomplete": (False, sentence("Its first payment is not finished yet.")),
    "incomplete_expired": (False, sentence("Its first payment was never finished.")),
    "canceled": (False, sentence("It was cancelled.")),
}
ENDED = frozenset({"canceled", "incomplete_expired"})
UNKNOWN = sentence("Its state is not known here, so it opens nothing.")


def plan_of(plans: Iterable[Plan], subscription: Subscription, terms: PlanTerms | None = None) -> Plan | None:
    """The offer it is of: the one of its price and products, else that of its plan `terms` in its rhythm and currency.

    The price of somebody who subscribed long ago may be sold no more; the plan still is.
    """
    known, paid = list(plans), (subscription.interval, subscription.interval_count, subscription.amount.currency)
    exact = (
        each
        for each in known
        if each.price_ref == subscription.price_ref and each.product_refs == subscription.product_refs
    )
    alike = (
        each
        for each in known
        if terms is not None
        and each.terms == terms
        and (each.interval, each.interval_count, each.amount.currency) == paid
    )
    return next((each for some in (exact, alike) for each in some), None)


def opens(subscription: Subscription) -> bool:
    """Whether what needs an active subscription may be done with this one."""
    return OPENS.get(subscription.status, (False, UNKNOWN))[0]


def meaning(subscription: Subscription) -> str:
    """What its state means, for its owner."""
    return OPENS.get(subscription.status, (False, UNKNOWN))[1]


def serves(subscription: Subscription, product_ref: str | None, interval: str) -> bool:
    """Whether it is of the product that is asked for, charged every `interval` ("any": whenever)."""
    of_product = product_ref is None or product_ref in subscription.product_refs
    return of_product and (interval == "any" or (subscription.interval, subscription.interval_count) == (interval, 1))


def counting(subscriptions: Iterable[Subscription]) -> Subscription | None:
    """The one that counts: the newest that opens something, else the newest that has not ended.

    A try that was never paid must not hide the subscription that is.
    """
    alive = [each for each in subscriptions if each.is_open]
    return max(alive, key=lambda each: (opens(each), each.started_at), default=None)


def why_closed(subscriptions: Iterable[Subscription]) -> str:
    """One sentence about the newest of subscriptions that open nothing; empty when there is none."""
    newest = max(subscriptions, key=lambda each: each.started_at, default=None)
    return "" if newest is None else meaning(newest)
