"""Which paid invoices of plans gave their credits, and what they left to settle. Verbs may import it.

A decision is made while the account is locked, so that two invoices of one account never continue from the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from billing.rules.facts import InvoiceFact
from billing.rules.portions import NO_SURPLUS, START, Surplus, cause_of_start
from billing.store.tables import transfers
from billing.store.tables_plans import plan_invoices
from billing.store.writer import Tx


def reckoned(connection: Connection, subscription_ref: str) -> set[str]:
    """Those of the subscription's invoices that gave what they give."""
    query = select(plan_invoices.c.invoice_ref).where(plan_invoices.c.subscription_ref == subscription_ref)
    return set(connection.scalars(query))


def is_reckoned(connection: Connection, invoice_ref: str) -> bool:
    """Whether this invoice gave what it gives."""
    query = select(plan_invoices.c.invoice_ref).where(plan_invoices.c.invoice_ref == invoice_ref)
    return connection.scalar(query) is not None


def surplus(connection: Connection, subscription_ref: str) -> Surplus:
    """What the subscription's invoices so far left."""
    return _last(connection, subscription_ref)[1]


def add(tx: Tx, fact: InvoiceFact, account_id: str, left: Surplus, now: int) -> None:
    """Writes down that the invoice gave its credits."""
    number, _ = _last(tx.connection, fact.subscription_ref or "")
    row = {
        "invoice_ref": fact.invoice_ref, "account_id": account_id, "subscription_ref": fact.subscription_ref,
        "number": number + 1, "surplus_micro": left.micro, "surplus_until": left.until, "recorded_at": now,
    }  # fmt: skip
    tx.connection.execute(insert(plan_invoices).values(row))


def started(connection: Connection, account_id: str, plans: Iterable[str]) -> set[str]:
    """Those of the plans whose starting credits the account had already."""
    causes = {cause_of_start(account_id, plan): plan for plan in plans}
    query = select(transfers.c.cause_id).where(transfers.c.cause_type == START, transfers.c.cause_id.in_(causes))
    return {causes[each] for each in connection.scalars(query)}


def _last(connection: Connection, subscription_ref: str) -> tuple[int, Surplus]:
    own = plan_invoices.c
    query = select(own.number, own.surplus_micro, own.surplus_until).where(own.subscription_ref == subscription_ref)
    row = connection.execute(query.order_by(own.number.desc()).limit(1)).first()
    return (0, NO_SURPLUS) if row is None else (row[0], Surplus(row[1], row[2]))
