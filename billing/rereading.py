"""Rereading: asks about customers and subscriptions that were not read for long, a few at a time. The sweep calls it.

Webhooks tell of most changes at once. This finds what none told, also after the provider has forgotten its events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import structlog

from billing.portal import Portal
from billing.recording import record_now
from billing.rules.errors import GatewayUnavailable, Refused
from billing.rules.facts import Fact
from billing.rules.moments import DAY
from billing.store import customers as customer_rows
from billing.store import subscriptions as snapshots

READ_AGAIN = DAY
AT_ONCE = 50

log = structlog.get_logger("rereading")

Mark = Callable[..., None]


def customers(portal: Portal) -> int:
    """Reads those that were not read for a day, or never; how many gave no answer. Raises GatewayUnavailable."""
    with portal.database.read() as connection:
        refs = customer_rows.unread(connection, portal.clock() - READ_AGAIN, AT_ONCE)
    return _read(portal, refs, portal.gateway.customer, customer_rows.looked_at)


def subscriptions(portal: Portal) -> int:
    """The same of those that have not ended; one whose paid time is over since it was read comes first."""
    now = portal.clock()
    with portal.database.read() as connection:
        refs = snapshots.unread(connection, now, now - READ_AGAIN, AT_ONCE)
    return _read(portal, refs, portal.gateway.subscription, snapshots.looked_at)


def _read(portal: Portal, refs: Sequence[str], ask: Callable[[str], Fact], mark: Mark) -> int:
    unanswered = 0
    for ref in refs:
        try:
            record_now(portal, ask(ref))
        except (GatewayUnavailable, Refused) as error:
            if isinstance(error, GatewayUnavailable) and "field" not in error.details:
                raise
            # What the provider does not know any more, or tells in no readable way, must not keep the others waiting.
            unanswered += 1
            log.warning("not_read_again", ref=ref, error=error.code)
            portal.till.write(partial(mark, ref=ref, now=portal.clock()))
    return unanswered
