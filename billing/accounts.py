"""Accounts: opening them with their welcome gift, looking at them, finding them. Doors and auth call it."""

from __future__ import annotations

from collections.abc import Iterable

from billing.portal import Portal
from billing.rules.errors import NotFound
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.money import Credits
from billing.rules.portions import Earned, posting
from billing.rules.postings import Posting
from billing.rules.texts import NAME_MAX, clean
from billing.rules.views import AccountRow, AccountView, AuditLine
from billing.store import accounts as rows
from billing.store import audit, ledger
from billing.store.names import behind
from billing.store.writer import Tx

SEARCH_MOST = 50


def open_account(
    tx: Tx, portal: Portal, *, account_id: str, kind: str, name: str, email: str | None, welcome: bool = True
) -> None:
    """Opens an account in the caller's transaction and gives the welcome credits, once per account for ever.

    `welcome` says whether it is the account of somebody who gets them.
    """
    called = clean(name, "name", most=NAME_MAX, least=1)
    rows.add(tx, account_id=account_id, kind=kind, name=called, email=email, now=portal.clock())
    if welcome:
        give_welcome(tx, portal, account_id, portal.settings.credits.welcome)


def give_welcome(tx: Tx, portal: Portal, account_id: str, credits: Credits) -> None:
    """Gives a new account its welcome credits, and what the default plan gives at its start, if there are any."""
    now, plan, gifts = portal.clock(), portal.catalogue.default_plan, []
    if credits.micro > 0:
        gifts.append(
            Posting(
                account_id, Kind.WELCOME, "welcome", account_id, credits.micro, "system", now,
                reason="Welcome credits", terms=LotTerms(LotSource.WELCOME),
            )
        )  # fmt: skip
    if plan is not None and plan.on_start_credits.micro > 0:
        given = Earned(plan.name, plan.title, plan.on_start_credits, is_start=True)
        gifts.append(posting(given, account_id, now))
    if gifts:
        ledger.post(tx, gifts, now)


def view(portal: Portal, account_id: str) -> AccountView:
    """The account with its open lots. Raises NotFound."""
    with portal.database.read() as connection:
        found = rows.view(connection, account_id, portal.clock())
    if found is None:
        raise NotFound("There is no such account.")
    return found


def names(portal: Portal, texts: Iterable[str | None]) -> dict[str, str]:
    """What those are called whose ids stand in these texts, by id: people, accounts, API keys, batches of grants."""
    with portal.database.read() as connection:
        return behind(connection, texts)


def search(portal: Portal, words: str, *, offset: int = 0) -> list[AccountRow]:
    """Up to 50 accounts whose name, e-mail address, id or customer id contains `words`, by name."""
    with portal.database.read() as connection:
        return rows.search(connection, words.strip()[:NAME_MAX], most=SEARCH_MOST, offset=max(0, offset))


def history(portal: Portal, account_id: str, most: int = 100) -> list[AuditLine]:
    """What managers did to the account, newest first."""
    with portal.database.read() as connection:
        return audit.of_account(connection, account_id, most)
