"""The real portal and its sandbox as processes of their own, on free ports. Tests of browsers and documents use it."""

import json
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from tests.world import nursery
from tests.world.databases import begin_as_copy
from tests.world.nursery import Process

READY_SECONDS = 40.0


@dataclass(frozen=True)
class Running:
    """A portal that answers. `sandbox` talks to its sandbox's control API; whoever needs its end joins `ending`."""

    url: str
    sandbox_url: str
    folder: Path
    log: Path
    ending: Thread

    def sandbox(self, path: str, **body: Any) -> dict[str, Any]:
        """POSTs to the sandbox's control API, e.g. `sandbox("delivery", paused=True)`."""
        answer = httpx.post(f"{self.sandbox_url}/_sandbox/{path}", json=body, timeout=10)
        return dict(answer.raise_for_status().json())

    def payments(self) -> list[dict[str, Any]]:
        """The sandbox's payment intents, newest first."""
        return self.listed("payments")

    def listed(self, word: str) -> list[dict[str, Any]]:
        """What the sandbox has of one kind (payments, sessions), newest first."""
        answer = httpx.get(f"{self.sandbox_url}/_sandbox/{word}", params={"limit": 200}, timeout=10)
        return list(answer.raise_for_status().json()[word])

    def grant(self, account_id: str, credits: str) -> None:
        """A manager's program grants credits by the API."""
        key = json.loads((self.folder / "demo-keys.json").read_text("utf-8"))["manager"]
        body = {
            "account": account_id, "type": "grant", "amount": credits, "reason": "Granted by a browser test",
            "idempotency_key": uuid.uuid4().hex,
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {key}"}
        httpx.post(f"{self.url}/api/v1/transactions", json=body, headers=headers, timeout=10).raise_for_status()

    def calm(self) -> None:
        """Every delivery switch back to its first position, every fault off."""
        self.sandbox("delivery", paused=False, drop_next=0, duplicate=0, delay_seconds=0, shuffle=False)
        self.sandbox("faults", slow_seconds=0, fail_next=0, lose_next=0)


@contextmanager
def portal_process(folder: Path, /, **settings: str) -> Iterator[Running]:
    """Starts the portal as `make run` does and ends exactly what it started."""
    port, sandbox_port = int(settings.get("SCRIP_PORT", 0)) or free_port(), free_port()
    log = folder / "portal.log"
    environment = _environment(folder, port, sandbox_port, settings)
    begin_as_copy(folder / "scrip.db")
    process = nursery.start(environment, log)
    ending = Thread(target=_see_off, args=(process,))
    running = Running(f"http://localhost:{port}", f"http://127.0.0.1:{sandbox_port}", folder, log, ending)
    try:
        _wait(process, running)
        yield running
    finally:
        process.terminate()
        ending.start()  # an end takes a second, for which the next test need not wait; the tests' own process does


def _see_off(process: Process) -> None:
    """First the portal by itself, as a supervisor does; then what is left of its group, which is its sandbox."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(5)


def _environment(folder: Path, port: int, sandbox_port: int, settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCRIP_", "PYTEST_"))}
    own = {
        "SCRIP_PORT": str(port),
        "SCRIP_SANDBOX_PORT": str(sandbox_port),
        "SCRIP_VAR_DIR": str(folder),
        "SCRIP_DATABASE_URL": f"sqlite:///{folder}/scrip.db",
        "SCRIP_LOG_LEVEL": "WARNING",
        # a sweep would heal behind a test's back what the test is looking at
        "SCRIP_SWEEP_SECONDS": "0",
    }
    return {**kept, **own, **settings, "PYTHONUNBUFFERED": "1"}


def _wait(process: Process, running: Running) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{running.url}/readyz", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    tail = running.log.read_text("utf-8", "replace")[-3000:]
    raise RuntimeError(f"The portal did not become ready ({process.poll()}). Its last words:\n{tail}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
