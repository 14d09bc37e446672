"""The fields over a statement, and what is chosen as chips. pages/parts/statement.py alone uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nicegui import ui

from billing.rules.kinds import Kind
from billing.rules.money import Credits
from pages.parts import format as written
from pages.parts.halves import half
from pages.parts.statement_query import PERIODS, Query
from pages.words import N_, _

HEARD = {
    "about": N_("Transactions"), "search": N_("Search"), "hint": N_("Description, id or reference"),
    "filters": N_("Filters"), "type": N_("Type"), "types": N_("Types to show"), "all": N_("All types"),
    "several": N_("Several types"), "direction": N_("Direction"), "both": N_("In and out"), "in": N_("Credits in"),
    "out": N_("Credits out"), "since": N_("From"), "until": N_("To"), "searched": N_("Search: {text}"),
    "typed": N_("Type: {text}"), "from": N_("From {text}"), "to": N_("To {text}"), "remove": N_("Remove filter {text}"),
    "clear": N_("Clear all"), "period": N_("Period"), "ever": N_("All time"), "own": N_("Own dates"),
    "least": N_("Least amount"), "most": N_("Most amount"), "from_amount": N_("From {text} credits"),
    "to_amount": N_("Up to {text} credits"), "by": N_("By"), "anybody": N_("Anybody"), "mover": N_("By {text}"),
    "wrong": N_("This is no amount."), "show": N_("Show the list"), "any": N_("any"),
}  # fmt: skip
"""What the bar itself says, by the names its browser's half has for it; it fills {text} in."""


class FilterBar(ui.element):
    """The fields. `on_ask` hears every change with the event of the browser."""

    def __init__(self, query: Query, words: Mapping[Kind, str], on_ask: Callable[..., Any]) -> None:
        super().__init__(half("filter_bar"))
        self.props["start"] = fields(query)
        self.props["kinds"] = [{"value": kind.value, "word": words[kind]} for kind in Kind]
        self.props["words"] = {name: _(text) for name, text in HEARD.items()}
        self.on("ask", on_ask)

    def offer(self, periods: Mapping[str, tuple[str, str]], actors: Iterable[tuple[str, str]]) -> None:
        """What can be chosen: periods by name, and who moved something, by id and in words."""
        self.props["periods"] = [
            {"word": _(PERIODS[name]), "since": since, "until": until} for name, (since, until) in periods.items()
        ]
        self.props["actors"] = [{"value": value, "word": word} for value, word in actors]
        self.update()

    def refill(self, query: Query) -> None:
        """Puts another query into the fields: somebody went back to where they were before."""
        _sent = self.run_method("refill", fields(query))

    def show(self, count: str, wrong: Iterable[str] = ()) -> None:
        """How much was found, and which fields hold no amount."""
        self.props["count"], self.props["wrong"] = count, list(wrong)
        self.update()


def fields(query: Query) -> dict[str, Any]:
    """What the fields hold for a query, as people type it."""
    return {
        "search": query.search, "kind": [kind.value for kind in query.kinds], "direction": query.direction,
        "since": query.since, "until": query.until, "least": _typed(query.least), "most": _typed(query.most),
        "by": query.by,
    }  # fmt: skip


def _typed(amount: str) -> str:
    return written.typed(Credits.of(amount)) if amount else ""
