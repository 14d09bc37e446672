"""/manage: every account, found by name, mail address or id. app.py mounts it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import accounts
from billing.accounts import SEARCH_MOST
from billing.portal import Portal
from billing.rules.views import AccountRow
from pages.frame import act, frame, screen
from pages.live import ask
from pages.parts import format as written
from pages.parts.plain_table import Cell, PlainTable, moment_cell
from pages.parts.tags import Tag, button
from pages.words import _, n_

PATH = "/manage"
WORDS_MOST = 100
ROWS_MOST = 500
TYPING_SECONDS = 0.25


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.SEARCH_ACCOUNTS)
    async def manage(principal: Principal) -> None:
        words = _clean(ui.context.client.request.query_params.get("search"))
        async with frame(portal, principal, _("Accounts"), PATH):
            await AccountList(portal, principal, words).show()


class AccountList:
    """The search, and what it found."""

    def __init__(self, portal: Portal, principal: Principal, words: str) -> None:
        self._portal, self._words = portal, words
        self._rows: list[AccountRow] = []

        def on(work: Any) -> Any:
            return act(portal, principal, Action.SEARCH_ACCOUNTS, work, in_order=True)

        with Tag("form", classes="field", role="search", action=PATH, aria_label=_("Accounts")) as form:
            named = Tag("label", _("Search accounts"))
            # defaultValue, not value: what the server sends later must never take away a letter just typed
            field = Tag("input", classes="input", type="search", name="words", maxlength=WORDS_MOST, defaultValue=words)
            field.mark("search").put("placeholder", _("Name, mail address, account or Stripe customer id"))
            named.put("for_", field.html_id)
        form.on("submit", js_handler="(event) => event.preventDefault()")
        field.on(
            "input",
            on(self._typed),
            throttle=TYPING_SECONDS,
            leading_events=False,
            js_handler="(e) => emit(e.target.value)",
        )
        columns = (_("Name"), _("Mail address"), _("Account"), "#" + _("Balance"), _("Opened"))
        self._count = Tag("p", classes="muted", role="status").mark("found")
        self._table = PlainTable(_("Accounts by name"), columns)
        self._more = button(_("Show more"), on(self._show_more))

    async def show(self) -> None:
        """Searches from the start."""
        words = self._words
        found = await ask(accounts.search, self._portal, words)
        if words == self._words:
            self._rows = list(found)
            self._draw(len(found))

    async def _typed(self, event: GenericEventArguments) -> None:
        self._words = _clean(event.args)
        ui.navigate.history.replace(f"{PATH}?{urlencode({'search': self._words})}" if self._words else PATH)
        await self.show()

    async def _show_more(self, _event: GenericEventArguments) -> None:
        found = await ask(accounts.search, self._portal, self._words, offset=len(self._rows))
        self._rows += found
        self._draw(len(found))

    def _draw(self, came: int) -> None:
        shown, is_cut = len(self._rows), came == SEARCH_MOST
        is_full = shown >= ROWS_MOST
        self._count.text = _count(shown, self._words, is_cut=is_cut, is_full=is_full)
        self._table.set_visibility(shown > 0)
        self._table.show(_row(row, self._portal.clock()) for row in self._rows)
        self._more.set_visibility(is_cut and not is_full)


def _row(row: AccountRow, now: int) -> tuple[Cell | str, ...]:
    return (
        Cell(row.name, href=f"{PATH}/accounts/{row.id}"),
        row.email or written.NONE,
        Cell(row.id, code=True),
        Cell(written.credits(row.balance), tone="strong"),
        moment_cell(row.created_at, now),
    )


def _count(shown: int, words: str, *, is_cut: bool, is_full: bool) -> str:
    if not shown:
        none_yet = _("No accounts yet: people get one when they first sign in.")
        return _("No account matches “{words}”.", words=words) if words else none_yet
    if is_full:
        return n_(
            "The first {n} account. Search to find the others.",
            "The first {n} accounts. Search to find the others.",
            shown,
        )
    if is_cut:
        return n_("The first {n} account; there are more.", "The first {n} accounts; there are more.", shown)
    return n_("{n} account", "{n} accounts", shown)


def _clean(words: object) -> str:
    text = words if isinstance(words, str) else ""
    return "".join(each for each in text if each.isprintable()).strip()[:WORDS_MOST]
