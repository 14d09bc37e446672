"""Reconcile: finds what no webhook told us and records it by the same route. The sweep and cli call it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import astuple, dataclass
from itertools import islice
from operator import add

import structlog

from billing import alerts, duties, expiry, metering, overdraft, purchases, receipts, rereading, seats, webhooks
from billing.portal import Portal
from billing.rules.errors import GatewayUnavailable, Refused
from billing.rules.moments import DAY, MINUTE
from billing.rules.orders import OrderState
from billing.rules.rounds import Part
from billing.store import duties as cursors
from billing.store import orders as rows

LOOK_BACK = 30 * DAY
ORDERS_MOST = 500
OVERLAP = 10 * MINUTE
"""The provider lists an event a moment after the second it names, so each reading begins a little earlier."""
EVENTS_AT_ONCE = 100
CURSOR = "provider_events"

log = structlog.get_logger("reconcile")


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: orders looked at, orders it credited, questions without an answer, events and duties done,
    invoices written for credits used on account, reports of use to meters, lots emptied because their time was over.
    """

    looked_at: int = 0
    credited: int = 0
    unanswered: int = 0
    events: int = 0
    duties: int = 0
    invoices: int = 0
    reports: int = 0
    expired: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(*map(add, astuple(self), astuple(other)))


def sweep(portal: Portal, parts: Collection[Part] = tuple(Part)) -> Swept:
    """Asks the provider about open orders and its events, about customers and subscriptions not read for long, tells
    meters what was used, invoices what was used on account, empties lots that have expired, tells people what they
    should know, and does what is owed. None waits for a part that fails.
    """
    return sum((_swept(portal, part, act) for part, act in ACTS.items() if part in parts), Swept())


def _swept(portal: Portal, part: Part, act: Callable[[Portal], Swept]) -> Swept:
    try:
        return act(portal)
    except (GatewayUnavailable, Refused) as error:
        log.warning("part_unanswered", part=part.value, error=error.code, why=error.sentence)
        return Swept(unanswered=1)


def _customers(portal: Portal) -> Swept:
    return Swept(unanswered=rereading.customers(portal))


def _subscriptions(portal: Portal) -> Swept:
    unanswered = rereading.subscriptions(portal)
    return Swept(unanswered=unanswered, duties=seats.catch_up(portal))


def _meters(portal: Portal) -> Swept:
    return Swept(reports=metering.count(portal))


def _invoices(portal: Portal) -> Swept:
    written = len(overdraft.invoice(portal))
    overdraft.refresh(portal)
    return Swept(invoices=written)


def _expiry(portal: Portal) -> Swept:
    return Swept(expired=expiry.sweep(portal))


def _alerts(portal: Portal) -> Swept:
    receipts.tell(portal)
    alerts.sweep(portal)
    return Swept()


def _duties(portal: Portal) -> Swept:
    return Swept(duties=duties.work(portal))


def _orders(portal: Portal) -> Swept:
    with portal.database.read() as connection:
        waiting = rows.unsettled(connection, portal.clock() - LOOK_BACK, ORDERS_MOST)
    credited = unanswered = 0
    for order in waiting:
        if order.payment_ref is None and order.session_ref is None:
            continue
        try:
            after = purchases.confirm(portal, order.account_id, order.id)
        except (GatewayUnavailable, Refused) as error:
            # Also one the provider does not know any more: it must not keep the others waiting.
            unanswered += 1
            log.warning("order_unanswered", order=order.id, error=error.code)
            continue
        credited += after.state is OrderState.CREDITED
    return Swept(len(waiting), credited, unanswered)


def _events(portal: Portal) -> Swept:
    """Works the provider's own list of events from where the last reading ended; how many were new."""
    now = portal.clock()
    with portal.database.read() as connection:
        since = cursors.position(connection, CURSOR)
    told = portal.gateway.events_since((now - LOOK_BACK) if since is None else since - OVERLAP)
    taken = 0
    while some := list(islice(told, EVENTS_AT_ONCE)):
        taken += len(webhooks.take(portal, some))
    portal.till.write(lambda tx: cursors.advance(tx, CURSOR, now))
    return Swept(events=taken)


ACTS: dict[Part, Callable[[Portal], Swept]] = {
    Part.CHECKOUTS: _orders,
    Part.EVENTS: _events,
    Part.CUSTOMERS: _customers,
    Part.SUBSCRIPTIONS: _subscriptions,
    Part.METERS: _meters,
    Part.INVOICES: _invoices,
    Part.EXPIRY: _expiry,
    Part.ALERTS: _alerts,
    Part.DUTIES: _duties,
}
"""One line per part, in the order in which they are done: meters are told before what they took over is invoiced."""
