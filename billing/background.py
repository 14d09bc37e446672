"""What runs beside the requests: the sweep, each part in its own time, the looking at accounts that changed, and the
batches. app starts and stops them with the server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic

import structlog

from billing import alerts, batch_work, duties, mail, reconcile
from billing.grant_batches import QUEUE
from billing.portal import Portal
from billing.rules.errors import ScripError
from billing.rules.rounds import Part, Rounds
from billing.settings import Settings

GATHER_SECONDS = 1
"""An account that changes all the time is looked at once in so long."""

TRY_AGAIN_SECONDS = 5
"""After a batch could not be worked: the database was away."""

Work = Callable[[Portal, threading.Event], None]

log = structlog.get_logger("background")


@contextmanager
def running(portal: Portal) -> Iterator[None]:
    """Sweeps at once and then again and again, and looks after each change, until the server stops.

    Two processes may: what is settled, told or sent is that once.
    """
    stopping, changed, called = threading.Event(), Changed(), threading.Event()
    leaving = (portal.bell.listen_to_all(changed.hear), portal.bell.listen(QUEUE, lambda _: called.set()))
    works: dict[str, Work] = {"batches": partial(_batches, called=called)}
    if portal.settings.sweep_seconds:
        works |= {"sweep": _sweep, "alerts": changed.look}
    threads = [
        threading.Thread(target=work, args=(portal, stopping), name=name, daemon=True) for name, work in works.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for leave in leaving:
            leave()
        stopping.set()
        changed.wake()
        called.set()
        for thread in threads:
            thread.join(5)


class Changed:
    """The accounts that changed since they were looked at last. `hear` is called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: set[str] = set()
        self._some = threading.Event()

    def hear(self, account_id: str) -> None:
        """Only remembers it: whoever commits must not wait."""
        with self._lock:
            self._accounts.add(account_id)
        self._some.set()

    def wake(self) -> None:
        """Lets `look` see that it is over."""
        self._some.set()

    def take(self) -> set[str]:
        """All of them, and none is left."""
        self._some.clear()
        with self._lock:
            taken, self._accounts = self._accounts, set()
        return taken

    def look(self, portal: Portal, stopping: threading.Event) -> None:
        """Looks at what changed and sends what that owes, until the server stops."""
        while not stopping.is_set():
            self._some.wait()
            stopping.wait(GATHER_SECONDS)
            if stopping.is_set():
                return
            try:
                _look(portal, self.take())
            except ScripError as error:
                log.warning("look_failed", error=error.code)


def _look(portal: Portal, accounts: set[str]) -> None:
    passed = alerts.look(portal, accounts)
    if passed:
        log.info("alerts_passed", passed=passed)
    if portal.mailer is not None:
        duties.work(portal, mail.MAIL)


def _batches(portal: Portal, stopping: threading.Event, called: threading.Event) -> None:
    """First what a process left behind that was killed, then what the bell calls for."""
    while not stopping.is_set():
        called.clear()
        wait: int | None = None
        try:
            while not stopping.is_set() and batch_work.work_part(portal):
                pass
        except ScripError as error:
            log.warning("batches_failed", error=error.code)
            wait = TRY_AGAIN_SECONDS
        called.wait(wait)


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
