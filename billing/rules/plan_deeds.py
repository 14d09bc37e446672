"""What the owner of a subscription may do with it, by its state. Anyone may import it; pure decisions.

A state that is not known here allows nothing: whoever has one goes to the provider's own page.
"""

from __future__ import annotations

from enum import StrEnum

from billing.rules.subscriptions import Subscription


class Deed(StrEnum):
    """One thing to do with a plan."""

    CHANGE = "change"
    CANCEL = "cancel"
    TAKE_BACK = "take_back"
    RESUME = "resume"
    PAY = "pay"
    FINISH = "finish"
    PAY_CHANGE = "pay_change"
    GIVE_UP = "give_up"


_LIVING: dict[str, tuple[Deed, ...]] = {
    "active": (Deed.CHANGE, Deed.CANCEL),
    "trialing": (Deed.CHANGE, Deed.CANCEL),
    "past_due": (Deed.PAY, Deed.CANCEL),
    "unpaid": (Deed.PAY, Deed.CANCEL),
    "paused": (Deed.RESUME,),
    "incomplete": (Deed.FINISH,),
}
_ENDING: dict[str, tuple[Deed, ...]] = {
    "active": (Deed.TAKE_BACK,),
    # who tries a plan that is to run out may still buy it
    "trialing": (Deed.CHANGE, Deed.TAKE_BACK),
    "past_due": (Deed.PAY, Deed.TAKE_BACK),
    "unpaid": (Deed.PAY, Deed.TAKE_BACK),
    "paused": (Deed.RESUME,),
    "incomplete": (Deed.FINISH,),
}


def deeds(subscription: Subscription) -> tuple[Deed, ...]:
    """What may be done now; nothing with one that has ended. While a change waits to be paid there is no other."""
    known = _ENDING if subscription.is_ending else _LIVING
    found = known.get(subscription.status, ())
    if subscription.pending is None or not found:
        return found
    return (Deed.PAY_CHANGE, Deed.GIVE_UP, *(each for each in found if each is not Deed.CHANGE))
