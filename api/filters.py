"""Which lines of a statement are asked for, by query parameters: for the API and the export. Only api/ imports it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.bodies import ACCOUNT_PATTERN
from billing.rules.errors import BadInput
from billing.rules.kinds import Kind
from billing.rules.moments import from_datetime
from billing.rules.texts import NAME_MAX, clean
from billing.rules.views import Filters

LINES_MOST = 200
_DATE_LENGTH = len("2026-01-31")

When = Annotated[str, Field(default="", max_length=40, examples=["2026-01-31", "2026-01-31T18:00:00Z"])]


class StatementQuery(BaseModel):
    """What an export asks for. Whatever is empty or left out filters nothing."""

    model_config = ConfigDict(extra="forbid")

    account: str = Field(default="", pattern=f"^$|{ACCOUNT_PATTERN}", description="Left out: the asker's own account.")
    search: str = Field(default="", max_length=NAME_MAX, description="Found in reason, actor, cause, order or type.")
    kind: list[Kind] = Field(default=[], max_length=len(Kind), description="May be repeated.")
    direction: Literal["", "in", "out"] = Field(default="", description="in: credits came, out: credits went.")
    since: When = Field(description="First day or moment; without a zone it is UTC.")
    until: When = Field(description="Last day (included), or the moment at which the period ends.")

    def filters(self) -> Filters:
        """The same as the ledger reads it. Raises BadInput."""
        return Filters(
            search=clean(self.search, "search", most=NAME_MAX),
            kinds=tuple(self.kind),
            direction=self.direction,
            since=moment(self.since, "since"),
            until=moment(self.until, "until", whole_day=True),
        )


class PageQuery(StatementQuery):
    """One page of them."""

    cursor: str = Field(default="", pattern=r"^[0-9]{0,18}$", description="`next_cursor` of the page before.")
    limit: int = Field(default=25, ge=1, le=LINES_MOST)


def moment(given: str, field: str, *, whole_day: bool = False) -> int | None:
    """Microseconds UTC. A bare day is its midnight, or with `whole_day` the midnight at which it is over."""
    if not given:
        return None
    try:
        if len(given) > _DATE_LENGTH:
            moment = datetime.fromisoformat(given)
        else:
            day = date.fromisoformat(given) + timedelta(days=int(whole_day))
            moment = datetime.combine(day, time())
        return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise BadInput(f"`{field}` must be a date such as 2026-01-31 or a moment in ISO 8601.", field=field) from None
