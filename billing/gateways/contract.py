"""What a payment provider must do for the portal. Verbs and `app.py` import it; it knows no provider.

Every method may raise GatewayUnavailable (later may be better), PaymentRefused (it will not be) or NotFound, each with
one sentence that may be shown. All calls block; pages and routes make them from a thread, never inside a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from billing.gateways.changing import Changes
from billing.gateways.customers import Customers
from billing.gateways.invoicing import Invoices
from billing.gateways.metering import Meters
from billing.gateways.subscribing import USUAL, Beginning, Beginnings, SubscriptionStarted
from billing.rules.catalog import Package
from billing.rules.facts import About, CardFact, Envelope, Fact, PaymentFact, PaymentState, SubscriptionFact
from billing.rules.money import Money
from billing.rules.orders import Surface
from billing.rules.subscriptions import Plan
from billing.rules.tax import Address, TaxQuote
from billing.rules.wares import Ware


@dataclass(frozen=True, slots=True)
class Payable:
    """What is to be paid. The order is written already; the same key always answers with the same payment.

    `tax_ref` links the calculation from which `tax_minor` came. `methods` empty: whatever the provider offers;
    `bank_country`: where transfers in euros arrive. `amount` is that of the whole `quantity`.
    """

    order_id: str
    price_ref: str
    amount: Money
    customer_ref: str
    description: str
    idempotency_key: str
    methods: tuple[str, ...] = ()
    tax_minor: int = 0
    tax_ref: str | None = None
    quantity: int = 1
    bank_country: str = ""


@dataclass(frozen=True, slots=True)
class CheckoutTerms:
    """How Checkout shall be. `back_url` has the word {CHECKOUT_SESSION_ID} where the provider puts its id.

    `language` is that of whoever pays (ISO 639-1); empty, or one the provider does not speak: their browser's.
    """

    surface: Surface
    back_url: str
    cancel_url: str
    invoice: bool = False
    automatic_tax: bool = False
    collect_tax_ids: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class PaymentStarted:
    """A payment the browser can now confirm. `client_secret` opens it, so it is neither logged nor stored."""

    payment_ref: str
    state: PaymentState
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CheckoutOpened:
    """A checkout the browser can now open: at `url`, or in our page with `client_secret`."""

    session_ref: str
    url: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)


class Payments(Protocol):
    """Packages and payments in our own page."""

    def packages(self, *, fresh: bool = False) -> tuple[Package, ...]:
        """What is on sale, cheapest first; `fresh` asks the provider even when the answer is known."""
        ...

    def ensure_customer(self, account_id: str, name: str, email: str | None, idempotency_key: str) -> str:
        """The provider's id of a new customer. The caller stores it and does not ask twice."""
        ...

    def start_payment(self, payable: Payable) -> PaymentStarted:
        """Opens a payment for the browser to confirm."""
        ...

    def resume_payment(self, payment_ref: str) -> PaymentStarted:
        """The same payment again, for somebody who comes back to an open order."""
        ...

    def retax_payment(self, payment_ref: str, payable: Payable) -> PaymentStarted:
        """The same payment with another tax: the buyer gave another address."""
        ...

    def payment(self, payment_ref: str) -> PaymentFact:
        """The state of the payment now, read from the provider."""
        ...

    def cancel_payment(self, payment_ref: str) -> PaymentFact:
        """Ends an unpaid payment. When it was paid in the meantime the answer says so instead."""
        ...

    def refund(self, payment_ref: str, idempotency_key: str, reason: str) -> str:
        """Gives the whole payment back; the provider's id of the refund. One that was refunded already is no error."""
        ...

    def tax(self, payable: Payable, address: Address) -> TaxQuote:
        """The tax on the payable for a buyer at this address. Raises BadInput when the address is not enough."""
        ...


class Checkouts(Protocol):
    """Payments in the provider's own checkout, on its page or inside ours."""

    def open_checkout(self, payable: Payable, terms: CheckoutTerms) -> CheckoutOpened:
        """Opens a checkout that sells exactly the order's price, once."""
        ...

    def resume_checkout(self, session_ref: str) -> CheckoutOpened:
        """The same checkout again."""
        ...

    def checkout(self, session_ref: str) -> PaymentFact:
        """How the purchase stands now, with what was sold as the provider itself lists it."""
        ...

    def expire_checkout(self, session_ref: str) -> PaymentFact:
        """Closes an unpaid checkout. When it was completed in the meantime the answer says so instead."""
        ...

    def verify_card(self, customer_ref: str, back_url: str, cancel_url: str, idempotency_key: str) -> CheckoutOpened:
        """Opens a checkout that proves and saves a card without charging it."""
        ...

    def verified_card(self, session_ref: str) -> CardFact | None:
        """The card that was proven there, or None when nobody finished."""
        ...


class Subscriptions(Protocol):
    """Subscriptions and who has them."""

    def plans(self, *, fresh: bool = False) -> tuple[Plan, ...]:
        """What can be subscribed to, cheapest first; retired plans too, which are not `on_sale`."""
        ...

    def ware(self, price_ref: str) -> Ware | None:
        """What of ours this price, which may be retired, is the price of; None for any other."""
        ...

    def subscription(self, subscription_ref: str) -> SubscriptionFact:
        """The subscription as it is now."""
        ...

    def subscriptions_of(self, customer_ref: str) -> tuple[SubscriptionFact, ...]:
        """Every subscription of the customer, ended ones too."""
        ...

    def subscribe(
        self, plan: Plan, customer_ref: str, idempotency_key: str, how: Beginning = USUAL
    ) -> SubscriptionStarted:
        """Begins a subscription whose first payment the browser confirms."""
        ...

    def subscribe_by_checkout(
        self, plan: Plan, customer_ref: str, terms: CheckoutTerms, idempotency_key: str, how: Beginning = USUAL
    ) -> CheckoutOpened:
        """Opens a checkout for the plan."""
        ...

    def set_quantity(self, subscription_ref: str, item_ref: str, quantity: int, idempotency_key: str) -> None:
        """Charges for so many of an item from now on, by time; what was to change at the period's end stays planned."""
        ...

    def keep_card(self, subscription_ref: str, idempotency_key: str) -> None:
        """Charges whatever card its next invoice is paid with, from then on."""
        ...

    def cancel_subscription(self, subscription_ref: str, idempotency_key: str) -> SubscriptionFact:
        """Lets it run out at the end of the paid period."""
        ...

    def resume_subscription(self, subscription_ref: str, idempotency_key: str) -> SubscriptionFact:
        """Takes a cancellation at the period's end back, or resumes a paused one."""
        ...


class Events(Protocol):
    """What the provider tells by itself."""

    def events_since(self, created_at: int, types: Sequence[str] = ()) -> Iterator[bytes]:
        """Raw events since `created_at` (microseconds UTC), oldest first: of these types, or all that matter here."""
        ...

    def receive(self, raw: bytes, signature: str | None, now: int) -> Envelope:
        """A webhook body whose sender is proven; `now`: the portal's clock, microseconds UTC. Raises NotAnEvent."""
        ...

    def read_event(self, raw: bytes) -> Envelope:
        """An event fetched by `events_since`, or one from the inbox: its sender needs no proof any more."""
        ...

    def read_about(self, about: About) -> Fact | None:
        """The thing an event is about, as it is now; None when there is nothing to know yet."""
        ...


class Gateway(
    Payments, Checkouts, Subscriptions, Beginnings, Changes, Customers, Invoices, Meters, Events, Protocol
):  # fmt: skip
    """A payment provider."""

    def publish_packages(self, packages: Iterable[Package]) -> str:
        """Makes the provider's prices equal to `packages`, returns the product's id. Repeating it changes nothing."""
        ...

    def publish_plans(self, plans: Iterable[Plan]) -> str:
        """The same for what can be subscribed to; plans have no price and no product yet."""
        ...

    def close(self) -> None:
        """Lets go of open connections."""
        ...
