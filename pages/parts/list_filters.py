"""Filters of any list: what stands in an address, made safe, and the fields that write it. The console's lists use it.

Whatever comes from a browser, in an address or over the socket, becomes an `Asked` or is dropped: nothing else goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from billing.rules.console import CURSOR_MOST
from billing.rules.moments import from_datetime
from pages.parts import format as written
from pages.parts.halves import half
from pages.words import _, apart

TEXT_MOST = 100
AFTER = "after"
"""The name in the address under which the place of a page stands."""

Asked = Mapping[str, str]
"""What is asked for, by the names of fields; what is not asked for is not in it."""


@dataclass(frozen=True, slots=True)
class ListField:
    """One field. `kind`: search, select, date or check. A `silent` one is no filter but an order; `phone`: only there.

    The first of a select's `options` is that of "" (anything).
    """

    name: str
    label: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""
    silent: bool = False
    phone: bool = False

    def read(self, given: object) -> str:
        """What was given if it can be meant, else nothing."""
        text = "".join(each for each in given if each.isprintable()).strip() if isinstance(given, str) else ""
        if self.kind == "search":
            return text[:TEXT_MOST]
        if self.kind == "date":
            return text if written.day_start(text) is not None else ""
        if self.kind == "check":
            return "1" if text == "1" else ""
        return text if text in [value for value, _ in self.options] else ""


def read(fields: Sequence[ListField], given: Mapping[str, Any]) -> dict[str, str]:
    """From names and values of any origin."""
    asked = {field.name: field.read(given.get(field.name)) for field in fields}
    place = given.get(AFTER)
    asked[AFTER] = place if isinstance(place, str) and len(place) <= CURSOR_MOST else ""
    return {name: value for name, value in asked.items() if value}


def address(path: str, asked: Asked) -> str:
    """`path` with what is asked for."""
    return f"{path}?{urlencode(asked)}" if asked else path


def first_page(asked: Asked) -> dict[str, str]:
    """The same from the beginning of the list."""
    return {name: value for name, value in asked.items() if name != AFTER}


def said(options: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Options whose texts were marked, in the language of whoever looks."""
    return tuple((value, _(text)) for value, text in options)


def begins(asked: Asked, name: str = "since") -> int | None:
    """The moment at which the day under this name begins; microseconds UTC."""
    day = written.day_start(asked.get(name, ""))
    return None if day is None else from_datetime(day)


def ends(asked: Asked, name: str = "until") -> int | None:
    """The moment at which that day is over."""
    day = written.day_start(asked.get(name, ""))
    return None if day is None else from_datetime(day + timedelta(days=1))


class ListFilters(ui.element):
    """The fields, and what is chosen as chips. `on_ask` hears every change with the event of the browser."""

    def __init__(self, label: str, fields: Sequence[ListField], asked: Asked, on_ask: Callable[..., Any]) -> None:
        super().__init__(half("list_filters"))
        self.props["fields"] = [
            {
                "name": field.name, "label": field.label, "kind": field.kind, "placeholder": apart(field.placeholder),
                "options": [list(option) for option in field.options], "silent": field.silent, "phone": field.phone,
            }
            for field in fields
        ]  # fmt: skip
        self.props["start"] = dict(first_page(asked))
        self.props["words"] = {
            "label": label, "filters": _("Filters"), "remove": _("Remove filter {filter}"), "clear": _("Clear all"),
            "csv": _("Export CSV"), "chosen": _("{field}: {value}"),
        }  # fmt: skip
        self.on("ask", on_ask)

    def show(self, count: str, csv: str | None) -> None:
        """How much was found, and where the same is found as a file."""
        self.props["count"], self.props["csv"] = count, csv
        self.update()

    def put(self, name: str, value: str) -> None:
        """Sets a field from here, such as the order that a column's head was pressed for."""
        _sent = self.run_method("set", name, value)
