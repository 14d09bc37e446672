"""A list of the console: filters in the address, kept filters, pages, a file of the same. Its pages use it.

What is shown has an address of its own. Pages of the list are plain links, so that the way back is the browser's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing.portal import Portal
from billing.rules.console import COUNTED, Listed
from billing.rules.errors import BadInput
from pages.frame import act
from pages.live import ask
from pages.parts.kept_filters import KeptFilters
from pages.parts.list_filters import AFTER, Asked, ListField, ListFilters, address, first_page, read
from pages.parts.plain_table import Cell, Ears, PlainTable
from pages.parts.tags import Tag, link
from pages.words import _, speech

T = TypeVar("T")
SORT = "sort"


@dataclass(frozen=True, slots=True)
class ListSpec(Generic[T]):
    """What makes one list differ from another. `fetch` reads a page, `row` says a line in cells, `key` names it.

    The page's heading says the `caption` already, unless it `says_caption` in sight as well.

    `counted` says how many there are; `csv` is the address of the file; `sorts` columns by what sorts them. It is made
    when its page is built, so its texts are in the language of whoever looks.
    """

    path: str
    action: Action
    counted: Callable[[int], str]
    fields: tuple[ListField, ...]
    columns: tuple[str, ...]
    caption: str
    fetch: Callable[[Portal, Asked], Listed[T]]
    row: Callable[[T, int], Sequence[Cell | str]]
    empty: str
    key: Callable[[T], str] = lambda _: ""
    name: Callable[[T], str] = lambda _: ""
    csv: str | None = None
    sorts: dict[str, str] = field(default_factory=dict)
    usual_sort: str = ""
    account_id: str | None = None
    keeps_filters: bool = True
    says_caption: bool = False


class ListPage(Generic[T]):
    """Built in the current slot; `show` reads everything again. `lines` are those on the page now.

    What `ears` hear is policy-checked as an act of this list.
    """

    def __init__(self, portal: Portal, principal: Principal, spec: ListSpec[T], ears: Ears | None = None) -> None:
        self._portal, self._principal, self._spec = portal, principal, spec
        self.asked: dict[str, str] = read(spec.fields, dict(ui.context.client.request.query_params))
        self.lines: Sequence[T] = ()
        self._filters = ListFilters(spec.caption, spec.fields, self.asked, self.on(self._changed))
        if spec.keeps_filters:
            self._kept: KeptFilters | None = KeptFilters(portal, principal, spec.path, spec.action, self._query)
        else:
            self._kept = None
        self.above = Tag("div", classes="stack above")
        heard = replace(ears or Ears(), sort=self._sorted if spec.sorts else None)
        self._table = PlainTable(
            spec.caption, spec.columns, sorts=spec.sorts, ears=self._safe(heard), empty=spec.empty,
            quiet=not spec.says_caption,
        )  # fmt: skip
        with Tag("nav", classes="pager", aria_label=_("Pages")) as self._pager:
            self._first = link(_("First page"), spec.path, "btn small")
            self._next = link(_("Next page"), spec.path, "btn small").mark("next-page")

    def on(self, work: Any, action: Action | None = None) -> Any:
        """An event handler of this list: asks again who asks."""
        return act(
            self._portal, self._principal, action or self._spec.action, work,
            account_id=self._spec.account_id, in_order=True,
        )  # fmt: skip

    def _safe(self, ears: Ears) -> Ears:
        """Whoever hears of a press is told only after it was asked again who pressed."""
        return Ears(*(None if work is None else self.on(work) for work in (ears.sort, ears.pick, ears.act)))

    async def show(self) -> None:
        """Reads what is asked for. A page that never was is the first one."""
        asked = self.asked
        try:
            found = await ask(self._spec.fetch, self._portal, asked)
        except BadInput:
            self.asked = asked = first_page(asked)
            found = await ask(self._spec.fetch, self._portal, asked)
        if asked != self.asked:
            return  # somebody typed on meanwhile; the later answer is the right one
        self._draw(found)
        if self._kept is not None:
            await self._kept.show(is_filtered=bool(first_page(asked)))

    def _draw(self, found: Listed[T]) -> None:
        spec, now = self._spec, self._portal.clock()
        self.lines = found.lines
        self._filters.show(_count(found.matching, spec.counted), self._csv())
        self._table.show(
            [spec.row(line, now) for line in found.lines],
            [spec.key(line) for line in found.lines],
            [spec.name(line) for line in found.lines],
        )
        if spec.sorts:
            sort = self.asked.get(SORT, spec.usual_sort)
            self._table.mark_sorted(sort.removeprefix("-"), descending=sort.startswith("-"))
        self._first.put("href", address(spec.path, first_page(self.asked)))
        self._first.set_visibility(AFTER in self.asked)
        self._next.put("href", address(spec.path, {**self.asked, AFTER: found.after or ""}))
        self._next.set_visibility(found.after is not None)
        self._pager.set_visibility(found.after is not None or AFTER in self.asked)

    async def _changed(self, event: GenericEventArguments) -> None:
        given = event.args if isinstance(event.args, dict) else {}
        how = given.get("how")
        self.asked = read(self._spec.fields, given if how == "none" else {**given, AFTER: ""})
        if how != "none":
            self._write_address(is_place=how == "push")
        await self.show()

    async def _sorted(self, event: GenericEventArguments) -> None:
        pressed = event.args if event.args in self._spec.sorts.values() else ""
        if not pressed:
            return
        turned = pressed if self.asked.get(SORT, self._spec.usual_sort) != pressed else f"-{pressed}"
        self.asked = read(self._spec.fields, {**first_page(self.asked), SORT: turned})
        self._filters.put(SORT, turned)
        self._write_address(is_place=True)
        await self.show()

    def _write_address(self, *, is_place: bool) -> None:
        """A chosen filter is a place to come back to; a letter typed is not."""
        history = ui.navigate.history
        (history.push if is_place else history.replace)(address(self._spec.path, self.asked))

    def _csv(self) -> str | None:
        if self._spec.csv is None:
            return None
        has_days = any(each.kind == "date" for each in self._spec.fields)
        zone = {"zone": speech().zone_name} if has_days else {}
        return address(self._spec.csv, {**first_page(self.asked), **zone})

    def _query(self) -> str:
        return address("", first_page(self.asked)).removeprefix("?")


def _count(matching: int, counted: Callable[[int], str]) -> str:
    return _("More than {n}", n=COUNTED) if matching > COUNTED else counted(matching)
