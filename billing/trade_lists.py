"""Trade lists: everybody's orders and transactions, as managers look for them. Pages and exports call it."""

from __future__ import annotations

from collections.abc import Iterator

from billing import spreadsheets
from billing.portal import Portal
from billing.rules.console import Listed
from billing.rules.insights import Movement, MovementFilters, Payment, PaymentFilters
from billing.rules.money import Money
from billing.store import trade_lists as rows

PAYMENT_COLUMNS = (
    "begun_at", "paid_at", "account", "account_name", "person", "package", "quantity", "credits", "amount", "tax",
    "currency", "state", "failure", "payment", "transaction", "order",
)  # fmt: skip
MOVEMENT_COLUMNS = (
    "recorded_at", "happened_at", "account", "account_name", "type", "amount", "balance_after", "by", "reason", "order",
    "transaction",
)  # fmt: skip


def payments(portal: Portal, filters: PaymentFilters) -> Listed[Payment]:
    """One page of the orders that match, newest first. Raises BadInput for a page that never was."""
    with portal.database.read() as connection:
        return rows.payments(connection, filters)


def currencies(portal: Portal) -> list[str]:
    """Every currency something was ordered in."""
    with portal.database.read() as connection:
        return rows.currencies(connection)


def movements(portal: Portal, filters: MovementFilters) -> Listed[Movement]:
    """One page of the transactions that match, newest first. Raises BadInput for a page that never was."""
    with portal.database.read() as connection:
        return rows.movements(connection, filters)


def payment_csv(portal: Portal, filters: PaymentFilters) -> Iterator[str]:
    """Every order that matches, as CSV text, piece by piece."""
    with portal.database.read() as connection:
        yield from spreadsheets.sheet(PAYMENT_COLUMNS, map(_payment, rows.every_payment(connection, filters)))


def movement_csv(portal: Portal, filters: MovementFilters) -> Iterator[str]:
    """Every transaction that matches, as CSV text, piece by piece."""
    with portal.database.read() as connection:
        yield from spreadsheets.sheet(MOVEMENT_COLUMNS, map(_movement, rows.every_movement(connection, filters)))


def _payment(found: Payment) -> tuple[spreadsheets.Cell, ...]:
    order, name = found
    tax = Money(order.tax_minor, order.amount.currency)
    return (
        spreadsheets.moment(order.created_at), spreadsheets.moment(order.paid_at), order.account_id, name,
        order.person_id, order.package_name, order.quantity, str(order.credits), f"{order.amount.major:f}",
        f"{tax.major:f}", order.amount.currency, order.state.value, order.failure_code, order.payment_ref,
        order.transfer_id, order.id,
    )  # fmt: skip


def _movement(found: Movement) -> tuple[spreadsheets.Cell, ...]:
    line, name = found
    return (
        spreadsheets.moment(line.recorded_at), spreadsheets.moment(line.happened_at), line.account_id, name,
        line.kind.value, str(line.amount), str(line.balance_after), line.actor, line.reason, line.order_id, line.id,
    )  # fmt: skip
