"""The client: raw keep-alive connections on uvloop in a process of its own, so that it never is the bottleneck."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, cast

import uvloop

from benchmarks.wire import HOST

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length: "
WAIT_SECONDS = 60


@dataclass(frozen=True)
class Job:
    """A round: the requests that `build(*words)` makes, to `port`. With `rate` they start so many a second, not before.

    At a given rate a request's time counts from the moment it was due, so a stall is not hidden by waiting politely.
    """

    port: int
    connections: int
    build: Callable[..., list[bytes]]
    words: tuple[Any, ...]
    rate: int = 0


@dataclass(frozen=True)
class Round:
    """What came back: seconds from the first byte sent to the last received, and how many of each status."""

    seconds: float
    statuses: dict[str, int]
    p50_ms: float
    p99_ms: float
    first_refusal: str

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return sum(self.statuses.values()) / self.seconds


class Load:
    """The client process, as the main process sees it."""

    def __init__(self, far_end: Connection) -> None:
        self._far_end = far_end

    def run(self, job: Job) -> Round:
        """Plays one round; every answer must be a 200, or the figure is void."""
        self._far_end.send(job)
        if not self._far_end.poll(WAIT_SECONDS):
            raise RuntimeError("The client did not come back.")
        played: Round = self._far_end.recv()
        if set(played.statuses) != {"200"}:
            raise RuntimeError(f"Not every answer was a 200: {played.statuses}: {played.first_refusal}")
        return played


@contextmanager
def client() -> Iterator[Load]:
    """Starts the client process and ends it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    there.close()
    try:
        yield Load(here)
    finally:
        here.close()
        process.join(10)


def _serve(jobs: Connection) -> None:
    while True:
        try:
            job: Job = jobs.recv()
        except EOFError:
            return
        jobs.send(uvloop.run(_play(job)))


async def _play(job: Job) -> Round:
    game = _Game(job.build(*job.words), job.rate)
    loop = asyncio.get_running_loop()
    lines = [_Line(game) for _ in range(job.connections)]
    for line in lines:
        await loop.create_connection(partial(_same, line), HOST.decode(), job.port)
    started = time.perf_counter()
    game.begin(lines)
    await asyncio.wait_for(game.over, WAIT_SECONDS)
    seconds = time.perf_counter() - started
    for line in lines:
        line.transport.close()
    took = sorted(game.took)
    return Round(
        seconds, dict(game.statuses), took[len(took) // 2] * 1000, took[len(took) * 99 // 100] * 1000, game.refusal
    )


class _Game:
    """Hands out requests and collects answers."""

    def __init__(self, requests: list[bytes], rate: int) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.statuses: Counter[str] = Counter()
        self.took: list[float] = []
        self.refusal = ""
        self._total = len(requests)
        self._next = iter(requests)
        self._gap = 1 / rate if rate else 0.0
        self._due = 0.0
        self._idle: list[_Line] = []

    def begin(self, lines: list[_Line]) -> None:
        self._due = time.perf_counter()
        self._idle = list(lines)
        self._start_due()

    def answered(self, line: _Line, status: str, body: bytes) -> None:
        self.statuses[status] += 1
        self.took.append(time.perf_counter() - line.since)
        if status != "200" and not self.refusal:
            self.refusal = body[:300].decode(errors="replace")
        if len(self.took) == self._total:
            self.over.set_result(None)
        elif self._gap:
            self._idle.append(line)
        else:
            self._send(line, time.perf_counter())

    def lost(self) -> None:
        if not self.over.done():
            self.over.set_exception(RuntimeError("The server closed a connection."))

    def _start_due(self) -> None:
        """Starts on idle lines what is due; without a rate everything is due at once."""
        now = time.perf_counter()
        while self._idle and self._due <= now:
            self._send(self._idle.pop(), self._due)
            self._due += self._gap
        if self._gap and not self.over.done():
            asyncio.get_running_loop().call_later(0.001, self._start_due)

    def _send(self, line: _Line, since: float) -> None:
        request = next(self._next, None)
        if request is not None:
            line.since = since
            line.transport.write(request)


class _Line(asyncio.Protocol):
    """One connection, one request at a time."""

    transport: asyncio.Transport

    def __init__(self, game: _Game) -> None:
        self.since = 0.0
        self._game = game
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so

    def data_received(self, data: bytes) -> None:
        self._got += data
        head = self._got.find(END_OF_HEAD)
        if head < 0:
            return
        place = self._got.lower().index(LENGTH, 0, head) if LENGTH not in self._got else self._got.index(LENGTH)
        length = int(self._got[place + len(LENGTH) : self._got.index(b"\r\n", place)])
        if len(self._got) < head + len(END_OF_HEAD) + length:
            return
        status, body = self._got[9:12].decode(), self._got[head + len(END_OF_HEAD) :]
        self._got = b""
        self._game.answered(self, status, body)

    def connection_lost(self, _error: Exception | None) -> None:
        self._game.lost()


def _same(line: _Line) -> _Line:
    return line
