"""What can be counted, for /metrics: outcomes at the doors, the till, the event loop's lag. Only api/ imports it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry, Counter, Gauge, Info, generate_latest

from billing.portal import Portal

BEAT_SECONDS = 0.1
BEATS_KEPT = 100


def build_version() -> str:
    """The version of this Scrip; a checkout that was never installed has none."""
    try:
        return version("scrip")
    except PackageNotFoundError:
        return "checkout"


class Metrics:
    """The counters of one app. A registry of its own, so that two portals in one process do not mix."""

    def __init__(self, portal: Portal) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = Counter(
            "scrip_webhook_events", "Webhook bodies by what became of them.", ["outcome"], registry=self.registry
        )
        self.debits = Counter(
            "scrip_usage_debits", "Usage debits by what became of them.", ["outcome"], registry=self.registry
        )
        self._beats: deque[float] = deque([0.0], maxlen=BEATS_KEPT)
        lag = Gauge("scrip_event_loop_lag_seconds", "Worst delay of the last ten seconds.", registry=self.registry)
        lag.set_function(lambda: max(self._beats))
        stalled = Gauge("scrip_till_stalled_seconds", "How long the writer has been busy.", registry=self.registry)
        stalled.set_function(lambda: portal.till.stalled_seconds)
        alive = Gauge("scrip_till_alive", "1 while the writer lives.", registry=self.registry)
        alive.set_function(lambda: portal.till.alive)
        build = Info("scrip_build", "Which Scrip this is.", registry=self.registry)
        build.info({"version": build_version(), "mode": portal.settings.mode})

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Measures the event loop's lag while the server runs."""
        task = asyncio.create_task(self._beat(), name="event loop lag")
        try:
            yield
        finally:
            task.cancel()

    async def _beat(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(BEAT_SECONDS)
            self._beats.append(max(0.0, time.monotonic() - before - BEAT_SECONDS))
