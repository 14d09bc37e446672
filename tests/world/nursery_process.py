"""`python -m tests.world.nursery_process FD`: has imported the portal, and becomes one in a fork for each message.

Started by `nursery`, imported by nobody. It runs no thread and opens nothing, so a fork of it is like a fresh start.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time

import app
from billing.store.writer import calm_collector
from locales.catalogues import LANGUAGES, catalogue
from tests.world import spares
from tests.world.nursery import MESSAGE


def main(line: socket.socket) -> None:
    """Serves until the tests have ended."""
    calm_collector()
    for language in LANGUAGES:
        catalogue(language)
    # Whoever ends is forgotten at once: those who watch it have a handle of their own.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while message := line.recv(MESSAGE):
        asked = json.loads(message)
        child = os.fork()
        if child == 0:
            line.close()
            _become(asked["environment"], asked["log"])
            spares.keep()
            app.main()
        line.sendall(str(child).encode())


def _become(environment: dict[str, str], log: str) -> None:
    """What a new process would be given."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for stream in (sys.stdout.fileno(), sys.stderr.fileno()):
        os.dup2(output, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = ["app", "run"]


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as own:
        main(own)
