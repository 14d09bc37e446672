"""Processes that spend from the same account at the same moment. Started by tests/billing/test_races.py."""

from __future__ import annotations

import asyncio
import threading
from multiprocessing.synchronize import Barrier
from typing import Any

from billing import usage
from billing.rules.money import Credits
from billing.rules.postings import Posted
from tests.world import nursery
from tests.world.portals import open_world

THREADS = 10
WAIT = 60

Jobs = list[str]


def race(url: str, accounts: Jobs, processes: int = 2) -> dict[str, int]:
    """Every thread of every process tries to spend one credit of each account; returns how many succeeded for each."""
    context = nursery.processes()
    barrier = context.Barrier(processes)
    results = context.SimpleQueue()
    workers = [
        context.Process(target=spend_all, args=(url, accounts, barrier, results, number)) for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    succeeded = dict.fromkeys(accounts, 0)
    for _ in workers:
        for account_id, count in results.get().items():
            succeeded[account_id] += count
    for worker in workers:
        worker.join(WAIT)
    return succeeded


def spend_all(url: str, accounts: Jobs, barrier: Barrier, results: Any, number: int) -> None:
    """One process: for each account, all threads at once, in step with the other process."""
    counts = {}
    with open_world(url) as world:
        for account_id in accounts:
            barrier.wait(WAIT)
            done: list[bool] = []

            def spend(place: int, account_id: str = account_id, done: list[bool] = done) -> None:
                asked = usage.Debit(account_id, Credits.whole(1), f"{number}:{place}", "key_race")
                done.append(isinstance(asyncio.run(usage.debit(world.portal, asked)), Posted))

            threads = [threading.Thread(target=spend, args=(place,)) for place in range(THREADS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(WAIT)
            assert len(done) == THREADS, "a spender got no answer"
            counts[account_id] = sum(done)
    results.put(counts)
