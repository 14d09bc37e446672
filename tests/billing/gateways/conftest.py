"""What the gateway meets here: a sandbox in its own process, and a scripted server for answers no sandbox gives."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from billing.gateways.stripe import StripeGateway
from billing.gateways.stripe_calls import Calls
from tests.billing.gateways.counters import HOOK, KEY, SUBSCRIPTIONS, Counter, Sandbox, options
from tests.world.sites import serving

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[str]:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--secret-key", KEY, "--webhook-secret", HOOK]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().rpartition(" ")[2].strip()
        yield url
        process.terminate()


@pytest.fixture
def sandbox(sandbox_process: str) -> Iterator[Sandbox]:
    gateway = StripeGateway(options(api_base=sandbox_process))
    world = Sandbox(sandbox_process, gateway)
    world.told("reset")
    yield world
    gateway.close()


@pytest.fixture
def counter(sandbox: Sandbox) -> Iterator[Counter]:
    """A customer, and a gateway that may sell packages and plans."""
    gateway = StripeGateway(options(api_base=sandbox.url, subscription_product=SUBSCRIPTIONS))
    customer = gateway.ensure_customer("acc_1", "Ann", "ann@example.org", "customer:acc_1")
    made = Counter(sandbox, gateway, customer, Calls(options(api_base=sandbox.url)))
    yield made
    made.close()


@dataclass
class Answer:
    """One scripted answer. `cut` closes the connection instead."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    wait: float = 0


@dataclass
class Scripted:
    """A server that gives the answers of its script in turn, the last one for ever, and keeps what it was asked."""

    url: str
    script: list[Answer] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)

    def next(self) -> Answer:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with serving(_handler(lambda: world)) as url:
        world = Scripted(url)
        yield world


def _handler(world: Callable[[], Scripted]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            world().keys.append(self.headers.get("Idempotency-Key"))
            world().heads.append(dict(self.headers))
            answer = world().next()
            time.sleep(answer.wait)
            if answer.cut:
                self.close_connection = True
                return
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815  the names are the standard library's

    return Handler
