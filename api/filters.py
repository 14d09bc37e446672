"""Which lines of a statement are asked for, by query parameters: for the API and the export. Only api/ imports it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.bodies import ACCOUNT_PATTERN
from billing.rules.calendars import zone_of
from billing.rules.errors import BadInput
from billing.rules.kinds import Kind
from billing.rules.moments import DAY, from_datetime
from billing.rules.money import Credits
from billing.rules.texts import NAME_MAX, clean
from billing.rules.views import Filters
from billing.rules.windows import Window, hours, whole_days

LINES_MOST = 200
USUAL_DAYS = 30
_DATE_LENGTH = len("2026-01-31")

When = Annotated[str, Field(default="", max_length=40, examples=["2026-01-31", "2026-01-31T18:00:00Z"])]
Size = Annotated[str, Field(default="", pattern=r"^([0-9]{1,12}(\.[0-9]{1,6})?)?$", examples=["12.5"])]


class DaysQuery(BaseModel):
    """From when to when. Whatever is empty or left out bounds nothing."""

    model_config = ConfigDict(extra="forbid")

    since: When = Field(description="First day or moment; without an offset it is of the zone.")
    until: When = Field(description="Last day (included), or the moment at which the period ends.")
    zone: str = Field(
        default="UTC", max_length=64, description="Whose days are meant, by its IANA name.", examples=["Europe/Paris"]
    )

    def bounds(self) -> tuple[int | None, int | None]:
        """The period in microseconds UTC, its end not included. Raises BadInput."""
        zone = zone_of(self.zone)
        return moment(self.since, "since", zone), moment(self.until, "until", zone, whole_day=True)


class PeriodQuery(DaysQuery):
    """Whose, and from when to when."""

    account: str = Field(default="", pattern=f"^$|{ACCOUNT_PATTERN}", description="Left out: the asker's own account.")


class InvoicesQuery(BaseModel):
    """Whose, and of which year; left out: of all."""

    model_config = ConfigDict(extra="forbid")

    account: str = Field(default="", pattern=f"^$|{ACCOUNT_PATTERN}", description="Left out: the asker's own account.")
    year: int | None = Field(default=None, ge=2000, le=9999)


class UsageQuery(PeriodQuery):
    """What a report of usage asks for: the whole days that the period lies in, or its hours."""

    by: str = Field(
        default="", max_length=60, pattern=r"^(actor|dimension\..+)?$", examples=["dimension.model"],
        description="How uses are told apart: by actor (key or person), or by a dimension they were sent with.",
    )  # fmt: skip
    step: Literal["day", "hour"] = Field(default="day")

    def window(self, now: int) -> Window:
        """The period; left out, its end is now, and its beginning thirty days before. Raises BadInput."""
        return window_of(self, self.step, now)


class StatementQuery(PeriodQuery):
    """What an export asks for. Whatever is empty or left out filters nothing."""

    search: str = Field(default="", max_length=NAME_MAX, description="Found in reason, actor, cause, order or type.")
    kind: list[Kind] = Field(default=[], max_length=len(Kind), description="May be repeated.")
    direction: Literal["", "in", "out"] = Field(default="", description="in: credits came, out: credits went.")
    least: Size = Field(description="No smaller amounts than this, whatever their direction.")
    most: Size = Field(description="No larger ones.")
    by: str = Field(default="", max_length=NAME_MAX, description="Who moved them: the id of a key or a person.")
    order: Literal["newest", "oldest"] = Field(default="newest", description="Which comes first.")

    def filters(self) -> Filters:
        """The same as the ledger reads it. Raises BadInput."""
        since, until = self.bounds()
        return Filters(
            search=clean(self.search, "search", most=NAME_MAX),
            kinds=tuple(self.kind),
            direction=self.direction,
            since=since,
            until=until,
            least=Credits.of(self.least) if self.least else None,
            most=Credits.of(self.most) if self.most else None,
            actor=clean(self.by, "by", most=NAME_MAX),
            oldest_first=self.order == "oldest",
        )


class PageQuery(StatementQuery):
    """One page of them."""

    cursor: str = Field(default="", pattern=r"^[0-9]{0,18}$", description="`next_cursor` of the page before.")
    limit: int = Field(default=25, ge=1, le=LINES_MOST)


def window_of(asked: DaysQuery, step: str, now: int) -> Window:
    """The period by days or hours; left out, its end is now, and its beginning thirty days before. Raises BadInput."""
    zone, (since, until) = zone_of(asked.zone), asked.bounds()
    until = now if until is None else until
    since = until - USUAL_DAYS * DAY if since is None else since
    return (hours if step == "hour" else whole_days)(since, until, zone, now)


def moment(given: str, field: str, zone: tzinfo, *, whole_day: bool = False) -> int | None:
    """Microseconds UTC. A bare day is its midnight in the zone, or with `whole_day` the one at which it is over."""
    if not given:
        return None
    try:
        if len(given) > _DATE_LENGTH:
            moment = datetime.fromisoformat(given)
        else:
            day = date.fromisoformat(given) + timedelta(days=int(whole_day))
            moment = datetime.combine(day, time())
        return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        raise BadInput(f"`{field}` must be a date such as 2026-01-31 or a moment in ISO 8601.", field=field) from None
