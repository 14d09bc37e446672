"""What is still to happen to an invoice: finalize itself, be collected and tried again, fall due.
Used inside this room only; what then happens is in `acts`.

Tries after the first come 1, 3, 5 and 7 days after the one before, as many accounts have it set; Stripe's own smart
retries follow no published plan.
"""

from __future__ import annotations

from sandbox import agenda
from sandbox.errors import Json
from sandbox.state import Call

HOUR, DAY = 3600, 86400
DRAFT_SECONDS = HOUR
RETRY_DAYS = (1, 3, 5, 7)
WARNED_BEFORE = 3 * DAY
FINALIZE = "invoice.finalize"
COLLECT = "invoice.collect"
WILL_BE_DUE = "invoice.will_be_due"
OVERDUE = "invoice.overdue"


def plan_finalization(call: Call, invoice: Json, at: int | None = None) -> None:
    """A draft that advances by itself does so an hour after it was made, or at the moment its seller chose."""
    strike_finalization(call, invoice)
    if invoice["status"] == "draft" and invoice["auto_advance"]:
        moment = at or max(call.now, invoice["created"] + DRAFT_SECONDS)
        invoice["automatically_finalizes_at"] = moment
        agenda.later(call, moment, FINALIZE, invoice["id"])


def plan_collection(call: Call, invoice: Json) -> None:
    """After finalization: the first try an hour later, or the due date."""
    if invoice["collection_method"] == "send_invoice":
        _plan_due(call, invoice)
    elif _collects(invoice):
        _plan(call, invoice, call.now + HOUR)


def plan_retry(call: Call, invoice: Json) -> None:
    """After a failed try: the next one, unless one is planned already or there were enough."""
    tries = invoice["attempt_count"]
    if _collects(invoice) and invoice["next_payment_attempt"] is None and tries <= len(RETRY_DAYS):
        _plan(call, invoice, call.now + RETRY_DAYS[tries - 1] * DAY)


def strike_finalization(call: Call, invoice: Json) -> None:
    agenda.forget(call.world, invoice["id"], FINALIZE)
    invoice["automatically_finalizes_at"] = None


def strike_collection(call: Call, invoice: Json) -> None:
    agenda.forget(call.world, invoice["id"], COLLECT)
    invoice["next_payment_attempt"] = None


def strike_all(call: Call, invoice: Json) -> None:
    """Nothing more happens by itself to an invoice that is paid, void, given up or deleted."""
    agenda.forget(call.world, invoice["id"])
    invoice |= {"auto_advance": False, "next_payment_attempt": None, "automatically_finalizes_at": None}


def replan(call: Call, invoice: Json, finalizes_at: int | None = None) -> None:
    """After `auto_advance` or a date was changed."""
    if invoice["status"] == "draft":
        plan_finalization(call, invoice, finalizes_at)
    elif invoice["status"] == "open" and invoice["collection_method"] == "send_invoice":
        _plan_due(call, invoice)
    elif not invoice["auto_advance"]:
        strike_collection(call, invoice)
    elif invoice["next_payment_attempt"] is None:
        plan_collection(call, invoice)


def in_span(moment: int | None, span: dict[str, int]) -> bool:
    """Whether a moment lies in the range a list was asked for; what has no moment lies in none but the empty range."""
    if moment is None:
        return not span
    after = moment > span.get("gt", moment - 1) and moment >= span.get("gte", moment)
    return after and moment < span.get("lt", moment + 1) and moment <= span.get("lte", moment)


def _collects(invoice: Json) -> bool:
    """The first invoice of a subscription is collected when the subscription is made, and never tried again; but not
    that of one a schedule began.
    """
    advances = invoice["auto_advance"] and invoice["collection_method"] == "charge_automatically"
    later = invoice["billing_reason"] != "subscription_create" or invoice.get("_collected_later", False)
    return bool(advances and later) and invoice["status"] == "open"


def _plan(call: Call, invoice: Json, at: int) -> None:
    agenda.forget(call.world, invoice["id"], COLLECT)
    invoice["next_payment_attempt"] = at
    agenda.later(call, at, COLLECT, invoice["id"])


def _plan_due(call: Call, invoice: Json) -> None:
    for act in (WILL_BE_DUE, OVERDUE):
        agenda.forget(call.world, invoice["id"], act)
    due = invoice["due_date"]
    if due is None:
        return
    if due - WARNED_BEFORE > call.now:
        agenda.later(call, due - WARNED_BEFORE, WILL_BE_DUE, invoice["id"])
    agenda.later(call, max(due, call.now), OVERDUE, invoice["id"])
