"""Everybody's orders and transactions, page by page. Verbs may import it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, tuple_

from billing.rules.console import COUNTED, Listed, cursor, read_cursor
from billing.rules.insights import Movement, MovementFilters, Payment, PaymentFilters
from billing.rules.kinds import Kind
from billing.rules.moments import DAY
from billing.store.insights import paid_or_begun
from billing.store.orders import order_of
from billing.store.periods import first_id
from billing.store.statements import LINE, found_in, line_of
from billing.store.tables import BUT_USAGE, accounts, transfers
from billing.store.tables_trade import orders

PART = 500


def payments(connection: Connection, filters: PaymentFilters) -> Listed[Payment]:
    """One page of orders with the names of their accounts, the newest first, and how many match."""
    found = [_payment(row) for row in connection.execute(_orders(filters).limit(filters.limit + 1))]
    shown = found[: filters.limit]
    counted = select(orders.c.id).where(*_of_orders(filters)).limit(COUNTED + 1).subquery()
    return Listed(
        shown,
        cursor(shown[-1][0].created_at, shown[-1][0].id) if len(found) > filters.limit else None,
        connection.scalar(select(func.count()).select_from(counted)) or 0,
    )


def every_payment(connection: Connection, filters: PaymentFilters) -> Iterator[Payment]:
    """All that match, a part at a time."""
    with connection.execution_options(yield_per=PART).execute(_orders(replace(filters, after=""))) as rows:
        yield from map(_payment, rows)


def currencies(connection: Connection) -> list[str]:
    """Every currency something was ordered in."""
    return list(connection.scalars(select(orders.c.currency).distinct().order_by(orders.c.currency)))


def movements(connection: Connection, filters: MovementFilters) -> Listed[Movement]:
    """One page of transactions with the names of their accounts, the newest first, and how many match."""
    found = [_movement(row) for row in connection.execute(_transfers(connection, filters).limit(filters.limit + 1))]
    shown = found[: filters.limit]
    counted = select(transfers.c.id).where(*_of_transfers(connection, filters)).limit(COUNTED + 1).subquery()
    return Listed(
        shown,
        cursor(shown[-1][0].id) if len(found) > filters.limit else None,
        connection.scalar(select(func.count()).select_from(counted)) or 0,
    )


def every_movement(connection: Connection, filters: MovementFilters) -> Iterator[Movement]:
    """All that match, a part at a time."""
    query = _transfers(connection, replace(filters, after=""))
    with connection.execution_options(yield_per=PART).execute(query) as rows:
        yield from map(_movement, rows)


def _orders(filters: PaymentFilters) -> Select[Any]:
    query = select(orders, accounts.c.name).join(accounts, accounts.c.id == orders.c.account_id)
    query = query.where(*_of_orders(filters))
    place = read_cursor(filters.after, int, str)
    if place is not None:
        query = query.where(tuple_(orders.c.created_at, orders.c.id) < tuple_(*place))
    return query.order_by(orders.c.created_at.desc(), orders.c.id.desc())


def _of_orders(filters: PaymentFilters) -> list[ColumnElement[bool]]:
    own = orders.c
    wanted: list[ColumnElement[bool]] = []
    for column, value in (
        (own.state, filters.state),
        (own.currency, filters.currency),
        (own.failure_code, filters.failure),
    ):
        if value:
            wanted.append(column == value)
    if filters.search:
        named = (own.id, own.payment_ref, own.session_ref, own.account_id, own.person_id)
        wanted.append(or_(*(column == filters.search for column in named)))
    if filters.since is not None:
        wanted.append(paid_or_begun >= filters.since)
    if filters.until is not None:
        wanted.append(paid_or_begun < filters.until)
        # Nothing is paid before it is begun, but for clocks that differ: it bounds what the index reads.
        wanted.append(own.created_at < filters.until + DAY)
    return wanted


def _payment(row: Any) -> Payment:
    return order_of(row), row[-1]


def _transfers(connection: Connection, filters: MovementFilters) -> Select[Any]:
    # No join: beside accounts, which have a kind as well, the words of BUT_USAGE would mean two columns.
    name = select(accounts.c.name).where(accounts.c.id == transfers.c.account_id).scalar_subquery()
    query = select(*LINE, name).where(*_of_transfers(connection, filters))
    place = read_cursor(filters.after, int)
    if place is not None:
        query = query.where(transfers.c.id < place[0])
    return query.order_by(transfers.c.id.desc())


def _of_transfers(connection: Connection, filters: MovementFilters) -> list[Any]:
    own = transfers.c
    wanted: list[Any] = [*found_in(filters.search)]
    if filters.kinds:
        wanted.append(own.kind.in_(filters.kinds))
        if Kind.USAGE not in filters.kinds:
            # It changes no answer; it offers the index of what is rare.
            wanted.append(BUT_USAGE)
    if filters.since is not None:
        wanted += [own.id >= first_id(connection, filters.since), own.recorded_at >= filters.since]
    if filters.until is not None:
        wanted.append(own.recorded_at < filters.until)
        if connection.dialect.name == "sqlite":
            wanted.append(own.id < first_id(connection, filters.until))
    return wanted


def _movement(row: Any) -> Movement:
    return line_of(row[:-1]), row[-1]
