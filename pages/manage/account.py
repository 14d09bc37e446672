"""/manage/accounts/{id} and its tabs: one account, whole, and the buttons that change it. app.py mounts it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from auth.policy import Action, Principal, may
from billing import accounts, dashboards
from billing.portal import Portal
from billing.rules.views import AccountView
from pages.banner import viewing_form
from pages.frame import frame, screen
from pages.live import ask, follow
from pages.manage import account_papers as papers
from pages.manage.account_audit import audit
from pages.manage.credit_panel import CreditPanel
from pages.manage.grant_dialog import GrantDialog, grant_buttons
from pages.parts import format as written
from pages.parts.balance_panel import BalancePanel
from pages.parts.statement import Statement
from pages.parts.tags import Tag, button, link, outside, when
from pages.transactions import asked_in_address
from pages.words import N_, _

PATH = "/manage/accounts/{account_id}"
COPY = "(event) => navigator.clipboard?.writeText(event.currentTarget.dataset.copy)"

Reread = Callable[[], Awaitable[None]]
Tab = Callable[["AccountPage"], Awaitable[Reread | None]]


def mount(portal: Portal) -> None:
    """Declares the page, once for each tab."""
    for suffix, _title, build in TABS:
        _mount_tab(portal, suffix, build)


def _mount_tab(portal: Portal, suffix: str, build: Tab) -> None:
    @screen(PATH + suffix, Action.SEARCH_ACCOUNTS)
    async def account(principal: Principal, account_id: str) -> None:
        found = await ask(accounts.view, portal, account_id)
        async with frame(portal, principal, found.name, "/manage"):
            page = AccountPage(portal, principal, found)
            page.build_tabs(suffix)
            await page.show()
            reread = await build(page)

            async def show() -> None:
                await page.show()
                if reread is not None:
                    await reread()

            follow(portal, principal, found.id, show)


class AccountPage:
    """Who it is and the balance with its buttons: what stands above every tab."""

    def __init__(self, portal: Portal, principal: Principal, account: AccountView) -> None:
        self.portal, self.principal, self.account = portal, principal, account
        self.dialog = GrantDialog(portal, principal, account)
        self._identity()
        self._balance = BalancePanel(portal, principal, account.id)
        with self._balance.actions:
            grant_buttons(portal, principal, self.dialog)
            buy_for(principal, account)

    @property
    def path(self) -> str:
        """The address of the first tab."""
        return f"/manage/accounts/{self.account.id}"

    def build_tabs(self, current: str) -> None:
        """The tabs, each with an address of its own."""
        with Tag("nav", classes="tabs", aria_label=_("Account")), Tag("ul"):
            for suffix, title, _build in TABS:
                with Tag("li"):
                    now = "page" if suffix == current else None
                    Tag("a", _(title), href=f"{self.path}{suffix}", aria_current=now)

    async def show(self) -> None:
        """Reads the balance again."""
        await self._balance.show()
        self.account = self._balance.account or self.account

    def _identity(self) -> None:
        account = self.account
        with Tag("div", classes="row apart"):
            link(_("All accounts"), "/manage")
            if may(self.principal, Action.VIEW_AS_CUSTOMER, account.id) and account.id != self.principal.account_id:
                viewing_form(self.principal, account.id, _("View as customer"))
        with Tag("dl", classes="facts"):
            with _fact(_("Account")):
                Tag("span", account.id, "code")
                copy = button(_("Copy id"), classes="quiet small", data_copy=account.id)
                copy.on("click", js_handler=COPY)
            with _fact(_("Mail address")):
                Tag("span", account.email or written.NONE)
            with _fact(_("Stripe customer")):
                self._customer()
            with _fact(_("Opened")):
                when(account.created_at)

    def _customer(self) -> None:
        ref = self.account.customer_ref
        Tag("span", ref or _("none yet"), "code" if ref else "muted")
        address = dashboards.address(self.portal, ref)
        if address is not None:
            place = _("Open in the sandbox") if dashboards.is_practice(self.portal) else _("Open at Stripe")
            outside(place, address).mark("at-provider")


def buy_for(principal: Principal, account: AccountView) -> None:
    """The way to the page that sells, for this account; who buys for another pays with their own card."""
    if account.id != principal.account_id and may(principal, Action.BUY_FOR_OTHERS, account.id):
        link(_("Buy credits for this account"), f"/buy?account={account.id}", "btn").mark("buy-for")


def _fact(name: str) -> ui.element:
    Tag("dt", name)
    return Tag("dd")


async def _transactions(page: AccountPage) -> Reread:
    panel = CreditPanel(page.portal, page.principal, page.account)
    await panel.show()
    Tag("h2", _("Transactions"))
    await Statement(page.portal, page.principal, page.account.id, page.path, asked_in_address()).open()
    return panel.show


async def _payments(page: AccountPage) -> Reread:
    return await papers.payments(page.portal, page.account.id)


async def _subscription(page: AccountPage) -> Reread:
    return await papers.subscription(page.portal, page.account)


async def _members(page: AccountPage) -> Reread:
    return await papers.members_and_keys(page.portal, page.account)


async def _audit(page: AccountPage) -> Reread:
    return await audit(page.portal, page.principal, page.account, page.dialog)


TABS: tuple[tuple[str, str, Tab], ...] = (
    ("", N_("Transactions"), _transactions),
    ("/payments", N_("Payments and events"), _payments),
    ("/subscription", N_("Subscription"), _subscription),
    ("/members", N_("Members and keys"), _members),
    ("/audit", N_("Audit log"), _audit),
)
"""Suffix of the address, title, and what builds the tab; it may answer what is read again when the account changes."""
