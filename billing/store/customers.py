"""Customers at the provider in the database: whose they are, and how they were last seen. Verbs may import it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from billing.rules.facts import CustomerFact
from billing.rules.tax import Address
from billing.store import accounts as account_rows
from billing.store.tables import accounts
from billing.store.tables_customers import customers
from billing.store.writer import Tx


def link(tx: Tx, account_id: str, customer_ref: str, now: int) -> None:
    """Makes the customer the account's, once: a second one never replaces the first."""
    account_rows.set_customer(tx, account_id, customer_ref)
    _know(tx, account_id, customer_ref, now)


def unlink(tx: Tx, account_id: str, customer_ref: str) -> bool:
    """The account has no customer any more; the next purchase makes another one. False when that was so before."""
    own = (accounts.c.id == account_id, accounts.c.customer_ref == customer_ref)
    return tx.connection.execute(update(accounts).where(*own).values(customer_ref=None)).rowcount == 1


def keep(tx: Tx, fact: CustomerFact, account_id: str) -> bool:
    """Writes how the customer was seen, unless it was seen later or is gone. Whether it was written."""
    tx.database.serialize(tx.connection, f"customer:{fact.customer_ref}")
    _know(tx, account_id, fact.customer_ref, fact.read_at)
    newer = (customers.c.customer_ref == fact.customer_ref, customers.c.read_at <= fact.read_at)
    written = update(customers).where(*newer, customers.c.deleted_at.is_(None)).values(_values(fact))
    return tx.connection.execute(written).rowcount == 1


def of_account(connection: Connection, account_id: str) -> CustomerFact | None:
    """The account's customer as last seen; of several, who was linked last."""
    query = select(customers).where(customers.c.account_id == account_id)
    row = connection.execute(query.order_by(customers.c.linked_at.desc(), customers.c.read_at.desc())).first()
    return None if row is None else _fact(row)


def unread(connection: Connection, before: int, most: int) -> list[str]:
    """Those that were not read since then, the longest first."""
    query = select(customers.c.customer_ref).where(customers.c.deleted_at.is_(None), customers.c.read_at < before)
    return list(connection.scalars(query.order_by(customers.c.read_at).limit(most)))


def looked_at(tx: Tx, ref: str, now: int) -> None:
    """The provider was asked and knew nothing of it: the others must not wait behind."""
    own = customers.c.customer_ref == ref
    tx.connection.execute(update(customers).where(own).values(read_at=now))


def _know(tx: Tx, account_id: str, customer_ref: str, now: int) -> None:
    known = select(customers.c.account_id).where(customers.c.customer_ref == customer_ref)
    if tx.connection.scalar(known) is None:
        row = {"customer_ref": customer_ref, "account_id": account_id, "linked_at": now}
        tx.connection.execute(insert(customers).values(row))


def _values(fact: CustomerFact) -> dict[str, Any]:
    if fact.is_deleted:
        return {"read_at": fact.read_at, "deleted_at": fact.read_at}
    return {
        "name": fact.name, "email": fact.email, "phone": fact.phone, "tax_exempt": fact.tax_exempt,
        "address": json.dumps(asdict(fact.address)) if fact.address else None,
        "tax_ids": json.dumps(fact.tax_ids), "read_at": fact.read_at,
    }  # fmt: skip


def _fact(row: Row[Any]) -> CustomerFact:
    return CustomerFact(
        customer_ref=row.customer_ref, read_at=row.read_at, is_deleted=row.deleted_at is not None,
        name=row.name, email=row.email, phone=row.phone,
        address=Address(**json.loads(row.address)) if row.address else None,
        tax_ids=tuple((kind, number) for kind, number in json.loads(row.tax_ids)), tax_exempt=row.tax_exempt,
    )  # fmt: skip
