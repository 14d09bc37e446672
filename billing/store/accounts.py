"""Accounts in the database. Verbs and auth may import it; balances are written by the ledger alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, insert, or_, select, text, update

from billing.rules.lots import Lot, LotSource, spendable_micro
from billing.rules.money import Credits
from billing.rules.views import AccountRow, AccountView
from billing.store.periods import halves, joined
from billing.store.tables import UNSPENT, accounts, lots
from billing.store.tables_customers import customers
from billing.store.writer import Tx

LOTS_SHOWN = 200
OVERDRAFT_LOT = text("source = 'overdraft'")
"""In the words of the index `lots_one_overdraft`, or SQLite does not see it."""


def add(tx: Tx, *, account_id: str, kind: str, name: str, email: str | None, now: int) -> None:
    """Opens an account with a balance of zero."""
    tx.connection.execute(
        insert(accounts).values(id=account_id, kind=kind, name=name, email=email, balance_micro=0, created_at=now)
    )


def view(connection: Connection, account_id: str, now: int) -> AccountView | None:
    """The account with its open lots, in one consistent read. `now`: microseconds UTC."""
    row = connection.execute(select(accounts).where(accounts.c.id == account_id, accounts.c.kind != "system")).first()
    if row is None:
        return None
    open_lots = (lots.c.account_id == account_id, UNSPENT, lots.c.source != LotSource.OVERDRAFT)
    query = select(lots).where(*open_lots).order_by(lots.c.expires_at, lots.c.priority, lots.c.id)
    # One more than are shown: with fewer they are summed here, and only a crowd of them by the database.
    first = [_lot(each) for each in connection.execute(query.limit(LOTS_SHOWN + 1))]
    sums = _summed(first, now) if len(first) <= LOTS_SHOWN else _sums(connection, open_lots, now)
    owed = _owed(connection, account_id)
    available = sums.spendable - owed - row.held_micro - row.floor_micro
    return AccountView(
        id=row.id, kind=row.kind, name=row.name, email=row.email, balance=Credits(row.balance_micro),
        reserved=Credits(row.held_micro), frozen=Credits(sums.frozen),
        owed=Credits(owed), available=Credits(max(available, 0)), overdraft_limit=Credits(-row.floor_micro),
        customer_ref=row.customer_ref, created_at=row.created_at, as_of=now, lots=tuple(first[:LOTS_SHOWN]),
    )  # fmt: skip


def balance(connection: Connection, account_id: str) -> Credits | None:
    """The stored balance alone: one row by its key, however long the history."""
    micro = connection.scalar(select(accounts.c.balance_micro).where(accounts.c.id == account_id))
    return None if micro is None else Credits(micro)


def search(connection: Connection, words: str, *, most: int, offset: int = 0) -> list[AccountRow]:
    """Accounts whose id, name, e-mail or customer id contains `words`, by name. Literal: % and _ mean nothing."""
    query = (
        select(
            accounts.c.id, accounts.c.kind, accounts.c.name, accounts.c.email,
            accounts.c.balance_micro, accounts.c.customer_ref, accounts.c.created_at,
        )
        .where(accounts.c.kind != "system")
        .order_by(accounts.c.name, accounts.c.id)
        .limit(most)
        .offset(offset)
    )  # fmt: skip
    if words:
        searched = (accounts.c.name, accounts.c.email, accounts.c.id, accounts.c.customer_ref)
        query = query.where(or_(*(column.icontains(words, autoescape=True) for column in searched)))
    return [AccountRow(*row[:4], Credits(row[4]), *row[5:]) for row in connection.execute(query)]


def set_customer(tx: Tx, account_id: str, customer_ref: str) -> None:
    """Remembers the provider's customer, once: a second one never replaces the first."""
    tx.connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id, accounts.c.customer_ref.is_(None))
        .values(customer_ref=customer_ref)
    )


def verified(tx: Tx, account_id: str, at: int) -> None:
    """Remembers when a card of the account was first proven."""
    own = (accounts.c.id == account_id, accounts.c.verified_at.is_(None))
    tx.connection.execute(update(accounts).where(*own).values(verified_at=at))


def currency(connection: Connection, account_id: str) -> str | None:
    """The currency the account's owner chose, if they did."""
    return connection.scalar(select(accounts.c.currency).where(accounts.c.id == account_id))


def set_currency(tx: Tx, account_id: str, chosen: str) -> None:
    """Remembers the currency the account buys in."""
    tx.connection.execute(update(accounts).where(accounts.c.id == account_id).values(currency=chosen))


def customer_of(connection: Connection, account_id: str) -> str | None:
    """The account's customer at the provider, if it has one yet."""
    return connection.scalar(select(accounts.c.customer_ref).where(accounts.c.id == account_id))


def by_customer(connection: Connection, customer_ref: str) -> str | None:
    """The account that is this customer at the provider, or was until it was deleted there."""
    now: str | None = connection.scalar(select(accounts.c.id).where(accounts.c.customer_ref == customer_ref))
    if now is not None:
        return now
    return connection.scalar(select(customers.c.account_id).where(customers.c.customer_ref == customer_ref))


class _Sums(NamedTuple):
    frozen: int
    spendable: int


def _summed(found: Sequence[Lot], now: int) -> _Sums:
    return _Sums(sum(lot.remaining_micro for lot in found if lot.frozen), spendable_micro(found, now))


def _sums(connection: Connection, which: Iterable[Any], now: int) -> _Sums:
    """The same of any number of lots, by the rule that `Lot.spendable` states."""
    remaining, spendable = lots.c.remaining_micro, lots.c.frozen.is_(False) & (lots.c.expires_at > now)
    parts = (case((lots.c.frozen, remaining), else_=0), case((spendable, remaining), else_=0))
    row = connection.execute(select(*halves(parts[0]), *halves(parts[1])).where(*which)).one()
    return _Sums(joined(row[0], row[1]).micro, joined(row[2], row[3]).micro)


def _owed(connection: Connection, account_id: str) -> int:
    own = (lots.c.account_id == account_id, OVERDRAFT_LOT, UNSPENT)
    return -(connection.scalar(select(lots.c.remaining_micro).where(*own)) or 0)


def _lot(row: Sequence[Any]) -> Lot:
    return Lot(
        row[0],
        row[1],
        LotSource(row[2]),
        row[3],
        row[4],
        row[5],
        row[6],
        bool(row[7]),
        order_id=row[8],
        created_at=row[9],
    )
