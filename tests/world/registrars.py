"""Processes that register things at the same moment. Started by tests/billing/test_entitlement_races.py."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from multiprocessing.synchronize import Barrier
from typing import Any

from billing import entitlements
from billing.entitlements import Asked
from billing.rules.errors import LimitReached
from tests.world import nursery
from tests.world.portals import open_world

WAIT = 60
PLANS = """[
  {"key": "free", "name": "Free", "amount": "0", "currency": "USD",
   "limits": {"pipelines": 3, "connections": 2}},
  {"key": "team", "name": "Team", "amount": "49.00", "currency": "USD",
   "limits": {"pipelines": 25, "connections": 10}, "features": ["email-support"]},
  {"key": "business", "name": "Business", "amount": "199.00", "currency": "USD",
   "limits": {"pipelines": "unlimited", "connections": "unlimited"},
   "features": ["email-support", "priority-support"]}
]"""
LIMITED = {
    "SCRIP_CATALOG__PLANS": PLANS,
    "SCRIP_CATALOG__DEFAULT_PLAN": "free",
    "SCRIP_STRIPE__PLAN_PRICES": '{"team": "price_team", "business": "price_business"}',
}
"""Settings of a portal with a free plan and two that are sold."""


def race(url: str, accounts: list[str], *, threads: int, same_holders: bool = False) -> Mapping[str, int]:
    """Every thread of two processes registers one pipeline of each account; how many got a place of their own."""
    context = nursery.processes()
    barrier, results = context.Barrier(2), context.SimpleQueue()
    workers = [
        context.Process(
            target=register_all, args=(url, accounts, barrier, results, "" if same_holders else each, threads)
        )
        for each in ("one", "two")
    ]
    for worker in workers:
        worker.start()
    fresh = dict.fromkeys(accounts, 0)
    for _ in workers:
        for account_id, count in results.get().items():
            fresh[account_id] += count
    for worker in workers:
        worker.join(WAIT)
    return fresh


def register_all(url: str, accounts: list[str], barrier: Barrier, results: Any, name: str, threads: int) -> None:
    """One process: for each account, all threads at once, in step with the other process."""
    counts = {}
    with open_world(url, clock=None, **LIMITED) as world:
        for account_id in accounts:
            barrier.wait(WAIT)
            answers: list[bool] = []

            def register(place: int, account_id: str = account_id, answers: list[bool] = answers) -> None:
                asked = Asked(account_id, "pipelines", f"{name}:{place}", "key_race")
                try:
                    answers.append(entitlements.take(world.portal, asked).fresh)
                except LimitReached:
                    answers.append(False)

            running = [threading.Thread(target=register, args=(place,)) for place in range(threads)]
            for thread in running:
                thread.start()
            for thread in running:
                thread.join(WAIT)
            assert len(answers) == threads, "a registration got no answer"
            counts[account_id] = sum(answers)
    results.put(counts)
