"""What the payment provider told us, translated once into our own words. Anyone may import it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from billing.rules.money import Money


class PaymentState(StrEnum):
    """Where a payment stands at the provider. An unknown state is UNKNOWN and never counts as paid."""

    OPEN = "open"
    ACTION_NEEDED = "action_needed"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """The state of one payment, from a webhook event or a re-read of the object.

    `payment_ref` is Stripe's PaymentIntent id. `received` is what was really paid. `order_hint` is our order id as
    found in the metadata: a hint for finding the order, never a reason to believe an amount.
    `happened_at`: microseconds UTC.
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


@dataclass(frozen=True, slots=True)
class Envelope:
    """A verified webhook event. `fact` is None for types that change nothing here; `created_at`: microseconds UTC."""

    event_id: str
    type: str
    livemode: bool
    created_at: int
    body: str
    api_version: str | None = None
    account: str | None = None
    object_id: str | None = None
    fact: PaymentFact | None = None
    malformed: str | None = None
    """Why a known type could not be read: the event is genuine, so it is kept and shown to managers."""
