"""The payment method a call names for an intent: by id, by its data, or by a confirmation token.
Used by both kinds of intents.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid
from sandbox.payments.confirmation_tokens import redeem
from sandbox.payments.offering import refuse_other_types
from sandbox.payments.payment_methods import SPENT, make, take
from sandbox.state import Call

WAYS = ("payment_method", "payment_method_data", "confirmation_token")


def chosen(call: Call, intent: Json) -> Json | None:
    """The live payment method, checked against the intent's customer and types; None when the call names none."""
    named = [way for way in WAYS if call.params.get(way) is not None]
    if len(named) > 1:
        raise invalid(f"You may only specify one of these parameters: {', '.join(named)}.", named[0])
    if not named:
        return None
    method = _by(call, named[0], intent)
    check(method, intent)
    return method


def check(method: Json, intent: Json) -> None:
    """400 when this method cannot be used for this intent."""
    if method["_spent"]:
        raise invalid(SPENT, "payment_method")
    if method["customer"] is not None and intent["customer"] is None:
        message = (
            "The payment method you provided belongs to a Customer, so for security purposes you must provide the "
            "customer in the request."
        )
        raise invalid(message, "payment_method")
    if method["customer"] not in (None, intent["customer"]):
        message = "The payment method you provided belongs to a Customer. To use it, pass that Customer in the request."
        raise invalid(message, "payment_method")
    refuse_other_types(intent, method)


def _by(call: Call, way: str, intent: Json) -> Json:
    if way == "payment_method":
        return take(call, str(call.params[way]))
    if way == "payment_method_data":
        return make(call, call.params[way])
    return redeem(call, str(call.params[way]), intent)
