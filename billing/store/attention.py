"""What needs a person, found along indexes that hold little else. Verbs may import it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, or_, select

from billing.rules.attention import TOO_OFTEN, Matter, Matters, Mend, Trouble, mend_of_duty
from billing.rules.moments import DAY
from billing.rules.money import Money
from billing.rules.orders import OrderState
from billing.store.inbox import EventState
from billing.store.tables import accounts
from billing.store.tables_duties import outbox
from billing.store.tables_overdraft import overdraft_invoices
from billing.store.tables_plans import LATE, subscriptions
from billing.store.tables_trade import events, orders

SHOWN = 50
OVERDRAFT_INVOICE = "overdraft_invoice"
"""Refused, it is listed as the invoice it is about."""

Lister = Callable[[Connection, int], tuple[list[Matter], int]]


def all_of(connection: Connection, now: int) -> Matters:
    """Everything, at most SHOWN of a kind."""
    found = {trouble: lister(connection, now) for trouble, lister in _LISTERS.items()}
    return Matters(
        {trouble: matters for trouble, (matters, _) in found.items()},
        {trouble: count for trouble, (_, count) in found.items()},
    )


def _events(connection: Connection, _now: int) -> tuple[list[Matter], int]:
    waiting = events.c.state.in_([EventState.PARKED, EventState.FAILED])
    columns = (
        events.c.id,
        events.c.account_id,
        events.c.received_at,
        events.c.type,
        events.c.reason,
        events.c.object_id,
    )
    rows, count = _listed(connection, events, columns, waiting, events.c.received_at)
    return [
        Matter(Trouble.EVENT, row[0], row[1], row[6], row[2], row[3], row[4], Mend.REPLAY, row[5]) for row in rows
    ], count


def _payments(connection: Connection, now: int) -> tuple[list[Matter], int]:
    """Those on their way for a day and more: banks take days, but somebody may ask."""
    late = and_(orders.c.state == OrderState.PROCESSING, orders.c.created_at < now - DAY)
    columns = (
        orders.c.id, orders.c.account_id, orders.c.created_at, orders.c.package_name, orders.c.amount_minor,
        orders.c.tax_minor, orders.c.currency, orders.c.payment_ref,
    )  # fmt: skip
    rows, count = _listed(connection, orders, columns, late, orders.c.created_at)
    matters = []
    for row in rows:
        about = f"{row[3]}, {Money(row[4] + row[5], row[6])}"
        matters.append(Matter(Trouble.PAYMENT, row[0], row[1], row[8], row[2], about, "", Mend.CHECK, row[7]))
    return matters, count


def _duties(connection: Connection, _now: int) -> tuple[list[Matter], int]:
    refused = and_(outbox.c.state == "refused", outbox.c.kind != OVERDRAFT_INVOICE)
    unanswered = and_(outbox.c.state == "waiting", outbox.c.attempts >= TOO_OFTEN)
    columns = (outbox.c.id, outbox.c.account_id, outbox.c.created_at, outbox.c.kind, outbox.c.error, outbox.c.state)
    rows, count = _listed(connection, outbox, columns, or_(refused, unanswered), outbox.c.created_at)
    return [
        Matter(Trouble.DUTY, row[0], row[1], row[6], row[2], row[3], row[4], mend_of_duty(row[3], row[5]))
        for row in rows
    ], count


def _invoices(connection: Connection, _now: int) -> tuple[list[Matter], int]:
    own = overdraft_invoices.c
    columns = (own.id, own.account_id, own.created_at, own.amount_minor, own.currency, own.note, own.invoice_ref)
    rows, count = _listed(connection, overdraft_invoices, columns, own.state == "refused", own.created_at)
    return [
        Matter(Trouble.INVOICE, row[0], row[1], row[7], row[2], str(Money(row[3], row[4])), row[5], Mend.RETRY, row[6])
        for row in rows
    ], count


def _subscriptions(connection: Connection, _now: int) -> tuple[list[Matter], int]:
    own = subscriptions.c
    columns = (own.id, own.account_id, own.period_start, own.status, own.amount_minor, own.currency)
    late: Any = LATE
    rows, count = _listed(connection, subscriptions, columns, late, own.period_start)
    return [
        Matter(
            Trouble.SUBSCRIPTION, row[0], row[1], row[6], row[2], str(Money(row[4], row[5])), row[3], Mend.READ, row[0]
        )
        for row in rows
    ], count


_LISTERS: dict[Trouble, Lister] = {
    Trouble.EVENT: _events,
    Trouble.PAYMENT: _payments,
    Trouble.DUTY: _duties,
    Trouble.INVOICE: _invoices,
    Trouble.SUBSCRIPTION: _subscriptions,
}


def _listed(
    connection: Connection, table: Table, columns: tuple[Any, ...], which: ColumnElement[bool], order: Any
) -> tuple[list[Any], int]:
    """Rows with the name of their account at the end, and how many there are."""
    query: Select[Any] = select(*columns, accounts.c.name).outerjoin(accounts, accounts.c.id == table.c.account_id)
    rows = list(connection.execute(query.where(which).order_by(order).limit(SHOWN)))
    count = connection.scalar(select(func.count()).select_from(table).where(which)) if len(rows) == SHOWN else len(rows)
    return rows, count or 0
