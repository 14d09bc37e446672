"""/cost-management: the balance and what moved it; managers choose a user, and grant or remove. app.py mounts it.

Always there; it stands in the menu where the settings say so, because some people's documents send them here.
"""

from __future__ import annotations

from nicegui import ui

from auth import directory
from auth.directory import Entry
from auth.policy import Action, Principal, authorize, may
from billing import accounts
from billing.portal import Portal
from billing.rules.errors import NotFound
from billing.rules.views import AccountView
from pages import notices
from pages.frame import frame, screen
from pages.live import ask, follow
from pages.manage.account import buy_for
from pages.manage.grant_dialog import GrantDialog, grant_buttons
from pages.parts.balance_panel import BalancePanel
from pages.parts.statement import Statement
from pages.parts.statement_query import Query
from pages.parts.tags import Tag, link
from pages.transactions import asked_in_address
from pages.words import _

PATH = "/cost-management"
WORDS_MOST = 100
FOUND_MOST = 20


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.VIEW_ACCOUNT)
    async def costs(principal: Principal) -> None:
        words, asked = _words(), asked_in_address()
        found = await _meant(portal, principal, words)
        async with frame(portal, principal, _("Cost Management"), PATH):
            _chooser(principal, words, found)
            if len(found) == 1:
                await _show(portal, principal, await ask(accounts.view, portal, found[0].account_id), asked)


async def _meant(portal: Portal, principal: Principal, words: str) -> list[Entry]:
    """Whose costs: one's own, the user who is named, or everybody who fits. Raises NotFound like for nobody."""
    if words in ("", principal.id, principal.account_id):
        words = principal.account_id or ""
    elif not may(principal, Action.SEARCH_ACCOUNTS):
        raise NotFound("There is no such user.")
    try:
        found = [await ask(directory.find, portal, words)]
    except NotFound:
        found, _ = await ask(directory.page, portal, words, 0, FOUND_MOST)
    for each in found:
        authorize(principal, Action.VIEW_ACCOUNT, each.account_id)
    return found


def _chooser(principal: Principal, words: str, found: list[Entry]) -> None:
    """The field, and what fits when that is not exactly one."""
    if not may(principal, Action.SEARCH_ACCOUNTS):
        return
    with Tag("form", classes="field", role="search", action=PATH, method="get"):
        named = Tag("label", _("Select a user"))
        with Tag("div", classes="row"):
            field = Tag("input", classes="input", type="search", name="user", maxlength=WORDS_MOST, defaultValue=words)
            field.mark("user").put("placeholder", _("Name, mail address or id"))
            named.put("for_", field.html_id)
            Tag("button", _("Show"), "btn", type="submit")
    if len(found) == 1:
        return
    said = _("These fit “{words}”:", words=words) if found else _("Nobody fits “{words}”.", words=words)
    Tag("p", said, "muted", role="status").mark("found")
    with Tag("ul", classes="stack tight"):
        for each in found:
            with Tag("li"):
                link(each.name, f"{PATH}?user={each.id}")
                Tag("span", f" {each.email or each.account_id}", "muted")


async def _show(portal: Portal, principal: Principal, account: AccountView, asked: Query) -> None:
    is_own = account.id == principal.account_id
    if not is_own:
        whose = account.email or account.name
        heading = _("Showing transactions for {name}.", name=whose)
        notices.box("danger", heading, _("This is not your own account.")).mark("whose")
    dialog = None if is_own else GrantDialog(portal, principal, account)
    panel = BalancePanel(portal, principal, account.id)
    with panel.actions:
        if dialog is None and may(principal, Action.BUY, account.id):
            link(_("Buy credits"), "/buy", "btn primary big").mark("buy")
        elif dialog is not None:
            grant_buttons(portal, principal, dialog)
            buy_for(principal, account)
    follow(portal, principal, account.id, panel.show)
    await panel.show()
    Tag("h2", _("Transaction History"))
    more = {} if is_own else {"user": account.id}
    await Statement(portal, principal, account.id, PATH, asked, **more).open()


def _words() -> str:
    given = ui.context.client.request.query_params.get("user") or ""
    return "".join(each for each in given if each.isprintable()).strip()[:WORDS_MOST]
