"""The till: every write of this process, in one thread, many at once. Verbs and auth may import it.

Requests hand over a piece of work and wait. The writer takes whatever has gathered meanwhile, runs it in one
transaction, commits once, and only then answers: an answer means it is on disk. When a transaction fails, its
pieces are run again one by one, so that one bad piece cannot take the others with it.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection

from billing.rules.errors import LedgerUnavailable
from billing.store.database import DBAPI_ERRORS, Database, is_transient, wants_retry

P = TypeVar("P")
R = TypeVar("R")

BATCH_LIMIT = 512
WAIT_SECONDS = 15
RETRIES = 3
ALLOCATIONS = 10_000

log = structlog.get_logger("till")


@dataclass(slots=True)
class Tx:
    """The open write transaction a piece of work gets. It must touch nothing outside: it may be run again."""

    connection: Connection
    database: Database
    changed: set[str] = field(default_factory=set)
    """Accounts whose balance or orders changed; their open pages hear of it after the commit."""


Run = Callable[[Tx, Sequence[P]], Sequence[R]]
"""Works on many payloads at once and returns an outcome for each of them, in order."""


@dataclass(slots=True)
class _Piece:
    run: Run[Any, Any]
    payload: Any
    answer: Future[Any] | None = None
    waiter: asyncio.Future[Any] | None = None
    outcome: Any = None


class Till:
    """One writer thread over one database. `bell` is called with the changed accounts after each commit."""

    def __init__(self, database: Database, bell: Callable[[frozenset[str]], None]) -> None:
        self._database = database
        self._bell = bell
        self._queue: deque[_Piece] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._busy_since: int | None = None
        self._thread = threading.Thread(target=self._work, name="till", daemon=True)

    def start(self) -> None:
        """Starts the writer."""
        self._thread.start()

    def stop(self) -> None:
        """Finishes what was handed over, then ends the writer."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

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
        """The same from the event loop, which is not blocked."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[R] = loop.create_future()
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
        """For how long the writer has been busy with one batch: /readyz and the metrics watch it."""
        since = self._busy_since
        return 0 if since is None else (time.monotonic_ns() - since) // 1_000_000_000

    @property
    def alive(self) -> bool:
        """Whether the writer thread runs."""
        return self._thread.is_alive()

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
        """Commits the batch, or each piece alone when that fails, and answers everybody whatever happens."""
        try:
            self._commit(batch)
        except BaseException as error:  # the writer must outlive anything, or every later request would hang
            if len(batch) == 1:
                batch[0].outcome = _translated(error)
            else:
                log.warning("batch_failed", pieces=len(batch), error=type(error).__name__)
                for piece in batch:
                    self._settle_alone(piece)
        _answer(batch)

    def _settle_alone(self, piece: _Piece) -> None:
        try:
            self._commit([piece])
        except BaseException as error:  # as above: this piece's waiter gets the error, the writer goes on
            piece.outcome = _translated(error)

    def _commit(self, batch: list[_Piece]) -> None:
        changed = self._transact_patiently(batch)
        if changed and self._database.is_sqlite:
            self._bell(frozenset(changed))

    def _transact_patiently(self, batch: list[_Piece]) -> set[str]:
        """PostgreSQL may ask for another try (serialization, deadlock); a few are enough."""
        for _ in range(RETRIES - 1):
            try:
                return self._transact(batch)
            except DBAPI_ERRORS as error:
                if not wants_retry(error):
                    raise
        return self._transact(batch)

    def _transact(self, batch: list[_Piece]) -> set[str]:
        with self._database.engine.connect().execution_options(write=True) as connection, connection.begin():
            self._database.plan_by_index(connection)
            tx = Tx(connection, self._database)
            for run, pieces in groupby(batch, key=lambda piece: piece.run):
                group = list(pieces)
                outcomes = run(tx, [piece.payload for piece in group])
                for piece, outcome in zip(group, outcomes, strict=True):
                    piece.outcome = outcome
            self._database.announce(connection, tx.changed)
        return tx.changed


def calm_collector() -> None:
    """For a server, once, when all is built: what exists now is never looked through again for cycles.

    Requests that wait for a commit live long enough to make the collector walk the whole program now and then.
    Measured: a fifth of a webhook's processor time, and everything standing still for 100 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 50)


def _each(tx: Tx, works: Sequence[Callable[[Tx], Any]]) -> list[Any]:
    return [work(tx) for work in works]


def _answer(batch: list[_Piece]) -> None:
    """Wakes the threads one by one and each event loop once, however many of its requests were in the batch."""
    loops: dict[asyncio.AbstractEventLoop, list[_Piece]] = {}
    for piece in batch:
        if piece.waiter is not None:
            loops.setdefault(piece.waiter.get_loop(), []).append(piece)
        elif piece.answer is not None:
            _resolve(piece.answer, piece.outcome)
    for loop, pieces in loops.items():
        try:
            loop.call_soon_threadsafe(_resolve_all, pieces)
        except RuntimeError:  # that loop has ended and its requests with it; what was written stays
            log.info("answer_unheard", pieces=len(pieces))


def _resolve_all(pieces: list[_Piece]) -> None:
    for piece in pieces:
        if piece.waiter is not None:
            _resolve(piece.waiter, piece.outcome)


def _resolve(future: Future[Any] | asyncio.Future[Any], outcome: Any) -> None:
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _give_up(waiter: asyncio.Future[Any]) -> None:
    _resolve(waiter, _slow())


def _slow() -> LedgerUnavailable:
    return LedgerUnavailable(
        "The ledger is slow to answer; what was asked may still happen. Please look before trying again."
    )


def _translated(error: BaseException) -> BaseException:
    if is_transient(error):
        away = LedgerUnavailable("The ledger cannot be reached right now. Nothing was changed; please try again.")
        away.__cause__ = error
        return away
    return error
