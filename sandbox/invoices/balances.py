"""How a customer's balance pays for an invoice, or is left with what is too small to collect.
Used inside this room only.
"""

from __future__ import annotations

from sandbox.customers.customer_balance import adjust
from sandbox.errors import Json
from sandbox.money import LEAST
from sandbox.state import Call


def foresee(invoice: Json) -> None:
    """What a draft would ask for, with the balance as it is now."""
    due, _, _ = shared(invoice["total"], invoice["starting_balance"], invoice["currency"])
    invoice |= {"amount_due": due, "amount_remaining": due}


def apply(call: Call, customer: Json, invoice: Json) -> None:
    """Settles an invoice that is being finalized with the balance, for good."""
    start = invoice["starting_balance"]
    currency = invoice["currency"]
    due, applied, deferred = shared(invoice["total"], start, currency)
    invoice |= {"amount_due": due, "amount_remaining": due, "ending_balance": start + applied + deferred}
    if applied:
        adjust(call, customer, applied, currency, "applied_to_invoice", invoice=invoice["id"])
    if deferred:
        adjust(call, customer, deferred, currency, "invoice_too_small", invoice=invoice["id"])


def give_back(call: Call, customer: Json, invoice: Json) -> None:
    """A void invoice returns what the balance paid for it, and takes back what it had left there."""
    moved = (invoice["ending_balance"] or 0) - invoice["starting_balance"]
    if moved:
        adjust(call, customer, -moved, invoice["currency"], "unapplied_from_invoice", invoice=invoice["id"])


def shared(total: int, balance: int, currency: str) -> tuple[int, int, int]:
    """What is due, and how much the balance moves because it is applied and because the rest is too small to charge.

    A balance below zero is credit of the customer, above zero he owes it.
    """
    together = total + balance
    due = max(0, together)
    applied = min(0, together) - balance
    if 0 < due < LEAST.get(currency, 1):
        return 0, applied, due
    return due, applied, 0
