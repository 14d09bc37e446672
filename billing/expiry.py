"""Expiry: what remains in a lot when its time is over leaves the account. The sweep calls it.

Nothing that has expired can be spent, so when the sweep comes makes no difference to any debit: the balance only says
late what could be used no more. The lot is the cause, so two sweeps at once empty it once.
"""

from __future__ import annotations

from functools import partial

from billing.portal import Portal
from billing.rules.kinds import Kind
from billing.rules.lots import Lot, LotSource
from billing.rules.postings import Posted, Posting
from billing.store import ledger
from billing.store.writer import Tx

AT_ONCE = 500
"""Lots in one transaction: whoever spends from one of their accounts waits for it."""

CAUSE = "expiry"

REASONS = {LotSource.PLAN: "Credits of a plan's period expired"}
OTHERWISE = "Credits expired"


def sweep(portal: Portal) -> int:
    """Empties every lot that has expired; how many. Raises LedgerUnavailable."""
    emptied = 0
    while True:
        found, done = portal.till.write(partial(_expire, now=portal.clock()))
        emptied += done
        if found < AT_ONCE or not done:
            return emptied


def _expire(tx: Tx, now: int) -> tuple[int, int]:
    """How many were found, and how many of them were emptied just now."""
    lots = ledger.expired(tx, now, AT_ONCE)
    outcomes = ledger.post(tx, [_posting(each) for each in lots], now) if lots else []
    return len(lots), sum(isinstance(each, Posted) and each.fresh for each in outcomes)


def _posting(lot: Lot) -> Posting:
    """Forced, for a required minimum or a reservation does not keep what has expired: it becomes a debt instead."""
    return Posting(
        account_id=lot.account_id,
        kind=Kind.EXPIRY,
        cause_type=CAUSE,
        cause_id=str(lot.id),
        amount_micro=-lot.remaining_micro,
        actor="system",
        happened_at=lot.expires_at,
        reason=REASONS.get(lot.source, OTHERWISE),
        lot_id=lot.id,
        forced=True,
    )
