"""What runs beside the requests: the sweep over open orders. app starts and stops it with the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from billing import reconcile
from billing.portal import Portal
from billing.rules.errors import ScripError

log = structlog.get_logger("background")


@contextmanager
def running(portal: Portal) -> Iterator[None]:
    """Sweeps at once and then at every interval, until the server stops. Two processes may: settling happens once."""
    stopping = threading.Event()
    thread = threading.Thread(target=_sweep, args=(portal, stopping), name="sweep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(5)


def _sweep(portal: Portal, stopping: threading.Event) -> None:
    interval = portal.settings.sweep_seconds
    while interval and not stopping.is_set():
        try:
            swept = reconcile.sweep(portal)
            if swept.credited:
                log.info("swept", looked_at=swept.looked_at, credited=swept.credited)
        except ScripError as error:
            log.warning("sweep_failed", error=error.code)
        stopping.wait(interval)
