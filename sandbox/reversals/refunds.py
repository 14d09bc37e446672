"""The course of a refund: given, settled, failed, called back. Used by `refund_routes`, `disputes` and the controls."""

from __future__ import annotations

from copy import deepcopy

from sandbox import agenda
from sandbox.errors import Json, invalid
from sandbox.events import changed, record
from sandbox.fields import lay_metadata
from sandbox.payments.balance_transactions import Movement, book, in_a_few_days, paid_by_card
from sandbox.payments.cards import Later
from sandbox.reversals.new_refunds import blank_refund, left_of, refunds_of, refusal, what_follows
from sandbox.state import Call, new_id

SETTLES, FAILS, REFERENCED = "refund.settles", "refund.fails", "refund.referenced"
NEXT: dict[Later | None, str] = {Later.REFUND_PENDING: SETTLES, Later.REFUND_FAILS: FAILS}
WAITS_SECONDS = 3
ANSWER_DAYS = 45


def refund(call: Call, charge: Json, amount_minor: int | None = None, reason: str | None = None) -> Json:
    """Pays back a charge: so many minor units of it, or all that is left. Tells `refund.created` and
    `charge.refunded`, and lets the test card decide what follows. Raises what the API would answer.
    """
    refused = refusal(call.world, charge, amount_minor)
    if refused:
        raise refused
    call.live_by(charge)
    given = blank_refund(call, charge, amount_minor if amount_minor is not None else left_of(call.world, charge))
    follows = what_follows(call.world, charge)
    given |= {"reason": reason, "status": "pending" if follows is Later.REFUND_PENDING else "succeeded"}
    if follows is Later.REFUND_PENDING:
        given["pending_reason"] = "processing"
    lay_metadata(given, call.params)
    if call.params.get("instructions_email"):
        given["instructions_email"] = call.params["instructions_email"]
    given["balance_transaction"] = book(call, given, _movement(call, charge, given))["id"]
    _tell_new(call, charge, given)
    agenda.later(call, call.now + WAITS_SECONDS, NEXT.get(follows, REFERENCED), given["id"])
    return given


def fail_refund(call: Call, refund: Json, why: str = "expired_or_canceled_card") -> Json:
    """The bank sends a refund back, be it pending or believed to have succeeded: the money returns to the account and
    can be refunded again. 400 when it failed or was canceled before.
    """
    if refund["status"] in ("failed", "canceled"):
        raise invalid(f"This refund has a status of {refund['status']}; it cannot fail any more.")
    before = undo(call, refund, "failed", why)
    tell(call, refund, before)
    record(call, "refund.failed", refund, before)
    return refund


def ask_for_details(call: Call, refund: Json) -> Json:
    """The customer must first say where the money goes. No card asks so; at the controls one can. 400 once undone."""
    if refund["status"] not in ("pending", "succeeded"):
        raise invalid(f"This refund has a status of {refund['status']}; nothing can be asked any more.")
    before = deepcopy(refund)
    agenda.forget(call.world, refund["id"])
    sent = {"email_sent_at": call.now, "email_sent_to": refund.get("instructions_email") or "customer@example.com"}
    details = {"email_sent": sent, "expires_at": call.now + ANSWER_DAYS * 86400}
    refund |= {"status": "requires_action", "next_action": {"type": "display_details", "display_details": details}}
    tell(call, refund, before)
    return refund


def _tell_new(call: Call, charge: Json, given: Json) -> None:
    record(call, "refund.created", call.world.add(given))
    before = deepcopy(charge)
    charge["amount_refunded"] += given["amount"]
    charge["refunded"] = charge["amount_refunded"] >= charge["amount"] or left_of(call.world, charge) == 0
    if given["reason"] == "fraudulent":
        charge["fraud_details"] = {"user_report": "fraudulent"}
    record(call, "charge.refunded", charge, before)


def tell(call: Call, refund: Json, before: Json) -> None:
    """The older event and its younger twin."""
    record(call, "charge.refund.updated", refund, before)
    record(call, "refund.updated", refund, before)


def _movement(call: Call, charge: Json, given: Json) -> Movement:
    """The fee of the charge is kept. The money is taken from what waits while the charge's own still waits."""
    kind = "refund" if paid_by_card(charge) else "payment_refund"
    about = f" ({charge['description']})" if charge["description"] else ""
    name = "CHARGE" if kind == "refund" else "PAYMENT"
    earned = call.world.table("balance_transaction").get(str(charge["balance_transaction"]))
    waits = earned is None or earned["status"] == "pending"
    when = (earned["available_on"] if earned else in_a_few_days(call)) if waits else None
    return Movement(kind, -given["amount"], f"REFUND FOR {name}{about}", "refund", available_on=when)


def undo(call: Call, refund: Json, status: str, why: str) -> Json:
    """The money comes back. Returns the refund as it was before."""
    call.live_by(refund)
    before = deepcopy(refund)
    agenda.forget(call.world, refund["id"])
    charge = call.world.table("charge")[refund["charge"]]
    refund |= {"status": status, "failure_reason": why}
    for over in ("pending_reason", "next_action"):
        refund.pop(over, None)
    if refund["balance_transaction"] is not None:
        returned = book(call, refund, Movement("refund_failure", refund["amount"], "REFUND FAILURE"))
        refund["failure_balance_transaction"] = returned["id"]
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    return before


def settle(call: Call, refund_id: str) -> None:
    found = call.world.table("refund").get(refund_id)
    if found is None or found["status"] != "pending":
        return
    call.live_by(found)
    before = deepcopy(found)
    found["status"] = "succeeded"
    found.pop("pending_reason", None)
    _give_reference(found)
    tell(call, found, before)


def fail(call: Call, refund_id: str) -> None:
    found = call.world.table("refund").get(refund_id)
    if found is not None and found["status"] == "succeeded":
        fail_refund(call, found)


def name_reference(call: Call, refund_id: str) -> None:
    """The acquirer's reference, by which a bank finds the refund."""
    found = call.world.table("refund").get(refund_id)
    if found is None or found["status"] != "succeeded":
        return
    call.live_by(found)
    before = deepcopy(found)
    _give_reference(found)
    if changed(found, before):
        tell(call, found, before)


def _give_reference(refund: Json) -> None:
    card = refund["destination_details"].get("card")
    if card is not None:
        card |= {"reference": new_id("7", 22), "reference_status": "available"}


def release(call: Call, charge: Json) -> None:
    """Money that was only held on a card and is let go shows as a refund that moved nothing."""
    if charge["captured"] or charge["status"] != "succeeded" or any(refunds_of(call.world, charge)):
        return
    given = blank_refund(call, charge, charge["amount"])
    intent = call.world.table("payment_intent").get(str(charge["payment_intent"]), {})
    if intent.get("cancellation_reason") == "automatic":
        given["reason"] = "expired_uncaptured_charge"
    record(call, "refund.created", call.world.add(given))
