"""Starts portals for tests from a process that has imported everything already: importing takes most of a start.

Each is a process of its own, as `python -m app run` makes one, with its own session, environment and log; killing it is
a real kill. Where the system cannot watch a process that is not its child, it is started in the ordinary way.
"""

from __future__ import annotations

import atexit
import json
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Protocol

RUN = (sys.executable, "-m", "app", "run")
SERVER = "tests.world.nursery_process"
MESSAGE = 1 << 18
"""The longest message: an environment and the name of a file."""


class Process(Protocol):
    """What tests do with a process; `subprocess.Popen` is one."""

    pid: int

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int, /) -> None: ...

    def terminate(self) -> None: ...


class Nursling:
    """A process somebody else is the parent of. How it ended is not known, only that it did."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._watch = os.pidfd_open(pid)

    def __del__(self) -> None:
        os.close(self._watch)

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        ended = self._ended(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired(RUN, timeout or 0)
        return ended

    def send_signal(self, sig: int, /) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._watch, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def _ended(self, timeout: float | None) -> int | None:
        watched = select.poll()
        watched.register(self._watch, select.POLLIN)
        return 0 if watched.poll(None if timeout is None else timeout * 1000) else None


def start(environment: Mapping[str, str], log: Path) -> Process:
    """A portal that runs in this environment and writes into `log`; the caller waits until it answers."""
    if not hasattr(os, "pidfd_open"):
        with log.open("ab") as output:
            return subprocess.Popen(
                RUN, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
    line = _line()
    line.sendall(json.dumps({"environment": dict(environment), "log": str(log)}).encode())
    return Nursling(int(line.recv(MESSAGE)))


@cache
def processes() -> ForkServerContext:
    """For `multiprocessing`: its processes, which work on a portal's verbs, begin with all that imported as well."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.world.portals"])
    return context


@cache
def _line() -> socket.socket:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with there:
        # It ends when the line does; nobody waits for it.
        process = subprocess.Popen([sys.executable, "-m", SERVER, str(there.fileno())], pass_fds=[there.fileno()])
    atexit.register(process.wait)
    atexit.register(here.close)
    return here
