"""/: how much have I, is anything wrong, what next. app.py mounts it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from auth.policy import Action, Principal, may, whose_uses
from billing import credit_limits, forecasts, members, purchases, statements, subscriptions
from billing.portal import Portal
from billing.rules.errors import Unavailable
from billing.rules.forecasts import Forecast
from billing.rules.kinds import Kind
from billing.rules.orders import Order, OrderState
from billing.rules.organisations import Standing
from billing.rules.overdraft import Mode
from billing.rules.views import Filters, Line
from pages import notices
from pages.frame import frame, screen
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.balance_panel import BalancePanel, matters
from pages.parts.checklist import FirstSteps
from pages.parts.ledger_table import LedgerTable
from pages.parts.outlook import Outlook
from pages.parts.plan_strip import PlanStrip
from pages.parts.tags import Tag, chip, link, when
from pages.words import N_, _

ROWS = 8
NAMED = 5
"""So many owners are named; more would be no help."""

WAITING: dict[OrderState, tuple[str, str, str, str]] = {
    OrderState.OPEN: (N_("Not paid yet"), "info", "○", N_("Continue")),
    OrderState.PROCESSING: (N_("Pending"), "warn", "◐", N_("See progress")),
    OrderState.FAILED: (N_("Failed"), "danger", "✕", N_("Try again")),
}


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen("/", Action.VIEW_ACCOUNT)
    async def overview(principal: Principal) -> None:
        async with frame(portal, principal, _("Overview"), "/"):
            if principal.account_id is None:
                notices.no_account(_("Managers find everybody's under Accounts."))
                return
            page = Overview(portal, principal, principal.account_id)
            follow(portal, principal, principal.account_id, page.show)
            await page.show()
            await page.say_whom_to_ask()


class Overview:
    """The parts of the page; `show` reads everything again and changes what differs, in place."""

    def __init__(self, portal: Portal, principal: Principal, account_id: str) -> None:
        self._portal, self._principal, self._account_id = portal, principal, account_id
        self._warning = Tag("div").mark("warning")
        self._postpaid = Tag("div").mark("postpaid")
        self._balance = BalancePanel(portal, principal, account_id)
        self._buys = portal.settings.sells_credits and may(principal, Action.BUY, account_id)
        self._wanted = Filters(limit=ROWS, whose=whose_uses(principal, account_id))
        if self._buys:
            with self._balance.actions:
                link(_("Buy credits"), "/buy", "btn primary big")
        self._outlook = Outlook(self._balance.below)
        self._plan = PlanStrip()
        self._waiting = Tag("section", classes="panel", aria_label=_("Unfinished purchases"))
        self._first = FirstSteps()
        with Tag("section", classes="stack", aria_label=_("Last transactions")) as self._recent:
            with Tag("div", classes="row apart"):
                Tag("h2", _("Last transactions"))
                link(_("All transactions"), "/transactions")
            self._table = LedgerTable(principal, written.words(portal.settings), short=True)

    async def show(self) -> None:
        """The balance first: it must be right, or not there at all."""
        await self._balance.show()
        self._balance.element.set_visibility(matters(self._portal, self._balance.account))
        try:
            page = await ask(statements.page, self._portal, self._account_id, self._wanted)
            orders = await ask(purchases.unfinished, self._portal, self._account_id) if self._buys else []
            standing = await ask(credit_limits.standing, self._portal, self._account_id)
        except Unavailable:
            self._hide_lists()
            return
        self._list(page.lines)
        self._warn(is_new=_is_new(page.lines) or standing.mode is Mode.POSTPAID)
        self._tell_postpaid(standing)
        self._wait_for(orders)
        await self._look_ahead()

    async def say_whom_to_ask(self) -> None:
        """Who may look but not buy is told who may."""
        if self._buys or self._principal.standing is not Standing.MEMBER:
            return
        with suppress(Unavailable):
            everybody = await ask(members.listing, self._portal, self._account_id)
            owners = [each.name for each in everybody if each.standing is Standing.OWNER]
            with self._balance.actions:
                named = ", ".join(owners[:NAMED])
                Tag("p", _("To buy credits, ask an owner: {names}", names=named), "muted").mark("whom-to-ask")

    async def _look_ahead(self) -> None:
        """What is worth less than the balance: a page does without it while it cannot be told."""
        with suppress(Unavailable):
            self._outlook.show(*await ask(_foreseen, self._portal, self._account_id))
        if not subscriptions.are_offered(self._portal):
            return
        try:
            found, terms = await ask(subscriptions.current_with_plan, self._portal, self._account_id)
        except Unavailable:
            self._plan.hide()
        else:
            self._plan.show(found, terms if found is not None else self._portal.catalogue.default_plan)

    def _list(self, lines: Sequence[Line]) -> None:
        self._recent.set_visibility(bool(lines))
        if self._buys:
            self._first.show(lines, written.unit(self._portal.settings))
        self._table.show(lines, self._portal.clock())

    def _hide_lists(self) -> None:
        for section in (self._recent, self._waiting):
            section.set_visibility(False)
        self._first.hide()
        self._plan.hide()
        self._outlook.show(None)

    def _warn(self, *, is_new: bool) -> None:
        """That there are credits, but none to spend; that there are none is said on every page, above."""
        self._warning.clear()
        account = self._balance.account
        if account is None or is_new or account.available.micro > 0 or account.balance.micro <= 0:
            return
        with self._warning:
            blocked = _("Whatever spends credits is refused until you buy some.")
            notices.box("warn", _("No credits are available."), blocked)

    def _tell_postpaid(self, standing: credit_limits.Standing) -> None:
        """Whoever may owe reads how much of it is used, and when they are asked to pay."""
        self._postpaid.clear()
        if standing.mode is Mode.PREPAID:
            return
        used_up = standing.owed >= standing.limit
        next_at = standing.next_invoice_at
        said = [_("Whatever spends credits is refused until some are paid.")] if used_up else []
        if next_at is not None:
            said.append(_("Next invoice on {day}.", day=written.day(next_at, standing.zone)))
        with self._postpaid:
            limit = written.counted(standing.limit)
            heading = _("Postpaid: owed {owed} of {limit}.", owed=standing.owed, limit=limit)
            notices.box("warn" if used_up else "info", heading, " ".join(said))

    def _wait_for(self, orders: list[Order]) -> None:
        self._waiting.set_visibility(bool(orders))
        self._waiting.clear()
        with self._waiting:
            Tag("h2", _("Unfinished purchases"))
            for order in orders:
                _waiting_row(order)


def _waiting_row(order: Order) -> None:
    word, tone, sign, verb = WAITING[order.state]
    verb = _(verb)
    with Tag("div", classes="pending"):
        with Tag("div", classes="grow"):
            credits = written.counted(order.gives)
            Tag("span", _("{credits} for {money}", credits=credits, money=order.amount), "strong")
            with Tag("div", classes="caption"):
                when(order.created_at, _("begun {moment}", moment=written.moment(order.created_at)))
        chip(_(word), tone, sign)
        whose = _("{verb}: {name}", verb=verb, name=order.package_name)
        link(verb, f"/receipt/{order.id}", "btn small", aria_label=whose)


def _foreseen(portal: Portal, account_id: str) -> tuple[Forecast | None]:
    """In a tuple, for `ask` takes None for no answer."""
    return (forecasts.run_out(portal, account_id),)


def _is_new(lines: Sequence[Line]) -> bool:
    """Nothing happened yet but the welcome gift."""
    return all(line.kind is Kind.WELCOME for line in lines)
