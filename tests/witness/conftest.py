"""The official command line, ready to run against the sandbox of tests/sandbox: same process, same keys, same watch.

It is shut in: a home of its own, no telemetry, and a proxy that is not there for every address but loopback.
"""

import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sandbox.conftest import SECRET_KEY, Sandbox, kept_contract, running, sandbox
from tests.witness.packages import program

__all__ = ["kept_contract", "running", "sandbox"]

# nothing listens on the discard port: what the program asks of the world (its newest version) fails at once
NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Told:
    """How the command line ended, and everything it said."""

    status: int
    words: str


Trigger = Callable[..., Told]


@pytest.fixture(scope="session")
def command_line() -> Path:
    """The program itself: npm has it for this version on one system only. Where it should be and is not, that fails."""
    system = f"{sys.platform}-{platform.machine()}"
    if system != "linux-x86_64":
        pytest.skip(f"package-lock.json names no Stripe command line for {system}, only for linux-x86_64")
    return program("@stripe/cli-linux-x64", "bin/stripe")


@pytest.fixture
def trigger(sandbox: Sandbox, command_line: Path, tmp_path: Path) -> Trigger:
    """`stripe trigger` on the emptied sandbox, with further options."""
    environment = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
        "HTTP_PROXY": NOWHERE,
        "HTTPS_PROXY": NOWHERE,
        "NO_PROXY": "127.0.0.1",
    }

    def _trigger(scenario: str, *options: str) -> Told:
        where = ["--api-base", sandbox.url, "--api-key", SECRET_KEY]
        done = subprocess.run(
            [str(command_line), "trigger", scenario, *where, *options],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return Told(done.returncode, done.stdout)

    return _trigger
