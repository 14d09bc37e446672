"""Which time, and told apart by what: the controls over usage and insights. Their pages import it.

Each choice is a place of its own: a link, or a form that leads to an address.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from billing.rules.usage_reports import Grouping
from billing.rules.windows import Window
from pages.parts import format as written
from pages.parts.modal import PlainSelect
from pages.parts.tags import Tag, link
from pages.parts.usage_query import RANGES, UsageQuery
from pages.words import _

VALUE = "(event) => emit(event.target.value)"
NOTHING = "nothing"


class UsageControls:
    """Built in the current slot; `on_group` hears what was chosen in the list, which is not there without it."""

    def __init__(
        self,
        path: str,
        asked: UsageQuery,
        window: Window,
        on_group: Callable[..., Any] | None = None,
        *,
        has_period: bool = False,
    ) -> None:
        self._path, self._asked, self._has_period = path, asked, has_period
        self._offered: tuple[str, ...] | None = None
        with Tag("div", classes="choices"):
            self._ranges()
            self._days(window)
            if on_group is not None:
                with Tag("label", _("Group by"), "field"):
                    self._by = PlainSelect((), str(asked.grouping) or NOTHING, classes="select").mark("by")
                    self._by.on("change", on_group, js_handler=VALUE)
        Tag("p", _("Days and times in {zone}", zone=written.zone_name()), "caption")

    def offer(self, dimensions: Sequence[str]) -> None:
        """What uses can be told apart by: what is chosen stays there, also when the newest uses do not have it."""
        chosen = self._asked.grouping
        names = tuple(sorted({*dimensions, *([chosen.dimension] if chosen.dimension else [])}))
        if names == self._offered:
            return
        self._offered = names
        named = ((str(Grouping(dimension=name)), name) for name in names)
        options = ((str(Grouping(by_actor=True)), _("API key")), *named, (NOTHING, _("Nothing")))
        self._by.put("options", [list(option) for option in options])

    def _ranges(self) -> None:
        with Tag("nav", classes="segments-links", aria_label=_("Period")):
            for name, word in RANGES.items():
                if name == "period" and not self._has_period:
                    continue
                is_chosen = not self._asked.is_own and name == self._asked.span
                address = self._asked.address(self._path, span=name, since=None, until=None)
                link(_(word), address, "segment", aria_current="true" if is_chosen else None)

    def _days(self, window: Window) -> None:
        """Two days of one's own. Whatever else is chosen goes along."""
        first, last = window.day(0), window.day(window.steps - 1)
        with Tag("form", classes="days", method="get", action=self._path, aria_label=_("Own period")):
            if str(self._asked.grouping) != "actor":
                Tag("input", type="hidden", name="by", value=str(self._asked.grouping) or NOTHING)
            for name, word, day in (("since", _("From"), first), ("until", _("To"), last)):
                with Tag("label", word, "field"):
                    Tag("input", classes="input", type="date", name=name, required="", value=day.isoformat())
            Tag("button", _("Show"), "btn", type="submit")
