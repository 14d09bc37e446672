"""Portals for tests: the real verbs over a real database, with a clock the test owns. Any test may use it.

Only the wire to Stripe is doubled: `api_base` points at a sandbox process where a test needs one, and nowhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from billing import accounts
from billing.gateways.stripe import StripeGateway
from billing.gateways.stripe_options import options_of
from billing.plan_files import catalogue_of
from billing.portal import Bell, Portal
from billing.rules.moments import DAY, SECOND
from billing.rules.money import Credits, Money
from billing.rules.orders import Order, OrderState, Surface
from billing.rules.texts import new_id
from billing.settings import load_settings
from billing.store import accounts as account_rows
from billing.store import orders as order_rows
from billing.store.till import Till
from tests.world.databases import Databases, SqliteDatabases, migrated, newest

WEBHOOK_SECRET = "whsec_test_of_the_world"
START = 20_000 * DAY
NOWHERE = "http://127.0.0.1:9"
IS_WHOLE = os.environ.get("SCRIP_TEST_EXTENT") == "whole"


def rounds(few: int, all_of_them: int) -> int:
    """How often a test repeats now what a single round proves only by luck: a race, a kill, a random history.

    `make test` plays few rounds within minutes. `make campaign` plays those tests (marker `campaign`) at full length,
    and so does the check that every change must pass.
    """
    return all_of_them if IS_WHOLE else few


@dataclass
class OwnClock:
    """A clock that stands still until the test moves it."""

    now: int = START

    def __call__(self) -> int:
        return self.now

    def pass_by(self, micros: int) -> None:
        self.now += micros


@dataclass
class World:
    """A portal, and short words for what tests keep doing with it."""

    portal: Portal
    clock: OwnClock
    rung: list[str] = field(default_factory=list)

    def account(self, name: str = "Ada", customer_ref: str | None = None, account_id: str = "") -> str:
        """Opens an account; with a customer when a payment will come for it."""
        account_id = account_id or new_id("acc")

        def work(tx: Any) -> None:
            accounts.open_account(tx, self.portal, account_id=account_id, kind="person", name=name, email=None)
            if customer_ref:
                account_rows.set_customer(tx, account_id, customer_ref)

        self.portal.till.write(work)
        return account_id

    def order(
        self, account_id: str, payment_ref: str, customer_ref: str, *, credits: int = 500, minor: int = 500
    ) -> Order:
        """An open order, as `purchases.begin` leaves it."""
        order_id = new_id("ord")
        order = Order(
            order_id, account_id, "usr_test", "starter", "Starter", f"price_{order_id}", Money(minor, "USD"),
            Credits.whole(credits), OrderState.OPEN, False, customer_ref, payment_ref, f"scrip:{order_id}",
            None, None, self.clock(), self.clock(), None, None, account_id, Surface.ELEMENTS, None, 0,
        )  # fmt: skip
        self.portal.till.write(lambda tx: order_rows.add(tx, order))
        return order

    def balance(self, account_id: str) -> Credits:
        """The account's balance now."""
        return accounts.view(self.portal, account_id).balance

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything the ledger holds: equal dumps mean that nothing moved."""
        tables = ("accounts", "lots", "transfers", "entries", "orders")
        with self.portal.database.read() as connection:
            return {
                table: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2")]
                for table in tables
            }


def settings_for(url: str, **changes: str) -> Any:
    """Settings of a sandbox portal over the database at `url`."""
    env = {
        "SCRIP_DATABASE_URL": url,
        "SCRIP_STRIPE__API_KEY": "sk_test_sandbox_world",
        "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_test_world",
        "SCRIP_STRIPE__WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "SCRIP_STRIPE__PRODUCT": "prod_scrip",
        "SCRIP_STRIPE__API_BASE": NOWHERE,
        "SCRIP_SESSION__SECRET": "0123456789abcdefghijklmnopqrstuvwxyz",
        "SCRIP_SWEEP_SECONDS": "0",
    }
    return load_settings(env | changes)


@contextmanager
def open_world(url: str, *, clock: OwnClock | None = None, **changes: str) -> Iterator[World]:
    """A world over the migrated database at `url`. `changes` are settings by their environment names."""
    settings = settings_for(url, **changes)
    own = clock or OwnClock()
    database = newest(url)
    bell = Bell()
    rung: list[str] = []

    def ring(account_ids: frozenset[str]) -> None:
        rung.extend(account_ids)
        bell.ring(account_ids)

    till = Till(database, ring)
    till.start()
    gateway = StripeGateway(replace(options_of(settings, own), max_retries=0))
    try:
        yield World(Portal(settings, database, till, gateway, own, bell, catalogue_of(settings)), own, rung)
    finally:
        till.stop()
        gateway.close()
        database.engine.dispose()


def signed(event: dict[str, Any], now: int, secret: str = WEBHOOK_SECRET) -> tuple[bytes, str]:
    """The raw body and signature header of an event, as Stripe sends them."""
    raw = json.dumps(event).encode()
    stamp = now // SECOND
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
    return raw, f"t={stamp},v1={digest}"


def paid_event(order: Order, now: int, event_id: str = "evt_1", **changes: Any) -> dict[str, Any]:
    """A payment_intent.succeeded event that pays `order`, unless `changes` to the intent say otherwise."""
    intent = {
        "id": order.payment_ref, "object": "payment_intent", "amount": order.amount.minor,
        "amount_received": order.amount.minor, "currency": order.amount.currency.lower(),
        "customer": order.customer_ref,
        "status": "succeeded", "livemode": False, "created": now // SECOND, "metadata": {"scrip_order": order.id},
        "last_payment_error": None,
    }  # fmt: skip
    return {
        "id": event_id, "object": "event", "type": "payment_intent.succeeded", "api_version": "2026-10-28.endive",
        "created": now // SECOND, "livemode": False, "data": {"object": intent | changes}, "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
    }  # fmt: skip


@pytest.fixture
def world(databases: Databases) -> Iterator[World]:
    """A fresh world on each engine."""
    with open_world(databases.prepared("schema", migrated)) as made:
        yield made


@pytest.fixture
def sqlite_world(tmp_path: Path, sqlite_templates: Path) -> Iterator[World]:
    """A fresh world on SQLite alone: for what no engine could do in another way than the other."""
    with open_world(SqliteDatabases(tmp_path, sqlite_templates).prepared("schema", migrated)) as made:
        yield made
