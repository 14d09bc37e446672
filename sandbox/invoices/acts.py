"""What time and payments do to invoices: the acts of the agenda, and the reactions to PaymentIntents.
Registered by `invoices`.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, Refusal
from sandbox.events import record
from sandbox.invoices import calendar
from sandbox.invoices.collection import attempt, default_method, tell_failure
from sandbox.invoices.finalization import finalize
from sandbox.invoices.payments import payment_by, receive
from sandbox.routes import Act, Reaction
from sandbox.state import Call


def finalize_itself(call: Call, invoice_id: str) -> None:
    """An automatic draft closes, and is collected or sent right away. When its tax cannot be reckoned it stays."""
    invoice = _open_at(call, invoice_id, "draft")
    if invoice is None:
        return
    try:
        finalize(call, invoice)
    except Refusal:
        return
    if invoice["status"] != "open":
        return
    if invoice["collection_method"] == "send_invoice":
        record(call, "invoice.sent", invoice)
    else:
        _try(call, invoice)


def collect(call: Call, invoice_id: str) -> None:
    """A planned try, with whatever card the customer has by now. Without one it is put off, and counts for nothing."""
    invoice = _open_at(call, invoice_id, "open")
    if invoice is None:
        return
    invoice["next_payment_attempt"] = None
    if invoice["attempt_count"] and default_method(call, invoice) is None:
        calendar.plan_retry(call, invoice)
    else:
        _try(call, invoice, retry=True)


def warn(call: Call, invoice_id: str) -> None:
    _tell(call, invoice_id, "invoice.will_be_due")


def fall_due(call: Call, invoice_id: str) -> None:
    _tell(call, invoice_id, "invoice.overdue")


def succeeded(call: Call, intent: Json) -> None:
    payment = payment_by(call.world, intent)
    if payment is not None and payment["status"] == "open":
        receive(call, call.world.table("invoice")[payment["invoice"]], payment, intent["amount_received"])


def failed(call: Call, intent: Json) -> None:
    invoice = _invoice_of(call, intent)
    if invoice is not None:
        tell_failure(call, invoice)


def requires_action(call: Call, intent: Json) -> None:
    """The card holder must act. While he is at it himself in a browser that is no failure."""
    invoice = _invoice_of(call, intent)
    if invoice is None:
        return
    record(call, "invoice.payment_action_required", invoice)
    if not call.publishable:
        tell_failure(call, invoice)


def canceled(call: Call, intent: Json) -> None:
    payment = payment_by(call.world, intent)
    if payment is not None and payment["status"] == "open":
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = call.now


def customer_deleted(call: Call, customer: Json) -> None:
    """With the customer go his pending items and drafts; what was finalized is not collected any more."""
    for item in call.world.table("invoiceitem").values():
        if item.get("customer") == customer["id"] and item["invoice"] is None:
            item["deleted"] = True
    for invoice in call.world.table("invoice").values():
        if invoice.get("customer") == customer["id"] and invoice["status"] in ("draft", "open"):
            before = deepcopy(invoice)
            calendar.strike_all(call, invoice)
            record(call, "invoice.updated", invoice, before)


def _try(call: Call, invoice: Json, *, retry: bool = False) -> None:
    """Nobody waits for the answer here: a card that cannot even be asked is a failed try like any other."""
    try:
        attempt(call, invoice, retry=retry)
    except Refusal:
        tell_failure(call, invoice)


def _open_at(call: Call, invoice_id: str, status: str) -> Json | None:
    """The invoice, if it still is where it was when this was planned."""
    invoice = call.world.table("invoice").get(invoice_id)
    if invoice is None or invoice.get("deleted") or invoice["status"] != status:
        return None
    call.live_by(invoice)
    return invoice


def _tell(call: Call, invoice_id: str, kind: str) -> None:
    invoice = _open_at(call, invoice_id, "open")
    if invoice is not None:
        record(call, kind, invoice)


def _invoice_of(call: Call, intent: Json) -> Json | None:
    payment = payment_by(call.world, intent)
    invoice = call.world.table("invoice").get(payment["invoice"]) if payment else None
    return invoice if invoice is not None and invoice["status"] in ("open", "uncollectible") else None


ACTS: dict[str, Act] = {
    calendar.FINALIZE: finalize_itself,
    calendar.COLLECT: collect,
    calendar.WILL_BE_DUE: warn,
    calendar.OVERDUE: fall_due,
}
REACTIONS: dict[str, Reaction] = {
    "payment_intent.succeeded": succeeded,
    "payment_intent.payment_failed": failed,
    "payment_intent.requires_action": requires_action,
    "payment_intent.canceled": canceled,
    "customer.deleted": customer_deleted,
}
