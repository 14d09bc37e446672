"""Snapshots of subscriptions in the database. Verbs may import it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from billing.rules.facts import PendingChange, PlannedChange, SubscriptionFact, SubscriptionItem
from billing.rules.money import Money
from billing.rules.subscriptions import Subscription
from billing.store.tables_people import members
from billing.store.tables_places import wares
from billing.store.tables_plans import subscriptions
from billing.store.writer import Tx


def keep(tx: Tx, fact: SubscriptionFact, account_id: str) -> bool:
    """Writes the snapshot unless a newer one is there. Whether it was written."""
    tx.database.serialize(tx.connection, f"subscription:{fact.subscription_ref}")
    known = tx.connection.scalar(select(subscriptions.c.read_at).where(subscriptions.c.id == fact.subscription_ref))
    if known is None:
        tx.connection.execute(insert(subscriptions).values(id=fact.subscription_ref, **_values(fact, account_id)))
    elif known <= fact.read_at:
        own = subscriptions.c.id == fact.subscription_ref
        tx.connection.execute(update(subscriptions).where(own).values(_values(fact, account_id)))
    return known is None or known <= fact.read_at


def of_account(connection: Connection, account_id: str) -> list[Subscription]:
    """Every subscription the account ever had, newest first."""
    query = (
        select(subscriptions)
        .where(subscriptions.c.account_id == account_id)
        .order_by(subscriptions.c.started_at.desc(), subscriptions.c.id)
    )
    return [_subscription(row) for row in connection.execute(query)]


def get(connection: Connection, subscription_ref: str) -> Subscription | None:
    """The newest snapshot of this one."""
    row = connection.execute(select(subscriptions).where(subscriptions.c.id == subscription_ref)).first()
    return None if row is None else _subscription(row)


def unread(connection: Connection, now: int, before: int, most: int) -> list[str]:
    """Those that have not ended and were not read since `before`, or not since their paid time was over."""
    own = subscriptions.c
    is_over = and_(own.period_end <= now, own.read_at < own.period_end)
    query = select(own.id).where(own.ended_at.is_(None), or_(own.read_at < before, is_over))
    return list(connection.scalars(query.order_by(own.read_at).limit(most)))


def looked_at(tx: Tx, ref: str, now: int) -> None:
    """The provider was asked and knew nothing of it: the others must not wait behind."""
    tx.connection.execute(update(subscriptions).where(subscriptions.c.id == ref).values(read_at=now))


def unpaid(connection: Connection, most: int) -> list[Subscription]:
    """Those whose latest payment did not work, the latest news first."""
    lacking = (subscriptions.c.status.in_(["past_due", "unpaid"]), subscriptions.c.ended_at.is_(None))
    query = select(subscriptions).where(*lacking).order_by(subscriptions.c.read_at.desc()).limit(most)
    return [_subscription(row) for row in connection.execute(query)]


def seats_astray(
    connection: Connection, products: Iterable[str], states: Iterable[str]
) -> list[tuple[str, str, int, int]]:
    """(account, product, seats, members) of organisations that pay for another number of seats than they have members.

    `products` are those that are charged per seat.
    """
    counted = func.count(members.c.person_id)
    query = (
        select(subscriptions.c.account_id, wares.c.product, subscriptions.c.quantity, counted)
        .join(wares, wares.c.price_ref == subscriptions.c.price_ref)
        .join(members, members.c.account_id == subscriptions.c.account_id)
        .where(wares.c.product.in_(list(products)), subscriptions.c.status.in_(list(states)))
        .group_by(subscriptions.c.id, subscriptions.c.account_id, wares.c.product, subscriptions.c.quantity)
        .having(subscriptions.c.quantity != counted)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


def _values(fact: SubscriptionFact, account_id: str) -> dict[str, Any]:
    return {
        "account_id": account_id, "customer_ref": fact.customer_ref, "status": fact.status,
        "product_ref": fact.product_ref, "price_ref": fact.price_ref, "quantity": fact.quantity,
        "amount_minor": fact.amount.minor, "currency": fact.amount.currency, "interval": fact.interval,
        "interval_count": fact.interval_count, "period_start": fact.period_start, "period_end": fact.period_end,
        "cancel_at_period_end": fact.cancel_at_period_end, "cancel_at": fact.cancel_at, "ended_at": fact.ended_at,
        "trial_end": fact.trial_end, "livemode": fact.livemode, "started_at": fact.started_at, "read_at": fact.read_at,
        "items": _items_text(fact.items), "schedule_ref": fact.schedule_ref, "planned": _planned_text(fact.planned),
        "pending": _pending_text(fact.pending),
    }  # fmt: skip


def _subscription(row: Sequence[Any]) -> Subscription:
    """Columns come in the order of the table."""
    return Subscription(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], Money(row[7], row[8]), row[9], row[10], row[11],
        row[12], bool(row[13]), row[14], row[15], row[16], bool(row[17]), row[18], row[19],
        _items_of(row[20]), row[21], _planned_of(row[22]), _pending_of(row[23]),
    )  # fmt: skip


def _items_text(items: Sequence[SubscriptionItem]) -> str:
    rows = [(each.item_ref, each.product_ref, each.price_ref, each.quantity, each.amount.minor) for each in items]
    return json.dumps([[*row, each.amount.currency] for row, each in zip(rows, items, strict=True)])


def _items_of(text: str) -> tuple[SubscriptionItem, ...]:
    return tuple(SubscriptionItem(row[0], row[1], row[2], row[3], Money(row[4], row[5])) for row in json.loads(text))


def _planned_text(planned: PlannedChange | None) -> str:
    return "" if planned is None else json.dumps([planned.effective_at, planned.items])


def _planned_of(text: str) -> PlannedChange | None:
    if not text:
        return None
    effective_at, items = json.loads(text)
    return PlannedChange(effective_at, tuple((price, quantity) for price, quantity in items))


def _pending_text(pending: PendingChange | None) -> str:
    return "" if pending is None else json.dumps([pending.expires_at, pending.items, pending.invoice_ref])


def _pending_of(text: str) -> PendingChange | None:
    if not text:
        return None
    expires_at, items, invoice_ref = json.loads(text)
    return PendingChange(expires_at, tuple((price, quantity) for price, quantity in items), invoice_ref)
