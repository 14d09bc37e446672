"""Test clocks: customers made with one live by its time, which moves only when somebody advances it.
Registered in `registry`.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox import agenda
from sandbox.customers import customers
from sandbox.errors import Json, Refusal, invalid
from sandbox.events import record
from sandbox.expand import bare
from sandbox.lists import page
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import TEST_CLOCKS, Call, World, new_id
from sandbox.subscriptions.periods import DAY, months_later, rhythm_of

KEPT_DAYS = 30
INTERVALS_AT_ONCE = 2
OVER = ("canceled", "incomplete_expired")


def advance(call: Call) -> Json:
    """Answers `advancing`, as Stripe does, although everything on the way has happened by then, each thing at its own
    moment: whoever asks next is told `ready`.
    """
    clock = call.find(TEST_CLOCKS, "test_clock", name="test_clock")
    target: int = call.params["frozen_time"]
    _check_target(call.world, clock, target)
    before = deepcopy(clock)
    clock |= {"status": "advancing", "status_details": {"advancing": {"target_frozen_time": target}}}
    record(call, "test_helpers.test_clock.advancing", clock, before)
    answer: Json = bare(clock)
    _pass(call, clock, target)
    return answer


def _pass(call: Call, clock: Json, target: int) -> None:
    try:
        agenda.run_until(call.world, call.world.acts, target, clock["id"])
        outcome = "ready"
    except Refusal:
        outcome = "internal_failure"
    before = deepcopy(clock)
    clock |= {"status": outcome, "status_details": {}}
    record(call, f"test_helpers.test_clock.{outcome}", clock, before)


def _check_target(world: World, clock: Json, target: int) -> None:
    if target <= clock["frozen_time"]:
        message = f"The frozen_time must be after the test clock's current frozen_time ({clock['frozen_time']})."
        raise invalid(message, "frozen_time")
    if target > _furthest(world, clock):
        message = (
            "You cannot advance a test clock more than two intervals of its shortest subscription at once, or two "
            "years when it has no subscriptions."
        )
        raise invalid(message, "frozen_time")


def _furthest(world: World, clock: Json) -> int:
    now = clock["frozen_time"]
    living = [
        item
        for subscription in world.table("subscription").values()
        if subscription["test_clock"] == clock["id"] and subscription["status"] not in OVER
        for item in subscription["items"]["data"]
    ]
    ends = [rhythm_of(item["price"]).boundary(now, INTERVALS_AT_ONCE) for item in living]
    return min(ends, default=months_later(now, 24))


def create(call: Call) -> Json:
    now = call.world.clock.now()
    clock: Json = {
        "id": new_id("clock_1", 23),
        "object": TEST_CLOCKS,
        "created": now,
        "deletes_after": now + KEPT_DAYS * DAY,
        "frozen_time": call.params["frozen_time"],
        "livemode": False,
        "name": call.params.get("name"),
        "status": "ready",
        "status_details": {},
    }
    record(call, "test_helpers.test_clock.created", call.world.add(clock))
    agenda.later(Call(call.world), clock["deletes_after"], "test_clock.delete", clock["id"])
    return clock


def delete(call: Call) -> Json:
    return _remove(call, call.find(TEST_CLOCKS, "test_clock", name="test_clock"))


def delete_old(call: Call, clock_id: str) -> None:
    """Stripe keeps a clock for thirty days."""
    call.test_clock = clock_id
    _remove(call, call.world.table(TEST_CLOCKS)[clock_id])


def _remove(call: Call, clock: Json) -> Json:
    """All that lived by the clock goes with it: first the customers, with everything this brings about."""
    world, clock_id = call.world, clock["id"]
    for customer in list(world.table("customer").values()):
        if customer.get("test_clock") == clock_id:
            customers.delete(Call(world, ids={"id": customer["id"]}, request_id=call.request_id))
    record(call, "test_helpers.test_clock.deleted", clock)
    for noun, rows in list(world.tables.items()):
        kept = {key: row for key, row in rows.items() if row.get("test_clock") != clock_id}
        if len(kept) != len(rows):
            world.tables[noun] = kept
    agenda.forget(world, clock_id)
    del world.table(TEST_CLOCKS)[clock_id]
    call.test_clock = None
    return {"id": clock_id, "object": TEST_CLOCKS, "deleted": True}


def retrieve(call: Call) -> Json:
    return call.find(TEST_CLOCKS, "test_clock", name="test_clock")


def listing(call: Call) -> Json:
    return page(call, TEST_CLOCKS, "/v1/test_helpers/test_clocks")


HERE = "/v1/test_helpers/test_clocks"
RESOURCE = Resource(
    routes=(
        Route("POST", HERE, create, take("TestClockCreateParams", "frozen_time name")),
        Route("GET", HERE, listing, PAGING),
        Route("GET", HERE + "/{id}", retrieve),
        Route("DELETE", HERE + "/{id}", delete),
        Route("POST", HERE + "/{id}/advance", advance, take("TestClockAdvanceParams", "frozen_time")),
    ),
    acts={"test_clock.delete": delete_old},
)
