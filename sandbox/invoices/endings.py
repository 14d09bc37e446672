"""How an invoice ends without a card: void, given up, paid elsewhere. Subscriptions import these too."""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, Refusal, invalid
from sandbox.events import record
from sandbox.invoices import balances, calendar
from sandbox.invoices.payments import close_paid, drop_payments, payments_of
from sandbox.state import Call, World


def void(call: Call, invoice: Json) -> Json:
    """As if it had never been asked for; the customer's balance gets back what it paid."""
    before = deepcopy(invoice)
    _end(call, invoice, "void", "voided_at")
    customer = call.world.table("customer")[invoice["customer"]]
    if not customer.get("deleted"):
        balances.give_back(call, customer, invoice)
    drop_payments(call, invoice)
    record(call, "invoice.updated", invoice, before)
    record(call, "invoice.voided", invoice)
    return invoice


def mark_uncollectible(call: Call, invoice: Json) -> Json:
    """Given up for the books; it can still be paid or voided."""
    before = deepcopy(invoice)
    _end(call, invoice, "uncollectible", "marked_uncollectible_at")
    record(call, "invoice.updated", invoice, before)
    record(call, "invoice.marked_uncollectible", invoice)
    return invoice


def pay_out_of_band(call: Call, invoice: Json) -> Json:
    """Somebody paid it elsewhere, and nobody is charged."""
    before = deepcopy(invoice)
    rest = invoice["amount_remaining"]
    invoice["amount_paid"] += rest
    invoice["amount_paid_off_stripe"] += rest
    invoice |= {"amount_remaining": 0, "attempted": True}
    drop_payments(call, invoice)
    close_paid(call, invoice, before)
    return invoice


def refuse_unless(invoice: Json, statuses: tuple[str, ...], act: str) -> Refusal | None:
    """Why this cannot be done to an invoice in its state, or None."""
    if invoice["status"] in statuses:
        return None
    if invoice["status"] == "paid" and act == "pay":
        return invalid("Invoice is already paid")
    if invoice["status"] == "void" and act == "pay":
        return invalid("This invoice is void and can't be paid.")
    allowed = " or ".join(statuses)
    return invalid(f"You can only {act} an invoice that is {allowed}. This invoice is {invoice['status']}.")


def refuse_moving(world: World, invoice: Json) -> Refusal | None:
    """A bank debit on its way cannot be called back."""
    intents = world.table("payment_intent")
    for payment in payments_of(world, invoice):
        if intents[payment["payment"]["payment_intent"]]["status"] == "processing":
            return invalid("This invoice has a payment that is still processing. Wait until it succeeds or fails.")
    return None


def _end(call: Call, invoice: Json, status: str, moment: str) -> None:
    calendar.strike_all(call, invoice)
    invoice["status"] = status
    invoice["status_transitions"][moment] = call.now
