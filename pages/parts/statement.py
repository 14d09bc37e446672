"""The statement of one account: what the period adds up to, its filters, its lines. Transactions and account use it.

Each change of a filter is read on the server as if it were an address; what is shown always has an address of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, may
from billing import statements
from billing.portal import Portal
from billing.rules.money import Credits
from billing.rules.views import Filters, StatementPage
from pages.frame import act
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.filter_bar import FilterBar, Query
from pages.parts.ledger_table import ADDRESS_MOST, LedgerTable
from pages.parts.tags import Tag, button, link
from pages.words import _, n_, p_

COUNTED = 10_000
"""Beyond this many the ledger stops counting."""


class Statement:
    """Built in the current slot by `open`. `query` is what is shown now; `more` stands in every address beside it."""

    def __init__(
        self, portal: Portal, principal: Principal, account_id: str, path: str, query: Query, **more: str
    ) -> None:
        self._portal, self._principal, self._account_id = portal, principal, account_id
        self._path, self._more = path, more
        self.query = query
        self._newest = 0

    async def open(self) -> None:
        """Builds everything, shows the first page and keeps it fresh."""
        self._sums = Tag("dl", classes="sum", aria_label=_("What the period adds up to")).mark("sums")
        self._note = Tag("p", classes="caption")
        words = written.words(self._portal.settings)
        self._bar = FilterBar(self.query, words, self._on(self._asked))
        self._news = button("", self._on(self._newest_page), "small").mark("news")
        self._news.set_visibility(False)
        self._table = LedgerTable(self._principal, words, on_page=self._on(self._turned))
        self._empty = Tag("div", classes="empty").mark("empty")
        follow(self._portal, self._principal, self._account_id, self._heard)
        await self._show()

    def _on(self, work: Any) -> Any:
        """Every event asks again who asks, and for which account."""
        return act(self._portal, self._principal, Action.VIEW_ACCOUNT, work, account_id=self._account_id, in_order=True)

    async def _asked(self, event: GenericEventArguments) -> None:
        given = event.args if isinstance(event.args, dict) else {}
        kinds = given.get("kind")
        self.query = Query.read(given, kinds if isinstance(kinds, list) else [])
        if given.get("how") != "none":
            self._write_address(is_place=given.get("how") == "push")
        await self._show()

    async def _turned(self, event: GenericEventArguments) -> None:
        address = event.args if isinstance(event.args, str) else ""
        given = parse_qs(urlsplit(address[:ADDRESS_MOST]).query)
        before = Query.read({"before": given.get("before", [""])[0]}, []).before
        self.query = replace(self.query, before=before)
        self._write_address(is_place=True)
        await self._show()

    async def _newest_page(self, _event: GenericEventArguments) -> None:
        self.query = replace(self.query, before=None)
        self._write_address(is_place=True)
        await self._show()

    async def _heard(self) -> None:
        """On the first page without filters new lines appear by themselves; elsewhere a button says how many."""
        if self.query.before is None and not self.query.is_filtered:
            await self._show()
            return
        latest = await ask(statements.page, self._portal, self._account_id, Filters(limit=1))
        new = latest.lines[0].version - self._newest if latest.lines else 0
        self._news.text = n_("{n} new: show", "{n} new: show", new)
        self._news.set_visibility(new > 0)

    async def _show(self) -> None:
        asked = self.query
        page = await ask(statements.page, self._portal, self._account_id, asked.filters())
        latest = (
            page if asked == Query() else await ask(statements.page, self._portal, self._account_id, Filters(limit=1))
        )
        if asked != self.query:
            return  # somebody typed on meanwhile; the later answer is the right one
        self._newest = latest.lines[0].version if latest.lines else 0
        self._news.set_visibility(False)
        self._add_up(page)
        self._bar.show(_count(page.matching), self._export_address())
        self._list(page)

    def _list(self, page: StatementPage) -> None:
        older = self._address(replace(self.query, before=page.next_cursor)) if page.next_cursor else None
        newest = self._address(replace(self.query, before=None)) if self.query.before else None
        self._table.set_visibility(bool(page.lines))
        self._table.show(page.lines, self._portal.clock(), older=older, newest=newest)
        self._empty.set_visibility(not page.lines)
        self._empty.clear()
        if not page.lines:
            with self._empty:
                self._say_why_empty()

    def _say_why_empty(self) -> None:
        if self.query.is_filtered or self.query.before:
            Tag("h2", _("No transaction matches"))
            Tag("p", _("Nothing in this account fits the filters above. Remove one of them, or start again."), "muted")
            link(_("Show all transactions"), self._address(Query()), "btn small")
            return
        Tag("h2", _("No transactions yet"))
        Tag("p", _("Every credit that comes or goes will stand here, with the balance after it."), "muted")
        if may(self._principal, Action.BUY, self._account_id):
            link(_("Buy credits"), "/buy", "btn primary")

    def _add_up(self, page: StatementPage) -> None:
        self._sums.clear()
        terms = (
            (_("Opening"), page.opening, ""), (p_("credits", "In"), page.credits_in, "+"),
            (p_("credits", "Out"), page.credits_out, written.MINUS), (_("Closing"), page.closing, "="),
        )  # fmt: skip
        with self._sums:
            for name, amount, sign in terms:
                _term(name, amount, sign)
        hides = self.query.search or self.query.kinds or self.query.direction
        note = _("These are the sums of the whole period; filters hide lines, not amounts.")
        self._note.text = note if hides else ""

    def _write_address(self, *, is_place: bool) -> None:
        """A chosen filter is a place to come back to; a letter typed is not."""
        history = ui.navigate.history
        (history.push if is_place else history.replace)(self._address(self.query))

    def _address(self, query: Query) -> str:
        return query.address(self._path, **self._more)

    def _export_address(self) -> str:
        own = self._account_id == self._principal.account_id
        return self.query.export_address("/exports/transactions.csv", **({} if own else {"account": self._account_id}))


def _term(name: str, amount: Credits, sign: str) -> None:
    if sign:
        Tag("span", sign, "op", aria_hidden="true")
    with Tag("div", classes="term"):
        Tag("dt", name)
        Tag("dd", written.credits(amount), "number")


def _count(matching: int) -> str:
    if matching > COUNTED:
        return _("More than {n} transactions", n=COUNTED)
    return n_("{n} transaction", "{n} transactions", matching)
