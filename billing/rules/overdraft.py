"""What credits used on account cost, and the invoices that ask for it. Anyone may import it; pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from billing.rules.errors import BadInput
from billing.rules.facts import InvoiceFact
from billing.rules.money import Credits, Money, charge_step


class Mode(StrEnum):
    """Whether an account may owe."""

    PREPAID = "prepaid"
    POSTPAID = "postpaid"


@dataclass(frozen=True, slots=True)
class CreditPrice:
    """`amount` for so many `credits`, exactly: 1.99 for 100 makes one of them 0.0199."""

    price_ref: str
    name: str
    amount: Money
    credits: Credits

    def of(self, used: Credits) -> Money:
        """What `used` cost together, rounded once, half up, to what the currency can be charged in.

        Two credits at 1.99 for 100 cost 0.04. What rounds to nothing is not forgiven: nothing is asked for it yet.
        """
        step = charge_step(self.amount.currency)
        worth, unit = used.micro * self.amount.minor, self.credits.micro * step
        return Money((2 * worth + unit) // (2 * unit) * step, self.amount.currency)


class InvoiceState(StrEnum):
    """NEW: written, the provider not asked yet. REFUSED: the provider would not make it. PAID is final."""

    NEW = "new"
    OPEN = "open"
    PAID = "paid"
    UNCOLLECTIBLE = "uncollectible"
    VOID = "void"
    REFUSED = "refused"


ENDED = (InvoiceState.PAID, InvoiceState.VOID, InvoiceState.REFUSED)
"""These ask for nothing any more. An uncollectible invoice still does: it can be paid at any time."""

STATES: dict[str, InvoiceState] = {
    "draft": InvoiceState.NEW,
    "open": InvoiceState.OPEN,
    "paid": InvoiceState.PAID,
    "uncollectible": InvoiceState.UNCOLLECTIBLE,
    "void": InvoiceState.VOID,
}
"""Ours for the provider's own words."""


@dataclass(frozen=True, slots=True)
class OverdraftInvoice:
    """What an account is asked to pay for the credits it drew below zero in a period. Moments in microseconds UTC.

    `closed_at` is when it stopped asking. `note` says what a person should look at.
    """

    id: str
    account_id: str
    period_start: int
    period_end: int
    credits: Credits
    amount: Money
    price: CreditPrice
    due_in_days: int
    state: InvoiceState
    invoice_ref: str | None
    number: str | None
    url: str | None
    due_at: int | None
    transfer_id: int | None
    note: str
    created_at: int
    read_at: int
    closed_at: int | None


def differs(invoice: OverdraftInvoice, fact: InvoiceFact) -> str:
    """Why this is not the payment that was asked for, as a sentence; empty when it is. Tax may come on top."""
    if fact.goods != invoice.amount:
        return f"The invoice is over {fact.goods}, but {invoice.amount} was asked for."
    if fact.total_minor < invoice.amount.minor or fact.credited_minor:
        return "Something was taken off the invoice, so it is not paid in full."
    return ""


def checked_due_days(days: int) -> int:
    """Within what a provider takes. Raises BadInput."""
    if not 1 <= days <= 365:
        raise BadInput("The days until an invoice is due must be from 1 to 365.", field="due_in_days")
    return days
