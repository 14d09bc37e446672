"""What a payment provider must do for the portal. Verbs and `app.py` import it; it knows no provider.

Every method may raise GatewayUnavailable (later may be better) or PaymentRefused (it will not be); nothing a provider
says in its errors goes further than one sentence that may be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from billing.rules.catalog import Package
from billing.rules.facts import Envelope, PaymentFact, PaymentState
from billing.rules.money import Money


@dataclass(frozen=True, slots=True)
class PaymentStarted:
    """A payment the browser can now confirm. `client_secret` opens it, so it is neither logged nor stored."""

    payment_ref: str
    state: PaymentState
    client_secret: str = field(repr=False)


class Gateway(Protocol):
    """A payment provider. All calls block; pages and routes make them from a thread, never inside a transaction."""

    def packages(self, *, fresh: bool = False) -> tuple[Package, ...]:
        """What is on sale, cheapest first; `fresh` asks the provider even when the answer is known."""
        ...

    def ensure_customer(self, account_id: str, name: str, email: str | None, idempotency_key: str) -> str:
        """The provider's id of a new customer. The caller stores it and does not ask twice."""
        ...

    def start_payment(
        self, order_id: str, amount: Money, customer_ref: str, description: str, idempotency_key: str
    ) -> PaymentStarted:
        """Opens a payment for an order that is already written. The same key always answers with the same payment."""
        ...

    def resume_payment(self, payment_ref: str) -> PaymentStarted:
        """The same payment again, for somebody who comes back to an open order."""
        ...

    def payment(self, payment_ref: str) -> PaymentFact:
        """The state of the payment now, read from the provider."""
        ...

    def cancel_payment(self, payment_ref: str) -> PaymentFact:
        """Ends an unpaid payment. When it was paid in the meantime the answer says so instead."""
        ...

    def customer_session(self, customer_ref: str) -> str:
        """A short-lived secret that lets the browser show and remove this customer's saved cards."""
        ...

    def events_since(self, created_at: int, types: Sequence[str]) -> Iterator[bytes]:
        """Raw events of these types since `created_at` (microseconds UTC), oldest first, for `read_event`."""
        ...

    def publish_packages(self, packages: Iterable[Package]) -> str:
        """Makes the provider's prices equal to `packages`, returns the product's id. Repeating it changes nothing."""
        ...

    def receive(self, raw: bytes, signature: str | None, now: int) -> Envelope:
        """A webhook body whose sender is proven. Raises Forged or NotAnEvent, which look alike from outside.

        `now` is in microseconds UTC: the portal's clock, not the provider's.
        """
        ...

    def read_event(self, raw: bytes) -> Envelope:
        """An event fetched by `events_since`, or one from the inbox: its sender needs no proof any more."""
        ...

    def close(self) -> None:
        """Lets go of open connections."""
        ...
