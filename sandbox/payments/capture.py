"""Payments in two steps: held on the card at confirmation, taken by a capture within seven days or released.
`confirmation` holds, `payment_intents` serves the route.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox import agenda
from sandbox.errors import Json, invalid
from sandbox.events import record
from sandbox.fields import lay, lay_metadata
from sandbox.payments.charges import book, release
from sandbox.payments.outcomes import succeed, unexpected
from sandbox.payments.tax_hooks import check_hook, lay_hook
from sandbox.state import Call

HELD_SECONDS = 7 * 24 * 3600
EXPIRES = "payment_intents.authorization_expires"


def hold(call: Call, intent: Json, charge: Json) -> Json:
    """The bank keeps the amount for us; nothing has been paid yet."""
    charge["payment_method_details"]["card"]["capture_before"] = call.now + HELD_SECONDS
    intent |= {
        "status": "requires_capture",
        "amount_capturable": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
    }
    agenda.later(call, call.now + HELD_SECONDS, EXPIRES, intent["id"])
    record(call, "payment_intent.amount_capturable_updated", intent)
    return intent


def capture(call: Call) -> Json:
    """Takes what was held, or a part of it: the rest is released, unless several captures were agreed upon."""
    intent = call.find("payment_intent", "intent")
    _check_status(intent)
    asked = call.params.get("amount_to_capture")
    amount_minor = intent["amount_capturable"] if asked is None else asked
    if amount_minor > intent["amount_capturable"]:
        message = (
            "The payment could not be captured because the requested capture amount is greater than the amount you can "
            "capture for this charge."
        )
        raise invalid(message, "amount_to_capture", "amount_too_large")
    final = call.params.get("final_capture", True)
    charge = call.world.table("charge")[intent["latest_charge"]]
    if not final and charge["payment_method_details"]["card"]["multicapture"]["status"] != "available":
        message = "`final_capture` can only be false when multicapture is available for the PaymentIntent."
        raise invalid(message, "final_capture")
    if call.params.get("statement_descriptor"):
        raise invalid(NO_DESCRIPTOR, "statement_descriptor")
    check_hook(call, intent)
    lay_hook(intent, call.params)
    lay(intent, call.params, ("statement_descriptor_suffix",))
    lay_metadata(intent, call.params)
    if final or amount_minor == intent["amount_capturable"]:
        return _take_last(call, intent, charge, amount_minor)
    return _take_part(call, intent, charge, amount_minor)


def let_go(call: Call, intent: Json, kind: str) -> None:
    """Releases what is held, before the intent is canceled."""
    agenda.forget(call.world, intent["id"], EXPIRES)
    charge = call.world.table("charge")[intent["latest_charge"]]
    intent["amount_capturable"] = 0
    release(call, charge, kind)
    if charge["amount_captured"]:
        book(call, charge)


def expire(call: Call, intent_id: str) -> None:
    """Seven days have passed and nobody captured."""
    intent = call.world.table("payment_intent")[intent_id]
    call.live_by(intent)
    intent |= {"canceled_at": call.now, "cancellation_reason": "automatic"}
    let_go(call, intent, "charge.expired")
    intent["status"] = "canceled"
    record(call, "payment_intent.canceled", intent)


def is_manual(intent: Json) -> bool:
    options = intent["payment_method_options"].get("card") or {}
    return "manual" in (intent["capture_method"], options.get("capture_method"))


def _take_last(call: Call, intent: Json, charge: Json, amount_minor: int) -> Json:
    """What is not taken now shows as refunded on the charge, though it never was paid."""
    agenda.forget(call.world, intent["id"], EXPIRES)
    before = deepcopy(charge)
    taken = charge["amount_captured"] + amount_minor
    charge |= {"captured": True, "amount_captured": taken, "amount_refunded": charge["amount"] - taken}
    record(call, "charge.captured", charge, before)
    return succeed(call, intent, charge)


def _take_part(call: Call, intent: Json, charge: Json, amount_minor: int) -> Json:
    before = deepcopy(charge)
    charge["amount_captured"] += amount_minor
    record(call, "charge.updated", charge, before)
    intent["amount_received"] += amount_minor
    intent["amount_capturable"] -= amount_minor
    record(call, "payment_intent.amount_capturable_updated", intent)
    return intent


def _check_status(intent: Json) -> None:
    if intent["status"] == "succeeded":
        raise unexpected(intent, "This PaymentIntent could not be captured because it has already been captured.")
    if intent["status"] != "requires_capture":
        message = (
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture."
        )
        raise unexpected(intent, message)


NO_DESCRIPTOR = (
    "The `statement_descriptor` parameter is not supported for card payments. Use `statement_descriptor_suffix` "
    "instead."
)
