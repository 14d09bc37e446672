"""Orders in the database. Verbs may import it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text, update

from billing.rules.money import Credits, Money
from billing.rules.orders import PAYABLE, Order, OrderState, Surface
from billing.store.rowsets import Query, Shape, Statement
from billing.store.tables_trade import orders
from billing.store.writer import Tx

_COLUMNS = ", ".join(f"o.{column.name}" for column in orders.columns)

_BY_PAYMENT = Query(Shape(ref="text"), _COLUMNS, "FROM {rows} JOIN orders o ON o.payment_ref = r.ref")
_BY_SESSION = Query(Shape(ref="text"), _COLUMNS, "FROM {rows} JOIN orders o ON o.session_ref = r.ref")
_BY_ID = Query(Shape(id="text"), _COLUMNS, "FROM {rows} JOIN orders o ON o.id = r.id")

# Credited is final: no late or repeated news can move an order away from it.
_MARK_CREDITED = Statement(
    Shape(id="text", payment_ref="text", paid_at="int8", transfer_id="int8", tax_minor="int8", now="int8"),
    "UPDATE orders SET state = 'credited', payment_ref = r.payment_ref, paid_at = r.paid_at, "
    " transfer_id = r.transfer_id, tax_minor = r.tax_minor, failure_code = NULL, failure_text = NULL, "
    " updated_at = r.now FROM {rows}"
    " WHERE orders.id = r.id AND orders.state <> 'credited'",
)
_MARK_STATE = Statement(
    Shape(id="text", state="text", failure_code="text", failure_text="text", now="int8"),
    "UPDATE orders SET state = r.state, failure_code = r.failure_code, failure_text = r.failure_text, "
    " updated_at = r.now FROM {rows} WHERE orders.id = r.id AND orders.state <> 'credited'",
)


def add(tx: Tx, order: Order) -> None:
    """Writes a new order; a unique index refuses a second payable one for the same account and price."""
    values = {column.name: getattr(order, column.name, None) for column in orders.columns}
    values |= {
        "amount_minor": order.amount.minor, "currency": order.amount.currency, "credits_micro": order.credits.micro,
        "bonus_micro": order.bonus.micro,
    }  # fmt: skip
    tx.connection.execute(insert(orders).values(values))


def payable(connection: Connection, account_id: str, payer_id: str, price_ref: str, currency: str) -> Order | None:
    """The order of this payer for this price that can still be paid, if there is one."""
    query = select(orders).where(
        orders.c.account_id == account_id,
        orders.c.payer_id == payer_id,
        orders.c.price_ref == price_ref,
        orders.c.currency == currency,
        orders.c.state.in_(PAYABLE),
    )
    return _one(connection.execute(query).first())


def get(connection: Connection, order_id: str) -> Order | None:
    """The order with this id."""
    return _one(connection.execute(select(orders).where(orders.c.id == order_id)).first())


def of_account(connection: Connection, account_id: str, states: Iterable[OrderState], most: int) -> list[Order]:
    """An account's orders in these states, newest first."""
    query = (
        select(orders)
        .where(orders.c.account_id == account_id, orders.c.state.in_(list(states)))
        .order_by(orders.c.created_at.desc())
        .limit(most)
    )
    return [order_of(row) for row in connection.execute(query)]


def unsettled(connection: Connection, since: int, most: int) -> list[Order]:
    """Orders that a payment may still settle, oldest first: what a sweep looks at."""
    query = (
        select(orders)
        .where(orders.c.state.in_([*PAYABLE, OrderState.PROCESSING]), orders.c.created_at >= since)
        .order_by(orders.c.created_at)
        .limit(most)
    )
    return [order_of(row) for row in connection.execute(query)]


def credited(connection: Connection, since: int, most: int) -> list[Order]:
    """Orders credited after that moment, the earliest first."""
    done = (orders.c.state == text("'credited'"), orders.c.updated_at > since)
    query = select(orders).where(*done).order_by(orders.c.updated_at, orders.c.id).limit(most)
    return [order_of(row) for row in connection.execute(query)]


def by_payments(tx: Tx, refs: Iterable[str]) -> dict[str, Order]:
    """Orders by the provider's payment id."""
    found = (order_of(row) for row in _BY_PAYMENT.read(tx.connection, [(ref,) for ref in refs]))
    return {order.payment_ref: order for order in found if order.payment_ref}


def by_sessions(tx: Tx, refs: Iterable[str]) -> dict[str, Order]:
    """Orders by the id of their checkout."""
    found = (order_of(row) for row in _BY_SESSION.read(tx.connection, [(ref,) for ref in refs]))
    return {order.session_ref: order for order in found if order.session_ref}


def by_session(connection: Connection, session_ref: str) -> Order | None:
    """The order that is paid in this checkout."""
    return _one(connection.execute(select(orders).where(orders.c.session_ref == session_ref)).first())


def first_currency(connection: Connection, account_id: str) -> str | None:
    """The currency of the account's first purchase."""
    query = (
        select(orders.c.currency)
        .where(orders.c.account_id == account_id, orders.c.state == OrderState.CREDITED)
        .order_by(orders.c.created_at)
        .limit(1)
    )
    return connection.scalar(query)


def have_bought(tx: Tx, account_ids: Iterable[str]) -> set[str]:
    """Those of the accounts for which something was bought before."""
    query = select(orders.c.account_id).where(
        orders.c.account_id.in_(list(account_ids)), orders.c.state == OrderState.CREDITED
    )
    return set(tx.connection.scalars(query.distinct()))


def by_ids(tx: Tx, ids: Iterable[str]) -> dict[str, Order]:
    """Orders by our id."""
    found = (order_of(row) for row in _BY_ID.read(tx.connection, [(each,) for each in ids]))
    return {order.id: order for order in found}


def opened(tx: Tx, order: Order, now: int, *, payment_ref: str | None = None, session_ref: str | None = None) -> bool:
    """Remembers the provider's answer: `order`, as it stood when the provider was asked, is payable at its surface.

    False when it changed meanwhile. The reference of another door stays: what comes through it must be recognised.
    """
    values: dict[str, Any] = {"state": OrderState.OPEN, "surface": order.surface, "customer_ref": order.customer_ref}
    values |= {"tax_minor": order.tax_minor, "updated_at": now}
    values |= {"payment_ref": payment_ref} if payment_ref else {"session_ref": session_ref}
    asked = (orders.c.id == order.id, orders.c.updated_at == order.updated_at, orders.c.state.in_(PAYABLE))
    return tx.connection.execute(update(orders).where(*asked).values(values)).rowcount == 1


def mark_credited(tx: Tx, rows: Sequence[tuple[str, str, int, int, int, int]]) -> None:
    """Rows of (order id, payment ref, paid at, transfer id, tax, now)."""
    _MARK_CREDITED.run(tx.connection, rows)


def mark_state(tx: Tx, rows: Sequence[tuple[str, OrderState, str | None, str | None, int]]) -> None:
    """Rows of (order id, state, failure code, failure text, now); a credited order stays credited."""
    _MARK_STATE.run(tx.connection, rows)


def _one(row: Row[Any] | None) -> Order | None:
    return None if row is None else order_of(row)


def order_of(row: Sequence[Any]) -> Order:
    """Columns come in the order of the table, whichever way they were read."""
    return Order(
        row[0], row[1], row[2], row[3], row[4], row[5], Money(row[6], row[7]), Credits(row[8]),
        OrderState(row[9]), bool(row[10]), row[11], row[12], row[13], row[14], row[15], row[16], row[17], row[18],
        row[19], row[20], Surface(row[21]), row[22], row[23], row[24], Credits(row[25]),
    )  # fmt: skip
