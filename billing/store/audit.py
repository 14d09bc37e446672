"""The audit log: every act of a manager and of security, append-only. Verbs and auth may import it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, or_, select, tuple_

from billing.rules.console import COUNTED, Act, AuditFilters, Listed, cursor, read_cursor
from billing.rules.texts import new_id
from billing.rules.views import AuditLine
from billing.store import names
from billing.store.rowsets import Shape, Statement
from billing.store.tables import accounts
from billing.store.tables_trade import api_keys, audit, people
from billing.store.writer import Tx

PART = 500
_ADDED = Shape(
    id="text", actor="text", action="text", account_id="text", reason="text", before="text", after="text",
    recorded_at="int8", origin="text", reference="text", transfer_id="int8",
)  # fmt: skip
_ADD = Statement(
    _ADDED, f"INSERT INTO audit ({', '.join(_ADDED.names)}) SELECT {', '.join(_ADDED.names)} FROM {{rows}}"
)


def add(
    tx: Tx,
    *,
    actor: str,
    action: str,
    now: int,
    account_id: str | None = None,
    reason: str = "",
    before: str | None = None,
    after: str | None = None,
    origin: str | None = None,
    reference: str | None = None,
    transfer_id: int | None = None,
) -> str:
    """Writes one act in the transaction of its effect; returns its id."""
    line = AuditLine(
        new_id("aud"), actor, action, account_id, reason, before, after, now,
        origin or None, reference or None, transfer_id,
    )  # fmt: skip
    tx.connection.execute(insert(audit).values(dict(zip(_ADDED.names, _row(line), strict=True))))
    return line.id


def add_many(tx: Tx, lines: Sequence[AuditLine]) -> None:
    """Writes many acts at once."""
    _ADD.run(tx.connection, map(_row, lines))


def _row(line: AuditLine) -> tuple[Any, ...]:
    return (
        line.id, line.actor, line.action, line.account_id, line.reason, line.before, line.after, line.recorded_at,
        line.origin, line.reference, line.transfer_id,
    )  # fmt: skip


def page(connection: Connection, filters: AuditFilters) -> Listed[Act]:
    """One page of the log, newest first, and how many lines match."""
    found = [_act(row) for row in connection.execute(_placed(filters).limit(filters.limit + 1))]
    named = names.behind(connection, (text for act in found for text in (act.line.before, act.line.after)))
    acts = [replace(act, names=named) for act in found[: filters.limit]]
    counted = select(audit.c.id).where(*_wanted(filters)).limit(COUNTED + 1).subquery()
    return Listed(
        acts,
        cursor(acts[-1].line.recorded_at, acts[-1].line.id) if len(found) > filters.limit else None,
        connection.scalar(select(func.count()).select_from(counted)) or 0,
    )


def stream(connection: Connection, filters: AuditFilters) -> Iterator[Act]:
    """Every line that matches, newest first, a part at a time."""
    with connection.execution_options(yield_per=PART).execute(_placed(replace(filters, after=""))) as rows:
        for row in rows:
            yield _act(row)


def actions(connection: Connection) -> list[str]:
    """Every word for an act that the log holds."""
    return list(connection.scalars(select(audit.c.action).distinct().order_by(audit.c.action)))


def _placed(filters: AuditFilters) -> Select[Any]:
    named = func.coalesce(people.c.name, api_keys.c.name)
    query = (
        select(audit, named, accounts.c.name)
        .outerjoin(people, people.c.id == audit.c.actor)
        .outerjoin(api_keys, api_keys.c.id == audit.c.actor)
        .outerjoin(accounts, accounts.c.id == audit.c.account_id)
        .where(*_wanted(filters))
    )
    place = read_cursor(filters.after, int, str)
    if place is not None:
        query = query.where(tuple_(audit.c.recorded_at, audit.c.id) < tuple_(*place))
    return query.order_by(audit.c.recorded_at.desc(), audit.c.id.desc())


def _wanted(filters: AuditFilters) -> list[ColumnElement[bool]]:
    exact = ((audit.c.actor, filters.actor), (audit.c.action, filters.action), (audit.c.account_id, filters.account_id))
    wanted = [column == value for column, value in exact if value]
    if filters.search:
        searched = (audit.c.reason, audit.c.reference, audit.c.actor, audit.c.account_id, audit.c.origin)
        wanted.append(or_(*(column.icontains(filters.search, autoescape=True) for column in searched)))
    if filters.since is not None:
        wanted.append(audit.c.recorded_at >= filters.since)
    if filters.until is not None:
        wanted.append(audit.c.recorded_at < filters.until)
    return wanted


def _act(row: Any) -> Act:
    return Act(AuditLine(*row[:11]), row[11], row[12])


def of_account(connection: Connection, account_id: str, most: int) -> list[AuditLine]:
    """What was done to an account, newest first."""
    query = select(audit).where(audit.c.account_id == account_id).order_by(audit.c.recorded_at.desc()).limit(most)
    return [AuditLine(*row) for row in connection.execute(query)]


def is_there(connection: Connection, account_id: str, action: str) -> bool:
    """Whether this was ever done to the account."""
    query = select(audit.c.id).where(audit.c.account_id == account_id, audit.c.action == action).limit(1)
    return connection.scalar(query) is not None
