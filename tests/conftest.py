"""What holds for every test: nothing leaves this machine, and the fixtures of the world are at hand."""

import ipaddress
import os
import shutil
import sys
from collections.abc import Iterator
from multiprocessing.util import Finalize
from pathlib import Path

import pytest
from playwright import async_api, sync_api

from billing.store.writer import calm_collector
from tests.world import scratch

for api in (async_api, sync_api):
    # milliseconds: no test is about speed, and a machine may be busy
    api.expect.set_options(timeout=20_000)

SCRATCH = pytest.StashKey[Path]()

pytest_plugins = [
    "tests.world.postgres",
    "tests.world.chromium",
    "tests.world.windows",
    "tests.world.databases",
    "tests.world.portals",
    "tests.world.shops",
    "tests.world.debtors",
    "tests.world.merchants",
    "tests.world.inside",
    "tests.world.subscribers",
]


def pytest_configure(config: pytest.Config) -> None:
    """Only of the process that was called: those it shares the tests with are told by their environment."""
    folder = None if hasattr(config, "workerinput") else scratch.begin(os.environ)
    if folder is not None:
        scratch.use(folder)
        config.stash[SCRATCH] = folder


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """What failing tests wrote may be looked at until the next run begins."""
    if exitstatus == pytest.ExitCode.OK and SCRATCH in session.config.stash:
        # multiprocessing removes a folder of its own at -100, and must find it
        Finalize(None, shutil.rmtree, (session.config.stash[SCRATCH], True), exitpriority=-200)


class LeftTheMachine(RuntimeError):
    """A test reached for a far address. Not an OSError: code that survives a broken network must not hide it."""


def _stay_here(event: str, args: tuple[object, ...]) -> None:
    """An audit hook: Python asks it before every connect of this process, also of sockets made by libraries."""
    if event in {"socket.connect", "socket.sendto"} and not is_here(args[1]):
        raise LeftTheMachine(
            f"a test tried to reach {args[1]!r}; tests talk to loopback only. "
            "Point the code at a double from tests/world/ (the sandbox for Stripe, the provider for sign-in)."
        )


def is_here(address: object) -> bool:
    """Unix sockets and loopback addresses are; every other name and number is not."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


sys.addaudithook(_stay_here)


@pytest.fixture(autouse=True, scope="session")
def _a_calm_collector() -> None:
    """As servers do: looking through thousands of collected tests again and again took a sixth of the time."""
    calm_collector()


@pytest.fixture(autouse=True, scope="session")
def _a_clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings of whoever runs the tests must not decide them; SCRIP_TEST_* belong to the tests themselves."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("SCRIP_") and not name.startswith("SCRIP_TEST_"):
                patch.delenv(name)
        # On loopback nobody shows a certificate, yet each client would read the authorities of the world: 25 ms.
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("authorities")))
        yield
