"""The till: where everything that is to be written is handed over, many at once. Verbs and auth may import it.

Requests hand over a piece of work and wait. The writer takes whatever has gathered meanwhile, runs it in one
transaction, commits once, and only then answers: an answer means it is on disk. The writer is a thread of this process;
a server has a second one, the teller, for what its hot doors ask (`teller`).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from billing.rules.errors import LedgerUnavailable
from billing.store.database import Database
from billing.store.teller import Teller, hired, resolve
from billing.store.writer import BATCH_LIMIT, P, R, Run, Tx, Writer

WAIT_SECONDS = 15

log = structlog.get_logger("till")


@dataclass(slots=True)
class _Piece:
    run: Run[Any, Any]
    payload: Any
    answer: Future[Any] | None = None
    waiter: asyncio.Future[Any] | None = None
    outcome: Any = None


class Till:
    """Writers over one database. `bell` is called with the changed accounts after each commit."""

    def __init__(self, database: Database, bell: Callable[[frozenset[str]], None]) -> None:
        self._database = database
        self._writer = Writer(database)
        self._bell = bell
        self._queue: deque[_Piece] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._busy_since: int | None = None
        self._thread = threading.Thread(target=self._work, name="till", daemon=True)
        self._teller: Teller | None = None

    def start(self) -> None:
        """Starts the writer."""
        self._thread.start()

    def stop(self) -> None:
        """Finishes what was handed over, then ends the writer."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    @asynccontextmanager
    async def with_teller(self, log_level: str) -> AsyncIterator[None]:
        """Inside it, what this event loop asks is written by a process of its own. For servers."""
        async with hired(self._database, log_level, self._ring) as self._teller:
            yield
        self._teller = None

    def call(self, run: Run[P, R], payload: P) -> R:
        """Hands over one payload and waits for its outcome. For threads; raises what the work raised for it."""
        piece = _Piece(run, payload, answer=Future())
        self._hand_over(piece)
        assert piece.answer is not None
        try:
            result: R = piece.answer.result(WAIT_SECONDS)
        except TimeoutError:
            raise _slow() from None
        return result

    async def ask(self, run: Run[P, R], payload: P) -> R:
        """The same from the event loop, which is not blocked. Both must be fit to travel (pickle)."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[R] = loop.create_future()
        if self._teller is not None and self._teller.takes(loop):
            self._teller.send(run, payload, waiter)
        else:
            self._hand_over(_Piece(run, payload, waiter=waiter))
        late = loop.call_later(WAIT_SECONDS, _give_up, waiter)
        try:
            return await waiter
        finally:
            late.cancel()

    def write(self, work: Callable[[Tx], R]) -> R:
        """Runs one ordinary write in the writer's transaction and returns what it returns."""
        result: R = self.call(_each, work)
        return result

    @property
    def stalled_seconds(self) -> int:
        """For how long a writer has been busy with one batch: /readyz and the metrics watch it."""
        begun = [self._busy_since, None if self._teller is None else self._teller.waiting_since]
        return max((time.monotonic_ns() - since) // 1_000_000_000 if since else 0 for since in begun)

    @property
    def alive(self) -> bool:
        """Whether the writer thread runs."""
        return self._thread.is_alive()

    def _ring(self, changed: set[str]) -> None:
        """Tells open pages after a commit. PostgreSQL does so itself, to every process."""
        if changed and self._database.is_sqlite:
            self._bell(frozenset(changed))

    def _hand_over(self, piece: _Piece) -> None:
        if self._stopping:
            raise LedgerUnavailable("The portal is stopping; please try again in a moment.")
        self._queue.append(piece)
        if not self._wake.is_set():
            self._wake.set()

    def _work(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_LIMIT))]
                self._busy_since = time.monotonic_ns()
                self._settle(batch)
                self._busy_since = None
            if self._stopping:
                return

    def _settle(self, batch: list[_Piece]) -> None:
        outcomes, changed = self._writer.settle([(piece.run, piece.payload) for piece in batch])
        for piece, outcome in zip(batch, outcomes, strict=True):
            piece.outcome = outcome
        self._ring(changed)
        _answer(batch)


def _each(tx: Tx, works: Sequence[Callable[[Tx], Any]]) -> list[Any]:
    return [work(tx) for work in works]


def _answer(batch: list[_Piece]) -> None:
    """Wakes the threads one by one and each event loop once, however many of its requests were in the batch."""
    loops: dict[asyncio.AbstractEventLoop, list[_Piece]] = {}
    for piece in batch:
        if piece.waiter is not None:
            loops.setdefault(piece.waiter.get_loop(), []).append(piece)
        elif piece.answer is not None:
            resolve(piece.answer, piece.outcome)
    for loop, pieces in loops.items():
        try:
            loop.call_soon_threadsafe(_resolve_all, pieces)
        except RuntimeError:  # that loop has ended and its requests with it; what was written stays
            log.info("answer_unheard", pieces=len(pieces))


def _resolve_all(pieces: list[_Piece]) -> None:
    for piece in pieces:
        if piece.waiter is not None:
            resolve(piece.waiter, piece.outcome)


def _give_up(waiter: asyncio.Future[Any]) -> None:
    resolve(waiter, _slow())


def _slow() -> LedgerUnavailable:
    return LedgerUnavailable(
        "The ledger is slow to answer; what was asked may still happen. Please look before trying again."
    )
