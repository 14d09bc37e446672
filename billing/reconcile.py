"""Reconcile: finds what no webhook told us and settles it by the same route. The sweep and cli call it."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from billing import purchases
from billing.portal import Portal
from billing.rules.errors import GatewayUnavailable, PaymentRefused
from billing.rules.moments import DAY
from billing.rules.orders import OrderState
from billing.store import orders as rows

LOOK_BACK = 30 * DAY
ORDERS_MOST = 500

log = structlog.get_logger("reconcile")


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: orders looked at, orders it credited, orders the provider could not be asked about."""

    looked_at: int
    credited: int
    unanswered: int


def sweep(portal: Portal) -> Swept:
    """Asks the provider about every open order of the last 30 days and settles what was paid."""
    with portal.database.read() as connection:
        waiting = rows.unsettled(connection, portal.clock() - LOOK_BACK, ORDERS_MOST)
    credited = unanswered = 0
    for order in waiting:
        if order.payment_ref is None:
            continue
        try:
            after = purchases.confirm(portal, order.account_id, order.id)
        except (GatewayUnavailable, PaymentRefused) as error:
            unanswered += 1
            log.warning("order_unanswered", order=order.id, error=error.code)
            continue
        credited += after.state is OrderState.CREDITED
    return Swept(len(waiting), credited, unanswered)
