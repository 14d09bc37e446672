"""Hears what other processes announced on PostgreSQL and rings this process's bell. Only app may start it.

SQLite has no such channel: there the portal is one process and its till rings the bell itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

import psycopg
import structlog

from billing.store.database import CHANNEL, Database

RETRY_SECONDS = 1
LOOK_UP_SECONDS = 1

log = structlog.get_logger("listener")


class Listener:
    """A thread with its own connection. `ring_all` is called after each reconnection: news may have been missed."""

    def __init__(self, database: Database, ring: Callable[[Iterable[str]], None], ring_all: Callable[[], None]) -> None:
        url = database.url.set(drivername="postgresql")
        self._url = url.render_as_string(hide_password=False)
        self._ring = ring
        self._ring_all = ring_all
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="listener", daemon=True)

    def start(self) -> None:
        """Starts hearing."""
        self._thread.start()

    def stop(self) -> None:
        """Stops within about a second."""
        self._stopping.set()
        self._thread.join(5)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._hear()
            except psycopg.Error as error:
                log.warning("listener_away", error=type(error).__name__)
                self._stopping.wait(RETRY_SECONDS)

    def _hear(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._ring_all()
            while not self._stopping.is_set():
                for notice in connection.notifies(timeout=LOOK_UP_SECONDS):
                    self._ring([notice.payload])
