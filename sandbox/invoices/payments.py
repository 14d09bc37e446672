"""Invoice payments: what joins an invoice to the PaymentIntents that pay it. Written inside this room; the routes that
read them are in `invoice_payments`.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from sandbox.errors import Json
from sandbox.events import record
from sandbox.invoices import calendar
from sandbox.payments.new_intents import blank
from sandbox.state import Call, World, new_id

SAYS = {
    "subscription_create": "Subscription creation",
    "subscription_cycle": "Subscription update",
    "subscription_update": "Subscription update",
}


def open_payment(call: Call, invoice: Json, amount_minor: int) -> Json:
    """A PaymentIntent for an invoice, and the invoice payment that holds it. Returns the invoice payment."""
    params = {
        "amount": amount_minor,
        "currency": invoice["currency"],
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    intent = blank(replace(call, params=params))
    first = invoice["billing_reason"] == "subscription_create"
    intent |= {
        "customer": invoice["customer"],
        "description": SAYS.get(invoice["billing_reason"], "Payment for Invoice"),
        "setup_future_usage": "off_session" if first else None,
    }
    call.world.add(intent)
    invoice["_payment"] = intent["id"]
    record(call, "payment_intent.created", intent)
    return join(call, invoice, intent, amount_minor, default=True)


def join(call: Call, invoice: Json, intent: Json, amount_minor: int, *, default: bool) -> Json:
    return call.world.add(
        {
            "id": new_id("inpay_1", 23),
            "object": "invoice_payment",
            "amount_paid": None,
            "amount_requested": amount_minor,
            "created": call.now,
            "currency": invoice["currency"],
            "invoice": invoice["id"],
            "is_default": default,
            "livemode": False,
            "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        }
    )


def receive(call: Call, invoice: Json, payment: Json, amount_minor: int) -> None:
    """Money has come in for an invoice: all of it, or a part."""
    before = deepcopy(invoice)
    payment |= {"status": "paid", "amount_paid": amount_minor}
    payment["status_transitions"]["paid_at"] = call.now
    invoice["amount_paid"] += amount_minor
    invoice["amount_remaining"] -= amount_minor
    invoice |= {"attempted": True, "attempt_count": max(1, invoice["attempt_count"])}
    if invoice["amount_remaining"] > 0:
        record(call, "invoice.updated", invoice, before)
        ask_for_less(call, invoice)
    else:
        close_paid(call, invoice, before)
    record(call, "invoice_payment.paid", payment)


def close_paid(call: Call, invoice: Json, before: Json) -> None:
    """Nothing remains to be paid. `before` is the invoice before whatever paid it."""
    calendar.strike_all(call, invoice)
    invoice["status"] = "paid"
    invoice["status_transitions"]["paid_at"] = call.now
    record(call, "invoice.updated", invoice, before)
    record(call, "invoice.paid", invoice)
    record(call, "invoice.payment_succeeded", invoice)


def drop_payments(call: Call, invoice: Json) -> None:
    """Ends the PaymentIntents that wait for an invoice nobody has to pay any more."""
    for payment in payments_of(call.world, invoice):
        intent = call.world.table("payment_intent")[payment["payment"]["payment_intent"]]
        if payment["status"] != "open" or intent["status"] in ("succeeded", "canceled", "processing"):
            continue
        intent |= {
            "status": "canceled",
            "canceled_at": call.now,
            "cancellation_reason": "void_invoice",
            "next_action": None,
        }
        record(call, "payment_intent.canceled", intent)


def ask_for_less(call: Call, invoice: Json) -> None:
    """The open default payment asks for what remains."""
    for payment in payments_of(call.world, invoice):
        if payment["is_default"] and payment["status"] == "open":
            payment["amount_requested"] = invoice["amount_remaining"]
            call.world.table("payment_intent")[invoice["_payment"]]["amount"] = invoice["amount_remaining"]


def payments_of(world: World, invoice: Json) -> list[Json]:
    return [row for row in world.table("invoice_payment").values() if row["invoice"] == invoice["id"]]


def payment_by(world: World, intent: Json) -> Json | None:
    """The invoice payment a PaymentIntent belongs to, if it belongs to one."""
    rows = world.table("invoice_payment").values()
    return next((row for row in rows if row["payment"]["payment_intent"] == intent["id"]), None)
