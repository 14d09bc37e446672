"""What pages about usage and insights are asked for: read from an address, written to one. They import it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from typing import Any, Self
from urllib.parse import urlencode

from billing.rules.errors import BadInput
from billing.rules.moments import DAY, iso, to_datetime
from billing.rules.usage_reports import Grouping
from billing.rules.windows import DAYS_MOST, Window, days, hours_of, last_days, last_hours, whole_days
from pages.words import N_

RANGES = {"24h": N_("24 hours"), "7d": N_("7 days"), "30d": N_("30 days"), "month": N_("This month"),
          "period": N_("Billing period")}  # fmt: skip
USUAL = "7d"
_DAYS = {"7d": 7, "30d": 30}
_DATE_LENGTH = len("2026-01-31")
_YEARS = range(1970, 2201)


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """A range by its name, or from one day to another, which then counts; and how uses are told apart."""

    span: str = USUAL
    since: date | None = None
    until: date | None = None
    grouping: Grouping = Grouping(by_actor=True)  # noqa: RUF009  it is frozen

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """From an address; what it must not hold is as if it were not there."""
        since, until = _day(given.get("since")), _day(given.get("until"))
        if since is None or until is None or not 0 <= (until - since).days < DAYS_MOST:
            since = until = None
        span = given.get("range")
        return cls(span if span in RANGES else USUAL, since, until, _grouping(given.get("by")))

    @property
    def is_own(self) -> bool:
        """Whether somebody chose its two days."""
        return self.since is not None

    def window(self, zone: tzinfo, now: int, period: tuple[int, int] | None = None) -> Window:
        """The time it means to somebody in that zone, now; `period` is their plan's, None for a calendar month."""
        today = to_datetime(now).astimezone(zone).date()
        if self.since is not None and self.until is not None:
            one_day = self.since == self.until
            return hours_of(self.since, zone, now) if one_day else days(self.since, self.until, zone, now)
        if self.span == "24h":
            return last_hours(zone, now)
        if self.span == "period" and period is not None:
            since, until = period
            return whole_days(max(since, until - (DAYS_MOST - 1) * DAY), until, zone, now)
        if self.span in ("month", "period"):
            return days(today.replace(day=1), _month_end(today), zone, now)
        return last_days(_DAYS[self.span], zone, now)

    def address(self, path: str, **changes: Any) -> str:
        """`path` with this query, changed; what is usual is left out."""
        asked = replace(self, **changes)
        pairs = {"range": "" if asked.is_own or asked.span == USUAL else asked.span}
        pairs |= {"since": asked.since.isoformat()} if asked.since else {}
        pairs |= {"until": asked.until.isoformat()} if asked.until else {}
        pairs["by"] = "" if asked.grouping == Grouping(by_actor=True) else str(asked.grouping) or "nothing"
        kept = {name: value for name, value in pairs.items() if value}
        return f"{path}?{urlencode(kept)}" if kept else path


def export_address(window: Window, grouping: Grouping, zone_name: str, account_id: str | None) -> str:
    """The same as a file, its ends named as moments."""
    pairs = {"since": iso(window.since), "until": iso(window.until), "zone": zone_name, "by": str(grouping)}
    pairs |= {"step": "hour"} if window.hourly else {}
    return f"/exports/usage.csv?{urlencode(pairs | ({'account': account_id} if account_id else {}))}"


def _grouping(given: Any) -> Grouping:
    if given == "nothing":
        return Grouping()
    try:
        return Grouping.of(given) if isinstance(given, str) and given else Grouping(by_actor=True)
    except BadInput:
        return Grouping(by_actor=True)


def _day(given: Any) -> date | None:
    try:
        found = date.fromisoformat(given) if isinstance(given, str) and len(given) == _DATE_LENGTH else None
    except ValueError:
        return None
    return found if found is not None and found.year in _YEARS else None


def _month_end(day: date) -> date:
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return following - timedelta(days=1)
