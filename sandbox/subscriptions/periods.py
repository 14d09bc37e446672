"""Billing periods: when one begins and ends. Pure arithmetic in whole Unix seconds, UTC; used across this room.

A boundary is always counted from the anchor and never from the boundary before it. So an anchor on the 31st bills on
the 30th of April and on the 31st of May again, and one on 29 February comes back to the 29th in every leap year.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.errors import Json

DAY = 86_400
DAYS = {"day": 1, "week": 7}
MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True)
class Rhythm:
    """How often a price is billed: `Rhythm("month", 3)` is each quarter."""

    interval: str
    count: int = 1

    def boundary(self, anchor: int, number: int) -> int:
        """The moment so many intervals after the anchor (before it, when the number is negative)."""
        if self.interval in DAYS:
            return anchor + number * self.count * DAYS[self.interval] * DAY
        return months_later(anchor, number * self.count * MONTHS[self.interval])

    def around(self, anchor: int, moment: int) -> tuple[int, int]:
        """The period that holds this moment; a boundary belongs to the period it begins."""
        number = (moment - anchor) // (self._longest_days() * DAY)
        while self.boundary(anchor, number) > moment:
            number -= 1
        while self.boundary(anchor, number + 1) <= moment:
            number += 1
        return self.boundary(anchor, number), self.boundary(anchor, number + 1)

    def _longest_days(self) -> int:
        return self.count * {"day": 1, "week": 7, "month": 31, "year": 366}[self.interval]


def rhythm_of(price: Json) -> Rhythm:
    recurring = price["recurring"]
    return Rhythm(recurring["interval"], recurring["interval_count"])


def months_later(moment: int, months: int) -> int:
    """The same day and time of another month, or that month's last day when it has no such day."""
    start = datetime.fromtimestamp(moment, UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def configured_anchor(config: Json, now: int, rhythm: Rhythm) -> int:
    """The first moment from now on that fits a `billing_cycle_anchor_config`; what it leaves open is taken from now."""
    start = datetime.fromtimestamp(now, UTC)
    time_of_day = {name: config.get(name, getattr(start, name)) for name in ("hour", "minute", "second")}
    year, month = start.year, config.get("month") or start.month
    step = 12 if config.get("month") and rhythm.interval == "year" else 1
    while True:
        day = min(config["day_of_month"], monthrange(year, month)[1])
        found = int(datetime(year, month, day, tzinfo=UTC).replace(**time_of_day).timestamp())
        if found >= now:
            return found
        year, month = divmod(year * 12 + month - 1 + step, 12)
        month += 1


def day_of(moment: int) -> str:
    """`15 Nov 2026`, as Stripe's lines write a date."""
    shown = datetime.fromtimestamp(moment, UTC)
    return f"{shown.day:02d} {shown:%b %Y}"
