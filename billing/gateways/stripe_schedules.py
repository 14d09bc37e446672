"""Stripe's subscription schedules: what a subscription is to become. For the `stripe*.py` beside it only.

A plan for the end of the period is a schedule of two phases: the one that runs, kept as it is, and the one after it.
"""

from __future__ import annotations

from collections.abc import Sequence

from stripe.params import (
    SubscriptionScheduleUpdateParamsPhase,
    SubscriptionScheduleUpdateParamsPhaseDiscount,
    SubscriptionScheduleUpdateParamsPhaseItem,
)

from billing.gateways.changing import Change
from billing.gateways.stripe_values import Json, Malformed, branch, minor, moment, moment_or_none, word, word_or_none
from billing.gateways.stripe_wares import PLAN
from billing.rules.facts import PlannedChange
from billing.rules.moments import SECOND
from billing.rules.plan_changes import Collection

OPEN = ("active", "not_started")


def planned_of(schedule: Json) -> PlannedChange | None:
    """The phase after the one that runs; None when there is none, or when the schedule did not come expanded."""
    current = branch(schedule, "current_phase")
    if schedule.get("status") not in OPEN or not current:
        return None
    over = moment(current, "end_date")
    following = next((each for each in _phases(schedule) if moment(each, "start_date") >= over), None)
    return None if following is None else PlannedChange(moment(following, "start_date"), _items(following))


def phases_of(schedule: Json, change: Change) -> list[SubscriptionScheduleUpdateParamsPhase]:
    """What the schedule must hold for this change: what runs now up to its end, and the new plan from then on."""
    kept = running_phase(schedule, [(each.price_ref, each.quantity) for each in change.subscription.items])
    then: SubscriptionScheduleUpdateParamsPhase = {
        "items": _rows(change.items),
        "duration": {"interval": change.interval, "interval_count": change.interval_count},
        "proration_behavior": change.proration.value,
        "metadata": {PLAN: change.plan_key},
        "discounts": _reduced(change) or kept["discounts"],
    }
    if change.collection is not None:
        then["collection_method"] = change.collection.value
    if change.collection is Collection.SENT and change.days_until_due is not None:
        then["invoice_settings"] = {"days_until_due": change.days_until_due}
    return [kept, then]


def running_phase(schedule: Json, items: Sequence[tuple[str, int]]) -> SubscriptionScheduleUpdateParamsPhase:
    """The phase that runs, with these items. It names its discounts: a phase that does not has none."""
    start = moment(branch(schedule, "current_phase"), "start_date")
    running = next((each for each in _phases(schedule) if moment(each, "start_date") == start), None)
    if running is None:
        raise Malformed("no phase begins when the current one does")
    until = moment(running, "end_date")
    kept: SubscriptionScheduleUpdateParamsPhase = {
        "items": _rows(items),
        "start_date": start // SECOND,
        "end_date": until // SECOND,
        "proration_behavior": "none",
        "metadata": {str(name): str(value) for name, value in branch(running, "metadata").items()},
        "discounts": _discounts(running) or "",
    }
    trial_end = moment_or_none(running, "trial_end")
    if trial_end is not None and trial_end > start:
        kept["trial_end"] = trial_end // SECOND
    return kept


def _phases(schedule: Json) -> list[Json]:
    phases = schedule.get("phases")
    if not isinstance(phases, list) or not all(isinstance(each, dict) for each in phases):
        raise Malformed("phases is no list")
    return phases


def _items(phase: Json) -> tuple[tuple[str, int], ...]:
    items = phase.get("items")
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise Malformed("items is no list")
    return tuple((word(each.get("price"), "price"), _quantity(each)) for each in items)


def _quantity(item: Json) -> int:
    return 0 if item.get("quantity") is None else minor(item, "quantity", 0)


def _rows(items: Sequence[tuple[str, int]]) -> list[SubscriptionScheduleUpdateParamsPhaseItem]:
    """A metered price has no quantity."""
    return [{"price": price, "quantity": many} if many else {"price": price} for price, many in items]


def _discounts(phase: Json) -> list[SubscriptionScheduleUpdateParamsPhaseDiscount]:
    """Those that are there already, by their own id: their coupon may be redeemed no more."""
    given = phase.get("discounts") or []
    found: list[SubscriptionScheduleUpdateParamsPhaseDiscount] = []
    for each in given:
        named = {name: _named(each.get(name)) for name in ("discount", "promotion_code", "coupon")}
        name = next((name for name, reference in named.items() if reference), None)
        if name == "discount":
            found.append({"discount": str(named[name])})
        elif name == "promotion_code":
            found.append({"promotion_code": str(named[name])})
        elif name == "coupon":
            found.append({"coupon": str(named[name])})
    return found


def _reduced(change: Change) -> list[SubscriptionScheduleUpdateParamsPhaseDiscount]:
    if change.reduction is None:
        return []
    ref = change.reduction.ref
    return [{"promotion_code": ref}] if change.reduction.is_code else [{"coupon": ref}]


def _named(value: object) -> str | None:
    return word_or_none(value.get("id") if isinstance(value, dict) else value)
