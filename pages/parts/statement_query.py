"""What a statement is asked for: read from an address or from fields, written to an address. Pages with one use it.

Whatever comes from a browser, in an address or over the socket, becomes a `Query` or is dropped: nothing else goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from billing.rules.errors import BadInput
from billing.rules.kinds import Kind
from billing.rules.moments import from_datetime, to_datetime
from billing.rules.money import Credits
from billing.rules.views import Filters
from pages.parts import format as written
from pages.words import N_, speech

SEARCH_MOST = 100
ACTOR_MOST = 60
SIZES = (25, 50, 100)
VERSION_MOST = 2**62

PERIODS = {
    "month": N_("This month"), "last": N_("Last month"), "30d": N_("Last 30 days"), "year": N_("This year"),
}  # fmt: skip
"""Periods that have a name; each is two days like any other."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for, in the words of the address. `since` and `until` are days (until included), "" for none.

    `least` and `most` are plain decimals; `cursor` is where a page goes on, in the order asked for.
    """

    search: str = ""
    kinds: tuple[Kind, ...] = ()
    direction: str = ""
    since: str = ""
    until: str = ""
    least: str = ""
    most: str = ""
    by: str = ""
    oldest: bool = False
    size: int = SIZES[0]
    cursor: int | None = None

    @classmethod
    def read(cls, given: Mapping[str, Any], kinds: Sequence[Any]) -> Self:
        """From names and values of any origin; `kinds` holds every value of `kind`."""
        known = {kind.value: kind for kind in Kind}
        # a set would lose the order, and with it the one spelling of an address
        chosen = tuple(known[value] for value in known if value in [kind for kind in kinds if isinstance(kind, str)])
        size = _whole(given.get("size"))
        return cls(
            search=_text(given.get("search"))[:SEARCH_MOST],
            kinds=chosen,
            direction=_text(given.get("direction")) if given.get("direction") in ("in", "out") else "",
            since=_day(given.get("since")),
            until=_day(given.get("until")),
            least=_amount(given.get("least")),
            most=_amount(given.get("most")),
            by=_text(given.get("by"))[:ACTOR_MOST],
            oldest=given.get("order") == "oldest",
            size=size if size in SIZES else SIZES[0],
            cursor=_whole(given.get("cursor")),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the page, its size and the order is chosen."""
        return replace(self, cursor=None, size=SIZES[0], oldest=False) != type(self)()

    @property
    def is_first_page(self) -> bool:
        """Whether the newest lines stand on top of it."""
        return self.cursor is None and not self.oldest

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """The period in the visitor's days: microseconds UTC, its end not included."""
        first, last = written.day_start(self.since), written.day_start(self.until)
        since = None if first is None else from_datetime(first)
        return since, None if last is None else from_datetime(last + timedelta(days=1))

    def filters(self) -> Filters:
        """The same as the ledger reads it."""
        since, until = self.bounds
        return Filters(
            search=self.search,
            kinds=self.kinds,
            direction=self.direction,
            since=since,
            until=until,
            cursor=self.cursor,
            limit=self.size,
            least=Credits.of(self.least) if self.least else None,
            most=Credits.of(self.most) if self.most else None,
            actor=self.by,
            oldest_first=self.oldest,
        )

    def address(self, path: str, **more: str) -> str:
        """`path` with this query: what is empty or usual is left out."""
        pairs = [*more.items(), *self._pairs()]
        pairs += [("size", str(self.size))] if self.size != SIZES[0] else []
        pairs += [] if self.cursor is None else [("cursor", str(self.cursor))]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def export_address(self, path: str, **more: str) -> str:
        """All pages of it as a file, its days named with the zone they are of."""
        zone = {} if speech().zone_name == "UTC" else {"zone": speech().zone_name}
        pairs = [*more.items(), *self._pairs(), *zone.items()]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def period_address(self, path: str, **more: str) -> str:
        """The whole of its period as a file, whatever else is chosen."""
        return type(self)(since=self.since, until=self.until).export_address(path, **more)

    def _pairs(self) -> list[tuple[str, str]]:
        single = {
            "search": self.search, "direction": self.direction, "since": self.since, "until": self.until,
            "least": self.least, "most": self.most, "by": self.by, "order": "oldest" if self.oldest else "",
        }  # fmt: skip
        return [(name, value) for name, value in single.items() if value] + [
            ("kind", kind.value) for kind in self.kinds
        ]


def periods(now: int) -> dict[str, tuple[str, str]]:
    """The named periods as two days each, today as the visitor has it."""
    today = to_datetime(now).astimezone(speech().zone).date()
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    spans = {
        "month": (month, _month_end(today)), "last": (before.replace(day=1), before),
        "30d": (today - timedelta(days=29), today), "year": (month.replace(month=1), today.replace(month=12, day=31)),
    }  # fmt: skip
    return {name: (first.isoformat(), last.isoformat()) for name, (first, last) in spans.items()}


def amount_typed(text: str) -> str | None:
    """What somebody typed as an amount, as a plain decimal; None for what is none."""
    try:
        return str(written.read_credits(text)) if text.strip() else ""
    except BadInput:
        return None


def _text(value: Any) -> str:
    return "".join(each for each in value if each.isprintable()).strip() if isinstance(value, str) else ""


def _day(value: Any) -> str:
    text = _text(value)
    return text if written.day_start(text) is not None else ""


def _amount(value: Any) -> str:
    try:
        return str(Credits.of(_text(value))) if _text(value) else ""
    except BadInput:
        return ""


def _whole(value: Any) -> int | None:
    text = str(value) if isinstance(value, (str, int)) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 and 0 < int(text) < VERSION_MOST else None


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
