"""/transactions: the statement, its filters in the address, as a page and as a file. app.py mounts it."""

from __future__ import annotations

from nicegui import ui

from auth.policy import Action, Principal
from billing.portal import Portal
from pages import notices
from pages.frame import frame, screen
from pages.parts.statement import Statement
from pages.parts.statement_query import Query
from pages.words import _

PATH = "/transactions"


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.VIEW_ACCOUNT)
    async def transactions(principal: Principal) -> None:
        asked = asked_in_address()
        async with frame(portal, principal, _("Transactions"), PATH):
            await _statement(portal, principal, asked)


async def _statement(portal: Portal, principal: Principal, asked: Query) -> None:
    if principal.account_id is None:
        notices.no_account(_("Managers find everybody's under Accounts."))
        return
    statement = Statement(portal, principal, principal.account_id, PATH, asked)
    await statement.open()


def asked_in_address() -> Query:
    """The query in the address of the page being built.

    A repeated name keeps its last value, but every `kind` counts: several may be chosen.
    """
    given = ui.context.client.request.query_params
    return Query.read(dict(given), given.getlist("kind"))
