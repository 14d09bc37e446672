"""What the payment provider told us, translated once into our own words. Anyone may import it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from billing.rules.money import Money
from billing.rules.portions import Portion
from billing.rules.tax import Address


class Provider(StrEnum):
    """Who took the money; the word is the first half of the unique cause of the credits."""

    STRIPE = "stripe_pi"
    DUMMY = "dummy"


class PaymentState(StrEnum):
    """Where a payment stands at the provider. An unknown state is UNKNOWN and never counts as paid."""

    OPEN = "open"
    ACTION_NEEDED = "action_needed"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


class PaymentFact(NamedTuple):
    """The state of one payment, from a webhook event or a re-read of the object.

    `payment_ref` is Stripe's PaymentIntent id. `received` is what was really paid. `order_hint` is our order id as
    found in the metadata: a hint for finding the order, never a reason to believe an amount.
    `happened_at`: microseconds UTC.

    A payment through Checkout has a `session_ref`. Then `payment_ref` is empty until somebody paid, `tax_minor` is what
    was added on top of the goods, and `items` are (price, quantity) as the provider itself lists them.
    """

    state: PaymentState
    payment_ref: str
    amount: Money
    received: Money
    happened_at: int
    livemode: bool = False
    customer_ref: str | None = None
    order_hint: str | None = None
    failure_code: str | None = None
    failure_text: str | None = None
    session_ref: str | None = None
    tax_minor: int | None = None
    items: tuple[tuple[str, int], ...] | None = None
    provider: Provider = Provider.STRIPE


@dataclass(frozen=True, slots=True)
class SubscriptionItem:
    """One price somebody is subscribed to. `quantity` is 0 where usage is metered; `amount` is for one unit."""

    item_ref: str
    product_ref: str
    price_ref: str
    quantity: int
    amount: Money


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What a subscription becomes at the end of its period: (price, quantity) of each item; 0 where it is metered."""

    effective_at: int
    items: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change that happens once its invoice is paid, and never after `expires_at`: (price, quantity) of each item."""

    expires_at: int
    items: tuple[tuple[str, int], ...]
    invoice_ref: str


@dataclass(frozen=True, slots=True)
class SubscriptionFact:
    """A subscription as the provider had it when it was asked at `read_at`. Moments in microseconds UTC.

    `status` is the provider's own word. `amount` is for one unit and one interval. Of several `items`, the price, the
    product and the quantity are those of the item charged per seat, else of the first.
    """

    subscription_ref: str
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
    started_at: int
    read_at: int
    cancel_at_period_end: bool = False
    cancel_at: int | None = None
    ended_at: int | None = None
    trial_end: int | None = None
    livemode: bool = False
    items: tuple[SubscriptionItem, ...] = ()
    anchor: int | None = None
    """The moment from which its periods are counted: it knows that one that ended on 28 February began on the 31st."""
    schedule_ref: str | None = None
    """The provider's plan of its future, when it has one; `planned` is what that holds beyond the period."""
    planned: PlannedChange | None = None
    sends_invoices: bool = False
    """Whether its invoices are sent to be paid, instead of charged by itself."""
    ends_with_trial: bool = False
    """Whether it was begun to end with its trial, which may still have to be said to the provider."""
    pending: PendingChange | None = None


@dataclass(frozen=True, slots=True)
class CardFact:
    """A card that was proven without a charge. `fingerprint` is the same for the same number, whoever holds it."""

    session_ref: str
    customer_ref: str
    fingerprint: str
    happened_at: int
    livemode: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of an invoice, before discounts and tax. `amount_minor` is negative for what is given back.

    A `proration` is for the part of a period that a change left. Without a `subscription_ref` somebody put the line on
    by hand.
    """

    price_ref: str | None
    product_ref: str | None
    quantity: int | None
    amount_minor: int
    period_start: int
    period_end: int
    proration: bool = False
    subscription_ref: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceFact:
    """An invoice as the provider had it when it was asked at `read_at`. Moments in microseconds UTC.

    `status` and `billing_reason` are the provider's own words. `goods` is the sum of the lines, `total_minor` what
    discounts and tax made of it. Of that, `due_minor` was to be paid, `paid_minor` is, `elsewhere_minor` of it outside
    of the provider, and `credited_minor` was taken back by credit notes. `hint` is our own id as its metadata has it.
    """

    invoice_ref: str
    customer_ref: str
    subscription_ref: str | None
    status: str
    billing_reason: str
    goods: Money
    total_minor: int
    due_minor: int
    paid_minor: int
    elsewhere_minor: int
    credited_minor: int
    period_start: int
    period_end: int
    read_at: int
    lines: tuple[InvoiceLine, ...] = ()
    due_at: int | None = None
    number: str | None = None
    url: str | None = None
    hint: str | None = None
    livemode: bool = False
    subscription: SubscriptionFact | None = None
    """The one it is of, as it was read with it: news of an invoice are news of both."""
    portions: tuple[Portion, ...] = ()
    renews: bool = False
    paid_at: int | None = None
    before: tuple[InvoiceFact, ...] = ()
    """Invoices of the same subscription that were paid before it and gave nothing yet: each continues from the last."""


@dataclass(frozen=True, slots=True)
class CustomerFact:
    """A customer as the provider had them when it was asked at `read_at` (microseconds UTC).

    Of one that `is_deleted` nothing else is known. `tax_ids` are (kind, number); `tax_exempt` is the provider's word.
    """

    customer_ref: str
    read_at: int
    is_deleted: bool = False
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: Address | None = None
    tax_ids: tuple[tuple[str, str], ...] = ()
    tax_exempt: str = ""
    livemode: bool = False


Fact = PaymentFact | SubscriptionFact | CardFact | InvoiceFact | CustomerFact


class Thing(StrEnum):
    """What an event can be about without telling enough of it: the thing itself is then read from the provider."""

    CHECKOUT = "checkout"
    SUBSCRIPTION = "subscription"
    INVOICE = "invoice"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class About:
    """The thing to read before the event can be worked."""

    thing: Thing
    ref: str


class Envelope(NamedTuple):
    """A verified webhook event. `fact` is None for types that change nothing here; `created_at`: microseconds UTC.
    When `about` is set the event only says that something changed; the fact is what the provider says when asked.
    """

    event_id: str
    type: str
    livemode: bool
    created_at: int
    body: str
    api_version: str | None = None
    account: str | None = None
    object_id: str | None = None
    fact: Fact | None = None
    about: About | None = None
    malformed: str | None = None
    """Why a known type could not be read: the event is genuine, so it is kept and shown to managers."""
