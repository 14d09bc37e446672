"""Time that passes: lines of the agenda happen once, in order, each at its own moment."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import agenda
from sandbox.state import TEST_CLOCKS, Call, Clock, World

DAY = 86_400


@pytest.fixture
def world() -> World:
    return World()


def _noting(told: list[tuple[str, int]]) -> dict[str, Any]:
    return {"note": lambda call, subject: told.append((subject, call.now))}


def test_a_week_at_once_happens_day_by_day(world: World) -> None:
    told: list[tuple[str, int]] = []
    call = Call(world)
    start = call.now
    for days, subject in ((3, "third"), (1, "first"), (9, "too late")):
        agenda.later(call, start + days * DAY, "note", subject)
    assert agenda.run_until(world, _noting(told), start + 7 * DAY) == 2
    assert [(subject, round((at - start) / DAY)) for subject, at in told] == [("first", 1), ("third", 3)]
    assert world.now() >= start + 7 * DAY
    assert agenda.run_until(world, _noting(told), start + 7 * DAY) == 0


def test_what_a_line_brings_up_happens_in_the_same_week(world: World) -> None:
    told: list[int] = []

    def every_day(call: Call, subject: str) -> None:
        told.append(call.now)
        agenda.later(call, call.now + DAY, "daily", subject)

    start = world.now()
    agenda.later(Call(world), start + DAY, "daily", "a renewal")
    agenda.run_until(world, {"daily": every_day}, start + 5 * DAY)
    assert len(told) == 5


def test_a_test_clock_moves_alone(world: World) -> None:
    told: list[tuple[str, int]] = []
    world.add({"id": "clock_1", "object": TEST_CLOCKS, "frozen_time": 1000})
    world.add({"id": "cus_1", "object": "customer", "test_clock": "clock_1"})
    call = Call(world, ids={"id": "cus_1"})
    assert call.find("customer", "id")["id"] == "cus_1"
    assert call.now == 1000
    agenda.later(call, 2000, "note", "renewal")
    assert agenda.run_until(world, _noting(told), world.now() + DAY) == 0
    assert agenda.run_until(world, _noting(told), 3000, "clock_1") == 1
    assert told == [("renewal", 2000)]
    assert world.now("clock_1") == 3000


def test_what_is_forgotten_does_not_happen(world: World) -> None:
    told: list[tuple[str, int]] = []
    call = Call(world)
    agenda.later(call, call.now + 1, "note", "gone")
    agenda.later(call, call.now + 1, "note", "kept")
    agenda.forget(world, "gone")
    agenda.run_until(world, _noting(told), call.now + 5)
    assert [subject for subject, _ in told] == ["kept"]


def test_the_clock_never_runs_backwards() -> None:
    clock = Clock()
    clock.advance_to(clock.now() + 100)
    ahead = clock.ahead_seconds
    clock.advance_to(5)
    assert clock.ahead_seconds == ahead >= 100
