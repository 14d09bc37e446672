"""What time does to a subscription at the end of a period: the next one begins and is billed, or it ends. Registered
by `subscriptions`; other deadlines are in `deadlines`.
"""

from __future__ import annotations

from sandbox.errors import Json
from sandbox.events import record
from sandbox.state import Call
from sandbox.subscriptions.billing import CYCLE, issue, period_lines, usage_lines
from sandbox.subscriptions.ending import end
from sandbox.subscriptions.pausing import BILLED, ENDED, after_trial, rest_after_trial
from sandbox.subscriptions.periods import rhythm_of
from sandbox.subscriptions.phases import enter_next
from sandbox.subscriptions.starts import set_periods
from sandbox.subscriptions.telling import move, updating
from sandbox.subscriptions.timing import OVER, period_of


def renew(call: Call, subscription_id: str) -> None:
    """The invoice is a draft for an hour before it is collected, so that items can still be added."""
    subscription = call.world.table("subscription")[subscription_id]
    if subscription["status"] in OVER:
        return
    if subscription["cancel_at"] is not None and subscription["cancel_at"] <= call.now:
        end(call, subscription, invoice_now=True)
        return
    if subscription["schedule"] is not None and enter_next(call, subscription):
        return
    if subscription["status"] == "trialing" and _over_with_trial(call, subscription):
        return
    with updating(call, subscription):
        _advance(call, subscription)


def begin_next(call: Call, subscription: Json) -> tuple[int, int]:
    """Moves the items into the period that begins now, cut short when the subscription is to end inside it.
    Returns the period that is over.
    """
    over = period_of(subscription)
    rhythm = rhythm_of(subscription["items"]["data"][0]["price"])
    finish = rhythm.around(subscription["billing_cycle_anchor"], call.now)[1]
    set_periods(subscription, call.now, min(finish, subscription["cancel_at"] or finish))
    for item in subscription["items"]["data"]:
        item["_debits"] = []
    return over


def next_lines(call: Call, subscription: Json, *, trial_over: bool) -> list[Json]:
    """What the invoice of a period that begins now has on it. Use during a trial is free."""
    items = subscription["items"]["data"]
    if trial_over:
        for item in items:
            item["_used_from"] = call.now
    return [*usage_lines(call, subscription, items, call.now), *period_lines(call, subscription, items)]


def _advance(call: Call, subscription: Json) -> None:
    trial_over = subscription["status"] == "trialing"
    if trial_over:
        move(subscription, "active")
    over = begin_next(call, subscription)
    lines = next_lines(call, subscription, trial_over=trial_over)
    if lines:
        issue(call, subscription, lines, CYCLE, period=over)


def _over_with_trial(call: Call, subscription: Json) -> bool:
    """A trial that ends without a card may end or pause the subscription, as its settings say."""
    follows = after_trial(call, subscription)
    if follows == BILLED:
        return False
    if follows == ENDED:
        end(call, subscription, reason=None)
        return True
    with updating(call, subscription):
        rest_after_trial(call, subscription)
    record(call, "customer.subscription.paused", subscription)
    return True
