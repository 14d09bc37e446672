"""A sandbox of Stripe inside the test's own process: no port, no second process, no waiting. For tests of many steps.

It is the same machine that `python -m sandbox` runs; only the wire is left out. The SDK above it is the real one.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import unquote

import pytest
import stripe
from stripe import _api_requestor

from billing.gateways.stripe_setup import StripeSetup
from billing.plan_files import catalogue_of
from billing.portal import Portal
from billing.rules.moments import SECOND
from sandbox import desk
from sandbox.controls.subjects import new_method
from sandbox.dispatch import Ask
from sandbox.errors import Json
from sandbox.keys import Keys
from sandbox.machine import Machine
from tests.world.catalogues import RHYTHMS, written
from tests.world.portals import OwnClock, World, open_world

KEY = "sk_test_sandbox_inside"
DAY = 86_400
FEBRUARY = 1_706_745_600
MARCH = FEBRUARY + 29 * DAY
ADDRESS = "http://127.0.0.1:9"


class Inside:
    """The SDK's transport without a wire: a machine answers at once, one request after the other."""

    name = "inside"

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.asked = 0
        self._turn = Lock()

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        """As `stripe_calls` sends one."""
        path, query = (*url.removeprefix(ADDRESS).split("?", 1), "")[:2]
        sent = {name.lower(): str(value) for name, value in (headers or {}).items()}
        ask = Ask(method.upper(), unquote(path), query, post_data or "", sent, ADDRESS)
        with self._turn:
            return self._answered(ask)

    def _answered(self, ask: Ask) -> tuple[str, int, Mapping[str, str]]:
        self.asked += 1
        working = self.machine.dispatcher.answer(ask)
        try:
            working.send(None)
        except StopIteration as done:
            answer = done.value
            return answer.content.decode(), answer.status, answer.headers
        msg = "the sandbox waits for something: this test needs it in a process of its own"
        raise AssertionError(msg)


@dataclass
class Stage:
    """A portal, the Stripe inside, and one test clock by which both live."""

    world: World
    machine: Machine
    wire: Inside
    v1: Any
    clock_ref: str = ""
    fresh: bytes = b""

    @property
    def portal(self) -> Portal:
        return self.world.portal

    def keep(self) -> None:
        """Every test begins with the account as it is now."""
        self.fresh = pickle.dumps(self.machine.world.tables)

    def begin(self, at_seconds: int) -> None:
        """An account that knows the plans and nobody else, at this moment of a clock of its own."""
        self.machine.world.tables.clear()
        self.machine.world.tables.update(pickle.loads(self.fresh))  # noqa: S301  written by `keep`
        self.clock_ref = self.v1.test_helpers.test_clocks.create({"frozen_time": at_seconds}).id
        self.world.clock.now = at_seconds * SECOND

    def until(self, at_seconds: int) -> None:
        """Lets time go by, there and here."""
        self.v1.test_helpers.test_clocks.advance(self.clock_ref, {"frozen_time": at_seconds})
        self.world.clock.now = at_seconds * SECOND

    def customer(self, name: str = "Ada", card: str | None = "pm_card_visa") -> tuple[str, str]:
        """An account and its customer on the clock, with a card that pays."""
        made = self.v1.customers.create({"name": name, "email": "ada@example.com", "test_clock": self.clock_ref})
        if card is not None:
            method = self.v1.payment_methods.attach(card, {"customer": made.id})
            chosen = {"invoice_settings": {"default_payment_method": method.id}}
            self.v1.customers.update(made.id, chosen)
        return self.world.account(name, made.id), str(made.id)

    def subscribed(self, customer_ref: str, plan: str, seats: int = 1, **more: Any) -> str:
        """A subscription to the offer of this key, paid with the customer's card; the portal has not heard of it."""
        offer = next(each for each in self.portal.gateway.plans() if each.key == plan)
        items = [
            {"price": item.price_ref, "quantity": seats if item.per_seat else 1}
            for item in offer.items
            if not item.metered
        ]
        return str(self.v1.subscriptions.create({"customer": customer_ref, "items": items, **more}).id)

    def paid(self, session_ref: str, card: str | None = "4242424242424242") -> None:
        """Somebody finishes the checkout, with this card or without any."""
        params = {} if card is None else {"payment_method": new_method(self.machine, card, email="ada@example.com")}
        desk.ask(self.machine, "POST", f"/v1/payment_pages/{session_ref}/confirm", params)

    def row(self, noun: str, ref: str) -> Json:
        """An object of the account as it stands, without asking for it."""
        found: Json = self.machine.world.tables[noun][ref]
        return found

    def invoices(self, subscription_ref: str) -> list[Json]:
        """Those of the subscription, oldest first."""
        every = self.machine.world.table("invoice").values()
        parents = ((each, (each["parent"] or {}).get("subscription_details") or {}) for each in every)
        return [each for each, parent in parents if parent.get("subscription") == subscription_ref]

    def events(self, kinds: Sequence[str] | None = None) -> list[bytes]:
        """What the account told, all or of these kinds, oldest first."""
        told = self.machine.world.table("event").values()
        return [self.raw(each) for each in told if kinds is None or each["type"] in kinds]

    @staticmethod
    def raw(event: Json) -> bytes:
        """An event as it is sent."""
        return json.dumps({name: value for name, value in event.items() if not name.startswith("_")}).encode()


class Plain(stripe.StripeObject):
    """An answer as it came. Turning each into the SDK's objects and back again takes half of the time of many steps."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__()
        object.__setattr__(self, "_told", told)

    def to_dict(self, recursive: bool = True, for_json: bool = False) -> dict[str, Any]:
        told: dict[str, Any] = object.__getattribute__(self, "_told")
        return told

    @property
    def id(self) -> str:
        return str(self.to_dict()["id"])


@contextmanager
def plain_answers() -> Iterator[None]:
    """The SDK still makes the requests and the errors; what it is answered stays JSON."""
    requestor: Any = _api_requestor
    kept = requestor._convert_to_stripe_object
    requestor._convert_to_stripe_object = lambda resp, **_: Plain(resp.data)
    try:
        yield
    finally:
        requestor._convert_to_stripe_object = kept


@contextmanager
def open_stage(database_url: str, plan_file: str, **changes: str) -> Iterator[Stage]:
    """A stage on which the plans of this file are on sale."""
    settings = {
        "SCRIP_STRIPE__API_KEY": KEY,
        "SCRIP_STRIPE__API_BASE": ADDRESS,
        "SCRIP_CATALOG__PLAN_FILES": plan_file,
        "SCRIP_CATALOG__CACHE_SECONDS": "3600",
    }
    machine = Machine(Keys(KEY, "pk_test_sandbox_inside"))
    wire = Inside(machine)
    with open_world(database_url, clock=OwnClock(), **settings | changes) as world:
        connect(world.portal.gateway, wire)
        account = StripeSetup.of(world.portal.settings)
        connect(account, wire)
        account.sync(catalogue_of(world.portal.settings), lambda _step: None)
        client = stripe.StripeClient(KEY, base_addresses={"api": ADDRESS}, http_client=account._calls._wire)
        stage = Stage(world, machine, wire, client.v1)
        stage.keep()
        world.portal.gateway.plans(fresh=True)
        yield stage


def connect(side: Any, wire: Inside) -> None:
    """Lets a gateway or a setup speak over this wire."""
    side._calls._wire.request = wire.request


@pytest.fixture(scope="module")
def module_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage for a module's tests; `stage` empties it for each."""
    folder = tmp_path_factory.mktemp("stage")
    with open_stage(f"sqlite:///{folder}/scrip.db", written(folder, RHYTHMS)) as made:
        yield made


@pytest.fixture
def stage(module_stage: Stage) -> Stage:
    """A stage on 1 February 2024: the month has 29 days."""
    module_stage.begin(FEBRUARY)
    return module_stage
