"""An order: what was offered, at which price, and what a payment may do to it. Anyone may import it; pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.money import Credits, Money


class Surface(StrEnum):
    """Where the buyer pays: the provider's form in our page, its whole checkout in our page, or a page of its own."""

    ELEMENTS = "elements"
    EMBEDDED = "embedded"
    HOSTED = "hosted"


SESSION_WORD = "{CHECKOUT_SESSION_ID}"
"""Where the provider puts the id of its checkout into an address it sends people back to."""


class OrderState(StrEnum):
    """NEW: written, the provider not asked yet. OPEN: payable. CREDITED is final: the credits are in the ledger."""

    NEW = "new"
    OPEN = "open"
    PROCESSING = "processing"
    FAILED = "failed"
    CREDITED = "credited"
    CANCELED = "canceled"


NOTHING = Credits(0)

PAYABLE = (OrderState.NEW, OrderState.OPEN, OrderState.FAILED)
"""A declined order stays payable: the same payment takes another card."""


@dataclass(frozen=True, slots=True)
class Order:
    """One purchase as it was offered. `payment_ref` is the provider's payment; moments in microseconds UTC.

    The credits are `account_id`'s; the customer who pays is `payer_id`'s. `tax_minor` comes on top of `amount`, which
    is that of the whole `quantity`. `bonus` was promised on top of `credits`.
    """

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
    payer_id: str
    surface: Surface
    session_ref: str | None
    tax_minor: int
    quantity: int = 1
    bonus: Credits = NOTHING

    @property
    def gives(self) -> Credits:
        """All that the account gets: what was bought, and the bonus."""
        return self.credits + self.bonus

    @property
    def total(self) -> Money:
        """What is charged: goods and tax."""
        return Money(self.amount.minor + self.tax_minor, self.amount.currency)


class Verdict(StrEnum):
    """What a payment means for an order: MATCHES may be credited, everything else is refused for good and shown."""

    MATCHES = "matches"
    NOT_PAID = "The payment has not succeeded."
    OTHER_AMOUNT = "The amount paid is not the amount of the order."
    OTHER_CURRENCY = "The currency paid is not the currency of the order."
    OTHER_CUSTOMER = "The payment belongs to another customer than the order."
    OTHER_PAYMENT = "The order belongs to another payment."
    OTHER_GOODS = "What was paid for is not what the order sells."
    OTHER_MODE = "The payment is from the other mode (test or live)."
    NO_PAYMENT = "It is called paid, but there is no payment."
    PAID_TWICE = "The order was paid before; this second payment is being refunded."


def judge(order: Order, fact: PaymentFact) -> Verdict:
    """Whether `fact` pays `order`. The order alone says what was sold; the event's metadata says nothing here."""
    if fact.state is not PaymentState.SUCCEEDED:
        return Verdict.NOT_PAID
    if not fact.payment_ref:
        return Verdict.NO_PAYMENT
    if fact.livemode != order.livemode:
        return Verdict.OTHER_MODE
    if fact.received.currency != order.amount.currency:
        return Verdict.OTHER_CURRENCY
    if fact.received != fact.amount or fact.amount.minor != order.amount.minor + _tax(order, fact):
        return Verdict.OTHER_AMOUNT
    if fact.items is not None and fact.items != ((order.price_ref, order.quantity),):
        return Verdict.OTHER_GOODS
    if fact.customer_ref != order.customer_ref:
        return Verdict.OTHER_CUSTOMER
    return _which_payment(order, fact)


def _tax(order: Order, fact: PaymentFact) -> int:
    """Checkout computes the tax itself and says so; for our own form it was computed before and stands in the order."""
    return order.tax_minor if fact.tax_minor is None else fact.tax_minor


def _which_payment(order: Order, fact: PaymentFact) -> Verdict:
    """One payment credits an order, by whichever of its two doors it came; a second one must go back."""
    if order.payment_ref == fact.payment_ref:
        return Verdict.MATCHES
    if order.state is OrderState.CREDITED:
        return Verdict.PAID_TWICE
    if order.payment_ref is None or (fact.session_ref is not None and fact.session_ref == order.session_ref):
        return Verdict.MATCHES
    return Verdict.OTHER_PAYMENT


AFTER: dict[PaymentState, OrderState] = {
    PaymentState.PROCESSING: OrderState.PROCESSING,
    PaymentState.FAILED: OrderState.FAILED,
    PaymentState.CANCELED: OrderState.CANCELED,
}
"""What an unpaid state makes of an order that is not credited yet; other states leave it as it is."""
