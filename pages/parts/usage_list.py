"""The newest uses one by one, read when somebody opens them. Only pages/usage.py imports it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from auth.policy import Principal
from billing.rules.usage_reports import NEWEST, Use
from pages.parts import format as written
from pages.parts.ledger_table import actor_words
from pages.parts.plain_table import Cell, PlainTable, moment_cell
from pages.parts.tags import Tag
from pages.words import _, apart, n_

IS_OPEN = "(event) => emit(event.target.open)"


class UsageList:
    """Its place is the current slot; `on_open` hears whether somebody wants to see them."""

    def __init__(self, on_open: Callable[..., Any]) -> None:
        self.is_open, self._on_open = False, on_open
        self._place = Tag("div")
        self._table: PlainTable | None = None

    def offer(self, *, there_are_some: bool) -> None:
        """Where nothing was used there is nothing to open."""
        self._place.set_visibility(there_are_some)
        if not there_are_some or self._table is not None:
            return
        with self._place, Tag("details", classes="more").mark("newest") as details:
            Tag("summary", _("The newest uses one by one"))
            columns = (_("When"), _("What"), _("By"), "#" + _("Credits"), _("Note"), _("Transaction"))
            self._table = PlainTable(n_("At most {n} use", "At most {n} uses", NEWEST), columns)
        details.on("toggle", self._on_open, js_handler=IS_OPEN)

    def show(self, found: Sequence[Use], names: Mapping[str, str], reader: Principal, now: int) -> None:
        """Replaces the rows. `names` are those of the account's own keys."""
        if self._table is None:
            return
        places = written.places(each.amount for each in found)
        self._table.show(
            (
                moment_cell(each.happened_at, now), Cell(apart(each.reason), below=_said(each.dimensions)),
                names.get(each.actor) or actor_words(each.actor, reader), written.credits(each.amount, places),
                _note(each), Cell(str(each.id), href=f"/transactions?search={each.id}"),
            )
            for each in found
        )  # fmt: skip


def _said(dimensions: Mapping[str, str]) -> str:
    """What its program said about it."""
    return ", ".join(f"{name}: {value}" for name, value in sorted(dimensions.items()))


def _note(use: Use) -> Cell:
    """That it came late, or that it was corrected."""
    back = _("{credits} given back", credits=written.counted(use.given_back)) if use.given_back.micro else ""
    if use.is_late:
        return Cell(_("late"), chip="warn", sign="◐", below=back)
    return Cell(back or written.NONE)
