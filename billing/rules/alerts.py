"""Alerts: on which side of a threshold an account is, and when it has passed it. Anyone may import it; pure decisions.

ok, alarm and recovered, with some room between falling below a threshold and being clear of it again: a balance that
goes up and down around it is told of once, not at every step. An alert says something; it stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from billing.rules.errors import BadInput
from billing.rules.moments import DAY
from billing.rules.money import CREDITS_LIMIT_MICRO
from billing.rules.sentences import sentence


class AlertKind(StrEnum):
    """BALANCE: fewer credits are left. RUNWAY: they last fewer days. SPENDING: more were used in a month of the
    calendar (UTC). EXPIRY: some expire within so many days.
    """

    BALANCE = "balance"
    RUNWAY = "runway"
    SPENDING = "spending"
    EXPIRY = "expiry"


class AlertState(StrEnum):
    """OK: never passed. RECOVERED: passed, and clear of it again. What nobody asks about any more stays as it was."""

    OK = "ok"
    ALARM = "alarm"
    RECOVERED = "recovered"


LEVELS_MOST: Mapping[AlertKind, int] = {
    AlertKind.BALANCE: 2,
    AlertKind.RUNWAY: 1,
    AlertKind.SPENDING: 2,
    AlertKind.EXPIRY: 1,
}
"""How many thresholds of a kind an account may have."""

IN_DAYS = frozenset({AlertKind.RUNWAY, AlertKind.EXPIRY})
DAYS_MOST: Mapping[AlertKind, int] = {AlertKind.RUNWAY: 365, AlertKind.EXPIRY: 90}
ROOM = 10
"""A tenth of the threshold is between passing it and being clear of it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The thresholds of one kind, in micro-credits or days. Version 0 is what holds before anybody set anything."""

    kind: AlertKind
    levels: tuple[int, ...]
    by_mail: bool = True
    version: int = 0
    changed_by: str = ""
    changed_at: int = 0


class Place(NamedTuple):
    """Which threshold: `subject` is a month or a lot where it is not the account alone."""

    kind: AlertKind
    level: int
    subject: str = ""


class Known(NamedTuple):
    """How an account stands to a threshold, and how often it passed it in either direction."""

    state: AlertState = AlertState.OK
    passage: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """A threshold was passed: `number` counts that. `reading` is in micro-credits or, for days, microseconds."""

    place: Place
    state: AlertState
    number: int
    reading: int


def passages(rule: Rule, reading: int, known: Mapping[Place, Known], subject: str = "") -> list[Passage]:
    """The thresholds of the rule that this reading has passed."""
    found: list[Passage] = []
    for level in rule.levels:
        place = Place(rule.kind, level, subject)
        before = known.get(place, Known())
        after = judge(place, reading, before.state)
        if after is not before.state:
            found.append(Passage(place, after, before.passage + 1, reading))
    return found


def judge(place: Place, reading: int, state: AlertState) -> AlertState:
    """The state after this reading. Between the threshold and the room behind it everything stays as it is."""
    threshold = place.level * DAY if place.kind in IN_DAYS else place.level
    room = max(threshold // ROOM, DAY if place.kind in IN_DAYS else 0)
    if place.kind is AlertKind.SPENDING:
        alarms, clear = reading >= threshold, reading < threshold - room
    else:
        alarms, clear = reading < threshold, reading >= threshold + room
    if state is AlertState.ALARM:
        return AlertState.RECOVERED if clear else state
    return AlertState.ALARM if alarms else state


def worst(passed: Iterable[Passage]) -> Passage:
    """Of several thresholds of one kind that were passed at once, the one to tell of."""
    return min(passed, key=lambda each: each.place.level * (-1 if each.place.kind is AlertKind.SPENDING else 1))


def checked(kind: AlertKind, levels: Sequence[int]) -> tuple[int, ...]:
    """Thresholds fit to keep, the first to be passed first. Raises BadInput; `details["field"]` counts from 1."""
    most = DAYS_MOST.get(kind, CREDITS_LIMIT_MICRO // (ROOM + 1) * ROOM)
    if len(levels) > LEVELS_MOST[kind]:
        raise BadInput("There are too many thresholds.", field="level-1")
    for place, level in enumerate(levels, 1):
        if level < 1:
            raise BadInput("It must be more than zero; leave it empty to be told nothing.", field=f"level-{place}")
        if level > most:
            about = (
                sentence("At most {most} days.", most=most) if kind in IN_DAYS else "So many credits there never are."
            )
            raise BadInput(about, field=f"level-{place}")
    return tuple(sorted(set(levels), reverse=kind is not AlertKind.SPENDING))
