"""The course of a dispute: opened, answered, won, lost, escalated, run out of time. Used by `dispute_routes` and the
controls.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox import agenda
from sandbox.errors import Json, invalid
from sandbox.events import record
from sandbox.payments.balance_transactions import Movement, book, paid_by_card
from sandbox.payments.cards import Later
from sandbox.reversals.new_disputes import CLAIMS, DAY_SECONDS, REASONS, Claim, blank_dispute
from sandbox.reversals.new_refunds import UNDONE, refunds_of, what_follows
from sandbox.reversals.refunds import fail_refund
from sandbox.state import Call

FEE_MINOR = 1500
CLOSED = ("won", "lost", "warning_closed", "prevented")
WON, LOST, ESCALATED = "dispute.won", "dispute.lost", "dispute.escalated"
DUE, FORGOTTEN = "dispute.due", "dispute.inquiry_forgotten"
DECIDES_SECONDS = 3
INQUIRY_DAYS = 120
OUTCOMES = {"winning_evidence": WON, "losing_evidence": LOST}
INQUIRY_OUTCOMES = {"winning_evidence": FORGOTTEN, "escalate_inquiry_evidence": ESCALATED}


def open_dispute(
    call: Call, charge: Json, reason: str, *, inquiry: bool = False, amount_minor: int | None = None
) -> Json:
    """The bank of the card holder disputes a charge, wholly unless an amount is given. An inquiry moves no money; any
    other dispute withdraws the amount and a fee at once. Raises 400 for an unknown reason, for a charge that moved no
    money, and for an amount it does not have.
    """
    amount = charge["amount_captured"] if amount_minor is None else amount_minor
    if reason not in REASONS:
        raise invalid(f"Invalid reason: must be one of {', '.join(REASONS)}", "reason")
    if not charge["captured"] or not 0 < amount <= charge["amount_captured"]:
        raise invalid(f"There is no such amount to dispute on charge {charge['id']}.", "amount")
    call.live_by(charge)
    charge["disputed"] = True
    dispute = call.world.add(blank_dispute(call, charge, Claim(reason, inquiry), amount))
    agenda.later(call, dispute["evidence_details"]["due_by"], DUE, dispute["id"])
    if inquiry:
        agenda.later(call, call.now + INQUIRY_DAYS * DAY_SECONDS, FORGOTTEN, dispute["id"])
        record(call, "charge.dispute.created", dispute)
    else:
        _withdraw(call, dispute)
        record(call, "charge.dispute.created", dispute)
        record(call, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(call: Call, dispute: Json, won: bool) -> Json:
    """The bank decides. Won, the amount comes back (the fee does not) and the charge can be refunded again; lost, it
    stays away. An inquiry is only closed. 400 when it is closed already.
    """
    refuse_closed(dispute)
    charge_of(call, dispute)
    before = deepcopy(dispute)
    agenda.forget(call.world, dispute["id"])
    if dispute["status"].startswith("warning_"):
        dispute["status"] = "warning_closed"
    else:
        dispute |= {"status": "won" if won else "lost", "is_charge_refundable": won}
        if won:
            returned = Movement("adjustment", dispute["amount"], _about("reversal", dispute), "dispute_reversal")
            dispute["balance_transactions"].append(book(call, dispute, returned))
            record(call, "charge.dispute.funds_reinstated", dispute, before)
    record(call, "charge.dispute.closed", dispute, before)
    return dispute


def escalate(call: Call, dispute: Json) -> Json:
    """An inquiry becomes a dispute that takes the money. What was refunded while the bank looked at the evidence does
    not reach the card holder any more. 400 when it is not an open inquiry.
    """
    if dispute["status"] not in ("warning_needs_response", "warning_under_review"):
        raise invalid("Only an open inquiry can be escalated.")
    charge = charge_of(call, dispute)
    before = deepcopy(dispute)
    agenda.forget(call.world, dispute["id"])
    _fail_late_refunds(call, dispute)
    fresh = blank_dispute(call, charge, Claim(dispute["reason"]), 0)
    for name in ("status", "is_charge_refundable", "payment_method_details"):
        dispute[name] = fresh[name]
    dispute["evidence_details"]["due_by"] = fresh["evidence_details"]["due_by"]
    agenda.later(call, dispute["evidence_details"]["due_by"], DUE, dispute["id"])
    _withdraw(call, dispute)
    record(call, "charge.dispute.updated", dispute, before)
    record(call, "charge.dispute.funds_withdrawn", dispute, before)
    return dispute


def submit(call: Call, dispute: Json) -> None:
    """Sends the evidence to the bank. Some words decide the outcome, any others leave it under review."""
    charge_of(call, dispute)
    details, inquiry = dispute["evidence_details"], dispute["status"] == "warning_needs_response"
    dispute["status"] = "warning_under_review" if inquiry else "under_review"
    details |= {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
    dispute["_refunded_before"] = [refund["id"] for refund in refunds_of(call.world, {"id": dispute["charge"]})]
    outcome = (INQUIRY_OUTCOMES if inquiry else OUTCOMES).get(str(dispute["evidence"]["uncategorized_text"]).strip())
    if outcome is not None:
        agenda.later(call, call.now + DECIDES_SECONDS, outcome, dispute["id"])


def touch_charge(call: Call, dispute: Json) -> None:
    """Stripe tells of the charge too whenever its owner acts upon the dispute, although nothing shown differs."""
    charge = charge_of(call, dispute)
    record(call, "charge.updated", charge, deepcopy(charge))


def charge_of(call: Call, dispute: Json) -> Json:
    """The disputed charge, by whose customer's clock everything here happens."""
    charge = call.world.table("charge")[dispute["charge"]]
    call.live_by(charge)
    return charge


def refuse_closed(dispute: Json) -> None:
    if dispute["status"] in CLOSED:
        raise invalid("This dispute is already closed")


def arrive(call: Call, charge: Json) -> None:
    """The dispute cards: the bank disputes as soon as money moved; it has no request of its own. A debit that was
    called back is lost at once, its bank hears nobody.
    """
    follows = what_follows(call.world, charge)
    if not charge["captured"] or follows not in CLAIMS:
        return
    if follows is Later.DISPUTE_FRAUDULENT and _authenticated(charge):
        return
    bank = Call(call.world, test_clock=call.test_clock)
    if not paid_by_card(charge):
        close_dispute(bank, open_dispute(bank, charge, "debit_not_authorized"), won=False)
        return
    for claim in CLAIMS[follows]:
        share = claim.share_of(charge["amount_captured"])
        open_dispute(bank, charge, claim.reason, inquiry=claim.inquiry, amount_minor=share)


def drop_inquiry(call: Call, charge: Json) -> None:
    """A charge that was refunded wholly leaves nothing to ask about."""
    for dispute in call.world.table("dispute").values():
        open_inquiry = dispute["status"] in ("warning_needs_response", "warning_under_review")
        if charge["refunded"] and open_inquiry and dispute["charge"] == charge["id"]:
            close_dispute(Call(call.world, test_clock=call.test_clock), dispute, won=True)


def run_out(call: Call, dispute_id: str) -> None:
    """The day to answer is over: a dispute is lost, an inquiry stays open until the bank forgets it."""
    dispute = call.world.table("dispute").get(dispute_id)
    if dispute is None or dispute["status"] not in ("needs_response", "warning_needs_response"):
        return
    charge_of(call, dispute)
    before = deepcopy(dispute)
    dispute["evidence_details"]["past_due"] = True
    if dispute["status"] == "needs_response":
        close_dispute(call, dispute, won=False)
    else:
        record(call, "charge.dispute.updated", dispute, before)


def win(call: Call, dispute_id: str) -> None:
    close_dispute(call, call.world.table("dispute")[dispute_id], won=True)


def lose(call: Call, dispute_id: str) -> None:
    close_dispute(call, call.world.table("dispute")[dispute_id], won=False)


def escalate_later(call: Call, dispute_id: str) -> None:
    escalate(call, call.world.table("dispute")[dispute_id])


def _withdraw(call: Call, dispute: Json) -> None:
    taken = Movement(
        "adjustment", -dispute["amount"], _about("withdrawal", dispute), "dispute", FEE_MINOR, fee_for="Dispute fee"
    )
    dispute["balance_transactions"].append(book(call, dispute, taken))


def _about(what: str, dispute: Json) -> str:
    return f"Chargeback {what} for {dispute['charge']}"


def _authenticated(charge: Json) -> bool:
    """After 3-D Secure, also a try the bank took no part in, the bank of the card holder bears fraud."""
    card = charge["payment_method_details"].get("card") or {}
    return bool((card.get("three_d_secure") or {}).get("result") in ("authenticated", "attempt_acknowledged"))


def _fail_late_refunds(call: Call, dispute: Json) -> None:
    before = dispute.get("_refunded_before")
    for refund in refunds_of(call.world, {"id": dispute["charge"]}):
        if before is not None and refund["id"] not in before and refund["status"] not in UNDONE:
            fail_refund(call, refund, "charge_for_pending_refund_disputed")
