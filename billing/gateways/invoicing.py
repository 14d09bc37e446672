"""What a payment provider must do about invoices: a part of the contract. `contract.py` and gateways import it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from billing.rules.bills import Bill
from billing.rules.facts import InvoiceFact
from billing.rules.money import Money
from billing.rules.overdraft import CreditPrice
from billing.rules.papers import Paper


@dataclass(frozen=True, slots=True)
class Claim:
    """What an invoice asks for, in one line; tax may come on top. Moments in microseconds UTC.

    `claim_id` is the id of our row: the provider keeps it, so that an invoice is found again after a crash.
    """

    claim_id: str
    customer_ref: str
    amount: Money
    description: str
    period_start: int
    period_end: int
    due_in_days: int


class Invoices(Protocol):
    """Invoices: those that customers pay later, and all that they were ever given."""

    def credit_prices(self, name: str) -> tuple[CreditPrice, ...]:
        """What credits cost by the price, lookup key or product of that name, once for each currency, or nothing."""
        ...

    def send_invoice(self, claim: Claim, idempotency_key: str) -> InvoiceFact:
        """Makes the invoice, closes it and sends it. The same claim has one invoice, however often it is asked for."""
        ...

    def invoices_of(self, subscription_ref: str) -> tuple[InvoiceFact, ...]:
        """The newest hundred invoices of the subscription, the oldest of them first."""
        ...

    def invoice(self, invoice_ref: str) -> InvoiceFact:
        """The invoice as it is now."""
        ...

    def invoice_secret(self, invoice_ref: str) -> str | None:
        """What lets a browser pay the invoice in a form of our page; None when that cannot be."""
        ...

    def void_invoice(self, invoice_ref: str, idempotency_key: str) -> None:
        """Asks for it no more; a change that waited for it is dropped. One that was paid is PaymentRefused."""
        ...

    def papers(self, customer_ref: str, most: int) -> tuple[Paper, ...]:
        """The customer's invoices as they are now, whatever they are for, newest first; no more than `most`."""
        ...

    def upcoming(self, subscription_ref: str) -> Bill | None:
        """The next invoice of a subscription as it would be now; None when it gets none any more."""
        ...
