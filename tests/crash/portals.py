"""A portal that can be killed and started again on the same ports and files. Only tests/crash uses it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.world import nursery
from tests.world.nursery import Process
from tests.world.portals import WEBHOOK_SECRET

KEY = "sk_test_sandbox_crash"
READY_SECONDS = 60


@dataclass
class Mortal:
    """The portal as `make run` starts it, over any database; its sandbox outlives it."""

    folder: Path
    database_url: str
    port: int = field(default_factory=lambda: free_port())
    sandbox_port: int = field(default_factory=lambda: free_port())
    process: Process | None = None
    _groups: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def start(self, **settings: str) -> Mortal:
        """`settings` are further ones, by their environment names."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCRIP_", "PYTEST_"))}
        own = {
            "SCRIP_PORT": str(self.port),
            "SCRIP_SANDBOX_PORT": str(self.sandbox_port),
            "SCRIP_VAR_DIR": str(self.folder),
            "SCRIP_DATABASE_URL": self.database_url,
            "SCRIP_LOG_LEVEL": "WARNING",
            "SCRIP_SWEEP_SECONDS": "0",  # a sweep would bring the credits by another way than the one under test
            "SCRIP_STRIPE__API_KEY": KEY,
            "SCRIP_STRIPE__WEBHOOK_SECRETS": WEBHOOK_SECRET,
        }
        self.process = nursery.start(kept | own | settings, self.folder / "portal.log")
        self._groups.append(self.process.pid)
        self._wait()
        return self

    def kill(self) -> None:
        """No farewell: what was not on disk is gone."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def end(self) -> None:
        """The orderly end, and then the end of the sandbox that outlived the first portal."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        for group in self._groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def control(self, path: str, **body: object) -> None:
        httpx.post(f"{self.sandbox_url}/_sandbox/{path}", json=body, timeout=10).raise_for_status()

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        assert self.process is not None
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/livez", timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise RuntimeError((self.folder / "portal.log").read_text("utf-8", "replace")[-3000:])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(claim: str, true: object, seconds: int = 20) -> None:
    """Waits until `true()` holds; fails with the claim."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if callable(true) and true():
            return
        time.sleep(0.05)
    raise AssertionError(claim)
