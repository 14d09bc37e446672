"""A portal set up as Doubleword's document says, as a process, and its visitors. Only tests/documents uses it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from tests.browser.processes import Running, free_port, portal_process

KEY, PUBLISHABLE = "sk_test_sandbox_of_doubleword", "pk_test_of_doubleword"
ADMIN = "/admin/api/v1"
HOOK = f"{ADMIN}/webhooks/payments"
ROOT = Path(__file__).parents[2]


@dataclass
class Visitor:
    """Somebody who asks the portal: a demo person in a browser, or the holder of a key."""

    http: httpx.Client

    def get(self, path: str, **query: Any) -> Any:
        """An answer that must be a success."""
        answer = self.http.get(f"{ADMIN}{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object = None, **query: Any) -> httpx.Response:
        """Any answer."""
        return self.http.post(f"{ADMIN}{path}", json=body, params=query)

    @property
    def id(self) -> str:
        """Their user id."""
        return str(self.get("/users/current")["id"])

    @property
    def balance(self) -> Decimal:
        """Their credits, as the door tells them."""
        return Decimal(self.get("/users/current", include="billing")["credit_balance"])

    def buys(self) -> str:
        """Clicks Buy Credits: the address they are sent to."""
        answer = self.post("/payments")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["url"])


@dataclass
class Installation:
    """The running portal and the Stripe account beside it."""

    running: Running
    secret: str
    clients: list[httpx.Client] = field(default_factory=list)

    def person(self, subject: str) -> Visitor:
        """A demo person, signed in."""
        client = self._client()
        answer = client.post("/sign-in/demo", data={"subject": subject})
        assert answer.status_code == 303, answer.text
        return Visitor(client)

    def key(self, role: str = "manager") -> Visitor:
        """The holder of the demo key of this role."""
        secret = json.loads((self.running.folder / "demo-keys.json").read_text("utf-8"))[role]
        return Visitor(self._client(Authorization=f"Bearer {secret}"))

    def stripe(self, path: str, method: str = "GET", **form: str) -> Any:
        """A call of Stripe's API with the secret key."""
        return stripe(self.running.sandbox_url, path, method, **form)

    def pays(self, url: str, card: str = "4242424242424242") -> str:
        """Enters a card on Stripe's page and presses the button; the id of the checkout."""
        assert url.startswith(self.running.sandbox_url), "it is not Stripe's own page"
        session = url.rpartition("/")[2].partition("#")[0]
        self.running.sandbox(f"sessions/{session}/complete", card=card)
        return session

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Stripe delivers nothing for a while; afterwards what was held back comes."""
        self.running.sandbox("delivery", paused=True)
        try:
            yield
        finally:
            self.running.calm()

    def _client(self, **headers: str) -> httpx.Client:
        self.clients.append(httpx.Client(base_url=self.running.url, headers=headers, timeout=20))
        return self.clients[-1]


@contextmanager
def installation(folder: Path, **settings: str) -> Iterator[Installation]:
    """Prepares the Stripe account as the document says, then starts the portal with the document's variables."""
    port = free_port()
    price, secret = _prepared(folder, f"http://localhost:{port}{HOOK}")
    own = {
        "SCRIP_PROFILE": "doubleword",
        "SCRIP_PORT": str(port),
        "SCRIP_STRIPE__PUBLISHABLE_KEY": PUBLISHABLE,
        "DWCTL_PAYMENT__STRIPE__API_KEY": KEY,
        "DWCTL_PAYMENT__STRIPE__WEBHOOK_SECRET": secret,
        "DWCTL_PAYMENT__STRIPE__PRICE_ID": price,
        "DWCTL_PAYMENT__STRIPE__HOST_URL": f"http://localhost:{port}",
    }
    with portal_process(folder, **own, **settings) as running:
        # The sandbox tells its own portal by itself; here only the endpoint of the document is told anything.
        running.sandbox("endpoint", url=None)
        made = Installation(running, secret)
        yield made
        for client in made.clients:
            client.close()


@contextmanager
def dummy(folder: Path) -> Iterator[Installation]:
    """A portal with the dummy provider, by the document's variables."""
    port = free_port()
    own = {
        "SCRIP_PROFILE": "doubleword",
        "SCRIP_PORT": str(port),
        "DWCTL_PAYMENT__DUMMY__AMOUNT": "50",
        "DWCTL_PAYMENT__DUMMY__HOST_URL": f"http://localhost:{port}",
    }
    with portal_process(folder, **own) as running:
        made = Installation(running, "")
        yield made
        for client in made.clients:
            client.close()


def _prepared(folder: Path, hook: str) -> tuple[str, str]:
    """Creates a Stripe Price and the webhook in Stripe; what is copied from there: the Price ID and Signing secret."""
    state = str(folder / "sandbox.json")
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--state", state]
    command += ["--secret-key", KEY, "--publishable-key", PUBLISHABLE]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().rpartition(" ")[2].strip()
            product = stripe(url, "products", "POST", name="API Credits")["id"]
            price = stripe(url, "prices", "POST", product=product, unit_amount="1000", currency="usd")["id"]
            told = {"url": hook, "enabled_events[]": "checkout.session.completed"}
            return str(price), str(stripe(url, "webhook_endpoints", "POST", **told)["secret"])
        finally:
            process.terminate()


def stripe(sandbox: str, path: str, method: str = "GET", /, **form: str) -> Any:
    """A call of Stripe's API with the secret key."""
    auth = {"Authorization": f"Bearer {KEY}"}
    answer = httpx.request(method, f"{sandbox}/v1/{path}", data=form or None, headers=auth, timeout=20)
    assert answer.is_success, answer.text
    return answer.json()


def runs(command: str) -> httpx.Response:
    """What a curl command of the document does, word by word."""
    words = shlex.split(command.replace("\\\n", " "))
    assert words[0] == "curl"
    options: dict[str, list[str]] = {"url": []}
    rest = iter(words[1:])
    for word in rest:
        options.setdefault(word if word.startswith("-") else "url", []).append(
            next(rest) if word.startswith("-") else word
        )
    (url,) = options["url"]
    headers = dict(each.split(": ", 1) for each in options["-H"])
    body = options.get("-d", [""])[0]
    return httpx.request(options["-X"][0], url, headers=headers, content=body.encode(), timeout=20)


def until(what: str, holds: Callable[[], Any], seconds: float = 10.0) -> None:
    """Waits until it holds; fails when it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.05)
