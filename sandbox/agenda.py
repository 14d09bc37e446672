"""What time brings: refunds that settle, subscriptions that renew, sessions that expire.

A resource puts a line into the agenda with `later` and declares what happens then in `Resource.acts`. The machine
lets due lines happen as the seconds pass; a test clock, or somebody at the controls, lets a week happen at once: one
line after the other in the order of time, each at its own moment.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.errors import Json
from sandbox.routes import Act
from sandbox.state import TEST_CLOCKS, Call, World, new_id

TABLE = "_due"


def later(call: Call, at: int, act: str, subject: str) -> str:
    """Lets `act` happen to the object with this id at a moment (Unix seconds) of the call's clock.
    Returns the line's own id, by which `forget` finds it.
    """
    line: Json = {
        "id": new_id("due_"),
        "object": TABLE,
        "at": at,
        "act": act,
        "subject": subject,
        "test_clock": call.test_clock,
    }
    return str(call.world.add(line)["id"])


def forget(world: World, subject: str, act: str | None = None) -> None:
    """Strikes out what was still to happen to this object: one kind of act, or everything."""
    table = world.table(TABLE)
    for line in list(table.values()):
        if line["subject"] == subject and act in (None, line["act"]):
            del table[line["id"]]


def run_until(world: World, acts: Mapping[str, Act], moment: int, test_clock: str | None = None) -> int:
    """Lets everything due up to this moment happen, also what comes up meanwhile; the clock ends at the moment.
    Returns how many lines there were.
    """
    happened = 0
    while line := _next(world, moment, test_clock):
        del world.table(TABLE)[line["id"]]
        _set_clock(world, line["at"], test_clock)
        acts[line["act"]](Call(world, test_clock=test_clock), line["subject"])
        happened += 1
    _set_clock(world, moment, test_clock)
    if happened:
        world.touch()
    return happened


def _next(world: World, moment: int, test_clock: str | None) -> Json | None:
    """The earliest line up to the moment; of two at the same time, the one that was written first."""
    due = [line for line in world.table(TABLE).values() if line["test_clock"] == test_clock and line["at"] <= moment]
    return min(due, key=lambda line: int(line["at"]), default=None)


def _set_clock(world: World, moment: int, test_clock: str | None) -> None:
    if test_clock is None:
        world.clock.advance_to(moment)
        return
    shown = world.table(TEST_CLOCKS)[test_clock]
    shown["frozen_time"] = max(shown["frozen_time"], moment)
