"""What follows when the money of a session moves, or does not: completed, paid later, failed later.
Used by `confirming`, and registered for the events of payments in `payment_pages`.
"""

from __future__ import annotations

from sandbox import agenda
from sandbox.catalogue.coupons import redeem
from sandbox.checkout.fulfilment import start_subscription, write_invoice
from sandbox.checkout.new_sessions import NOUN
from sandbox.checkout.payer import write_details
from sandbox.errors import Json
from sandbox.events import record
from sandbox.routes import Reaction
from sandbox.state import Call


def complete(call: Call, session: Json, payment_status: str) -> None:
    """Closes the session for good and tells so."""
    agenda.forget(call.world, session["id"])
    if session["mode"] == "payment":  # a subscription redeems its own
        for discount in session["_discounts"]:
            redeem(call, call.world.table("discount")[discount])
    write_details(call, session)
    session |= {"status": "complete", "url": None, "payment_status": payment_status}
    told = record(call, "checkout.session.completed", session)
    session["_told"] = told["id"]


def on_succeeded(call: Call, intent: Json) -> None:
    """The money is there: at once, after a bank took its days, or when the seller captured it."""
    session = session_of(call, intent)
    if session is None:
        return
    if session["status"] == "open":
        finish(call, session, intent, "paid")
    elif session["payment_status"] == "unpaid":
        session["payment_status"] = "paid"
        if session["_waits_for"] == "bank":
            record(call, "checkout.session.async_payment_succeeded", session)


def on_processing(call: Call, intent: Json) -> None:
    """A bank debit is under way: the payer is done, the money is not there."""
    session = session_of(call, intent)
    if session is not None and session["status"] == "open":
        session["_waits_for"] = "bank"
        finish(call, session, intent, "unpaid")


def on_capturable(call: Call, intent: Json) -> None:
    """Authorised only: the seller takes the money later."""
    session = session_of(call, intent)
    if session is not None and session["status"] == "open":
        session["_waits_for"] = "seller"
        finish(call, session, intent, "unpaid")


def on_failed(call: Call, intent: Json) -> None:
    """A failure while the page is open is shown there; one that comes days later is told."""
    session = session_of(call, intent)
    if session is not None and session["status"] == "complete" and session["_waits_for"] == "bank":
        session["_waits_for"] = None
        record(call, "checkout.session.async_payment_failed", session)


def on_set_up(call: Call, intent: Json) -> None:
    """A card is saved: all there is to do in setup mode, and for a subscription with nothing due today."""
    session = session_of(call, intent)
    if session is None or session["status"] != "open":
        return
    if session["mode"] == "subscription":
        start_subscription(call, session, None, intent["payment_method"])
    complete(call, session, "no_payment_required")


def finish(call: Call, session: Json, intent: Json, payment_status: str) -> None:
    """Makes what the payment was for, then completes."""
    session["payment_status"] = payment_status
    if session["mode"] == "subscription":
        start_subscription(call, session, intent, intent["payment_method"])
    elif session["invoice_creation"]["enabled"]:
        write_invoice(call, session, intent)
    complete(call, session, payment_status)


def session_of(call: Call, intent: Json) -> Json | None:
    return call.world.table(NOUN).get(str(intent.get("_checkout_session")))


REACTIONS: dict[str, Reaction] = {
    "payment_intent.succeeded": on_succeeded,
    "payment_intent.processing": on_processing,
    "payment_intent.amount_capturable_updated": on_capturable,
    "payment_intent.payment_failed": on_failed,
    "setup_intent.succeeded": on_set_up,
}
