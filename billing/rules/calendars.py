"""Days on which months are closed and invoiced, and periods of subscriptions. Anyone may import it; pure decisions.

A day that a month does not have is its last day: 31 closes April on the 30th and February on the 28th or 29th.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from billing.rules.errors import BadInput
from billing.rules.moments import DAY, from_datetime, to_datetime


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to `end`, which belongs to the next one; microseconds UTC."""

    start: int
    end: int


DAYS = {"day": 1, "week": 7}
MONTHS = {"month": 1, "year": 12}


def later(moment: int, interval: str, count: int) -> int:
    """So many intervals later in UTC: the same day, or the last one of a month that has no such day."""
    if interval in DAYS:
        return moment + count * DAYS[interval] * DAY
    start = to_datetime(moment)
    year, place = divmod(start.year * 12 + start.month - 1 + count * MONTHS[interval], 12)
    day = min(start.day, monthrange(year, place + 1)[1])
    return from_datetime(start.replace(year=year, month=place + 1, day=day))


@dataclass(frozen=True, slots=True)
class InvoiceCalendar:
    """A period ends at midnight of `day` in `zone`, and is invoiced `later` months after that."""

    day: int
    zone: tzinfo = UTC
    later: int = 0

    def closed(self, since: int, now: int) -> Iterator[Period]:
        """The periods after `since` that can be invoiced by `now`, without a gap: the first one begins at `since`."""
        month = self._month(since) + 1
        while self._turn(month + self.later) <= now:
            end = self._turn(month)
            yield Period(since, end)
            since, month = end, month + 1

    def opened(self, moment: int) -> int:
        """When the period that `moment` lies in began."""
        return self._turn(self._month(moment))

    def next_invoice(self, now: int) -> int:
        """When periods are invoiced next."""
        return self._turn(self._month(now) + 1)

    def _month(self, moment: int) -> int:
        """The month, counted from year 0, whose turn was the last one at `moment`."""
        local = to_datetime(moment).astimezone(self.zone)
        month = local.year * 12 + local.month - 1
        return month if self._turn(month) <= moment else month - 1

    def _turn(self, month: int) -> int:
        """The first moment of the closing day. A midnight that the clock jumps over or strikes twice is its first."""
        year, place = divmod(month, 12)
        day = min(self.day, monthrange(year, place + 1)[1])
        return from_datetime(datetime(year, place + 1, day, tzinfo=self.zone).astimezone(UTC))


def began(end: int, interval: str, count: int = 1, anchor: int | None = None) -> int:
    """When the period of a subscription that ends at `end` began. Providers count in UTC, from the `anchor`.

    With an anchor on the 31st, what ends on 28 February began on 31 January, and what ends on 31 March on 28 February.
    Raises KeyError for an unknown interval.
    """
    if interval in _DAYS:
        return end - count * _DAYS[interval] * DAY
    last = to_datetime(end)
    anchored = last.day if anchor is None else to_datetime(anchor).day
    # An anchor that was moved since says nothing about this period.
    day = anchored if min(anchored, monthrange(last.year, last.month)[1]) == last.day else last.day
    year, place = divmod(last.year * 12 + last.month - 1 - count * _MONTHS[interval], 12)
    return from_datetime(last.replace(year=year, month=place + 1, day=min(day, monthrange(year, place + 1)[1])))


_DAYS, _MONTHS = {"day": 1, "week": 7}, {"month": 1, "year": 12}


def zone_of(name: str) -> tzinfo:
    """The time zone of that name in the IANA database. Raises BadInput."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # no path at all, a folder, a name that is not there
        raise BadInput(f"{name[:40]!r} is no time zone, such as Europe/Berlin.", field="zone") from None
