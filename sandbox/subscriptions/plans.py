"""What a change would make of a subscription, reckoned without doing it: `changes` carries a plan out, `previews`
shows what it would cost. So both say the same, to the cent.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

from sandbox.errors import Json, invalid
from sandbox.state import Call
from sandbox.subscriptions.cancel_dates import lay_cancellation
from sandbox.subscriptions.ending import credits_of
from sandbox.subscriptions.items import changed_items, licensed
from sandbox.subscriptions.pausing import BILLED, ENDED, after_trial, rest_after_trial
from sandbox.subscriptions.periods import rhythm_of
from sandbox.subscriptions.prorations import Proration, credit, debit, full_amounts
from sandbox.subscriptions.settings import lay_discounts, lay_settings
from sandbox.subscriptions.shelf import put_items
from sandbox.subscriptions.starts import refuse_trial_end, set_periods
from sandbox.subscriptions.telling import move
from sandbox.subscriptions.timing import period_of

CREATE_PRORATIONS, ALWAYS_INVOICE, NONE = "create_prorations", "always_invoice", "none"


@dataclass
class Plan:
    """`after` is the subscription as it would be. `restarts` tells that a period begins with the change, `bills_now`
    that an invoice is made at once instead of at the next renewal, `ends` that a trial takes its subscription with it.
    """

    after: Json
    prorations: list[Proration] = field(default_factory=list)
    restarts: bool = False
    bills_now: bool = False
    ends: bool = False


def planned(call: Call, subscription: Json, params: Json, *, redeems: bool = True) -> Plan:
    """The plan of an update with these parameters. Refuses what Stripe would refuse."""
    plan = Plan(deepcopy(subscription))
    since = _since(call, subscription, params)
    lay_settings(call, plan.after, params)
    if params.get("items"):
        put_items(plan.after, changed_items(call, subscription, params["items"]))
    lay_discounts(call, plan.after, params, redeems=redeems)
    behavior: str = params.get("proration_behavior", CREATE_PRORATIONS)
    if params.get("trial_end") is not None:
        _change_trial(call, subscription, plan, params["trial_end"], since, behavior)
    elif subscription["status"] in ("trialing", "incomplete", "paused"):
        _follow(plan.after, subscription)
    elif _restarts(subscription, plan.after, params):
        _restart(call, subscription, plan, since, behavior)
    else:
        _prorate(call, subscription, plan, since, behavior)
    lay_cancellation(call, plan.after, params)
    _credit_early_end(call, plan, params, behavior)
    return plan


def _since(call: Call, subscription: Json, params: Json) -> int:
    """From when on a change counts."""
    asked: int | None = params.get("proration_date")
    if asked is None:
        return int(call.now)
    start, end = period_of(subscription)
    if not start <= asked <= end:
        message = "Invalid proration_date: must be within the current period of the subscription."
        raise invalid(message, "proration_date")
    return asked


def _restarts(subscription: Json, after: Json, params: Json) -> bool:
    """A billing period begins anew when it is asked for, when its length changes, or when a free subscription is paid
    from now on.
    """
    if (params.get("billing_cycle_anchor") or {}).get("type") == "now":
        return True
    was, now = subscription["items"]["data"], after["items"]["data"]
    if rhythm_of(was[0]["price"]) != rhythm_of(now[0]["price"]):
        return True
    return _free(was) and not _free(now)


def _free(items: list[Json]) -> bool:
    """Items of a price of zero; usage is never free beforehand."""
    return all(
        licensed(item)
        and not item["price"]["unit_amount"]
        and not item["price"]["tiers_mode"]
        and item["price"]["unit_amount_decimal"] in ("0", None)
        for item in items
    )


def _restart(call: Call, subscription: Json, plan: Plan, since: int, behavior: str) -> None:
    """The old period is credited from here, and a whole new one is billed at once."""
    if behavior != NONE:
        plan.prorations += credits_of(call, deepcopy(subscription), since)
    rhythm = rhythm_of(plan.after["items"]["data"][0]["price"])
    plan.after["billing_cycle_anchor"] = call.now
    set_periods(plan.after, call.now, rhythm.boundary(call.now, 1))
    for item in plan.after["items"]["data"]:
        item["_debits"] = []
    plan.restarts = plan.bills_now = True


def _change_trial(call: Call, subscription: Json, plan: Plan, asked: int | str, since: int, behavior: str) -> None:
    after, trialing = plan.after, subscription["status"] == "trialing"
    if asked == "now":
        if trialing and after_trial(call, after) != BILLED:
            _end_trial(call, plan)
        elif trialing:
            _restart(call, subscription, plan, since, NONE)
            after["trial_end"] = call.now
            move(after, "active")
        else:
            _prorate(call, subscription, plan, since, behavior)
        return
    refusal = refuse_trial_end(call, int(asked))
    if refusal:
        raise refusal
    if not trialing:
        _restart(call, subscription, plan, since, behavior)
        after["trial_start"] = call.now
        move(after, "trialing")
    after |= {"trial_end": asked, "billing_cycle_anchor": asked}
    set_periods(after, after["trial_start"] if trialing else call.now, int(asked))


def _end_trial(call: Call, plan: Plan) -> None:
    """Without a card nothing is billed: the subscription rests, or ends."""
    after = plan.after
    after["trial_end"] = call.now
    set_periods(after, period_of(after)[0], call.now)
    plan.ends = after_trial(call, after) == ENDED
    if not plan.ends:
        rest_after_trial(call, after)


def _follow(after: Json, subscription: Json) -> None:
    """Nothing was paid for this period, so nothing is prorated; new items join it."""
    set_periods(after, *period_of(subscription))


def _prorate(call: Call, subscription: Json, plan: Plan, since: int, behavior: str) -> None:
    after = plan.after
    set_periods(after, *period_of(subscription))
    if behavior == NONE:
        return
    was = {item["id"]: item for item in subscription["items"]["data"]}
    now = {item["id"]: item for item in after["items"]["data"]}
    before = full_amounts(call.world, subscription, list(was.values()), call.now)
    costs = full_amounts(call.world, after, list(now.values()), call.now)
    for item_id, item in was.items():
        if _same(item, now.get(item_id)):
            continue
        plan.prorations += credit(call.world, subscription, item, since, before.get(item_id, 0))
    for item_id, item in now.items():
        if not _same(was.get(item_id), item):
            plan.prorations += _debited(call, item, since, costs.get(item_id, 0))
    plan.bills_now = behavior == ALWAYS_INVOICE and bool(plan.prorations)


def _debited(call: Call, item: Json, since: int, full_minor: int) -> list[Proration]:
    """The debit, which a later credit will find on the item."""
    found = debit(call.world, item, since, full_minor)
    item["_debits"] = [
        {
            "amount": one.amount_minor,
            "start": one.start,
            "end": one.end,
            "quantity": one.quantity,
            "price": one.price["id"],
            "invoice": None,
            "line": None,
        }
        for one in found
    ]
    return found


def _same(was: Json | None, now: Json | None) -> bool:
    if was is None or now is None:
        return False
    return bool(was["price"]["id"] == now["price"]["id"] and was["quantity"] == now["quantity"])


def _credit_early_end(call: Call, plan: Plan, params: Json, behavior: str) -> None:
    """A date before the end of the period gives back what was paid for the time after it."""
    moment, end = plan.after["cancel_at"], period_of(plan.after)[1]
    if params.get("cancel_at") is None or behavior == NONE or moment >= end:
        return
    if plan.after["status"] in ("active", "past_due"):
        plan.prorations += credits_of(call, plan.after, moment)
