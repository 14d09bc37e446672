"""The processes a portal under test starts, begun before it runs: each waits, with everything imported, to be needed.

What a portal starts as `python -m` becomes the spare of that module; a second one, or any other, starts in the ordinary
way. Importing takes a sandbox and a teller a second of processor time, and each portal of the tests starts one of both.
Only `nursery_process` imports it, in the fork that is about to become a portal and has no thread yet.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType
from typing import Any

from billing import teller_process
from billing.gateways import sandbox_process
from billing.store import teller
from sandbox import __main__ as sandbox
from tests.world.nursery import MESSAGE, Nursling

Main = Callable[[], int | None]

MAINS: Mapping[str, Main] = {
    "sandbox": sandbox.main,
    "billing.teller_process": teller_process.main,
}
FIRST_WORDS = [sys.executable, "-m"]


class Spare(Nursling):
    """A process that runs its module once it hears with what words, and ends when nobody can tell it any more."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        super().__init__(pid)
        self.line = line

    def begin(self, command: list[str], handles: tuple[int, ...]) -> Spare:
        """Lets it run. The open files `handles` have the same numbers there."""
        message = json.dumps({"words": command[2:], "handles": handles}).encode()
        socket.send_fds(self.line, [message], handles)
        self.line.close()
        return self

    def kill(self) -> None:
        """What a starter does to one that does not end."""
        self.send_signal(signal.SIGKILL)


def keep() -> None:
    """From now on the portal in this process starts spares, as far as there are any."""
    spares: dict[str, Spare] = {}
    for module, main in MAINS.items():
        spares[module] = _spare(main, list(spares.values()))
    changed = ModuleType(subprocess.__name__)
    vars(changed).update(vars(subprocess), Popen=partial(_started, spares))
    for starter in (teller, sandbox_process):
        vars(starter)["subprocess"] = changed


def _started(spares: dict[str, Spare], command: list[str], **options: Any) -> Spare | subprocess.Popen[bytes]:
    spare = spares.pop(command[2], None) if command[:2] == FIRST_WORDS else None
    return subprocess.Popen(command, **options) if spare is None else spare.begin(command, options.get("pass_fds", ()))


def _spare(main: Main, others: list[Spare]) -> Spare:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child == 0:
        for line in (here, *(each.line for each in others)):
            line.close()  # or those who wait would not hear that the portal is gone
        _wait(main, there)
    there.close()
    return Spare(child, here)


def _wait(main: Main, line: socket.socket) -> None:
    message, received, _, _ = socket.recv_fds(line, MESSAGE, 1)
    line.close()
    if not message:
        os._exit(0)
    told = json.loads(message)
    for handle, wanted in zip(received, told["handles"], strict=True):
        if handle != wanted:
            os.dup2(handle, wanted)
            os.close(handle)
    sys.argv = told["words"]
    sys.exit(main())
