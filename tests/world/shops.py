"""A sandbox of Stripe with packages and plans, and a portal that sells them. Tests of verbs, doors and pages use it.

The clock is the real one, shifted by what a test lets pass: the sandbox has a clock of its own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from billing.portal import Portal
from billing.rules.catalog import Package
from billing.rules.moments import system_clock
from billing.rules.money import Credits, Money
from billing.rules.subscriptions import Plan
from tests.world.portals import WEBHOOK_SECRET, OwnClock, World, open_world

ROOT = Path(__file__).parents[2]
KEY = "sk_test_sandbox_of_the_shop"
PLANS = "prod_plans"
PACKAGES = (
    Package("fifty", "", "50 credits", "A first look.", Money(500, "USD"), Credits.whole(50)),
    Package("thousand", "", "1000 credits", "For a team.", Money(10_000, "USD"), Credits.whole(1000)),
)
ON_OFFER = (
    Plan("team", "", "", "Team", "Opens the shop.", Money(2000, "USD"), "month"),
    Plan("yearly", "", "", "Team for a year", "", Money(20_000, "USD"), "year"),
)


@dataclass
class RunningClock(OwnClock):
    """The real time and what a test let pass on top of it."""

    now: int = 0

    def __call__(self) -> int:
        return system_clock() + self.now


@dataclass
class Shop:
    """A world that sells, and its sandbox."""

    world: World
    url: str

    @property
    def portal(self) -> Portal:
        """The portal of the world."""
        return self.world.portal

    def told(self, path: str, /, **body: Any) -> dict[str, Any]:
        """A word to the sandbox's control API."""
        answer = httpx.post(f"{self.url}/_sandbox/{path}", json=body, timeout=20)
        return dict(answer.raise_for_status().json())

    def stripe(self, path: str, method: str = "POST", **form: Any) -> dict[str, Any]:
        """A call of Stripe's API, as somebody with the secret key makes it."""
        auth = {"Authorization": f"Bearer {KEY}"}
        answer = httpx.request(method, f"{self.url}/v1/{path}", data=form or None, headers=auth, timeout=20)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def asked(self, since: int = 0) -> list[dict[str, Any]]:
        """The events the sandbox made, oldest first, `since` of them left out."""
        return list(reversed(self.stripe("events?limit=100", "GET")["data"]))[since:]

    def customer(self, name: str = "Ada", card: str | None = "pm_card_visa") -> tuple[str, str]:
        """An account and its customer, with a card that pays."""
        made = self.stripe("customers", name=name)
        if card is not None:
            method = self.stripe(f"payment_methods/{card}/attach", customer=made["id"])
            chosen = {"invoice_settings[default_payment_method]": method["id"]}
            self.stripe(f"customers/{made['id']}", **chosen)
        return self.world.account(name, made["id"]), made["id"]

    def subscribed(self, customer_ref: str, plan: str = "team", **more: Any) -> dict[str, Any]:
        """A subscription that was made behind the portal's back: no webhook told of it."""
        price = next(each.price_ref for each in self.portal.gateway.plans() if each.key == plan)
        return self.stripe("subscriptions", customer=customer_ref, **{"items[0][price]": price, **more})


@contextmanager
def sandbox() -> Iterator[str]:
    """A sandbox in a process of its own; its address."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--secret-key", KEY, "--webhook-secret", WEBHOOK_SECRET]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().rpartition(" ")[2].strip()
        finally:
            process.terminate()


@contextmanager
def open_shop(database_url: str, sandbox_url: str, publish: bool = True, /, **changes: str) -> Iterator[Shop]:
    """A shop with an empty Stripe account, in which both products are published unless `publish` says otherwise."""
    httpx.post(f"{sandbox_url}/_sandbox/reset", json={}, timeout=20).raise_for_status()
    settings = {
        "SCRIP_STRIPE__API_KEY": KEY,
        "SCRIP_STRIPE__API_BASE": sandbox_url,
        "SCRIP_STRIPE__SUBSCRIPTION_PRODUCT": PLANS,
        "SCRIP_CATALOG__CACHE_SECONDS": "0",
        "SCRIP_PURCHASE__NEEDS_SUBSCRIPTION": "month",
    }
    with open_world(database_url, clock=RunningClock(), **settings | changes) as world:
        if publish:
            world.portal.gateway.publish_packages(PACKAGES)
            world.portal.gateway.publish_plans(ON_OFFER)
        yield Shop(world, sandbox_url)


@pytest.fixture(scope="session")
def stripe_sandbox() -> Iterator[str]:
    """One sandbox for all tests that ask for a shop; each finds it empty."""
    with sandbox() as url:
        yield url


@pytest.fixture
def shop(stripe_sandbox: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop over SQLite that sells credits to those who have a monthly subscription."""
    with open_shop(f"sqlite:///{tmp_path}/scrip.db", stripe_sandbox) as made:
        yield made
