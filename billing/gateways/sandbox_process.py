"""Starts the local Stripe beside the portal, in a process of its own. Only app may import it.

It outlives a killed portal on purpose: like Stripe, it still has webhooks to deliver. The next start finds and uses it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import structlog

START_SECONDS = 20

log = structlog.get_logger("sandbox")


class SandboxTrouble(Exception):
    """The sandbox did not start; the text says what to do."""


@contextmanager
def beside(command: Sequence[str], address: str, key: str) -> Iterator[None]:
    """Runs `command` until the end, unless a sandbox with the same secret key already answers at `address`."""
    if _answers(address, key):
        log.info("sandbox_found", address=address)
        yield
        return
    process = subprocess.Popen([sys.executable, "-m", "sandbox", *command], stdin=subprocess.DEVNULL)
    try:
        _wait(process, address, key)
        yield
    finally:
        process.terminate()
        process.wait(5)


def arguments(
    port: int, webhook_url: str, secrets: Sequence[str], key: str, publishable: str, state: Path
) -> list[str]:
    """The sandbox's command line."""
    signed = [word for secret in secrets for word in ("--webhook-secret", secret)]
    return [
        "--port", str(port), "--webhook-url", webhook_url, *signed,
        "--secret-key", key, "--publishable-key", publishable, "--state", str(state),
    ]  # fmt: skip


def _wait(process: subprocess.Popen[bytes], address: str, key: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if _answers(address, key):
            return
        time.sleep(0.05)  # not money: a pause
    raise SandboxTrouble(f"The sandbox did not start at {address}. Is its port taken? Set SCRIP_SANDBOX_PORT.")


def _answers(address: str, key: str) -> bool:
    """Whether a sandbox of this installation is there: another one's would refuse our key."""
    try:
        answer = httpx.get(
            f"{address}/v1/events", params={"limit": 1}, headers={"Authorization": f"Bearer {key}"}, timeout=2
        )
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK
