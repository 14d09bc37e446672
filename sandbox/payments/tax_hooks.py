"""`hooks[inputs][tax][calculation]` of a PaymentIntent: the tax calculation that becomes a tax transaction with it.
Used by whatever takes the parameter; what follows from a payment is in the room `tax`.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid, missing
from sandbox.payments.outcomes import unexpected
from sandbox.state import Call

NAME = "hooks"
AT = "hooks[inputs][tax][calculation]"
TOO_LATE = ("succeeded", "canceled")


def check_hook(call: Call, intent: Json | None = None) -> None:
    """400 when there is no such calculation (any more), or when the intent is through. The amount is the seller's own
    business: it need not be that of the calculation.
    """
    if NAME not in call.params:
        return
    if intent is not None and intent["status"] in TOO_LATE:
        message = (
            f"You cannot link a tax calculation to this PaymentIntent because it has a status of {intent['status']}."
        )
        raise unexpected(intent, message)
    wanted = linked(call.params)
    if wanted is None:
        return
    found = call.world.table("tax.calculation").get(wanted)
    if found is None:
        raise missing("tax calculation", wanted, AT, status=400)
    if call.now > found["expires_at"]:
        raise invalid(f"The tax calculation `{wanted}` has expired.", AT)


def lay_hook(intent: Json, params: Json) -> None:
    """Links the calculation; the empty string takes the link away."""
    if NAME in params:
        intent[NAME] = params[NAME] if linked(params) else None


def linked(thing: Json) -> str | None:
    """The calculation named in parameters, or in an intent."""
    inputs = (thing.get(NAME) or {}).get("inputs") or {}
    found: str | None = (inputs.get("tax") or {}).get("calculation")
    return found
