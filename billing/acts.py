"""Acts: what managers, security and the portal itself did, as the audit log keeps it. Pages and exports call it."""

from __future__ import annotations

from collections.abc import Iterator

from billing import spreadsheets
from billing.portal import Portal
from billing.rules.console import Act, AuditFilters, Listed
from billing.store import audit as rows

COLUMNS = (
    "recorded_at", "actor", "actor_name", "from", "action", "account", "account_name", "before", "after", "reason",
    "reference", "transaction", "id",
)  # fmt: skip


def page(portal: Portal, filters: AuditFilters) -> Listed[Act]:
    """One page of what was done, newest first. Raises BadInput for a page that never was."""
    with portal.database.read() as connection:
        return rows.page(connection, filters)


def actions(portal: Portal) -> list[str]:
    """Every kind of act there was so far."""
    with portal.database.read() as connection:
        return rows.actions(connection)


def csv_rows(portal: Portal, filters: AuditFilters) -> Iterator[str]:
    """Everything that matches as CSV text, piece by piece."""
    with portal.database.read() as connection:
        yield from spreadsheets.sheet(COLUMNS, map(_cells, rows.stream(connection, filters)))


def _cells(act: Act) -> tuple[spreadsheets.Cell, ...]:
    line = act.line
    return (
        spreadsheets.moment(line.recorded_at), line.actor, act.actor_name, line.origin, line.action, line.account_id,
        act.account_name, line.before, line.after, line.reason, line.reference, line.transfer_id, line.id,
    )  # fmt: skip
