"""The filters of a statement: read from an address, written to one. The pages transactions and account use it.

Whatever comes from a browser, in an address or over the socket, becomes a `Query` or is dropped: nothing else goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Self
from urllib.parse import urlencode

from nicegui import ui

from billing.rules.kinds import Kind
from billing.rules.moments import from_datetime
from billing.rules.views import Filters
from pages.parts import format as written
from pages.words import N_, _

SEARCH_MOST = 100
PAGE_ROWS = 25
VERSION_MOST = 2**62

HEARD = {
    "about": N_("Transactions"), "search": N_("Search"), "hint": N_("Description, id or reference"),
    "filters": N_("Filters"), "type": N_("Type"), "types": N_("Types to show"), "all": N_("All types"),
    "several": N_("Several types"), "direction": N_("Direction"), "both": N_("In and out"), "in": N_("Credits in"),
    "out": N_("Credits out"), "since": N_("From"), "until": N_("To"), "searched": N_("Search: {text}"),
    "typed": N_("Type: {text}"), "from": N_("From {text}"), "to": N_("To {text}"), "remove": N_("Remove filter {text}"),
    "clear": N_("Clear all"), "export": N_("Export CSV"),
}  # fmt: skip
"""What the bar itself says, by the names its browser's half has for it; it fills {text} in."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for, in the words of the address. `since` and `until` are days (until included), "" for none."""

    search: str = ""
    kinds: tuple[Kind, ...] = ()
    direction: str = ""
    since: str = ""
    until: str = ""
    before: int | None = None

    @classmethod
    def read(cls, given: Mapping[str, Any], kinds: Sequence[Any]) -> Self:
        """From names and values of any origin; `kinds` holds every value of `kind`."""
        known = {kind.value: kind for kind in Kind}
        # a set would lose the order, and with it the one spelling of an address
        chosen = tuple(known[value] for value in known if value in [kind for kind in kinds if isinstance(kind, str)])
        return cls(
            search=_text(given.get("search"))[:SEARCH_MOST],
            kinds=chosen,
            direction=_text(given.get("direction")) if given.get("direction") in ("in", "out") else "",
            since=_day(given.get("since")),
            until=_day(given.get("until")),
            before=_version(given.get("before")),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the page is chosen."""
        return replace(self, before=None) != type(self)()

    def filters(self) -> Filters:
        """The same as the ledger reads it."""
        first, last = written.day_start(self.since), written.day_start(self.until)
        return Filters(
            search=self.search,
            kinds=self.kinds,
            direction=self.direction,
            since=None if first is None else from_datetime(first),
            until=None if last is None else from_datetime(last + timedelta(days=1)),
            cursor=self.before,
            limit=PAGE_ROWS,
        )

    def address(self, path: str, **more: str) -> str:
        """`path` with this query: what is empty is left out."""
        pairs = [*more.items(), *self._pairs()]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def export_address(self, path: str, **more: str) -> str:
        """All pages of it as a file. The days are the visitor's, so their ends are named as moments."""
        first, last = written.day_start(self.since), written.day_start(self.until)
        since = "" if first is None else first.isoformat()
        until = "" if last is None else (last + timedelta(days=1)).isoformat()
        return replace(self, since=since, until=until, before=None).address(path, **more)

    def _pairs(self) -> list[tuple[str, str]]:
        single = {"search": self.search, "direction": self.direction, "since": self.since, "until": self.until}
        pairs = [(name, value) for name, value in single.items() if value]
        pairs += [("kind", kind.value) for kind in self.kinds]
        return pairs if self.before is None else [*pairs, ("before", str(self.before))]


class FilterBar(ui.element, component="filter_bar.js"):
    """The fields, and what is chosen as chips. `on_ask` hears every change with the event of the browser."""

    def __init__(self, query: Query, words: Mapping[Kind, str], on_ask: Callable[..., Any]) -> None:
        super().__init__()
        self.props["start"] = {
            "search": query.search, "kind": [kind.value for kind in query.kinds], "direction": query.direction,
            "since": query.since, "until": query.until,
        }  # fmt: skip
        self.props["kinds"] = [{"value": kind.value, "word": words[kind]} for kind in Kind]
        self.props["words"] = {name: _(text) for name, text in HEARD.items()}
        self.on("ask", on_ask)

    def show(self, count: str, csv: str) -> None:
        """How much was found, and where the same is found as a file."""
        self.props["count"], self.props["csv"] = count, csv
        self.update()


def _text(value: Any) -> str:
    return "".join(each for each in value if each.isprintable()).strip() if isinstance(value, str) else ""


def _day(value: Any) -> str:
    text = _text(value)
    return text if written.day_start(text) is not None else ""


def _version(value: Any) -> int | None:
    text = str(value) if isinstance(value, (str, int)) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 and 0 < int(text) < VERSION_MOST else None
