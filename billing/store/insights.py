"""Sums over everybody's transactions, orders, lots and events. Only verbs may import it.

No index serves these questions, for each would cost every debit; a period is found by the ids where they grow with
time, and else the whole ledger is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, select

from billing.rules.insights import Bought, TopAccount
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource
from billing.rules.money import Credits, Money
from billing.rules.orders import OrderState
from billing.store.inbox import EventState
from billing.store.periods import first_id, halves, joined
from billing.store.tables import BUT_USAGE, UNSPENT, accounts, entries, lots, transfers
from billing.store.tables_overdraft import overdraft_invoices
from billing.store.tables_trade import events, orders
from billing.store.usage_reports import QUARTER

LAGS = 10_000
_IS_BOUGHT = lots.c.source == LotSource.PURCHASE
paid_or_begun = func.coalesce(orders.c.paid_at, orders.c.created_at)


class Moved(NamedTuple):
    """What one kind of transactions moved in a quarter of an hour, or in all the time after the period."""

    at: int
    kind: Kind
    amount: Credits
    is_later: bool


class Earned(NamedTuple):
    """What was paid in one currency in a quarter of an hour, in minor units."""

    at: int
    currency: str
    payments: int
    amount: int
    tax: int


def moved(connection: Connection, since: int, until: int) -> Iterator[Moved]:
    """Everything that was recorded from `since` on, by kind: up to `until` by quarter of an hour, then at once."""
    own = transfers.c
    pieces = select(
        case((own.recorded_at < until, own.recorded_at.op("/")(QUARTER)), else_=-1).label("quarter"),
        own.kind,
        own.amount_micro.label("amount"),
    )
    piece = pieces.where(*_recorded(connection, since, None)).subquery().c
    query = select(piece.quarter, piece.kind, *halves(piece.amount)).group_by(piece.quarter, piece.kind)
    for row in connection.execution_options(yield_per=1000).execute(query):
        yield Moved(row[0] * QUARTER, Kind(row[1]), joined(row[2], row[3]), is_later=row[0] < 0)


def outstanding(connection: Connection) -> tuple[Credits, Credits]:
    """What stands on all accounts now: the sum of those above zero, and of those below."""
    balance = accounts.c.balance_micro
    above, below = (case((condition, balance), else_=0) for condition in (balance > 0, balance < 0))
    row = connection.execute(select(*halves(above), *halves(below)).where(accounts.c.kind != "system")).one()
    return joined(row[0], row[1]), joined(row[2], row[3])


def sources(connection: Connection) -> list[tuple[str, Credits]]:
    """What is left of all lots by where they came from, the largest first."""
    query = select(lots.c.source, *halves(lots.c.remaining_micro)).where(UNSPENT).group_by(lots.c.source)
    found = [(row[0], joined(row[1], row[2])) for row in connection.execute(query)]
    return sorted(found, key=lambda each: (-each[1].micro, each[0]))


def unspent(connection: Connection) -> list[Bought]:
    """What is left of lots that were bought."""
    left = select(lots.c.order_id, lots.c.remaining_micro.label("credits")).where(UNSPENT, _IS_BOUGHT)
    return _bought(connection, left)


def lost(connection: Connection, since: int, until: int) -> list[Bought]:
    """What expired in the period of lots that were bought."""
    gone = select(lots.c.order_id, (-entries.c.amount_micro).label("credits"))
    gone = gone.join(entries, entries.c.lot_id == lots.c.id).join(transfers, transfers.c.id == entries.c.transfer_id)
    expired = (transfers.c.kind == Kind.EXPIRY, BUT_USAGE, *_recorded(connection, since, until))
    return _bought(connection, gone.where(_IS_BOUGHT, *expired))


def top(connection: Connection, since: int, until: int, most: int) -> list[TopAccount]:
    """The accounts that used most in the period."""
    used = -transfers.c.amount_micro
    high, low = halves(used)
    uses = select(transfers.c.account_id, func.count().label("uses"), high.label("high"), low.label("low"))
    uses = uses.where(transfers.c.kind == Kind.USAGE, *_recorded(connection, since, until))
    found = uses.group_by(transfers.c.account_id).subquery()
    query = select(found, accounts.c.name, accounts.c.balance_micro).join(accounts, accounts.c.id == found.c.account_id)
    # An order by the sum itself could overflow; by its two halves it cannot.
    order = ((found.c.high + found.c.low.op("/")(2**31)).desc(), found.c.low.op("%")(2**31).desc(), found.c.account_id)
    return [
        TopAccount(row[0], row[4], row[1], joined(row[2], row[3]), Credits(row[5]))
        for row in connection.execute(query.order_by(*order).limit(most))
    ]


def earned(connection: Connection, since: int, until: int) -> Iterator[Earned]:
    """What orders brought that were paid in the period."""
    own = orders.c
    paid = select(paid_or_begun.op("/")(QUARTER).label("quarter"), own.currency, own.amount_minor, own.tax_minor)
    paid = paid.where(own.state == OrderState.CREDITED, paid_or_begun >= since, paid_or_begun < until)
    yield from _earned(connection, paid)


def invoiced(connection: Connection, since: int, until: int) -> Iterator[Earned]:
    """What invoices for use on credit brought that were paid in the period."""
    own = overdraft_invoices.c
    paid = select(
        own.closed_at.op("/")(QUARTER).label("quarter"), own.currency, own.amount_minor, literal(0).label("tax_minor")
    ).where(own.state == "paid", own.closed_at >= since, own.closed_at < until)
    yield from _earned(connection, paid)


def failures(connection: Connection, since: int, until: int) -> list[tuple[str, int]]:
    """Orders begun in the period whose last try failed and that were not paid since, by the reason's code."""
    own = orders.c
    query = select(own.failure_code, func.count()).where(
        own.failure_code.is_not(None), own.created_at >= since, own.created_at < until
    )
    rows = connection.execute(query.group_by(own.failure_code).order_by(func.count().desc(), own.failure_code))
    return [(row[0], row[1]) for row in rows]


def states(connection: Connection, since: int, until: int) -> dict[str, int]:
    """How many events of each state were received in the period."""
    query = select(events.c.state, func.count()).where(_received(since, until)).group_by(events.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def lags(connection: Connection, since: int, until: int) -> list[int]:
    """How long the effect of the period's last events took, from happening at the provider; microseconds."""
    query = select(events.c.handled_at - events.c.happened_at).where(
        _received(since, until), events.c.state == EventState.HANDLED, events.c.handled_at.is_not(None)
    )
    return [max(0, int(each)) for each in connection.scalars(query.order_by(events.c.received_at.desc()).limit(LAGS))]


def _bought(connection: Connection, pieces: Select[Any]) -> list[Bought]:
    """Pieces of lots, those of one price together."""
    piece, own = pieces.subquery().c, orders.c
    terms = (own.credits_micro, own.amount_minor, own.currency)
    query = select(*terms, *halves(piece.credits)).join(orders, own.id == piece.order_id).group_by(*terms)
    return [Bought(joined(row[3], row[4]), Credits(row[0]), Money(row[1], row[2])) for row in connection.execute(query)]


def _earned(connection: Connection, paid: Select[Any]) -> Iterator[Earned]:
    own = paid.subquery().c
    query = select(own.quarter, own.currency, func.count(), func.sum(own.amount_minor), func.sum(own.tax_minor))
    for row in connection.execute(query.group_by(own.quarter, own.currency)):
        yield Earned(row[0] * QUARTER, row[1], row[2], int(row[3]), int(row[4]))


def _received(since: int, until: int) -> ColumnElement[bool]:
    return and_(events.c.received_at >= since, events.c.received_at < until)


def _recorded(connection: Connection, since: int, until: int | None) -> list[Any]:
    """The condition that a transfer was recorded in the period."""
    wanted: list[Any] = [transfers.c.id >= first_id(connection, since), transfers.c.recorded_at >= since]
    return wanted if until is None else [*wanted, transfers.c.recorded_at < until]
