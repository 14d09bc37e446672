"""How far use was told to meters, and what was used since, in the database. Only the verb `metering` imports it.

An account's versions come in the order in which its transfers were committed, so that one says what was counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from billing.rules.kinds import Kind
from billing.rules.lots import LotSource
from billing.rules.metering import Use
from billing.rules.subscriptions import Subscription
from billing.store import subscriptions as snapshots
from billing.store.tables import accounts, entries, lots, transfers
from billing.store.tables_customers import meterings
from billing.store.tables_plans import subscriptions
from billing.store.writer import Tx

CAUSE = "metered"
"""The kind of cause of what was told to a meter."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an account's use was told to a meter; see the table for what each column means."""

    version: int
    rest_micro: int
    undone_micro: int
    began: int


def subscribed(connection: Connection, price_refs: Iterable[str]) -> list[Subscription]:
    """Subscriptions that have not ended and hold one of these prices."""
    named = [subscriptions.c["items"].contains(f'"{ref}"', autoescape=True) for ref in price_refs]
    query = select(subscriptions.c.id).where(subscriptions.c.ended_at.is_(None), or_(*named))
    found = (snapshots.get(connection, ref) for ref in connection.scalars(query).all())
    return [each for each in found if each is not None]


def serialize(tx: Tx, account_id: str) -> int:
    """Makes others who count this account's use wait; the account's version now."""
    tx.database.serialize(tx.connection, f"metering:{account_id}")
    return tx.connection.scalar(select(accounts.c.version).where(accounts.c.id == account_id)) or 0


def progress(tx: Tx, account_id: str, meter: str, since: int) -> Progress:
    """How far it has come; the first time, from what was recorded before `since`."""
    columns = (meterings.c.version, meterings.c.rest_micro, meterings.c.undone_micro, meterings.c.began)
    own = (meterings.c.account_id == account_id, meterings.c.meter == meter)
    row = tx.connection.execute(select(*columns).where(*own)).first()
    if row is not None:
        return Progress(*row)
    before = (transfers.c.account_id == account_id, transfers.c.recorded_at < since)
    began = tx.connection.scalar(select(func.max(transfers.c.version)).where(*before)) or 0
    first = Progress(began, 0, 0, began)
    values = {"version": began, "rest_micro": 0, "undone_micro": 0, "began": began}
    tx.connection.execute(insert(meterings).values(account_id=account_id, meter=meter, **values))
    return first


def advance(tx: Tx, account_id: str, meter: str, version: int, rest_micro: int, undone_micro: int) -> None:
    """Everything up to this version was counted."""
    own = (meterings.c.account_id == account_id, meterings.c.meter == meter)
    values = {"version": version, "rest_micro": rest_micro, "undone_micro": undone_micro}
    tx.connection.execute(update(meterings).where(*own).values(values))


def uses(connection: Connection, account_id: str, after: int, until: int) -> list[Use]:
    """What debits of these versions took below zero; what a meter gave back is taken below zero again like a debit."""
    own = (transfers.c.account_id == account_id, transfers.c.version > after, transfers.c.version <= until)
    kinds = or_(transfers.c.kind == Kind.USAGE, transfers.c.cause_type == CAUSE)
    drawn = _drawn(transfers.c.id)
    query = select(transfers.c.details, transfers.c.happened_at, drawn).where(*own, kinds, transfers.c.amount_micro < 0)
    rows = connection.execute(query.order_by(transfers.c.version)).all()
    return [Use(int(row[2]), _product(row[0]), row[1]) for row in rows if row[2]]


def undone(connection: Connection, account_id: str, began: int, after: int, until: int, since: int) -> list[Use]:
    """What of counted debits was given back by these versions, first of what they had taken below zero.

    Only of debits recorded since `since`: what was used before is billed already, and stays given back in credits.
    """
    given, taken = transfers.alias("given"), transfers.alias("taken")
    query = (
        select(given.c.version, given.c.amount_micro, given.c.happened_at, taken.c.id, taken.c.details)
        .join(taken, taken.c.id == given.c.corrects)
        .where(given.c.account_id == account_id, given.c.version > after, given.c.version <= until)
        .where(given.c.kind == Kind.USAGE_REVERT, taken.c.version > began, taken.c.recorded_at >= since)
    )
    found = (_undone(connection, tuple(row)) for row in connection.execute(query.order_by(given.c.version)).all())
    return [use for use in found if use.micro]


def told_micro(connection: Connection, account_id: str, meter: str, since: int) -> int:
    """What the meter was told since then, less what was taken back."""
    own = (transfers.c.account_id == account_id, transfers.c.kind == Kind.METERED, transfers.c.recorded_at >= since)
    query = select(transfers.c.amount_micro, transfers.c.details).where(*own)
    return sum(row[0] for row in connection.execute(query) if json.loads(row[1] or "{}").get("meter") == meter)


def _undone(connection: Connection, row: Sequence[Any]) -> Use:
    version, amount, happened_at, taken_id, details = row
    earlier = (transfers.c.corrects == taken_id, transfers.c.kind == Kind.USAGE_REVERT, transfers.c.version < version)
    before = int(connection.scalar(select(func.coalesce(func.sum(transfers.c.amount_micro), 0)).where(*earlier)) or 0)
    drawn = int(connection.scalar(select(_drawn(taken_id))) or 0)
    return Use(min(drawn, before + amount) - min(drawn, before), _product(details), happened_at)


def _drawn(transfer_id: ColumnElement[int] | int) -> ColumnElement[int]:
    """What a transfer took from the overdraft lot."""
    legs = (entries.c.transfer_id == transfer_id, entries.c.amount_micro < 0, lots.c.source == LotSource.OVERDRAFT)
    taken = select(func.coalesce(func.sum(-entries.c.amount_micro), 0)).where(*legs)
    return taken.select_from(entries.join(lots, lots.c.id == entries.c.lot_id)).scalar_subquery()


def _product(details: str | None) -> str:
    """The product that a debit names among its dimensions, in the catalogue's spelling."""
    named = json.loads(details or "{}").get("product", "")
    return named.lower() if isinstance(named, str) else ""
