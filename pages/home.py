"""/: how much have I, is anything wrong, what next. app.py mounts it."""

from __future__ import annotations

from collections.abc import Sequence

from auth.policy import Action, Principal, may
from billing import credit_limits, purchases, statements
from billing.credit_limits import Standing
from billing.portal import Portal
from billing.rules.errors import Unavailable
from billing.rules.kinds import Kind
from billing.rules.money import Credits
from billing.rules.orders import Order, OrderState
from billing.rules.overdraft import Mode
from billing.rules.views import Filters, Line
from pages import notices
from pages.frame import frame, screen
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.balance_panel import BalancePanel
from pages.parts.ledger_table import LedgerTable
from pages.parts.tags import Tag, chip, link, when

ROWS = 8

WAITING: dict[OrderState, tuple[str, str, str, str]] = {
    OrderState.OPEN: ("Not paid yet", "info", "○", "Continue"),
    OrderState.PROCESSING: ("Pending", "warn", "◐", "See progress"),
    OrderState.FAILED: ("Failed", "danger", "✕", "Try again"),
}


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen("/", Action.VIEW_ACCOUNT)
    async def overview(principal: Principal) -> None:
        async with frame(portal, principal, "Overview", "/"):
            if principal.account_id is None:
                notices.box("info", "You have no account of your own.", "Managers find everybody's under Accounts.")
                return
            page = Overview(portal, principal, principal.account_id)
            follow(portal, principal, principal.account_id, page.show)
            await page.show()


class Overview:
    """The parts of the page; `show` reads everything again and changes what differs, in place."""

    def __init__(self, portal: Portal, principal: Principal, account_id: str) -> None:
        self._portal, self._principal, self._account_id = portal, principal, account_id
        self._warning = Tag("div").mark("warning")
        self._postpaid = Tag("div").mark("postpaid")
        self._balance = BalancePanel(portal, principal, account_id)
        self._buys = may(principal, Action.BUY, account_id)
        if self._buys:
            with self._balance.actions:
                link("Buy credits", "/buy", "btn primary big")
        self._waiting = Tag("section", classes="panel", aria_label="Unfinished purchases")
        self._first = Tag("section", classes="panel", aria_label="First steps")
        with Tag("section", classes="stack", aria_label="Last transactions") as self._recent:
            with Tag("div", classes="row apart"):
                Tag("h2", "Last transactions")
                link("All transactions", "/transactions")
            self._table = LedgerTable(principal, written.words(portal.settings), short=True)

    async def show(self) -> None:
        """The balance first: it must be right, or not there at all."""
        await self._balance.show()
        try:
            page = await ask(statements.page, self._portal, self._account_id, Filters(limit=ROWS))
            orders = await ask(purchases.unfinished, self._portal, self._account_id) if self._buys else []
            standing = await ask(credit_limits.standing, self._portal, self._account_id)
        except Unavailable:
            self._hide_lists()
            return
        self._list(page.lines)
        self._warn(is_new=_is_new(page.lines) or standing.mode is Mode.POSTPAID)
        self._tell_postpaid(standing)
        self._wait_for(orders)

    def _list(self, lines: Sequence[Line]) -> None:
        self._recent.set_visibility(bool(lines))
        self._say_first_steps(is_new=_is_new(lines))
        self._table.show(lines, self._portal.clock())

    def _say_first_steps(self, *, is_new: bool) -> None:
        """What a new account is for; gone as soon as something has happened."""
        self._first.set_visibility(is_new and self._buys)
        self._first.clear()
        if is_new and self._buys:
            with self._first:
                _first_steps(self._portal.settings.credits.unit_name)

    def _hide_lists(self) -> None:
        for section in (self._recent, self._waiting, self._first):
            section.set_visibility(False)

    def _warn(self, *, is_new: bool) -> None:
        """Zero and below zero are said in words; whoever has just come is told the first steps instead."""
        self._warning.clear()
        account = self._balance.account
        if account is None or is_new or account.available.micro > 0:
            return
        with self._warning:
            if account.balance.micro < 0:
                owed = written.credits(Credits(-account.balance.micro))
                notices.box("danger", f"You owe {owed} credits.", "The next credits you buy pay them first.")
            else:
                notices.box(
                    "warn", "No credits are available.", "Whatever spends credits is refused until you buy some."
                )

    def _tell_postpaid(self, standing: Standing) -> None:
        """Whoever may owe reads how much of it is used, and when they are asked to pay."""
        self._postpaid.clear()
        if standing.mode is Mode.PREPAID:
            return
        used_up = standing.owed >= standing.limit
        next_at = standing.next_invoice_at
        when_asked = "" if next_at is None else f" Next invoice on {written.day(next_at, standing.zone)}."
        closed = "Whatever spends credits is refused until some are paid." if used_up else ""
        with self._postpaid:
            owed, limit = written.credits(standing.owed), written.credits(standing.limit)
            heading = f"Postpaid: owed {owed} of {limit} credits."
            notices.box("warn" if used_up else "info", heading, f"{closed}{when_asked}".strip())

    def _wait_for(self, orders: list[Order]) -> None:
        self._waiting.set_visibility(bool(orders))
        self._waiting.clear()
        with self._waiting:
            Tag("h2", "Unfinished purchases")
            for order in orders:
                _waiting_row(order)


def _waiting_row(order: Order) -> None:
    word, tone, sign, verb = WAITING[order.state]
    with Tag("div", classes="pending"):
        with Tag("div", classes="grow"):
            Tag("span", f"{written.credits(order.credits)} credits for {written.money(order.amount)}", "strong")
            with Tag("div", classes="caption"):
                Tag("span", "begun ")
                when(order.created_at)
        chip(word, tone, sign)
        link(verb, f"/receipt/{order.id}", "btn small", aria_label=f"{verb}: {order.package_name}")


def _first_steps(unit: str) -> None:
    Tag("h2", "First steps")
    with Tag("ol", classes="steps-first"):
        _step(f"Buy {unit}", "Pay by card; they are here within seconds.")
        _step("Use them", "Every use appears under Transactions, with the balance after it.")
        _step("Keep an eye on them", "This page follows your balance by itself; no need to reload.")


def _step(name: str, about: str) -> None:
    with Tag("li"):
        Tag("span", name, "strong")
        Tag("span", about, "muted")


def _is_new(lines: Sequence[Line]) -> bool:
    """Nothing happened yet but the welcome gift."""
    return all(line.kind is Kind.WELCOME for line in lines)
