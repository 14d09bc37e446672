"""What runs beside the requests: the sweep, each part in its own time. app starts and stops it with the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import structlog

from billing import reconcile
from billing.portal import Portal
from billing.rules.errors import ScripError
from billing.rules.rounds import Part, Rounds
from billing.settings import Settings

log = structlog.get_logger("background")


@contextmanager
def running(portal: Portal) -> Iterator[None]:
    """Sweeps at once and then again and again, until the server stops. Two processes may: settling happens once."""
    stopping = threading.Event()
    thread = threading.Thread(target=_sweep, args=(portal, stopping), name="sweep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(5)


def _sweep(portal: Portal, stopping: threading.Event) -> None:
    rounds = Rounds(intervals(portal.settings))
    while not stopping.is_set():
        try:
            swept = reconcile.sweep(portal, rounds.take(int(monotonic())))
            if swept.credited:
                log.info("swept", looked_at=swept.looked_at, credited=swept.credited)
        except ScripError as error:
            log.warning("sweep_failed", error=error.code)
        stopping.wait(rounds.pause(int(monotonic())))


def intervals(settings: Settings) -> dict[Part, int]:
    """How often each part of the sweep comes around, in seconds; the parts without a time of their own with it."""
    often, own = settings.sweep_seconds, settings.refresh
    chosen = {
        Part.CHECKOUTS: own.checkouts,
        Part.CUSTOMERS: own.customers,
        Part.SUBSCRIPTIONS: own.subscriptions,
        Part.METERS: own.meters,
        Part.INVOICES: own.invoices,
    }
    times = {part: often if (every := chosen.get(part)) is None else every for part in Part}
    return times if often else dict.fromkeys(times, 0)
