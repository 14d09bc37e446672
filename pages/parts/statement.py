"""The statement of one account: what the period adds up to, its filters, its lines. Transactions and account use it.

Each change of a filter is read on the server as if it were an address; what is shown always has an address of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, may, whose_uses
from billing import accounts, explanations, statements
from billing.portal import Portal
from billing.rules.errors import NotFound
from billing.rules.views import LOOKED_MOST, Filters, Line, StatementPage
from pages.frame import act
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.filter_bar import FilterBar
from pages.parts.kept_filters import KeptFilters
from pages.parts.ledger_table import ADDRESS_MOST, LedgerTable, Ways, actor_words
from pages.parts.line_story import told
from pages.parts.lot_dialog import LotDialog
from pages.parts.statement_query import SIZES, Query, amount_typed, periods
from pages.parts.statement_sums import FILES, StatementSums
from pages.parts.tags import Tag, button, link
from pages.words import _, n_

PAGE_MOST = 200
COUNTED = 10_000
"""Beyond this many the ledger stops counting."""


class Statement:
    """Built in the current slot by `open`. `query` is what is shown now; `more` stands in every address beside it."""

    def __init__(
        self, portal: Portal, principal: Principal, account_id: str, path: str, query: Query, **more: str
    ) -> None:
        self._portal, self._principal, self._account_id = portal, principal, account_id
        self._path, self._more = path, more
        self._whose = whose_uses(principal, account_id)
        self.query = query
        self._newest = 0
        self._wrong: list[str] = []

    async def open(self) -> None:
        """Builds everything, shows the first page and keeps it fresh."""
        self._words = written.words(self._portal.settings)
        self._paper = Tag("p", classes="print-only strong")
        self._sums = StatementSums(self._words, self._on(self._why))
        self._bar = FilterBar(self.query, self._words, self._on(self._asked))
        movers = await ask(statements.actors, self._portal, self._account_id)
        names = await self._names(movers)
        offered = [(each, actor_words(each, self._principal, names)) for each in movers]
        self._bar.offer(periods(self._portal.clock()), offered)
        self._kept = KeptFilters(self._portal, self._principal, self._path, Action.VIEW_ACCOUNT, self._query_string)
        self._news = button("", self._on(self._newest_page), "small").mark("news")
        self._news.set_visibility(False)
        self._table = LedgerTable(self._principal, self._words)
        self._table.hear(self._on(self._turned), self._on(self._opened), self._on(self._asked_lot))
        self._empty = Tag("div", classes="empty").mark("empty")
        self._lot = LotDialog(self._words, self._leads)
        follow(self._portal, self._principal, self._account_id, self._heard)
        await self._show()

    def _on(self, work: Any) -> Any:
        """Every event asks again who asks, and for which account."""
        return act(self._portal, self._principal, Action.VIEW_ACCOUNT, work, account_id=self._account_id, in_order=True)

    async def _asked(self, event: GenericEventArguments) -> None:
        """Another filter; the order and the length of a page stay. Or somebody went back to an address."""
        given = event.args if isinstance(event.args, dict) else {}
        if given.get("how") == "none":
            self.query, self._wrong = in_address(given.get("address")), []
            self._bar.refill(self.query)
        else:
            self.query = self._read(given)
            self._write_address(is_place=given.get("how") == "push")
        await self._show()

    def _read(self, given: dict[str, Any]) -> Query:
        kinds = given.get("kind")
        amounts = {name: amount_typed(str(given.get(name) or "")) for name in ("least", "most")}
        self._wrong = [name for name, amount in amounts.items() if amount is None]
        found = Query.read({**given, **amounts}, kinds if isinstance(kinds, list) else [])
        return replace(found, oldest=self.query.oldest, size=self.query.size, cursor=None)

    async def _turned(self, event: GenericEventArguments) -> None:
        """Another page, its order or its length; the filters stay."""
        asked = in_address(event.args)
        self.query = replace(self.query, cursor=asked.cursor, oldest=asked.oldest, size=asked.size)
        self._write_address(is_place=True)
        await self._show()

    async def _newest_page(self, _event: GenericEventArguments) -> None:
        self.query = replace(self.query, cursor=None, oldest=False)
        self._write_address(is_place=True)
        await self._show()

    async def _opened(self, event: GenericEventArguments) -> None:
        line_id = event.args if isinstance(event.args, str) else ""
        if any(each["id"] == line_id for each in self._table.shown):
            story = await ask(explanations.line, self._portal, self._account_id, int(line_id), self._whose)
            self._table.tell(line_id, told(story, self._principal, self._words, self._leads))

    async def _asked_lot(self, event: GenericEventArguments) -> None:
        lot_id = str(event.args)
        if not (lot_id.isascii() and lot_id.isdigit() and len(lot_id) < 19):
            raise NotFound("There is no such lot.")
        self._lot.open(await ask(explanations.lot, self._portal, self._account_id, int(lot_id)))

    async def _why(self, event: GenericEventArguments) -> None:
        self._sums.is_open = event.args is True
        await self._explain()

    async def _explain(self) -> None:
        """Adding up by type reads every line of the period: it is done for whoever looks."""
        if self._sums.is_open:
            self._sums.explain(await ask(explanations.balance, self._portal, self._account_id, *self._period()))

    async def _heard(self) -> None:
        """On the first page without filters new lines appear by themselves; elsewhere a button says how many."""
        if self.query.is_first_page and not self.query.is_filtered:
            await self._show()
            return
        since = Filters(cursor=self._newest, oldest_first=True, limit=PAGE_MOST, whose=self._whose)
        new = len((await ask(statements.page, self._portal, self._account_id, since)).lines)
        self._news.text = n_("{n} new: show", "{n} new: show", new)
        self._news.set_visibility(new > 0)

    async def _show(self) -> None:
        asked = self.query
        wanted = replace(asked.filters(), whose=self._whose)
        page = await ask(statements.page, self._portal, self._account_id, wanted)
        latest = page
        if asked.is_filtered or not asked.is_first_page:
            latest = await ask(statements.page, self._portal, self._account_id, Filters(limit=1, whose=self._whose))
        if asked != self.query:
            return  # somebody typed on meanwhile; the later answer is the right one
        self._newest = latest.lines[0].version if latest.lines else 0
        self._news.set_visibility(False)
        self._sums.show(page, self._as_of(), hides=wanted.hides)
        self._sums.lead(*self._files())
        whose = self._principal.name if self._account_id == self._principal.account_id else self._account_id
        self._paper.text = f"{whose} · {written.period(*self._period())}"
        self._bar.show(_count(page), self._wrong)
        if self._account_id == self._principal.account_id and not self._principal.is_viewing:
            await self._kept.show(is_filtered=asked.is_filtered)
        self._list(page, await self._names([line.actor for line in page.lines]))
        await self._explain()

    async def _names(self, actors: Sequence[str]) -> Mapping[str, str]:
        """To customers the people of the portal stay nameless."""
        knows = may(self._principal, Action.SEARCH_ACCOUNTS)
        return await ask(accounts.names, self._portal, actors) if knows else {}

    def _list(self, page: StatementPage, names: Mapping[str, str]) -> None:
        query, top = self.query, replace(self.query, cursor=None)
        ways = Ways(
            first=self._address(top) if query.cursor else None,
            further=self._address(replace(query, cursor=page.next_cursor)) if page.next_cursor else None,
            turned=self._address(replace(top, oldest=not query.oldest)),
            oldest=query.oldest,
            sizes={size: self._address(replace(top, size=size)) for size in SIZES}
            if page.matching > SIZES[0]
            else None,
            size=query.size,
        )
        self._table.set_visibility(bool(page.lines))
        self._table.show(page.lines, self._portal.clock(), ways, names)
        self._empty.set_visibility(not page.lines)
        self._empty.clear()
        if not page.lines:
            with self._empty:
                self._say_why_empty(ways.further)

    def _say_why_empty(self, further: str | None) -> None:
        if further is not None:
            Tag("h2", _("Nothing found so far"))
            Tag("p", _("{n} transactions were looked through; there are others.", n=LOOKED_MOST), "muted")
            link(_("Look further"), further, "btn small").mark("further")
            return
        if self.query.is_filtered or self.query.cursor:
            Tag("h2", _("No transaction matches"))
            Tag("p", _("Nothing in this account fits the filters above. Remove one of them, or start again."), "muted")
            link(_("Show all transactions"), self._address(Query()), "btn small")
            return
        Tag("h2", _("No transactions yet"))
        Tag("p", _("Every credit that comes or goes will stand here, with the balance after it."), "muted")
        if may(self._principal, Action.BUY, self._account_id):
            link(_("Buy credits"), "/buy", "btn primary")

    def _period(self) -> tuple[int | None, int | None]:
        return self.query.bounds

    def _as_of(self) -> str:
        """When the closing balance held: now, or at the end of a period that is over."""
        now, (_since, until) = self._portal.clock(), self._period()
        return _("As of {moment}.", moment=written.moment_whole(now if until is None else min(now, until)))

    def _files(self) -> tuple[dict[str, str], str]:
        own = self._account_id == self._principal.account_id
        more = {} if own else {"account": self._account_id}
        files = {word: self.query.export_address(path, **more) for word, path in FILES if word != "PDF"}
        files["PDF"] = self.query.period_address(dict(FILES)["PDF"], **more)
        return files, self.query.period_address("/exports/balance.csv", **more)

    def _write_address(self, *, is_place: bool) -> None:
        """A chosen filter is a place to come back to; a letter typed is not."""
        history = ui.navigate.history
        (history.push if is_place else history.replace)(self._address(self.query))

    def _leads(self, line: Line) -> str:
        return self._address(Query(search=str(line.id)))

    def _query_string(self) -> str:
        """What is filtered by now, without the place in it."""
        return self._address(replace(self.query, cursor=None)).partition("?")[2] if self.query.is_filtered else ""

    def _address(self, query: Query) -> str:
        return query.address(self._path, **self._more)


def in_address(address: Any) -> Query:
    """The query of an address that came over the socket."""
    given = parse_qs(urlsplit(address[:ADDRESS_MOST]).query) if isinstance(address, str) else {}
    return Query.read({name: values[-1] for name, values in given.items()}, given.get("kind", []))


def _count(page: StatementPage) -> str:
    if page.matching > COUNTED:
        return _("More than {n} transactions", n=COUNTED)
    if not page.is_whole:
        return n_("At least {n} transaction", "At least {n} transactions", page.matching)
    return n_("{n} transaction", "{n} transactions", page.matching)
