"""Account lists: finding accounts among many, and the filters a manager keeps. Pages and exports call it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from billing import spreadsheets
from billing.portal import Portal
from billing.rules.console import AccountFilters, AccountLine, Listed, SavedFilter
from billing.rules.errors import BadInput, NotFound
from billing.rules.sentences import sentence
from billing.rules.texts import clean
from billing.store import account_lists as rows
from billing.store import saved_filters as saved

COLUMNS = (
    "account", "kind", "name", "email", "balance", "held", "plan", "status", "last_activity", "opened", "customer",
)  # fmt: skip
NAME_MOST = 60
QUERY_MOST = 2_000
KEPT_MOST = 30
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


def saved_filters(portal: Portal, person_id: str, path: str) -> list[SavedFilter]:
    """What this person keeps for this list, by name."""
    with portal.database.read() as connection:
        return saved.of_person(connection, person_id, path)


def save_filter(portal: Portal, person_id: str, path: str, name: str, query: str) -> list[SavedFilter]:
    """Keeps what is asked for now under a name; the name again replaces it. Answers what is kept now.

    Raises BadInput.
    """
    called = clean(name, "name", least=1, most=NAME_MOST)
    if len(query) > QUERY_MOST:
        raise BadInput("These filters are too many to be kept.", field="name")
    now = portal.clock()
    if not portal.till.write(lambda tx: saved.keep(tx, person_id, path, called, query, now, most=KEPT_MOST)):
        raise BadInput(sentence("At most {n} sets of filters are kept; remove one first.", n=KEPT_MOST), field="name")
    return saved_filters(portal, person_id, path)


def forget_filter(portal: Portal, person_id: str, path: str, filter_id: str) -> list[SavedFilter]:
    """Keeps it no longer. Answers what is kept now. Raises NotFound, also for somebody else's."""
    if not portal.till.write(lambda tx: saved.forget(tx, person_id, filter_id)):
        raise NotFound("These filters are not kept any more.")
    return saved_filters(portal, person_id, path)


def _cells(line: AccountLine) -> tuple[spreadsheets.Cell, ...]:
    return (
        line.id, line.kind, line.name, line.email, str(line.balance), str(line.held), line.plan, line.status,
        spreadsheets.moment(line.last_at), spreadsheets.moment(line.created_at), line.customer_ref,
    )  # fmt: skip
