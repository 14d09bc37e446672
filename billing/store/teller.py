"""The teller: a writer in a process of its own, for a server's hot doors. Only the till and that process import it.

One process cannot answer requests and write at the same time: Python's interpreter lock lets one thread go on, and the
other waits for it. Measured with two cores, webhooks are credited twice as fast this way. Work and answers
travel as pickles over a socket pair that nobody else can reach. When the teller dies, what it had in hand is answered
`LedgerUnavailable` and the till's thread takes over.
"""

from __future__ import annotations

import asyncio
import pickle
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from socket import SO_SNDBUF, SOL_SOCKET, socketpair
from typing import Any, cast

import structlog

from billing.rules.errors import LedgerUnavailable
from billing.store.database import Database

ENDING_SECONDS = 20
MODULE = "billing.teller_process"
UNDERWAY_BYTES = 4 << 20
"""What may be underway to the teller. The system's 200 kB hold one request of 1,000 debits, so a commit stood for one
and a half of them; now half of what the doors have in hand is written while they prepare the other half.
"""
_LENGTH = struct.Struct("!I")

log = structlog.get_logger("teller")


class Teller(asyncio.Protocol):
    """This process's end of the line. Everything happens on the event loop that opened it."""

    def __init__(self, ring: Callable[[set[str]], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._frames = Frames()
        self._unsent: list[tuple[int, Any, Any]] = []
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self._open = False
        self._transport: asyncio.WriteTransport | None = None
        self.ended = self._loop.create_future()
        self.waiting_since: int | None = None
        """When the oldest thing in hand was given or the last answer came (monotonic nanoseconds); None when idle."""

    def takes(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether work from this loop can go to the teller."""
        return loop is self._loop and self._open

    def send(self, run: Any, payload: Any, waiter: asyncio.Future[Any]) -> None:
        """Hands over one piece; everything of this turn of the loop travels together."""
        self._number += 1
        self._waiting[self._number] = waiter
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append((self._number, run, payload))
        self.waiting_since = self.waiting_since or time.monotonic_ns()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line is open."""
        # uvloop's transports write too, and do not say so by their class
        self._transport, self._open = cast(asyncio.WriteTransport, transport), True

    def data_received(self, data: bytes) -> None:
        """Answers came: numbers, outcomes, and the accounts that changed."""
        for body in self._frames.feed(data):
            numbers, outcomes, changed = pickle.loads(body)  # noqa: S301 - from our own process
            self._ring(changed)
            for number, outcome in zip(numbers, outcomes, strict=True):
                resolve(self._waiting.pop(number), outcome)
            self.waiting_since = time.monotonic_ns() if self._waiting else None

    def connection_lost(self, error: Exception | None) -> None:
        """The other process is gone; nobody waits for it any longer."""
        self._open, self._transport = False, None
        if self._waiting:
            log.error("teller_lost", pieces=len(self._waiting), error=None if error is None else str(error))
        for waiter in self._waiting.values():
            resolve(waiter, LedgerUnavailable("The ledger was interrupted; please look before trying again."))
        self._waiting.clear()
        self.waiting_since = None
        self.ended.set_result(None)

    def close(self) -> None:
        """No more work; the other process finishes what it has and ends."""
        self._flush()
        self._open = False
        if self._transport is not None:
            self._transport.write_eof()

    def _flush(self) -> None:
        pieces, self._unsent = self._unsent, []
        if not pieces or self._transport is None:
            return
        try:
            self._transport.write(frame(pickle.dumps(pieces, pickle.HIGHEST_PROTOCOL)))
        except (pickle.PicklingError, TypeError, AttributeError) as error:  # a mistake of ours; nobody shall hang on it
            for number, _, _ in pieces:
                resolve(self._waiting.pop(number), error)


@asynccontextmanager
async def hired(database: Database, log_level: str, ring: Callable[[set[str]], None]) -> AsyncIterator[Teller]:
    """Starts a teller for a database; at the end it finishes what it has in hand."""
    loop = asyncio.get_running_loop()
    here, there = socketpair()
    here.setsockopt(SOL_SOCKET, SO_SNDBUF, UNDERWAY_BYTES)
    with there:
        command = [sys.executable, "-m", MODULE, str(there.fileno())]
        process = subprocess.Popen(command, pass_fds=[there.fileno()], stdin=subprocess.DEVNULL)
    transport, teller = await loop.create_unix_connection(lambda: Teller(ring), sock=here)
    url = database.url.render_as_string(hide_password=False)
    transport.write(frame(pickle.dumps((url, database.relaxed, log_level))))
    try:
        yield teller
    finally:
        teller.close()
        await asyncio.wait([teller.ended], timeout=ENDING_SECONDS)
        transport.close()
        await loop.run_in_executor(None, _end, process)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def resolve(future: Future[Any] | asyncio.Future[Any], outcome: Any) -> None:
    """Gives the outcome to whoever waits; an exception is raised there. Who went away hears nothing."""
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def frame(body: bytes) -> bytes:
    """A body as it travels: four bytes of length before it. Raises struct.error past four gigabytes."""
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Puts pieces of a stream together again."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The bodies that are whole now, in order."""
        self._held += data
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            end = _LENGTH.size + length
            if len(self._held) < end:
                return
            body = bytes(self._held[_LENGTH.size : end])
            del self._held[:end]
            yield body
