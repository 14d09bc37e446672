"""Starts the local Stripe beside the portal, in a process of its own. Only app may import it.

It outlives a killed portal on purpose: like Stripe, it still has webhooks to deliver. The next start finds and uses it.
"""

from __future__ import annotations

import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import structlog

START_SECONDS = 20

log = structlog.get_logger("sandbox")


class SandboxTrouble(Exception):
    """The sandbox did not start; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Where it listens, where it posts its events, and the keys it shares with the portal."""

    port: int
    webhook_url: str
    webhook_secrets: tuple[str, ...] = field(repr=False)
    secret_key: str = field(repr=False)
    publishable_key: str = field(repr=False)
    state: Path

    @property
    def address(self) -> str:
        """Its own address; it listens on this machine alone."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def beside(sandbox: Sandbox) -> Iterator[None]:
    """Runs the sandbox until the end, unless this installation's is there already: then only its endpoint is set."""
    if _found(sandbox):
        yield
        return
    process = subprocess.Popen([sys.executable, "-m", "sandbox", *_arguments(sandbox)], stdin=subprocess.DEVNULL)
    try:
        _wait(process, sandbox)
        yield
    finally:
        process.terminate()
        process.wait(5)


def _found(sandbox: Sandbox) -> bool:
    """Whether it runs already; then it tells this portal from now on."""
    with _line(sandbox) as line:
        if not _answers(line):
            return False
        log.info("sandbox_found", address=sandbox.address)
        endpoint = {"url": sandbox.webhook_url, "secrets": list(sandbox.webhook_secrets)}
        line.post("/_sandbox/endpoint", json=endpoint, timeout=5).raise_for_status()
    return True


def alone(sandbox: Sandbox) -> int:
    """Runs the sandbox in the foreground until it is interrupted; returns its exit status."""
    return subprocess.call([sys.executable, "-m", "sandbox", *_arguments(sandbox)])


def _arguments(sandbox: Sandbox) -> list[str]:
    signed = [word for secret in sandbox.webhook_secrets for word in ("--webhook-secret", secret)]
    return [
        "--port", str(sandbox.port), "--webhook-url", sandbox.webhook_url, *signed, "--secret-key", sandbox.secret_key,
        "--publishable-key", sandbox.publishable_key, "--state", str(sandbox.state),
    ]  # fmt: skip


def _wait(process: subprocess.Popen[bytes], sandbox: Sandbox) -> None:
    deadline = time.monotonic() + START_SECONDS
    with _line(sandbox) as line:
        while time.monotonic() < deadline and process.poll() is None:
            if _answers(line):
                return
            time.sleep(0.05)  # not money: a pause
    raise SandboxTrouble(f"The sandbox did not start at {sandbox.address}: set SCRIP_SANDBOX_PORT to a free port.")


def _line(sandbox: Sandbox) -> httpx.Client:
    """To this machine: past every proxy, and without reading whom to trust, which takes longer than an answer."""
    return httpx.Client(
        base_url=sandbox.address,
        headers={"Authorization": f"Bearer {sandbox.secret_key}"},
        timeout=2,
        trust_env=False,
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    )


def _answers(line: httpx.Client) -> bool:
    """Whether a sandbox of this installation is there: another one's would refuse our key."""
    try:
        answer = line.get("/v1/events", params={"limit": 1})
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK
