"""The figures about reading: a balance and a page of a statement cost the same however long the history is.

`python -m benchmarks` runs them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median

from benchmarks import wire
from benchmarks.figures import Ground
from benchmarks.report import Result, compared
from benchmarks.server import open_portal
from benchmarks.stock import stocked
from billing import accounts, statements
from billing.portal import Portal
from billing.rules.kinds import Kind
from billing.rules.postings import Posting
from billing.rules.views import Filters
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


def statement_read(ground: Ground, engine: str, lines: int) -> Iterator[Result]:
    """Pages of a statement of so many lines against those of one of a thousand: the first, one deep in it, a period.

    Everything a page shows is read: the lines, how many there are, and what the period adds up to.
    """
    short, long = wire.account(0), wire.account(1)
    with stocked(engine, ground.cluster, 2) as stock, open_portal(stock.url) as portal:
        _spend(portal, short, SHORT)
        _spend(portal, long, lines)
        for name, deep in (("first", False), ("deep", True)):
            asked = [_asked(portal, each, deep=deep) for each in (short, long)]
            pairs = [(_pages(portal, short, asked[0]), _pages(portal, long, asked[1])) for _ in range(2 * ground.pairs)]
            yield compared(f"statement_{name} {lines:,}", engine, pairs, 1.5, 2, at_most=True)
        took = 1000 / _pages(portal, long, Filters())
    result = compared("statement_page ms", engine, [(took, 1)], 300, 300, at_most=True)
    yield replace(result, a_per_second=0, b_per_second=0)


def _asked(portal: Portal, account_id: str, *, deep: bool) -> Filters:
    """The page in the middle of the statement, of the period since its first line."""
    if not deep:
        return Filters()
    first = statements.page(portal, account_id, Filters(oldest_first=True, limit=1)).lines[0]
    newest = statements.page(portal, account_id, Filters(limit=1)).lines[0]
    return Filters(since=first.recorded_at, cursor=newest.version // 2)


def _pages(portal: Portal, account_id: str, asked: Filters) -> float:
    return _a_second(lambda: statements.page(portal, account_id, asked))


def _per_second(portal: Portal, account_id: str) -> float:
    return _a_second(lambda: accounts.view(portal, account_id))


def _a_second(read: Callable[[], object]) -> float:
    """From the median read, so that a neighbour's burst does not count."""
    took = []
    for _ in range(READS):
        started = time.perf_counter()
        read()
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
