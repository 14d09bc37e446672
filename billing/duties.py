"""Duties: does outside what the ledger found out must be done, once each. The sweep calls it.

A duty is written in the transaction that found it out, and its id is the provider's idempotency key: doing it after a
crash, or from two processes, does it once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog

from billing import customers, mail, metering, overdraft, seats, subscribing
from billing.organisations import REGISTER
from billing.portal import Portal
from billing.recording import TRIAL_END
from billing.rules.errors import GatewayUnavailable, NotFound, Refused
from billing.rules.moments import HOUR, MINUTE
from billing.settling import REFUND
from billing.store import audit
from billing.store import duties as rows
from billing.store.duties import Duty
from billing.store.writer import Tx

AT_ONCE, ROUNDS = 100, 20
ALONE_FOR = 5 * MINUTE
"""A mail has no provider behind it that knows its key, so only one of us sends it; after a crash another may."""

LONGEST_WAIT = 6 * HOUR

log = structlog.get_logger("duties")


def work(portal: Portal, kind: str | None = None) -> int:
    """Does what is due, all or of one kind; how many were done. What is refused for good waits for a person."""
    done = 0
    for _ in range(ROUNDS):
        with portal.database.read() as connection:
            waiting = rows.due(connection, portal.clock(), AT_ONCE, kind)
        done_now = sum(_do(portal, duty) for duty in waiting)
        done += done_now
        if len(waiting) < AT_ONCE or not done_now:
            break
    return done


def _do(portal: Portal, duty: Duty) -> bool:
    if duty.kind == mail.MAIL and not portal.till.write(partial(_take, portal=portal, duty=duty)):
        return False
    refused = ""
    try:
        DOERS[duty.kind](portal, duty)
    except GatewayUnavailable as error:
        why, until = error.sentence, portal.clock() + min(MINUTE * 2**duty.attempts, LONGEST_WAIT)
        log.warning("duty_put_off", kind=duty.kind, duty=duty.id, attempts=duty.attempts + 1)
        portal.till.write(lambda tx: rows.put_off(tx, duty, until, why))
        return False
    except Refused as refusal:
        refused = refusal.sentence
        log.error("duty_refused", kind=duty.kind, duty=duty.id)
    return portal.till.write(lambda tx: _done(tx, portal, duty, refused))


def _done(tx: Tx, portal: Portal, duty: Duty, refused: str) -> bool:
    now = portal.clock()
    if not rows.finish(tx, duty, now, refused=refused):
        return False
    if duty.kind == mail.MAIL:  # nobody's act: the outbox itself says that it was sent
        return not refused
    audit.add(
        tx, actor="system", action=f"duty.{duty.kind}", now=now, account_id=duty.account_id,
        reason=str(duty.body.get("reason", "")), after=refused or "done",
    )  # fmt: skip
    if duty.account_id:
        tx.changed.add(duty.account_id)
    return not refused


def _take(tx: Tx, portal: Portal, duty: Duty) -> bool:
    now = portal.clock()
    return rows.take(tx, duty, now, now + ALONE_FOR)


def _refund(portal: Portal, duty: Duty) -> None:
    portal.gateway.refund(str(duty.body["payment_ref"]), duty.id, str(duty.body["reason"]))


def _register(portal: Portal, duty: Duty) -> None:
    if duty.account_id is None:
        raise NotFound("The duty names no account.")
    customers.register(portal, duty.account_id)


DOERS: dict[str, Callable[[Portal, Duty], None]] = {
    REFUND: _refund,
    REGISTER: _register,
    overdraft.INVOICE: overdraft.send,
    TRIAL_END: subscribing.end_with_trial,
    metering.REPORT: metering.send,
    mail.MAIL: mail.send,
    seats.SEATS: seats.follow,
}
"""One line per kind of duty."""
