"""What is still to happen to a subscription by itself, planned anew after every change. Used across this room; what
then happens is in `renewals` and `deadlines`.
"""

from __future__ import annotations

from sandbox import agenda
from sandbox.errors import Json
from sandbox.state import Call
from sandbox.subscriptions.periods import DAY

OVER = ("canceled", "incomplete_expired")
HOURS_TO_PAY = 23
UPCOMING_DAYS = 7
TRIAL_NOTICE_DAYS = 3

RENEW, UPCOMING, CANCEL = "subscription.renew", "subscription.upcoming", "subscription.cancel"
EXPIRE, TRIAL_NOTICE = "subscription.expire", "subscription.trial_notice"
DROP_PENDING, COLLECT_AGAIN = "subscription.drop_pending", "subscription.collect_again"


def plan_ahead(call: Call, subscription: Json) -> None:
    """Strikes out what was planned and writes down what follows from the subscription as it is now."""
    agenda.forget(call.world, subscription["id"])
    for act, moment in _planned(call, subscription).items():
        if moment is not None and moment >= call.now:
            agenda.later(call, moment, act, subscription["id"])


def period_of(subscription: Json) -> tuple[int, int]:
    item = subscription["items"]["data"][0]
    return item["current_period_start"], item["current_period_end"]


def _planned(call: Call, subscription: Json) -> dict[str, int | None]:
    status = subscription["status"]
    if status in OVER:
        return {}
    pending, collection = subscription["pending_update"], subscription["pause_collection"]
    planned = {
        DROP_PENDING: pending["expires_at"] if pending else None,
        COLLECT_AGAIN: collection["resumes_at"] if collection else None,
        CANCEL: subscription["cancel_at"],
    }
    if status == "incomplete":
        planned[EXPIRE] = subscription["created"] + HOURS_TO_PAY * 3600
    if status != "paused":
        start, end = period_of(subscription)
        planned |= {UPCOMING: _upcoming(call, subscription, start, end), RENEW: end}
        planned[TRIAL_NOTICE] = _trial_notice(call, subscription)
    return planned


def _upcoming(call: Call, subscription: Json, start: int, end: int) -> int | None:
    """Some days ahead, when the period is long enough; not for one that will not be renewed."""
    moment = end - UPCOMING_DAYS * DAY
    if moment <= start or (subscription["cancel_at"] or end + 1) <= end:
        return None
    return moment if moment > call.now else None


def _trial_notice(call: Call, subscription: Json) -> int | None:
    """Three days ahead, or at once when the trial is shorter than that. Told once for each end of the trial."""
    end = subscription["trial_end"]
    if subscription["status"] != "trialing" or subscription.get("_notice_for") == end:
        return None
    return max(int(call.now), int(end) - TRIAL_NOTICE_DAYS * DAY)
