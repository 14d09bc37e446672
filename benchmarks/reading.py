"""The figure about reading: a balance costs the same however long its history is. `python -m benchmarks` runs it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from benchmarks import wire
from benchmarks.figures import Ground
from benchmarks.report import Result, compared
from benchmarks.server import open_portal
from benchmarks.stock import stocked
from billing import accounts
from billing.portal import Portal
from billing.rules.kinds import Kind
from billing.rules.postings import Posting
from billing.store import ledger

READS = 400
SHORT = 1_000
AT_ONCE = 1_000
ENTRIES_EACH = 2
"""A debit writes two entries: the lot's and the other side."""


def balance_read(ground: Ground, engine: str, entries: int) -> Iterator[Result]:
    """Reads of an account with `entries` entries against those of one with a thousand: how much longer they take."""
    short, long = wire.account(0), wire.account(1)
    with stocked(engine, ground.cluster, 2) as stock, open_portal(stock.url) as portal:
        _spend(portal, short, SHORT // ENTRIES_EACH)
        _spend(portal, long, entries // ENTRIES_EACH)
        _per_second(portal, long)
        # How much longer a read takes is how many fewer there are in a second.
        pairs = [(_per_second(portal, short), _per_second(portal, long)) for _ in range(2 * ground.pairs)]
    yield compared(f"balance_read {entries:,}", engine, pairs, 1.2, 1.2, at_most=True)


def _per_second(portal: Portal, account_id: str) -> float:
    """From the median read, so that a neighbour's burst does not count."""
    took = []
    for _ in range(READS):
        started = time.perf_counter()
        accounts.view(portal, account_id)
        took.append(time.perf_counter() - started)
    return 1 / median(took)


def _spend(portal: Portal, account_id: str, count: int) -> None:
    for start in range(0, count, AT_ONCE):
        now = portal.clock()
        postings = [
            Posting(account_id, Kind.USAGE, "usage", f"{account_id}:{number}", -1_000, "key_bench", now)
            for number in range(start, min(start + AT_ONCE, count))
        ]
        portal.till.write(lambda tx, postings=postings, now=now: ledger.post(tx, postings, now))  # type: ignore[misc]
