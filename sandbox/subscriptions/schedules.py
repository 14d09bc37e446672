"""Subscription schedules: create, update, release, cancel. How a subscription enters a phase is in `phases`.
Registered in `registry`.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox import agenda
from sandbox.errors import Json, invalid, missing
from sandbox.events import changed, record
from sandbox.expand import bare
from sandbox.fields import lay_metadata
from sandbox.lists import page
from sandbox.routes import Resource, Route
from sandbox.state import Call
from sandbox.subscriptions import new_schedules
from sandbox.subscriptions.changes import change
from sandbox.subscriptions.creation import begin
from sandbox.subscriptions.ending import end
from sandbox.subscriptions.new_phases import phase_of, phases_from
from sandbox.subscriptions.phases import MOVE, NOUN, as_update, close, current_update, kept_start, move, stand_in
from sandbox.subscriptions.telling import held_back, updating
from sandbox.subscriptions.timing import OVER

HERE = "/v1/subscription_schedules"
START = "subscription_schedule.start"
OPEN = ("not_started", "active")


def create(call: Call) -> Json:
    """From phases, or from a subscription that is there already."""
    params = call.params
    if params.get("from_subscription") is not None:
        return _from_subscription(call, params)
    customer = call.refer("customer", "customer")
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    if not params.get("phases"):
        raise invalid("Missing required param: phases.", "phases", "parameter_missing")
    asked = params.get("start_date", "now")
    start: int = call.now if asked == "now" else asked
    schedule = new_schedules.blank(call, customer["id"], params)
    schedule["phases"] = phases_from(call, params["phases"], start)
    lay_metadata(schedule, params)
    with held_back(call, or_undone=True):
        call.world.add(schedule)
        told = record(call, f"{NOUN}.created", schedule)
        if start > call.now:
            agenda.later(call, start, START, schedule["id"])
        else:
            _start(call, schedule)
            # One that begins at once was never anything but active.
            told["data"]["object"] = bare(schedule)
    return schedule


def start_now(call: Call, schedule_id: str) -> None:
    """Its time has come."""
    schedule = call.world.table(NOUN)[schedule_id]
    if schedule["status"] != "not_started":
        return
    before = bare(schedule)
    _start(call, schedule)
    record(call, f"{NOUN}.updated", schedule, before)


def _start(call: Call, schedule: Json) -> None:
    """Its first phase begins: the subscription is made."""
    first = schedule["phases"][0]
    subscription = begin(call, _as_creation(schedule, first), scheduled=True)
    schedule |= {"status": "active", "subscription": subscription["id"]}
    with updating(call, subscription):
        subscription["schedule"] = schedule["id"]
    stand_in(call, schedule, first)


def update(call: Call) -> Json:
    """New phases replace the old ones; what is different about the current one happens now."""
    schedule, params = _open(call), call.params
    before = bare(schedule)
    lay_metadata(schedule, params)
    schedule["end_behavior"] = params.get("end_behavior", schedule["end_behavior"])
    if params.get("phases"):
        start = kept_start(schedule, params["phases"])
        schedule["phases"] = phases_from(call, params["phases"], start)
        _settle(call, schedule, params.get("proration_behavior", "create_prorations"))
    if changed(schedule, before):
        record(call, f"{NOUN}.updated", schedule, before)
    return schedule


def release(call: Call) -> Json:
    """The subscription goes on without the schedule."""
    schedule = _open(call)
    subscription = call.world.table("subscription").get(str(schedule["subscription"]))
    close(call, schedule, "released", "released_at")
    if subscription is not None and not call.params.get("preserve_cancel_date"):
        with updating(call, subscription):
            subscription |= {"cancel_at": None, "cancel_at_period_end": False}
    return schedule


def cancel(call: Call) -> Json:
    """Ends the subscription with it, at once; both are billed and credited unless told otherwise."""
    schedule, params = _open(call), call.params
    subscription = call.world.table("subscription").get(str(schedule["subscription"]))
    close(call, schedule, "canceled", "canceled_at")
    if subscription is not None and subscription["status"] not in OVER:
        end(call, subscription, invoice_now=params.get("invoice_now", True), prorate=params.get("prorate", True))
    return schedule


def retrieve(call: Call) -> Json:
    return call.find(NOUN, "schedule", name="subscription schedule")


def listing(call: Call) -> Json:
    asked = call.params
    moments = {"canceled_at", "completed_at", "released_at"} & set(asked)

    def keep(row: Json) -> bool:
        own = asked.get("customer") in (None, row["customer"])
        waits = not asked.get("scheduled") or row["status"] == "not_started"
        spans = all(row[name] is not None and asked[name].get("gte", 0) <= row[name] for name in moments)
        return own and waits and spans

    return page(call, NOUN, HERE, keep)


def subscription_ended(call: Call, subscription: Json) -> None:
    """A schedule whose subscription was canceled has nothing more to do."""
    schedule = call.world.table(NOUN).get(str(subscription["schedule"]))
    if schedule is not None and schedule["status"] == "active":
        close(call, schedule, "canceled", "canceled_at")


def _from_subscription(call: Call, params: Json) -> Json:
    strange = sorted(set(params) - {"from_subscription", "expand", "billing_mode"})
    if strange:
        message = f"You cannot set `{strange[0]}` if `from_subscription` is set."
        raise invalid(message, strange[0])
    subscription = call.refer("subscription", "from_subscription")
    if subscription is None or subscription["status"] in OVER:
        raise missing("subscription", params["from_subscription"], "from_subscription", status=400)
    if subscription["schedule"] is not None:
        owner = subscription["schedule"]
        message = f"You cannot migrate a subscription that is already attached to a schedule: {owner}."
        raise invalid(message, "from_subscription")
    schedule = new_schedules.blank(call, subscription["customer"], params)
    schedule |= {"status": "active", "subscription": subscription["id"], "phases": [phase_of(subscription)]}
    schedule["billing_mode"] = deepcopy(subscription["billing_mode"])
    call.world.add(schedule)
    stand_in(call, schedule, schedule["phases"][0])
    record(call, f"{NOUN}.created", schedule)
    with updating(call, subscription):
        subscription["schedule"] = schedule["id"]
    return schedule


def _as_creation(schedule: Json, phase: Json) -> Json:
    empty: Json = {"items": {"data": []}}
    params = as_update(empty, phase)
    params |= {"customer": schedule["customer"], "billing_mode": {"type": schedule["billing_mode"]["type"]}}
    params.pop("billing_cycle_anchor", None)
    return params


def _settle(call: Call, schedule: Json, behavior: str) -> None:
    subscription = call.world.table("subscription").get(str(schedule["subscription"]))
    first = schedule["phases"][0]
    if subscription is None:
        agenda.forget(call.world, schedule["id"])
        agenda.later(call, max(call.now, first["start_date"]), START, schedule["id"])
        return
    stand_in(call, schedule, first)
    change(call, subscription, {**current_update(subscription, first), "proration_behavior": behavior})


def _open(call: Call) -> Json:
    schedule = retrieve(call)
    if schedule["status"] not in OPEN:
        message = (
            f"You cannot change a subscription schedule that is currently in the `{schedule['status']}` status. It "
            "must be in `not_started` or `active`."
        )
        raise invalid(message)
    return schedule


RESOURCE = Resource(
    routes=(
        Route("POST", HERE, create, new_schedules.NEW),
        Route("GET", HERE, listing, new_schedules.FILTERS),
        Route("GET", HERE + "/{id}", retrieve),
        Route("POST", HERE + "/{id}", update, new_schedules.EDIT),
        Route("POST", HERE + "/{id}/release", release, new_schedules.RELEASE),
        Route("POST", HERE + "/{id}/cancel", cancel, new_schedules.CANCEL),
    ),
    links={
        NOUN: {
            "customer": "customer",
            "subscription": "subscription",
            "phases.items.price": "price",
            "test_clock": "test_helpers.test_clock",
        }
    },
    acts={START: start_now, MOVE: move},
    reactions={"customer.subscription.deleted": subscription_ended},
)
