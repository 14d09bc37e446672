"""An order: what was offered, at which price, and what a payment may do to it. Anyone may import it; pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.money import Credits, Money


class OrderState(StrEnum):
    """NEW: written, the provider not asked yet. OPEN: payable. CREDITED is final: the credits are in the ledger."""

    NEW = "new"
    OPEN = "open"
    PROCESSING = "processing"
    FAILED = "failed"
    CREDITED = "credited"
    CANCELED = "canceled"


PAYABLE = (OrderState.NEW, OrderState.OPEN, OrderState.FAILED)
"""A declined order stays payable: the same payment takes another card."""


@dataclass(frozen=True, slots=True)
class Order:
    """One purchase as it was offered. `payment_ref` is the provider's payment; moments in microseconds UTC."""

    id: str
    account_id: str
    person_id: str
    package_key: str
    package_name: str
    price_ref: str
    amount: Money
    credits: Credits
    state: OrderState
    livemode: bool
    customer_ref: str | None
    payment_ref: str | None
    idempotency_key: str
    failure_code: str | None
    failure_text: str | None
    created_at: int
    updated_at: int
    paid_at: int | None
    transfer_id: int | None


class Verdict(StrEnum):
    """What a payment means for an order: MATCHES may be credited, everything else is refused for good and shown."""

    MATCHES = "matches"
    NOT_PAID = "The payment has not succeeded."
    OTHER_AMOUNT = "The amount paid is not the amount of the order."
    OTHER_CURRENCY = "The currency paid is not the currency of the order."
    OTHER_CUSTOMER = "The payment belongs to another customer than the order."
    OTHER_PAYMENT = "The order belongs to another payment."
    OTHER_MODE = "The payment is from the other mode (test or live)."


def judge(order: Order, fact: PaymentFact) -> Verdict:
    """Whether `fact` pays `order`. The order alone says what was sold; the event's metadata says nothing here."""
    if fact.state is not PaymentState.SUCCEEDED:
        return Verdict.NOT_PAID
    if fact.livemode != order.livemode:
        return Verdict.OTHER_MODE
    if order.payment_ref is not None and order.payment_ref != fact.payment_ref:
        return Verdict.OTHER_PAYMENT
    if fact.received.currency != order.amount.currency:
        return Verdict.OTHER_CURRENCY
    if fact.received != order.amount or fact.amount != order.amount:
        return Verdict.OTHER_AMOUNT
    if fact.customer_ref != order.customer_ref:
        return Verdict.OTHER_CUSTOMER
    return Verdict.MATCHES


AFTER: dict[PaymentState, OrderState] = {
    PaymentState.PROCESSING: OrderState.PROCESSING,
    PaymentState.FAILED: OrderState.FAILED,
    PaymentState.CANCELED: OrderState.CANCELED,
}
"""What an unpaid state makes of an order that is not credited yet; other states leave it as it is."""
