"""A sandbox in its own process on a free port, a portal's webhook door, and the real SDK pointed at both."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.watching import WIRE, watched_client
from tests.world.sites import serving

ROOT = Path(__file__).parents[2]
SECRET_KEY = "sk_test_of_the_tests"
PUBLISHABLE_KEY = "pk_test_of_the_tests"
OLD_SECRET, NEW_SECRET = "whsec_old", "whsec_new"
NO_REDIRECTS = {"enabled": True, "allow_redirects": "never"}


@dataclass
class Sandbox:
    """One running process."""

    process: subprocess.Popen[str]
    url: str

    @cached_property
    def client(self) -> stripe.StripeClient:
        """The SDK; every answer it gets is held to its own types (see `kept_contract`)."""
        return watched_client(SECRET_KEY, self.url)

    def control(self, path: str, /, **body: Any) -> Any:
        return httpx.post(f"{self.url}/_sandbox/{path}", json=body, timeout=20).raise_for_status().json()

    def look(self, path: str) -> Any:
        return httpx.get(f"{self.url}/_sandbox/{path}", timeout=20).raise_for_status().json()

    def raw(self, method: str, path: str, *, key: str = SECRET_KEY, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        return httpx.request(method, self.url + path, headers=headers, timeout=20, **more)

    def intent(self, amount: int = 2000, **more: Any) -> stripe.PaymentIntent:
        params: Any = {"amount": amount, "currency": "usd", "automatic_payment_methods": NO_REDIRECTS, **more}
        return self.client.v1.payment_intents.create(params)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        status = self.process.wait(5)
        if self.process.stdout:
            self.process.stdout.close()
        return status


def start(*options: str) -> Sandbox:
    """Starts a process and waits for its one line."""
    command = [sys.executable, "-m", "sandbox", "--port", "0"]
    keys = ["--secret-key", SECRET_KEY, "--publishable-key", PUBLISHABLE_KEY]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    everything = [*command, *keys, *options]
    process = subprocess.Popen(everything, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("sandbox ready at "), line
    return Sandbox(process, line.split()[-1])


@dataclass
class Inbox:
    """A webhook door that keeps what it gets and answers as it is told: the listed statuses first, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[bytes, str]] = field(default_factory=list)

    def events(self, kind: str | None = None, secret: str = NEW_SECRET) -> list[dict[str, Any]]:
        parsed = [stripe.Webhook.construct_event(body, mark, secret).to_dict() for body, mark in list(self.got)]
        return [event for event in parsed if kind in (None, event["type"])]


@contextlib.contextmanager
def opened() -> Iterator[Inbox]:
    kept = Inbox()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append((body, self.headers.get("Stripe-Signature", "")))
            self.send_response(kept.answers.pop(0) if kept.answers else 200)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Door) as address:
        kept.url = f"{address}/webhooks/stripe"
        yield kept


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with opened() as kept:
        yield kept


@pytest.fixture
def second_inbox() -> Iterator[Inbox]:
    with opened() as kept:
        yield kept


@pytest.fixture(autouse=True)
def kept_contract() -> Iterator[None]:
    """Every answer the SDK's client got in this test is what the SDK's types promise."""
    WIRE.seen.clear()
    yield
    WIRE.hang_up()
    assert WIRE.differences() == []


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    sandbox = start("--retry-after", "0.1", "--retry-after", "0.2")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """The shared process, emptied."""
    running.control("reset")
    running.control("endpoint", url=None, secrets=[])
    return running


@pytest.fixture
def listening(sandbox: Sandbox, inbox: Inbox) -> Inbox:
    """The inbox, made the sandbox's endpoint while a secret is being rolled."""
    sandbox.control("endpoint", url=inbox.url, secrets=[OLD_SECRET, NEW_SECRET])
    return inbox


@pytest.fixture
def begin() -> Iterator[Callable[..., Sandbox]]:
    """Further processes of a test's own, ended with it."""
    begun: list[Sandbox] = []

    def _begin(*options: str) -> Sandbox:
        begun.append(start(*options))
        return begun[-1]

    yield _begin
    for one in begun:
        with contextlib.suppress(ProcessLookupError):
            one.stop(signal.SIGKILL)


def eventually(check: Callable[[], Any], seconds: float = 8.0) -> Any:
    """The first true answer of `check`; fails when it stays false."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = check()
        if answer:
            return answer
        time.sleep(0.03)
    pytest.fail("it did not happen in time")
