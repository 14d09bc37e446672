"""The state of an alert: passed once in each direction, with room between, whatever the readings do."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from billing.rules.alerts import AlertKind, AlertState, Known, Place, Rule, checked, judge, passages, worst
from billing.rules.errors import BadInput
from billing.rules.moments import DAY

OK, ALARM, RECOVERED = AlertState.OK, AlertState.ALARM, AlertState.RECOVERED


@pytest.mark.parametrize(
    ("kind", "level", "readings", "states"),
    [
        (AlertKind.BALANCE, 100, [100, 99, 100, 109, 110, 99], [OK, ALARM, ALARM, ALARM, RECOVERED, ALARM]),
        (AlertKind.BALANCE, 100, [0, -5, 1000], [ALARM, ALARM, RECOVERED]),
        (AlertKind.BALANCE, 5, [4, 5], [ALARM, RECOVERED]),
        (AlertKind.RUNWAY, 3, [3 * DAY, 3 * DAY - 1, 4 * DAY - 1, 4 * DAY], [OK, ALARM, ALARM, RECOVERED]),
        (AlertKind.RUNWAY, 30, [30 * DAY - 1, 33 * DAY - 1, 33 * DAY], [ALARM, ALARM, RECOVERED]),
        (AlertKind.SPENDING, 100, [99, 100, 90, 89, 100], [OK, ALARM, ALARM, RECOVERED, ALARM]),
    ],
)
def test_a_threshold_is_passed_with_room_behind_it(
    kind: AlertKind, level: int, readings: list[int], states: list[AlertState]
) -> None:
    state, seen = OK, []
    for reading in readings:
        state = judge(Place(kind, level), reading, state)
        seen.append(state)
    assert seen == states


@given(some.sampled_from([AlertKind.BALANCE, AlertKind.SPENDING]), some.lists(some.integers(-50, 400), max_size=60))
def test_alarm_and_recovery_take_turns_and_are_numbered_without_a_gap(kind: AlertKind, readings: list[int]) -> None:
    rule, known, told = Rule(kind, checked(kind, [200, 50])), dict[Place, Known](), []
    for reading in readings:
        for each in passages(rule, reading, known):
            known[each.place] = Known(each.state, each.number)
            told.append(each)
    for level in rule.levels:
        ours = [each for each in told if each.place.level == level]
        assert [each.number for each in ours] == list(range(1, len(ours) + 1))
        assert all(one.state is not other.state for one, other in pairwise(ours))
        assert all(abs(one.reading - other.reading) > level // 20 for one, other in pairwise(ours))
        assert [each.state for each in ours[:1]] in ([], [ALARM])


def test_the_same_reading_again_passes_nothing() -> None:
    rule = Rule(AlertKind.BALANCE, (100, 10))
    (one, two) = passages(rule, 5, {})
    known = {each.place: Known(each.state, each.number) for each in (one, two)}
    assert passages(rule, 5, known) == []


def test_of_several_at_once_the_worst_is_told() -> None:
    assert worst(passages(Rule(AlertKind.BALANCE, (100, 10)), 5, {})).place.level == 10
    assert worst(passages(Rule(AlertKind.SPENDING, (10, 100)), 500, {})).place.level == 100


def test_a_new_month_begins_below_its_threshold() -> None:
    rule = Rule(AlertKind.SPENDING, (100,))
    (first,) = passages(rule, 150, {}, "2026-11")
    known = {first.place: Known(first.state, first.number)}
    assert passages(rule, 150, known, "2026-11") == []
    assert [each.number for each in passages(rule, 150, known, "2026-12")] == [1]


@pytest.mark.parametrize(
    ("kind", "levels", "field"),
    [
        (AlertKind.BALANCE, [0], "level-1"), (AlertKind.BALANCE, [5, -1], "level-2"),
        (AlertKind.BALANCE, [2**63], "level-1"), (AlertKind.RUNWAY, [366], "level-1"),
        (AlertKind.RUNWAY, [1, 2], "level-1"), (AlertKind.EXPIRY, [91], "level-1"),
    ],
)  # fmt: skip
def test_thresholds_that_make_no_sense_are_refused_at_their_field(
    kind: AlertKind, levels: list[int], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        checked(kind, levels)
    assert refused.value.details["field"] == field


def test_thresholds_are_kept_in_the_order_in_which_they_are_passed() -> None:
    assert checked(AlertKind.BALANCE, [10, 100]) == (100, 10)
    assert checked(AlertKind.SPENDING, [100, 10]) == (10, 100)
    assert checked(AlertKind.BALANCE, [10, 10]) == (10,)
    assert checked(AlertKind.BALANCE, []) == ()
