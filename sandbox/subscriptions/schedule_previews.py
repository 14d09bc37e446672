"""What a schedule will bill next, also with phases it does not have yet. Used by `previews`.

`schedule_details` are the parameters of an update of the schedule; what is new about the phase that runs would happen
at once, and is prorated as `proration_behavior` says.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, invalid, not_done
from sandbox.state import Call
from sandbox.subscriptions.foresight import renewal, shown, there_is
from sandbox.subscriptions.new_phases import phases_from
from sandbox.subscriptions.phases import NOUN, as_update, kept_start
from sandbox.subscriptions.plans import Plan, planned
from sandbox.subscriptions.timing import OVER


def refuse_both(params: Json) -> None:
    """A schedule and a subscription are two ways to ask, with words of their own."""
    for name in ("schedule", "schedule_details"):
        other = next((each for each in ("subscription", "subscription_details") if params.get(each)), None)
        if params.get(name) and other:
            raise invalid(f"You may only specify one of these parameters: {name}, {other}.", name)
    if params.get("schedule_details") and not params.get("schedule"):
        raise not_done("the preview of a schedule that does not exist yet")


def of_schedule(call: Call, schedule: Json, details: Json) -> Json:
    """The next invoice of the schedule's subscription. The call must be one in a copy of the world."""
    subscription = call.world.table("subscription").get(str(schedule["subscription"]))
    if subscription is None or subscription["status"] in OVER:
        raise invalid("This sandbox previews schedules of subscriptions that are running only.", "schedule")
    if not details.get("phases"):
        return there_is(subscription, renewal(call, Plan(deepcopy(subscription)), recurring=False))
    phases = phases_from(call, details["phases"], kept_start(schedule, details["phases"]))
    span = {name: phases[0][name] for name in ("start_date", "end_date")}
    call.world.table(NOUN)[schedule["id"]] = {**schedule, "phases": phases, "current_phase": span}
    behavior = details.get("proration_behavior", "create_prorations")
    update = {**as_update(subscription, phases[0]), "proration_behavior": behavior}
    for laid_before in ("trial_end", "billing_cycle_anchor"):
        update.pop(laid_before, None)
    return shown(call, planned(call, subscription, update, redeems=False))
