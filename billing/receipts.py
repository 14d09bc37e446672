"""Receipts: who bought, or could not pay, is written to afterwards. The sweep calls it; no payment waits for a mail.

What is to be told follows from rows that are there anyway. A mail's cause is its purchase, or the period that was not
paid, so looking twice tells once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlalchemy import Connection

from billing import mail
from billing.mail import Fact, Owed
from billing.portal import Portal
from billing.rules.moments import MINUTE
from billing.rules.money import Money
from billing.rules.orders import Order
from billing.rules.subscriptions import Subscription
from billing.store import duties, people
from billing.store import orders as order_rows
from billing.store import subscriptions as subscription_rows
from billing.store.writer import Tx

CURSOR = "receipts"
OVERLAP = MINUTE
"""What was credited carries the moment at which its work began; its commit may have come a little later."""

AT_ONCE = 500
Told = tuple[Owed, str]
"""A mail, and the person it is for."""


def tell(portal: Portal) -> int:
    """Owes what is to be told since the last time; how many mails. The first time only begins to look."""
    if portal.mailer is None:
        return 0
    now = portal.clock()
    with portal.database.read() as connection:
        since = duties.position(connection, CURSOR)
        bought = [] if since is None else order_rows.credited(connection, since - OVERLAP, AT_ONCE)
        found = [*_receipts(connection, bought), *_warnings(connection)]
        fresh = [each for each in found if not mail.is_owed(connection, *each)]
    reached = bought[-1].updated_at if len(bought) == AT_ONCE else now
    return portal.till.write(partial(_owe, portal=portal, fresh=fresh, reached=reached))


def _owe(tx: Tx, portal: Portal, fresh: list[Told], reached: int) -> int:
    """The mails and how far they have come, together or not at all."""
    duties.advance(tx, CURSOR, reached)
    return sum(mail.owe(tx, portal, each, person_id=person_id) for each, person_id in fresh)


def _receipts(connection: Connection, bought: list[Order]) -> Iterator[Told]:
    """To the person who bought; for a program, to whoever answers for the account that pays."""
    for order in bought:
        facts: dict[str, Fact] = {
            "credits": order.gives, "amount": Money(order.amount.minor + order.tax_minor, order.amount.currency),
            "package": order.package_name, "order": order.id, "paid": order.paid_at or order.updated_at,
        }  # fmt: skip
        receipt = Owed("receipt", f"receipt:{order.id}", order.account_id, facts)
        buyer = people.contact(connection, order.person_id)
        told = [buyer.person_id] if buyer is not None else people.responsible(connection, order.payer_id)
        yield from ((receipt, person_id) for person_id in told)


def _warnings(connection: Connection) -> Iterator[Told]:
    """Once for each period of a plan that was not paid, however often the payment is tried again."""
    unpaid: list[Subscription] = subscription_rows.unpaid(connection, AT_ONCE)
    for each in unpaid:
        warning = Owed("invoice_failed", f"unpaid:{each.id}:{each.period_start}", each.account_id)
        yield from ((warning, person_id) for person_id in people.responsible(connection, each.account_id))
