"""The phases of a subscription schedule, and how a subscription enters them. Used by `renewals`, `previews` and
`schedules`.
"""

from __future__ import annotations

from sandbox import agenda
from sandbox.errors import Json, invalid
from sandbox.events import record
from sandbox.expand import bare
from sandbox.state import Call, World
from sandbox.subscriptions.changes import adopt, change
from sandbox.subscriptions.ending import end
from sandbox.subscriptions.plans import planned
from sandbox.subscriptions.telling import updating
from sandbox.subscriptions.timing import OVER, period_of

NOUN = "subscription_schedule"
MOVE = "subscription_schedule.move"
LAID = ("collection_method", "default_payment_method", "description", "trial_end")


def enter_next(call: Call, subscription: Json) -> bool:
    """At the end of a period: enters the phase that begins now, before the period is billed. True when that already
    ended or billed the subscription, so that there is nothing left to renew.
    """
    schedule = schedule_of(call.world, subscription)
    if schedule is None or schedule["current_phase"] is None or schedule["current_phase"]["end_date"] > call.now:
        return False
    phase = _phase_at(schedule, call.now)
    if phase is None:
        return _finish(call, schedule, subscription)
    started = period_of(subscription)
    _enter(call, schedule, subscription, phase, "none")
    return period_of(subscription) != started


def move(call: Call, schedule_id: str) -> None:
    """A phase begins or the last one ends. At the end of a billing period the renewal does it, in its own turn."""
    schedule = call.world.table(NOUN)[schedule_id]
    subscription = call.world.table("subscription").get(str(schedule["subscription"]))
    if schedule["status"] != "active" or subscription is None or subscription["status"] in OVER:
        return
    if schedule["current_phase"]["end_date"] > call.now or period_of(subscription)[1] == call.now:
        return
    phase = _phase_at(schedule, call.now)
    if phase is None:
        _finish(call, schedule, subscription)
    else:
        _enter(call, schedule, subscription, phase, phase["proration_behavior"])


def foreseen(call: Call, after: Json) -> None:
    """Makes the copy of a subscription what its schedule will have made of it by now."""
    schedule = schedule_of(call.world, after)
    phase = _phase_at(schedule, call.now) if schedule else None
    if phase is not None:
        plan = planned(call, after, {**as_update(after, phase), "proration_behavior": "none"}, redeems=False)
        adopt(after, plan.after)


def as_update(subscription: Json, phase: Json) -> Json:
    """The update that makes a subscription what a phase says. Items of the same price stay the same items."""
    kept = {item["price"]["id"]: item["id"] for item in subscription["items"]["data"]}
    wanted = [row["price"] for row in phase["items"]]
    items: list[Json] = [{"id": kept[price], "deleted": True} for price in kept if price not in wanted]
    for row in phase["items"]:
        given: Json = {"id": kept[row["price"]]} if row["price"] in kept else {"price": row["price"]}
        if row["quantity"] is not None:
            given["quantity"] = row["quantity"]
        items.append(given)
    params: Json = {"items": items}
    params |= {name: phase[name] for name in LAID if phase.get(name) is not None}
    if phase.get("collection_method") is not None:
        # None takes back what only goes with the other way of collecting.
        params["days_until_due"] = (phase["invoice_settings"] or {}).get("days_until_due")
    if phase["metadata"]:
        params["metadata"] = phase["metadata"]
    if phase["discounts"]:
        params["discounts"] = [{name: one[name] for name in one if one[name]} for one in phase["discounts"]]
    if phase["billing_cycle_anchor"] == "phase_start":
        params["billing_cycle_anchor"] = {"type": "now"}
    return params


def current_update(subscription: Json, phase: Json) -> Json:
    """The same for the phase that runs already: its trial, its anchor and its discounts were laid when it began."""
    params = as_update(subscription, phase)
    return {name: params[name] for name in params if name not in ("trial_end", "billing_cycle_anchor", "discounts")}


def kept_start(schedule: Json, phases: list[Json]) -> int:
    """The first phase given must be the current one, or the first of a schedule that did not start."""
    current = schedule["current_phase"] or schedule["phases"][0]
    start = phases[0].get("start_date", current["start_date"])
    if schedule["current_phase"] is not None and start != current["start_date"]:
        message = "The first phase must be the current phase: you can not modify its start date."
        raise invalid(message, "phases[0][start_date]")
    return int(start)


def schedule_of(world: World, subscription: Json) -> Json | None:
    return world.table(NOUN).get(str(subscription["schedule"]))


def stand_in(call: Call, schedule: Json, phase: Json) -> None:
    """The schedule now stands in this phase; its end is put into the agenda."""
    schedule["current_phase"] = {"start_date": phase["start_date"], "end_date": phase["end_date"]}
    agenda.forget(call.world, schedule["id"])
    agenda.later(call, max(call.now, phase["end_date"]), MOVE, schedule["id"])


def close(call: Call, schedule: Json, status: str, moment: str) -> None:
    """Over: released, completed or canceled."""
    subscription = call.world.table("subscription").get(str(schedule["subscription"]))
    schedule |= {"status": status, moment: call.now, "current_phase": None}
    if status == "released":
        schedule |= {"released_subscription": schedule["subscription"], "subscription": None}
    agenda.forget(call.world, schedule["id"])
    if subscription is not None:
        with updating(call, subscription):
            subscription["schedule"] = None
    record(call, f"{NOUN}.{status}", schedule)


def _phase_at(schedule: Json, moment: int) -> Json | None:
    return next((one for one in schedule["phases"] if one["start_date"] <= moment < one["end_date"]), None)


def _enter(call: Call, schedule: Json, subscription: Json, phase: Json, behavior: str) -> None:
    before = bare(schedule)
    stand_in(call, schedule, phase)
    change(call, subscription, {**as_update(subscription, phase), "proration_behavior": behavior})
    record(call, f"{NOUN}.updated", schedule, before)


def _finish(call: Call, schedule: Json, subscription: Json) -> bool:
    """The last phase is over: the subscription goes on by itself, or ends with it."""
    if schedule["end_behavior"] == "cancel":
        close(call, schedule, "completed", "completed_at")
        end(call, subscription, invoice_now=True)
        return True
    close(call, schedule, "released", "released_at")
    return False
