"""What a payment provider must do about customers: a part of the contract. Verbs and gateways import it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from billing.rules.facts import CustomerFact


@dataclass(frozen=True, slots=True)
class Card:
    """A saved payment method, as it may be shown to its owner."""

    card_ref: str
    kind: str
    brand: str
    last4: str
    expires: str
    is_default: bool = False


class Customers(Protocol):
    """Who a customer is, what they have saved, and where they manage it."""

    def customer(self, customer_ref: str) -> CustomerFact:
        """The customer as they are now; of one that was deleted only that."""
        ...

    def customer_session(self, customer_ref: str) -> str:
        """A short-lived secret that lets the browser show and remove this customer's saved cards."""
        ...

    def portal(self, customer_ref: str, return_url: str) -> str:
        """The address of the provider's own portal for this customer, valid for minutes."""
        ...

    def cards(self, customer_ref: str) -> tuple[Card, ...]:
        """The customer's saved payment methods, the default first."""
        ...

    def remove_card(self, customer_ref: str, card_ref: str) -> None:
        """Forgets a saved method. Raises NotFound when it is not this customer's."""
        ...
