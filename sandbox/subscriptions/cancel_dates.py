"""When a subscription is to end: `cancel_at` and `cancel_at_period_end`. Used by `creation`, `changes` and
`previews`.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid, not_done
from sandbox.state import Call
from sandbox.subscriptions.timing import period_of


def lay_cancellation(call: Call, subscription: Json, params: Json) -> None:
    """Sets the date, or takes it back."""
    if params.get("cancel_at_period_end") and params.get("cancel_at") is not None:
        message = "You may only specify one of these parameters: cancel_at, cancel_at_period_end."
        raise invalid(message, "cancel_at")
    if params.get("cancel_at") is not None:
        _end_at(call, subscription, _moment(call, subscription, params["cancel_at"]), at_period_end=False)
    elif params.get("cancel_at_period_end"):
        _end_at(call, subscription, period_of(subscription)[1], at_period_end=True)
    elif "cancel_at" in params or (
        params.get("cancel_at_period_end") is False and subscription["cancel_at_period_end"]
    ):
        subscription |= {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None}
        subscription["cancellation_details"]["reason"] = None


def _end_at(call: Call, subscription: Json, moment: int, *, at_period_end: bool) -> None:
    subscription |= {
        "cancel_at": moment,
        "cancel_at_period_end": at_period_end,
        "canceled_at": subscription["canceled_at"] or call.now,
    }
    subscription["cancellation_details"]["reason"] = "cancellation_requested"


def _moment(call: Call, subscription: Json, asked: int | str) -> int:
    if asked in ("min_period_end", "max_period_end"):
        return period_of(subscription)[1]
    if isinstance(asked, str):
        raise not_done("cancel_at=max_billed_until, because it does not bill in advance")
    if asked <= call.now:
        raise invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", "cancel_at")
    return asked
