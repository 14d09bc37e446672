"""A portal set up as DataXPipe's document says, as a process, and its customers. Only tests/documents uses it."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from joserfc import jws
from joserfc.jwk import Key

from auth import keys
from auth.policy import Role
from billing import organisations
from billing.organisations import Founding
from billing.rules.moments import SECOND, system_clock
from tests.browser.processes import Running, free_port, portal_process
from tests.documents.doubleword import ROOT, until
from tests.world.groups import ABOVE, person
from tests.world.oidc import CLIENT_ID, CLIENT_SECRET, FakeProvider, running_provider
from tests.world.portals import World, open_world, signed

AUDIENCE = "https://api.dataxpipe.example"
KEY = "sk_test_sandbox_of_dataxpipe"
EVENTS = (
    "checkout.session.completed", "customer.subscription.created", "customer.subscription.updated",
    "customer.subscription.deleted",
)  # fmt: skip
HOOK = "/webhooks/stripe"

REAL = {
    "SCRIP_PROFILE": "dataxpipe",
    "SCRIP_PUBLIC_URL": "https://api.example.org",
    "SCRIP_SESSION__SECRET": "0123456789abcdefghijklmnopqrstuvwxyz",
    "SCRIP_OIDC__ISSUER": "https://id.example.org",
    "SCRIP_OIDC__CLIENT_ID": "c",
    "SCRIP_OIDC__CLIENT_SECRET": "s",
}
VARIABLES = {
    "STRIPE_SECRET_KEY": "sk_live_...",
    "STRIPE_WEBHOOK_SECRET": "whsec_...",
    "STRIPE_PRICE_TEAM": "price_xxxxxxxx",
    "STRIPE_PRICE_BUSINESS": "price_yyyyyyyy",
}
NUMBERS = itertools.count(1)


@dataclass
class Customer:
    """An organisation, and a client with the access token of an admin of it; `member` has one of somebody who is none.

    `service` is the product's own API, with a key for all.
    """

    http: httpx.Client
    member: httpx.Client
    service: httpx.Client
    account_id: str
    external_id: str
    token: str

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Any answer of the billing doors."""
        return self.http.post(f"/api/v1/billing/{path}", json=body)

    def state(self) -> dict[str, Any]:
        """The billing columns."""
        answer = self.http.get("/api/v1/billing/plan")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @property
    def plan(self) -> str:
        """free, team or business."""
        return str(self.state()["plan"])

    def registers(self, what: str, number: int = 1) -> httpx.Response:
        """So many more pipelines or connections; the first answer that is a refusal, else the last."""
        body = {"account": self.account_id, "limit": what, "holder": f"{what}-{next(NUMBERS)}"}
        answer = self.service.post("/api/v1/entitlements/take", json=body)
        return self.registers(what, number - 1) if answer.status_code == 201 and number > 1 else answer


@dataclass
class Company:
    """The running portal, the Stripe account beside it, and the ids that were copied from there."""

    running: Running
    world: World
    provider: FakeProvider
    prices: dict[str, str]
    secret: str
    clients: list[httpx.Client] = field(default_factory=list)

    def customer(self) -> Customer:
        """Somebody new."""
        external_id = f"org-{next(NUMBERS)}"
        founding = Founding(f"Customer {external_id}", person(self.world), ABOVE, external_id)
        account = organisations.create(self.world.portal, founding)[0].account_id
        token = self.token(org_id=external_id, roles=["org:admin"])
        member = self.client(self.token(org_id=external_id, roles=["org:viewer"]))
        return Customer(self.client(token), member, self._service(), account, external_id, token)

    def token(self, /, by: Key | None = None, **claims: Any) -> str:
        """An access token as the issuer makes it; with another key, as somebody makes it who would like to be it."""
        now = system_clock() // SECOND
        usual = {
            "iss": self.provider.issuer, "aud": AUDIENCE, "sub": f"user-{next(NUMBERS)}", "name": "Grace",
            "iat": now, "exp": now + 3600,
        }  # fmt: skip
        header = {"alg": "RS256", "kid": "first", "typ": "at+jwt"}
        signer = by or self.provider.behave.key
        return jws.serialize_compact(header, json.dumps(usual | claims).encode(), signer, ["RS256"])

    def client(self, bearer: str) -> httpx.Client:
        """A client with this bearer."""
        headers = {"Authorization": f"Bearer {bearer}"}
        self.clients.append(httpx.Client(base_url=self.running.url, headers=headers, timeout=20))
        return self.clients[-1]

    def stripe(self, path: str, method: str = "POST", **form: str) -> Any:
        """A call of Stripe's API with the secret key."""
        return stripe(self.running.sandbox_url, path, method, **form)

    def subscribes(self, customer: Customer, plan: str) -> str:
        """Begins, pays on Stripe's page, and waits for the webhooks; the subscription's id."""
        answer = customer.post("checkout", price_id=self.prices[plan])
        assert answer.status_code == 200, answer.text
        session = answer.json()["url"].rpartition("/")[2].partition("#")[0]
        self.running.sandbox(f"sessions/{session}/complete", card="4242424242424242")
        until(f"the plan is {plan}", lambda: customer.plan == plan)
        return str(customer.state()["stripe_subscription_id"])

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Stripe delivers nothing by itself; what was held back comes afterwards."""
        self.running.sandbox("delivery", paused=True)
        try:
            yield
        finally:
            self.running.calm()

    @contextmanager
    def stripe_is_away(self) -> Iterator[None]:
        """Every call of its API fails."""
        self.running.sandbox("faults", fail_next=50)
        try:
            yield
        finally:
            self.running.calm()

    def tells(self, kind: str, about: str) -> None:
        """Posts Stripe's newest event of this type about this thing, as Stripe does."""
        events = self.stripe(f"events?type={kind}&limit=100", "GET")["data"]
        event = next(each for each in events if about in json.dumps(each["data"]["object"]))
        raw, signature = signed(event, system_clock(), self.secret)
        assert self.posts(raw, signature) == 200

    def posts(self, raw: bytes, signature: str | None) -> int:
        """Posts to the webhook endpoint of the document; the status."""
        headers = {"Stripe-Signature": signature} if signature else {}
        return httpx.post(self.running.url + HOOK, content=raw, headers=headers, timeout=20).status_code

    def _service(self) -> httpx.Client:
        _, secret = keys.create(self.world.portal, name="x", role=Role.PROGRAM, account_id=None, by="tests")
        return self.client(secret)


@contextmanager
def company(folder: Path) -> Iterator[Company]:
    """Does by hand what the document says is done in the Dashboard, then starts the portal with its variables."""
    port = free_port()
    prices, secret = _prepared(folder, f"http://localhost:{port}{HOOK}")
    variables = {
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": secret,
        "STRIPE_PRICE_TEAM": prices["team"],
        "STRIPE_PRICE_BUSINESS": prices["business"],
    }
    own = {"SCRIP_PROFILE": "dataxpipe", "SCRIP_PORT": str(port), "SCRIP_CATALOG__CACHE_SECONDS": "0"}
    with (
        running_provider() as provider,
        portal_process(folder, **own, **variables, **_roles(provider)) as running,
        open_world(f"sqlite:///{folder}/scrip.db") as world,
    ):
        # The sandbox tells its own portal by itself; here only the endpoint of the document is told anything.
        running.sandbox("endpoint", url=None)
        world.clock.now = system_clock()
        made = Company(running, world, provider, prices, secret)
        yield made
        for client in made.clients:
            client.close()


def _roles(provider: FakeProvider) -> dict[str, str]:
    """Who signs people in, and by which claims it says for which organisation they ask, and whether as its admin."""
    return {
        "SCRIP_OIDC__ISSUER": provider.issuer, "SCRIP_OIDC__CLIENT_ID": CLIENT_ID,
        "SCRIP_OIDC__CLIENT_SECRET": CLIENT_SECRET, "SCRIP_OIDC__API_AUDIENCE": AUDIENCE,
        "SCRIP_OIDC__ORGANISATION_CLAIM": "org_id", "SCRIP_OIDC__ORGANISATION_ROLE_CLAIM": "roles",
        "SCRIP_OIDC__ORGANISATION_ADMIN_VALUES": "org:admin",
    }  # fmt: skip


def stripe(sandbox: str, path: str, method: str = "POST", /, **form: str) -> Any:
    """A call of Stripe's API with the secret key."""
    auth = {"Authorization": f"Bearer {KEY}"}
    answer = httpx.request(method, f"{sandbox}/v1/{path}", data=form or None, headers=auth, timeout=20)
    assert answer.is_success, answer.text
    return answer.json()


def _prepared(folder: Path, hook: str) -> tuple[dict[str, str], str]:
    """Two products with a monthly price each, and the endpoint with its four events."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--state", str(folder / "sandbox.json")]
    command += ["--secret-key", KEY]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().rpartition(" ")[2].strip()
            prices = {"team": _price(url, "DataXPipe Team", 4900), "business": _price(url, "DataXPipe Business", 19900)}
            told = {f"enabled_events[{place}]": kind for place, kind in enumerate(EVENTS)}
            return prices, str(stripe(url, "webhook_endpoints", url=hook, **told)["secret"])
        finally:
            process.terminate()


def _price(sandbox: str, name: str, minor: int) -> str:
    product = stripe(sandbox, "products", name=name)["id"]
    terms = {"unit_amount": str(minor), "currency": "usd", "recurring[interval]": "month"}
    return str(stripe(sandbox, "prices", product=product, **terms)["id"])
