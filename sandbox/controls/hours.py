"""Controls of time: days that pass at once, a test clock moved on, a renewal or the end of a trial brought about.
Mounted by `control`.
"""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from sandbox import agenda, desk
from sandbox.controls.bodies import Body
from sandbox.controls.subjects import find
from sandbox.errors import Json, invalid
from sandbox.machine import Machine
from sandbox.registry import ACTS

DAY_SECONDS = 86_400
MOST_DAYS = 3650


class Passing(Body):
    seconds: int = Field(0, ge=0, le=MOST_DAYS * DAY_SECONDS)
    days: int = Field(0, ge=0, le=MOST_DAYS)
    until: int | None = Field(None, description="A moment (Unix seconds) instead; it must lie ahead.")


class Advance(Body):
    seconds: int = Field(0, ge=0)
    days: int = Field(0, ge=0, le=730)


def add_hours(router: APIRouter, machine: Machine) -> None:
    @router.get("/time", summary="What time it is, here and on every test clock")
    async def time() -> Json:
        return _told(machine)

    @router.post("/time", summary="Let time pass at once, with everything it brings")
    async def let_pass(body: Passing) -> Json:
        seconds = body.seconds + body.days * DAY_SECONDS
        if body.until is not None:
            seconds = body.until - machine.world.now()
        if seconds < 0:
            raise invalid("Time never runs backwards. Start again with a reset, or with a snapshot.", "until")
        happened = machine.pass_time(seconds)
        return {**_told(machine), "happened": happened}

    @router.post("/test-clocks/{test_clock}/advance", summary="Move a test clock on")
    async def advance(test_clock: str, body: Advance) -> Json:
        _, clock = find(machine, "test_helpers.test_clock", test_clock)
        moment = clock["frozen_time"] + body.seconds + body.days * DAY_SECONDS
        path = f"/v1/test_helpers/test_clocks/{test_clock}/advance"
        return {"test_clock": desk.ask(machine, "POST", path, {"frozen_time": moment})}

    _add_subscriptions(router, machine)


def _add_subscriptions(router: APIRouter, machine: Machine) -> None:
    @router.post("/subscriptions/{subscription}/renew", summary="Let time pass until this subscription renews")
    async def renew(subscription: str) -> Json:
        """Everybody's time moves on, or the test clock of the customer alone."""
        return renewed(machine, subscription)

    @router.post("/subscriptions/{subscription}/end-trial", summary="End a trial now")
    async def end_trial(subscription: str) -> Json:
        path = f"/v1/subscriptions/{subscription}"
        return {"subscription": desk.ask(machine, "POST", path, {"trial_end": "now", "proration_behavior": "none"})}


def renewed(machine: Machine, subscription: str) -> Json:
    """Moves time to the end of the present period and shortly past it; an invoice is then finalized and tried too."""
    call, found = find(machine, "subscription", subscription)
    ends = [item["current_period_end"] for item in found["items"]["data"]]
    if not ends or found["status"] in ("canceled", "incomplete_expired", "paused"):
        raise invalid(f"A subscription that is {found['status']} does not renew.", "subscription")
    moment = max(min(ends), call.now) + 3600 + 60
    happened = agenda.run_until(machine.world, ACTS, moment, call.test_clock)
    machine.world.touch()
    return {"subscription": desk.ask(machine, "GET", f"/v1/subscriptions/{subscription}"), "happened": happened}


def _told(machine: Machine) -> Json:
    clocks = machine.world.table("test_helpers.test_clock").values()
    shown = [{name: row[name] for name in ("id", "name", "frozen_time", "status")} for row in clocks]
    return {"now": machine.world.now(), "ahead_seconds": machine.world.clock.ahead_seconds, "test_clocks": shown}
