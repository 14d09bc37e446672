"""A portal that speaks as Datalayer's platform does, as a process, and its clients. Only tests/documents uses it."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from auth import keys, people, sessions
from auth.policy import Role
from billing.rules.moments import system_clock
from billing.rules.money import Credits
from tests.browser.processes import Running, portal_process
from tests.world.groups import founded, person
from tests.world.portals import WEBHOOK_SECRET, World, open_world, signed

KEY = "sk_test_sandbox_of_the_documents"
STRIPE = "/api/iam/stripe/v1"
IAM = "/api/iam/v1"
HOOK = f"{STRIPE}/webhook"
TOPUP = f"{STRIPE}/topup/payment-intent"
NUMBERS = itertools.count(1)


@dataclass
class Client:
    """Somebody with an account and an API key for it."""

    http: httpx.Client
    world: World
    account_id: str
    cookie: str

    def get(self, path: str, **query: str) -> Any:
        """An answer that must be a success."""
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Any answer."""
        return self.http.post(path, json=body)

    def begins(self, price: str, path: str = TOPUP) -> Any:
        """A purchase that must begin."""
        answer = self.post(path, price_id=price)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def price(self) -> str:
        """The price of 50 credits for 5.00, the cheapest."""
        return str(self.get(f"{STRIPE}/topup/prices")["prices"][0]["id"])

    @property
    def balance(self) -> Credits:
        """What the ledger says."""
        return self.world.balance(self.account_id)

    @property
    def status(self) -> str:
        """The state of the subscription as the door tells it."""
        return str(self.get(f"{IAM}/subscription")["subscription"]["status"])


@dataclass
class Platform:
    """The running portal; `world` is a second one over the same file, which makes people and reads the ledger."""

    running: Running
    world: World
    clients: list[httpx.Client] = field(default_factory=list)

    def person(self) -> Client:
        """Somebody new."""
        portal, name = self.world.portal, f"Person {next(NUMBERS)}"
        person_id = people.sign_in(portal, issuer="documents", subject=name, name=name, email=None, role=Role.USER)
        cookie = sessions.begin(portal, person_id)
        principal = sessions.principal(portal, cookie)
        assert principal is not None
        assert principal.account_id is not None
        return Client(self._speaking_for(principal.account_id), self.world, principal.account_id, cookie)

    def organisation(self) -> Client:
        """Several people, who share an account."""
        account_id = founded(self.world, person(self.world), f"Organisation {next(NUMBERS)}")
        return Client(self._speaking_for(account_id), self.world, account_id, "")

    def service(self) -> httpx.Client:
        """A program with a key that speaks for every account."""
        return self._speaking_for(None)

    def customer(self, client: Client) -> str:
        """The person's customer at Stripe."""
        with self.world.portal.database.read() as connection:
            query = "SELECT customer_ref FROM accounts WHERE id = ?"
            return str(connection.exec_driver_sql(query, (client.account_id,)).scalar())

    def stripe(self, path: str, method: str = "POST", **form: str) -> Any:
        """A call of Stripe's API with the secret key."""
        auth = {"Authorization": f"Bearer {KEY}"}
        url = f"{self.running.sandbox_url}/v1/{path}"
        answer = httpx.request(method, url, data=form or None, headers=auth, timeout=20)
        assert answer.is_success, answer.text
        return answer.json()

    def subscribed(self, client: Client, card: str = "4242424242424242") -> str:
        """Subscribes as the clients do: the door, the card, and the webhook that tells of it. The subscription's id."""
        plan = client.get(f"{IAM}/plans/catalog")["plans"][0]
        begun = client.begins(plan["id"], f"{STRIPE}/subscription/payment-intent")
        self.running.sandbox(f"payments/{intent_of(begun['client_secret'])}/pay", card=card)
        until("the subscription is active", lambda: client.status == "active")
        customer = self.stripe(f"subscriptions/{begun['subscription_id']}", "GET")["customer"]
        until("all news of it have come", lambda: not self._underway(customer))
        return str(begun["subscription_id"])

    def _underway(self, customer: str) -> list[str]:
        """Events about this customer that may still be on their way: whoever gets one reads what is true by then."""
        found = self.stripe("events?limit=100", "GET")["data"]
        return [each["type"] for each in found if each["pending_webhooks"] and customer in json.dumps(each)]

    def events(self, kind: str, about: str) -> list[dict[str, Any]]:
        """Stripe's events of this type about this object or customer, oldest first."""
        found = self.stripe(f"events?type={kind}&limit=100", "GET")["data"]
        return [each for each in reversed(found) if about in json.dumps(each["data"]["object"])]

    def deliveries(self, event_id: str) -> set[int]:
        """The statuses that the sandbox, which posts to the documents' path, was answered for this event."""
        told = httpx.get(f"{self.running.sandbox_url}/_sandbox/events/{event_id}", timeout=20).json()
        return {each["status"] for delivery in told["deliveries"] for each in delivery["tries"]}

    def told(self, event: dict[str, Any], **changes: Any) -> httpx.Response:
        """Posts this event to the documents' path, as Stripe does, `changes` made to its object."""
        thing = event["data"]["object"] | changes
        raw, signature = signed({**event, "data": {"object": thing}}, system_clock())
        return httpx.post(self.running.url + HOOK, content=raw, headers={"Stripe-Signature": signature}, timeout=20)

    def kept(self, event_id: str) -> tuple[str, str]:
        """State and reason of an event in the inbox."""
        with self.world.portal.database.read() as connection:
            query = "SELECT state, reason FROM events WHERE id = ?"
            row = connection.exec_driver_sql(query, (event_id,)).one()
            return str(row[0]), str(row[1])

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Stripe delivers nothing by itself."""
        self.running.sandbox("delivery", paused=True)
        try:
            yield
        finally:
            self.running.calm()

    def _speaking_for(self, account_id: str | None) -> httpx.Client:
        _, secret = keys.create(self.world.portal, name="x", role=Role.PROGRAM, account_id=account_id, by="tests")
        headers = {"Authorization": f"Bearer {secret}"}
        self.clients.append(httpx.Client(base_url=self.running.url, headers=headers, timeout=20))
        return self.clients[-1]


@contextmanager
def platform(folder: Path, profile: str, **settings: str) -> Iterator[Platform]:
    """The portal with this profile, prices asked anew for every request."""
    own = {
        "SCRIP_PROFILE": profile,
        "SCRIP_STRIPE__API_KEY": KEY,
        "SCRIP_STRIPE__WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "SCRIP_CATALOG__CACHE_SECONDS": "0",
    }
    with portal_process(folder, **own, **settings) as running, open_world(f"sqlite:///{folder}/scrip.db") as world:
        world.clock.now = system_clock()
        made = Platform(running, world)
        yield made
        for client in made.clients:
            client.close()


def intent_of(client_secret: str) -> str:
    """The payment a client secret opens."""
    return client_secret.partition("_secret_")[0]


def until(claim: str, holds: Callable[[], bool], seconds: float = 15) -> None:
    """Waits until `holds()`; fails with the claim."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, claim
        time.sleep(0.05)
