"""A whole portal with its sandbox in this process, living at a day of its own. tests/gallery and benchmarks use it.

Both clocks are moved by hand: a month passes in seconds, and the same deeds happen at the same moments each time.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn

import app
from auth import demo, sessions
from billing import setup
from billing.gateways import sandbox_process
from billing.portal import Portal
from billing.rules.moments import DAY, HOUR, SECOND, from_datetime, system_clock
from billing.settings import Settings, complete, load_settings
from tests.browser.processes import free_port
from tests.world.portals import OwnClock

TODAY = from_datetime(datetime(2026, 11, 20, tzinfo=UTC))
"""The day of the pictures: a Friday."""

HISTORY_DAYS = 31
PATIENCE = 30.0
TRIES = 5


@dataclass
class Stand:
    """The running portal. `stripe` is the sandbox's address."""

    portal: Portal
    clock: OwnClock
    url: str
    stripe: str

    def told(self, path: str, /, **body: Any) -> dict[str, Any]:
        """A word to the sandbox's control API."""
        answer = httpx.post(f"{self.stripe}/_sandbox/{path}", json=body, timeout=20)
        return dict(answer.raise_for_status().json())

    def v1(self, path: str, /, **form: Any) -> dict[str, Any]:
        """A call of Stripe's API, as the dashboard makes it."""
        key = self.portal.settings.stripe.api_key
        assert key is not None
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"}
        answer = httpx.post(f"{self.stripe}/v1/{path}", data=form, headers=headers, timeout=20)
        return dict(answer.raise_for_status().json())

    def until(self, moment: int) -> None:
        """Both clocks show this moment; what fell due at Stripe has happened and was told."""
        self.clock.now = moment
        now = httpx.get(f"{self.stripe}/_sandbox/time", timeout=20).json()["now"]
        if now < moment // SECOND:
            self.told("time", until=moment // SECOND)
        self.hear()

    def hear(self) -> None:
        """Waits until every webhook was delivered."""
        self.wait(lambda: not self._on_the_way())

    def wait(self, claim: Callable[[], object]) -> None:
        """Waits for something that happens elsewhere."""
        deadline = time.monotonic() + PATIENCE
        while not claim():
            if time.monotonic() > deadline:
                raise TimeoutError("What was waited for did not happen.")
            time.sleep(0.05)

    def cookie(self, person_id: str) -> dict[str, str]:
        """A session of this person, as a browser keeps it."""
        name = sessions.cookie_name(self.portal.settings)
        return {"name": name, "value": sessions.begin(self.portal, person_id), "url": self.url}

    def _on_the_way(self) -> bool:
        listed = httpx.get(f"{self.stripe}/_sandbox/deliveries", params={"limit": 100}, timeout=20).json()
        return any(each["state"] == "pending" for each in listed["deliveries"])


@contextmanager
def open_stand(folder: Path, **more: str) -> Iterator[Stand]:
    """Starts both at the beginning of the history; `more` are settings by their environment names."""
    clock = OwnClock(TODAY - HISTORY_DAYS * DAY + 7 * HOUR)
    settings = complete(load_settings(_environment(folder) | more))
    behind = (clock.now - system_clock()) // SECOND
    (folder / "sandbox.json").write_text(json.dumps({"tables": {}, "ahead_seconds": behind}))
    with ExitStack() as stack:
        _start_sandbox(stack, settings)
        with app.open_installation(settings, clock=clock) as here:
            settings = setup.filled_in(settings, setup.run(here, lambda _step: None))
        portal = stack.enter_context(app.open_portal(settings, clock=clock))
        demo.prepare(portal)
        stack.enter_context(_served(portal))
        yield Stand(portal, clock, settings.public_url, settings.stripe.api_base)


def _start_sandbox(stack: ExitStack, settings: Settings) -> None:
    """On a busy machine it may take longer than a person at the door would wait."""
    for attempt in range(TRIES):
        try:
            stack.enter_context(sandbox_process.beside(_sandbox(settings)))
        except sandbox_process.SandboxTrouble:
            if attempt == TRIES - 1:
                raise
        else:
            return


def _environment(folder: Path) -> dict[str, str]:
    return {
        "SCRIP_PORT": str(free_port()),
        "SCRIP_SANDBOX_PORT": str(free_port()),
        "SCRIP_VAR_DIR": str(folder),
        "SCRIP_DATABASE_URL": f"sqlite:///{folder}/scrip.db",
        "SCRIP_LOG_LEVEL": "ERROR",
        "SCRIP_SWEEP_SECONDS": "0",
    }


def _sandbox(settings: Settings) -> sandbox_process.Sandbox:
    stripe = settings.stripe
    return sandbox_process.Sandbox(
        port=settings.sandbox_port,
        webhook_url=f"http://127.0.0.1:{settings.port}/webhooks/stripe",
        webhook_secrets=tuple(secret.get_secret_value() for secret in stripe.webhook_secrets if secret),
        secret_key=stripe.api_key.get_secret_value() if stripe.api_key else "",
        publishable_key=stripe.publishable_key or "",
        state=Path(settings.var_dir) / "sandbox.json",
    )


@contextmanager
def _served(portal: Portal) -> Iterator[None]:
    """The portal behind its own server in a thread: whoever fills it calls its verbs directly."""
    settings = portal.settings
    config = uvicorn.Config(
        app.build(portal), host=settings.host, port=settings.port, access_log=False, log_config=None,
        server_header=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
