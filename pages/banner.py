"""The line on top: the product, the live balance, and the menu of the person. Only pages/frame.py imports it."""

from __future__ import annotations

from functools import partial

from auth import csrf
from auth.policy import Action, Principal, Role, may
from auth.returning import VIEWING
from billing import accounts
from billing.portal import Portal
from billing.rules.errors import ScripError
from billing.rules.notices import About
from billing.rules.organisations import Belonging
from locales.catalogues import LANGUAGES
from pages import account_picker, theme
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.balance_panel import matters
from pages.parts.icons import icon
from pages.parts.tags import Tag, heard, link
from pages.warning_words import Said
from pages.words import N_, _, speech

MENU_ID = "person-menu"

ROLES = {Role.MANAGER: N_("Manager"), Role.BILLING_MANAGER: N_("Billing manager")}
"""What stands under a name; users need no word for what everybody is."""

NOT_REAL = {
    "sandbox": (N_("Sandbox."), N_("No real money moves.")),
    "test": (N_("Test mode."), N_("No real money moves.")),
    "dummy": (N_("Dummy provider."), N_("Credits are granted without payment.")),
}
"""What every page says unless real money moves."""


async def fill(portal: Portal, principal: Principal) -> None:
    """Builds the line in the current slot and keeps the balance in it fresh."""
    product = portal.settings.product_name
    link(product, "/", "brand", aria_label=_("{product}, overview", product=product))
    if principal.account_id is not None:
        await _balance_chip(portal, principal, principal.account_id)
    _person_menu(portal, principal, await account_picker.belongings(portal, principal))


async def _balance_chip(portal: Portal, principal: Principal, account_id: str) -> None:
    with link("", "/", "balance-chip") as chip:
        icon("coin", 18)
        heard(_("Balance:"))
        number = Tag("span", classes="number").mark("chip-balance")
        Tag("span", written.unit(portal.settings), "unit")

    async def show() -> None:
        try:
            account = await ask(accounts.view, portal, account_id)
            number.text = written.brief(account.balance)
            chip.set_visibility(matters(portal, account))
        except ScripError:
            # fails closed: no number is better than an old one
            number.text = written.NONE
            chip.set_visibility(portal.settings.sells_credits)

    follow(portal, principal, account_id, show)
    await show()


async def always(portal: Portal, principal: Principal) -> dict[About, Said]:
    """What is said whatever the account is like: that no real money moves, and that one looks as another."""
    found: dict[About, Said] = {}
    mode = NOT_REAL.get(portal.settings.mode)
    if mode is not None:
        found[About.NOT_REAL] = Said("test", _(mode[0]), _(mode[1]))
    if principal.is_viewing and principal.account_id is not None:
        name = (await ask(accounts.view, portal, principal.account_id)).name
        about = _("Nothing can be changed from here. It stands in the audit log.")
        stop = partial(viewing_form, principal, None, _("Stop looking"))
        found[About.VIEWING] = Said("warn", _("You see what {name} sees.", name=name), about, adds=stop)
    return found


def viewing_form(principal: Principal, account_id: str | None, text: str) -> None:
    """The button that begins looking at an account as its customer, or ends it."""
    with Tag("form", method="post", action=VIEWING, classes="inline"):
        Tag("input", type="hidden", name=csrf.FIELD, value=csrf.token_for(principal))
        if account_id is not None:
            Tag("input", type="hidden", name="account", value=account_id)
        Tag("button", text, "btn small", type="submit").mark("viewing")


def _person_menu(portal: Portal, principal: Principal, found: list[Belonging]) -> None:
    title = account_picker.acted_for(principal, found)
    whose = _("Menu of {name}", name=principal.name)
    if title:
        whose = _("Menu of {name}, acting for {title}", name=principal.name, title=title)
    with Tag("button", classes="person", type="button", popovertarget=MENU_ID, aria_label=whose).mark("person"):
        icon("person")
        Tag("span", title or principal.name, "person-name")
        icon("down", 16)
    with Tag("div", id=MENU_ID, classes="person-menu", popover="auto"):
        Tag("p", principal.email or principal.name, "muted")
        if principal.role in ROLES:
            Tag("p", _(ROLES[principal.role]), "muted")
        account_picker.fill(portal, principal, found)
        theme.looks(_("Theme"))
        if may(principal, Action.BUY) and portal.settings.mode != "dummy":
            link(_("Invoices"), "/invoices")
        named = _("Settings · {language}", language=LANGUAGES[speech().language])
        link(named, "/settings/profile").mark("settings")
        _sign_out(principal)


def _sign_out(principal: Principal) -> None:
    with Tag("form", method="post", action="/sign-out"):
        Tag("input", type="hidden", name=csrf.FIELD, value=csrf.token_for(principal))
        Tag("button", _("Sign out"), "btn quiet wide", type="submit")
