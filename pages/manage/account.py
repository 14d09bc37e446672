"""/manage/accounts/{id}: one account, whole, and the two buttons that change it. app.py mounts it."""

from __future__ import annotations

from nicegui import ui

from auth.policy import Action, Principal, may
from billing import accounts, members, purchases
from billing.portal import Portal
from billing.rules.errors import BadInput
from billing.rules.money import Credits
from billing.rules.orders import Order, OrderState
from billing.rules.organisations import Member
from billing.rules.views import AccountView, AuditLine
from pages.account_picker import STANDINGS
from pages.frame import frame, screen
from pages.live import ask, follow
from pages.manage.credit_panel import CreditPanel
from pages.manage.grant_dialog import GrantDialog, grant_buttons
from pages.parts import format as written
from pages.parts.balance_panel import BalancePanel
from pages.parts.plain_table import Cell, PlainTable, moment_cell
from pages.parts.reasons import reason_words
from pages.parts.statement import Statement
from pages.parts.tags import Tag, button, link, when
from pages.transactions import asked_in_address
from pages.words import N_, _

STATES: dict[OrderState, tuple[str, str, str]] = {
    OrderState.NEW: (N_("Begun"), "plain", "○"),
    OrderState.OPEN: (N_("Not paid"), "info", "○"),
    OrderState.PROCESSING: (N_("Pending"), "warn", "◐"),
    OrderState.FAILED: (N_("Failed"), "danger", "✕"),
    OrderState.CREDITED: (N_("Settled"), "good", "●"),
    OrderState.CANCELED: (N_("Closed"), "plain", "○"),
}

ACTS = {
    "credits.grant": N_("Grant"), "credits.removal": N_("Removal"), "role_changed": N_("Role changed"),
    "credit_limit.set": N_("Credit limit"), "duty.overdraft_invoice": N_("Invoice sent"),
}  # fmt: skip

COPY = "(event) => navigator.clipboard?.writeText(event.currentTarget.dataset.copy)"


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen("/manage/accounts/{account_id}", Action.SEARCH_ACCOUNTS)
    async def account(principal: Principal, account_id: str) -> None:
        found = await ask(accounts.view, portal, account_id)
        asked = asked_in_address()
        async with frame(portal, principal, found.name, "/manage"):
            page = AccountPage(portal, principal, found)
            follow(portal, principal, found.id, page.show)
            await page.show()
            Tag("h2", _("Transactions"))
            await Statement(portal, principal, found.id, f"/manage/accounts/{found.id}", asked).open()
            page.build_papers()
            await page.show_papers()


class AccountPage:
    """Who it is, the balance with its buttons, then purchases and what managers did."""

    def __init__(self, portal: Portal, principal: Principal, account: AccountView) -> None:
        self._portal, self._principal, self._account = portal, principal, account
        self._papers: tuple[PlainTable, PlainTable] | None = None
        self._members: PlainTable | None = None
        _identity(account)
        dialog = GrantDialog(portal, principal, account)
        self._balance = BalancePanel(portal, principal, account.id)
        with self._balance.actions:
            grant_buttons(portal, principal, dialog)
            buy_for(principal, account)
        self._credit = CreditPanel(portal, principal, account)

    def build_papers(self) -> None:
        """The lists below the statement."""
        if self._account.kind == "organisation":
            Tag("h2", _("Members"))
            self._members = PlainTable(
                _("Members, by name"), (_("Name"), _("Mail address"), _("Standing"), _("Since"), _("Id"))
            )
        Tag("h2", _("Purchases"))
        orders = PlainTable(_("Purchases, newest first"), _order_columns())
        Tag("h2", _("What managers did"))
        audit = PlainTable(_("Audit log, newest first"), _audit_columns())
        self._papers = (orders, audit)

    async def show(self) -> None:
        """Reads the account again and shows it as it stands."""
        await self._balance.show()
        await self._credit.show()
        self._account = self._balance.account or self._account
        await self.show_papers()

    async def show_papers(self) -> None:
        """The lists, once they are built."""
        if self._papers is None:
            return
        now = self._portal.clock()
        orders = await ask(purchases.recent, self._portal, self._account.id)
        lines = await ask(accounts.history, self._portal, self._account.id)
        self._papers[0].show(_order_row(order, now) for order in orders)
        self._papers[1].show(_audit_row(line, now) for line in lines)
        if self._members is not None:
            everybody = await ask(members.listing, self._portal, self._account.id)
            self._members.show(_member_row(member, now) for member in everybody)


def buy_for(principal: Principal, account: AccountView) -> None:
    """The way to the page that sells, for this account; who buys for another pays with their own card."""
    if account.id != principal.account_id and may(principal, Action.BUY_FOR_OTHERS, account.id):
        link(_("Buy credits for this account"), f"/buy?account={account.id}", "btn").mark("buy-for")


def _identity(account: AccountView) -> None:
    link(_("All accounts"), "/manage")
    with Tag("dl", classes="facts"):
        with _fact(_("Account")):
            Tag("span", account.id, "code")
            copy = button(_("Copy id"), classes="quiet small", data_copy=account.id)
            copy.on("click", js_handler=COPY)
        with _fact(_("Mail address")):
            Tag("span", account.email or written.NONE)
        with _fact(_("Stripe customer")):
            Tag("span", account.customer_ref or _("none yet"), "code" if account.customer_ref else "muted")
        with _fact(_("Opened")):
            when(account.created_at)


def _order_columns() -> tuple[str, ...]:
    return _("When"), _("Package"), "#" + _("Credits"), "#" + _("Price"), _("Status"), _("Order")


def _audit_columns() -> tuple[str, ...]:
    return _("When"), _("By"), _("Act"), _("Reason"), "#" + _("Before"), "#" + _("After")


def _fact(name: str) -> ui.element:
    Tag("dt", name)
    return Tag("dd")


def _order_row(order: Order, now: int) -> tuple[Cell | str, ...]:
    word, tone, sign = STATES[order.state]
    return (
        moment_cell(order.created_at, now), order.package_name, written.credits(order.credits),
        written.money(order.amount), Cell(_(word), chip=tone, sign=sign), Cell(order.id, code=True),
    )  # fmt: skip


def _member_row(member: Member, now: int) -> tuple[Cell | str, ...]:
    return (
        member.name, member.email or written.NONE, _(STANDINGS[member.standing]), moment_cell(member.joined_at, now),
        Cell(member.person_id, code=True),
    )  # fmt: skip


def _audit_row(line: AuditLine, now: int) -> tuple[Cell | str, ...]:
    return (
        moment_cell(line.recorded_at, now), Cell(line.actor, code=True), _(ACTS.get(line.action, line.action)),
        reason_words(line.reason), _amount(line.before), _amount(line.after),
    )  # fmt: skip


def _amount(text: str | None) -> str:
    """The audit log keeps plain decimals for amounts, and words for everything else."""
    if text is None:
        return written.NONE
    try:
        amount = Credits.of(text.removeprefix("-"))
    except BadInput:
        return text
    return written.credits(-amount if text.startswith("-") else amount)
