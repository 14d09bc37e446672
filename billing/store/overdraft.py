"""Credit limits, what accounts owe, and the invoices that ask for it, in the database. Verbs may import it.

What an account owes is what its overdraft lot is below zero. What of it is asked for already is the sum of its
invoices that still ask. The difference is not invoiced yet: nothing is written down beside the ledger that could
come to disagree with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, or_, select, update

from billing.rules.calendars import Period
from billing.rules.lots import LotSource
from billing.rules.money import Credits, Money
from billing.rules.overdraft import CreditPrice, InvoiceState, OverdraftInvoice
from billing.store.tables import accounts, entries, lots, transfers
from billing.store.tables_overdraft import overdraft_invoices as invoices
from billing.store.writer import Tx


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """What an account may owe or must keep, as it stands. `floor` is what its balance may not fall below."""

    floor: Credits
    due_in_days: int | None
    postpaid_since: int | None


def unasked_at(connection: Connection, account_id: str, end: int) -> Credits:
    """What is to be asked for at the end of a period: owed at that moment, still owed, and no invoice asks for it."""
    return Credits(max(0, min(_unasked(connection, account_id, end), _unasked(connection, account_id))))


def unasked(connection: Connection, account_id: str) -> Credits:
    """What is owed now and no invoice asks for yet."""
    return Credits(max(0, _unasked(connection, account_id)))


def _unasked(connection: Connection, account_id: str, end: int | None = None) -> int:
    asking: ColumnElement[bool] = invoices.c.closed_at.is_(None)
    bounds = [] if end is None else [invoices.c.period_end <= end]
    if end is not None:
        asking = or_(asking, invoices.c.closed_at >= end)
    asked = select(func.coalesce(func.sum(invoices.c.credits_micro), 0))
    asked = asked.where(invoices.c.account_id == account_id, asking, *bounds)
    return owed(connection, account_id, end) - int(connection.scalar(asked) or 0)


def owed(connection: Connection, account_id: str, at: int | None = None) -> int:
    """How far below zero the overdraft lot is, in millionths; now, or as it was at the moment `at`.

    The past is counted back from now: what was written since is little, what was written before is not read.
    """
    lot = connection.execute(select(lots.c.id, lots.c.remaining_micro).where(*_overdraft(account_id))).first()
    if lot is None:
        return 0
    if at is None:
        return -int(lot.remaining_micro)
    since = (
        select(func.coalesce(func.sum(entries.c.amount_micro), 0))
        .join(transfers, transfers.c.id == entries.c.transfer_id)
        .where(transfers.c.account_id == account_id, transfers.c.recorded_at >= at, entries.c.lot_id == lot.id)
    )
    return int(connection.scalar(since) or 0) - int(lot.remaining_micro)


def _overdraft(account_id: str) -> tuple[ColumnElement[bool], ...]:
    return lots.c.account_id == account_id, lots.c.source == LotSource.OVERDRAFT.value


def owing(connection: Connection) -> list[str]:
    """The accounts that were given a credit limit once and owe something."""
    query = (
        select(accounts.c.id)
        .join(lots, lots.c.account_id == accounts.c.id)
        .where(accounts.c.postpaid_since.is_not(None))
        .where(lots.c.source == LotSource.OVERDRAFT.value, lots.c.remaining_micro < 0)
        .order_by(accounts.c.id)
    )
    return list(connection.scalars(query))


def first_postpaid(connection: Connection) -> int | None:
    """When an account was given a credit limit for the first time."""
    first: int | None = connection.scalar(select(func.min(accounts.c.postpaid_since)))
    return first


def terms(connection: Connection, account_id: str) -> CreditTerms | None:
    """The account's terms, None for one that is not there."""
    query = select(accounts.c.floor_micro, accounts.c.due_in_days, accounts.c.postpaid_since)
    row = connection.execute(query.where(accounts.c.id == account_id, accounts.c.kind != "system")).first()
    return None if row is None else CreditTerms(Credits(row[0]), row[1], row[2])


def set_terms(tx: Tx, account_id: str, floor: Credits, due_in_days: int | None, now: int) -> None:
    """Sets the floor. By how much the account is below the new one becomes its debt, which closes it for debits."""
    # Locked as the ledger locks it: a debit that is being decided must see one floor or the other.
    lock = select(accounts.c.balance_micro, accounts.c.held_micro, accounts.c.postpaid_since)
    row = tx.connection.execute(lock.where(accounts.c.id == account_id).with_for_update()).one()
    debt = max(0, floor.micro - (row.balance_micro - row.held_micro))
    since = row.postpaid_since or (now if floor.micro < 0 else None)
    values = {
        "floor_micro": floor.micro, "debt_micro": debt, "due_in_days": due_in_days, "postpaid_since": since,
    }  # fmt: skip
    tx.connection.execute(update(accounts).where(accounts.c.id == account_id).values(values))
    tx.changed.add(account_id)


def is_invoiced(connection: Connection, account_id: str, period: Period) -> bool:
    """Whether the period has its invoice."""
    own = (invoices.c.period_start == period.start, invoices.c.period_end == period.end)
    query = select(invoices.c.id).where(invoices.c.account_id == account_id, *own)
    return connection.scalar(query) is not None


def serialize(tx: Tx, account_id: str) -> None:
    """Lets only one transaction at a time decide about the account's invoices."""
    tx.database.serialize(tx.connection, f"overdraft:{account_id}")


def add(tx: Tx, invoice: OverdraftInvoice) -> None:
    """Writes what will be asked for, before the provider hears of it."""
    tx.connection.execute(insert(invoices).values(_values(invoice)))
    tx.changed.add(invoice.account_id)


def change(tx: Tx, invoice: OverdraftInvoice) -> None:
    """Writes what became of it; what it asks for never changes."""
    fixed = ("id", "account_id", "period_start", "period_end", "credits_micro", "amount_minor", "currency")
    values = {name: value for name, value in _values(invoice).items() if name not in fixed}
    tx.connection.execute(update(invoices).where(invoices.c.id == invoice.id).values(values))
    tx.changed.add(invoice.account_id)


def refuse(tx: Tx, invoice: OverdraftInvoice, why: str, now: int) -> None:
    """The provider will not make it. One that was made all the same stays as it is."""
    still_new = (invoices.c.id == invoice.id, invoices.c.state == InvoiceState.NEW.value)
    values = {"state": InvoiceState.REFUSED.value, "note": why, "closed_at": now}
    tx.connection.execute(update(invoices).where(*still_new).values(values))
    tx.changed.add(invoice.account_id)


def get(connection: Connection, invoice_id: str) -> OverdraftInvoice | None:
    """The invoice by our id."""
    return _first(connection, invoices.c.id == invoice_id)


def by_ref(connection: Connection, invoice_ref: str) -> OverdraftInvoice | None:
    """The invoice by the provider's id."""
    return _first(connection, invoices.c.invoice_ref == invoice_ref)


def of_account(connection: Connection, account_id: str) -> list[OverdraftInvoice]:
    """Every invoice of the account, newest first."""
    query = select(invoices).where(invoices.c.account_id == account_id)
    order = (invoices.c.period_end.desc(), invoices.c.created_at.desc())
    return [_invoice(row) for row in connection.execute(query.order_by(*order))]


def unread(connection: Connection, since: int, most: int) -> list[str]:
    """The provider's ids of invoices that still ask and were not read after `since`, the oldest reading first."""
    query = select(invoices.c.invoice_ref).where(invoices.c.invoice_ref.is_not(None))
    query = query.where(invoices.c.closed_at.is_(None), invoices.c.read_at < since)
    return [str(each) for each in connection.scalars(query.order_by(invoices.c.read_at).limit(most))]


def _first(connection: Connection, which: ColumnElement[bool]) -> OverdraftInvoice | None:
    row = connection.execute(select(invoices).where(which)).first()
    return None if row is None else _invoice(row)


def _values(each: OverdraftInvoice) -> dict[str, Any]:
    price = each.price
    return {
        "id": each.id, "account_id": each.account_id, "period_start": each.period_start,
        "period_end": each.period_end, "credits_micro": each.credits.micro, "amount_minor": each.amount.minor,
        "currency": each.amount.currency, "price_ref": price.price_ref, "price_name": price.name,
        "price_minor": price.amount.minor, "price_credits_micro": price.credits.micro,
        "due_in_days": each.due_in_days, "state": each.state.value, "invoice_ref": each.invoice_ref,
        "number": each.number, "url": each.url, "due_at": each.due_at, "transfer_id": each.transfer_id,
        "note": each.note, "created_at": each.created_at, "read_at": each.read_at, "closed_at": each.closed_at,
    }  # fmt: skip


def _invoice(row: Row[Any]) -> OverdraftInvoice:
    price = CreditPrice(
        row.price_ref, row.price_name, Money(row.price_minor, row.currency), Credits(row.price_credits_micro)
    )
    return OverdraftInvoice(
        row.id, row.account_id, row.period_start, row.period_end, Credits(row.credits_micro),
        Money(row.amount_minor, row.currency), price, row.due_in_days, InvoiceState(row.state), row.invoice_ref,
        row.number, row.url, row.due_at, row.transfer_id, row.note, row.created_at, row.read_at, row.closed_at,
    )  # fmt: skip
