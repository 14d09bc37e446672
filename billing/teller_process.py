"""`python -m billing.teller_process FD`: the other end of the teller's line. Started by `teller`, imported by
nobody.

Reads whatever has arrived, writes it in one transaction, answers, and ends when the line is closed: by a portal that
stops, or by one that was killed.
"""

from __future__ import annotations

import pickle
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

from billing.logs import configure_logging
from billing.store.database import Database
from billing.store.teller import Frames, frame
from billing.store.writer import BATCH_LIMIT, Writer, calm_collector

READ_BYTES = 1 << 20
ALLOCATIONS = 200_000
"""More than a batch of thousands of debits makes: the collector looks for cycles between batches, never at what a batch
holds. Measured: 3 percent of the processor time of a debit among a thousand.
"""


def main() -> None:
    """Works until the portal closes the line. The portal alone ends it: a signal to the whole group is not for it."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as line:
        arriving = _arrivals(line)
        url, relaxed, log_level = next(arriving)
        configure_logging(log_level)
        database = Database(url, relaxed=relaxed)
        calm_collector(ALLOCATIONS)
        _work(line, arriving, Writer(database))
        database.engine.dispose()


def _work(line: socket.socket, arriving: Iterator[Any], writer: Writer) -> None:
    for pieces in arriving:
        for start in range(0, len(pieces), BATCH_LIMIT):
            part = pieces[start : start + BATCH_LIMIT]
            outcomes, changed = writer.settle([(run, payload) for _, run, payload in part])
            line.sendall(frame(_packed([number for number, _, _ in part], outcomes, changed)))


def _arrivals(line: socket.socket) -> Iterator[Any]:
    """First the greeting, then lists of pieces: each list holds all that had arrived by then."""
    frames = Frames()
    greeted = False
    while data := line.recv(READ_BYTES):
        bodies = list(frames.feed(data))
        while more := _waiting(line):
            bodies.extend(frames.feed(more))
        if bodies and not greeted:
            greeted = True
            yield pickle.loads(bodies.pop(0))  # noqa: S301 - from our own process
        if bodies:
            yield [piece for body in bodies for piece in pickle.loads(body)]  # noqa: S301 - as above


def _waiting(line: socket.socket) -> bytes:
    try:
        return line.recv(READ_BYTES, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return b""


def _packed(numbers: list[int], outcomes: list[Any], changed: set[str]) -> bytes:
    """An exception that cannot travel is told by its name."""
    try:
        return pickle.dumps((numbers, outcomes, changed), pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError):
        told = [RuntimeError(type(each).__name__) if isinstance(each, BaseException) else each for each in outcomes]
        return pickle.dumps((numbers, told, changed), pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main()
