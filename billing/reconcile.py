"""Reconcile: finds what no webhook told us and records it by the same route. The sweep and cli call it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import structlog

from billing import duties, overdraft, purchases, webhooks
from billing.portal import Portal
from billing.rules.errors import GatewayUnavailable, Refused
from billing.rules.moments import DAY, MINUTE
from billing.rules.orders import OrderState
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
    invoices written for credits used on account.
    """

    looked_at: int
    credited: int
    unanswered: int
    events: int = 0
    duties: int = 0
    invoices: int = 0


def sweep(portal: Portal) -> Swept:
    """Asks the provider about every open order of the last 30 days and about its events, invoices what was used on
    account in periods that ended, and does what is owed.
    """
    looked_at, credited, unanswered = _orders(portal)
    events = 0
    try:
        events = _events(portal)
    except GatewayUnavailable as error:
        unanswered += 1
        log.warning("events_unanswered", error=error.code)
    invoices = 0
    try:
        invoices = len(overdraft.invoice(portal))
        overdraft.refresh(portal)
    except (GatewayUnavailable, Refused) as error:
        unanswered += 1
        log.warning("overdraft_unanswered", error=error.code, why=error.sentence)
    return Swept(looked_at, credited, unanswered, events, duties.work(portal), invoices)


def _orders(portal: Portal) -> tuple[int, int, int]:
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
    return len(waiting), credited, unanswered


def _events(portal: Portal) -> int:
    """Works the provider's own list of events from where the last reading ended; how many were new."""
    now = portal.clock()
    with portal.database.read() as connection:
        since = cursors.position(connection, CURSOR)
    told = portal.gateway.events_since((now - LOOK_BACK) if since is None else since - OVERLAP)
    taken = 0
    while some := list(islice(told, EVENTS_AT_ONCE)):
        taken += len(webhooks.take(portal, some))
    portal.till.write(lambda tx: cursors.advance(tx, CURSOR, now))
    return taken
