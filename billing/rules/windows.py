"""Windows of time that usage is told in: days or hours of one zone, and the same window before. Pure decisions.

Anyone may import it. A day begins at its midnight by the zone's clocks, so that one has 23 or 25 hours twice a year.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from billing.rules.errors import BadInput
from billing.rules.moments import HOUR, from_datetime, to_datetime

DAYS_MOST = 366
DAY_HOURS = 24
HOURS_MOST = 31 * DAY_HOURS


@dataclass(frozen=True, slots=True)
class Window:
    """`edges` are where its steps begin, and last where it ends; microseconds UTC.

    What it is compared with lies `before`: as long, and no more of it than has passed of this one.
    """

    edges: tuple[int, ...]
    before: tuple[int, int]
    zone: tzinfo
    hourly: bool = False

    @property
    def since(self) -> int:
        """Its first moment."""
        return self.edges[0]

    @property
    def until(self) -> int:
        """The first moment after it."""
        return self.edges[-1]

    @property
    def steps(self) -> int:
        """How many days or hours it has."""
        return len(self.edges) - 1

    def step(self, moment: int) -> int:
        """Which step a moment belongs to; one beyond an end belongs to the step at that end."""
        return min(max(bisect_right(self.edges, moment) - 1, 0), self.steps - 1)

    def day(self, step: int) -> date:
        """The day that step is, or lies in."""
        return _local(self.edges[step], self.zone).date()


def days(first: date, last: date, zone: tzinfo, now: int) -> Window:
    """The days from `first` to `last`, both included. Raises BadInput for more than a year."""
    count = (last - first).days + 1
    if count < 1:
        raise BadInput("The period must begin before it ends.", field="since")
    if count > DAYS_MOST:
        raise BadInput("At most a year can be shown at once.", field="since")
    edges = tuple(midnight(first + timedelta(days=number), zone) for number in range(count + 1))
    passed = min(max(now, edges[0]), edges[-1])
    return Window(edges, (midnight(first - timedelta(days=count), zone), _days_before(passed, count, zone)), zone)


def whole_days(since: int, until: int, zone: tzinfo, now: int) -> Window:
    """The days that these moments lie in, `until` itself not included. Raises BadInput."""
    if until <= since:
        raise BadInput("The period must begin before it ends.", field="since")
    return days(_local(since, zone).date(), _local(until - 1, zone).date(), zone, now)


def hours(since: int, until: int, zone: tzinfo, now: int) -> Window:
    """From hour to hour; the last one is as short as what is left. Raises BadInput for more than a month."""
    if not since < until:
        raise BadInput("The period must begin before it ends.", field="since")
    if until - since > HOURS_MOST * HOUR:
        raise BadInput("At most a month can be shown by the hour.", field="since")
    length, passed = until - since, min(max(now, since), until)
    return Window((*range(since, until, HOUR), until), (since - length, passed - length), zone, hourly=True)


def hours_of(day: date, zone: tzinfo, now: int) -> Window:
    """The hours of one day: 23 or 25 of them when the clocks change, and a short one where they change by half."""
    whole = days(day, day, zone, now)
    return replace(hours(whole.since, whole.until, zone, now), before=whole.before)


def last_days(count: int, zone: tzinfo, now: int) -> Window:
    """So many days, today the last of them."""
    today = _local(now, zone).date()
    return days(today - timedelta(days=count - 1), today, zone, now)


def last_hours(zone: tzinfo, now: int) -> Window:
    """Twenty-four hours, the one that is running the last of them."""
    running = from_datetime(_local(now, zone).replace(minute=0, second=0, microsecond=0))
    return hours(running - (DAY_HOURS - 1) * HOUR, running + HOUR, zone, now)


def midnight(day: date, zone: tzinfo) -> int:
    """When the day begins; a midnight that the clocks jump over or strike twice is its first."""
    return from_datetime(datetime.combine(day, time(), zone).astimezone(UTC))


def _days_before(moment: int, count: int, zone: tzinfo) -> int:
    """The same time by the clocks, so many days earlier."""
    local = _local(moment, zone)
    earlier = datetime.combine(local.date() - timedelta(days=count), local.time(), zone)
    return from_datetime(earlier.astimezone(UTC))


def _local(moment: int, zone: tzinfo) -> datetime:
    return to_datetime(moment).astimezone(zone)
