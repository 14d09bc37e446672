"""Account lists: finding accounts among many. Pages and exports call it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from billing import spreadsheets
from billing.portal import Portal
from billing.rules.console import AccountFilters, AccountLine, Listed
from billing.store import account_lists as rows

COLUMNS = (
    "account", "kind", "name", "email", "balance", "held", "plan", "status", "last_activity", "opened", "customer",
)  # fmt: skip
CHOSEN_MOST = 500


def page(portal: Portal, filters: AccountFilters) -> Listed[AccountLine]:
    """One page of the accounts that match. Raises BadInput for a page that never was."""
    with portal.database.read() as connection:
        return rows.page(connection, filters)


def chosen(portal: Portal, account_ids: Sequence[str]) -> list[AccountLine]:
    """These accounts, by name; those that do not exist are left out."""
    with portal.database.read() as connection:
        return rows.chosen(connection, account_ids[:CHOSEN_MOST])


def csv_rows(portal: Portal, filters: AccountFilters) -> Iterator[str]:
    """Every account that matches, as CSV text, piece by piece."""
    with portal.database.read() as connection:
        yield from spreadsheets.sheet(COLUMNS, map(_cells, rows.stream(connection, filters)))


def _cells(line: AccountLine) -> tuple[spreadsheets.Cell, ...]:
    return (
        line.id, line.kind, line.name, line.email, str(line.balance), str(line.held), line.plan, line.status,
        spreadsheets.moment(line.last_at), spreadsheets.moment(line.created_at), line.customer_ref,
    )  # fmt: skip
