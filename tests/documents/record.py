"""Writes docs/runs/: what each system's portal answered, step by step. `python -m tests.documents.record` runs it.

Each file is one run against a fresh portal and its sandbox; ids and times change with every run, nothing else should.
With names behind it (`... record frontier`) it runs those systems only.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from auth.policy import Role
from billing import customers
from tests.documents.datalayer import HOOK as TOPUP_HOOK
from tests.documents.datalayer import IAM, STRIPE, TOPUP, Client, Platform, intent_of, platform, until
from tests.documents.dataxpipe import company
from tests.documents.doubleword import ADMIN, installation
from tests.documents.frontier import PATHS, engine
from tests.world.groups import person

RUNS = Path(__file__).parents[2] / "docs" / "runs"
LONGEST = 1200


@dataclass
class Record:
    """One run as it is written down. Tokens and secrets are never part of it."""

    title: str
    lines: list[str] = field(default_factory=list)

    def says(self, text: str) -> None:
        self.lines += ["", text]

    def curl(self, http: httpx.Client, method: str, path: str, body: object = None) -> Any:
        """Does it and writes down what was sent and what came back."""
        answer = http.request(method, path, json=body)
        sent = [f'curl -X {method} "https://your-instance{path}" -H "Authorization: Bearer $API_KEY"']
        if body is not None:
            sent += [' -H "Content-Type: application/json"', f" -d '{json.dumps(body)}'"]
        told = answer.json() if answer.content else None
        shown = json.dumps(_veiled(told), indent=2).replace(str(http.base_url).rstrip("/"), "https://your-instance")
        shown = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}\n..."
        self.lines += ["", "```", " \\\n ".join(sent), f"{answer.status_code}", shown, "```"]
        return told

    def write(self, name: str) -> None:
        RUNS.mkdir(exist_ok=True)
        (RUNS / name).write_text("\n".join([f"# {self.title}", *self.lines, ""]), encoding="utf-8")


def _veiled(told: Any) -> Any:
    """The same with everything that opens a payment left out."""
    if isinstance(told, list):
        return [_veiled(each) for each in told]
    if not isinstance(told, dict):
        return told
    return {name: "..." if name in ("client_secret", "url") else _veiled(value) for name, value in told.items()}


def topup(folder: Path) -> None:
    record = Record("A run of datalayer-topup")
    with platform(folder, "datalayer-topup") as running:
        ada = running.person()
        record.says("The prices of the top-up product:")
        prices = record.curl(ada.http, "GET", f"{STRIPE}/topup/prices")["prices"]
        record.says("Without an active monthly subscription a top-up is refused, with the way to subscribe:")
        record.curl(ada.http, "POST", TOPUP, {"price_id": prices[0]["id"]})
        record.says(f"Ada subscribes with 4242 4242 4242 4242; Stripe's events come to `{TOPUP_HOOK}`:")
        running.subscribed(ada)
        record.curl(ada.http, "GET", f"{IAM}/subscription")
        record.says("Now a payment can be begun, and its webhook brings the credits:")
        begun = record.curl(ada.http, "POST", TOPUP, {"price_id": prices[0]["id"]})
        _pay(running, ada, intent_of(begun["client_secret"]))
        record.curl(ada.http, "GET", f"{IAM}/usage/credits")
        record.says("The subscription is cancelled at the end of its period, and resumed:")
        record.curl(ada.http, "POST", f"{IAM}/subscription/cancel")
        record.curl(ada.http, "POST", f"{IAM}/subscription/resume")
    record.write("datalayer-topup.md")


def checkout(folder: Path) -> None:
    record = Record("A run of datalayer-checkout")
    with platform(folder, "datalayer-checkout") as running:
        ada = running.person()
        record.says("The packages, with their descriptions:")
        prices = record.curl(ada.http, "GET", f"{STRIPE}/topup/prices")["prices"]
        record.says("A Checkout session for our own page; the secret opens it there:")
        begun = record.curl(ada.http, "POST", f"{STRIPE}/checkout/session", {"price_id": prices[0]["id"]})
        running.running.sandbox(f"sessions/{begun['session_id']}/complete", card="4242424242424242")
        until("the credits arrive", lambda: ada.balance.micro > 0)
        record.says("The card was typed, `checkout.session.completed` came, the session was read again, and:")
        record.curl(ada.http, "GET", f"{IAM}/usage/credits")
    record.write("datalayer-checkout.md")


def doubleword(folder: Path) -> None:
    record = Record("A run of doubleword")
    with installation(folder, DWCTL_CREDITS__INITIAL_CREDITS_FOR_STANDARD_USERS="10") as running:
        ada, mia = running.person("ada"), running.key()
        record.says("A new standard user has the initial credits:")
        user = record.curl(ada.http, "GET", f"{ADMIN}/users/current?include=billing")
        record.says("Buy Credits leads to Stripe's page; the card is typed there, and the webhook brings the credits:")
        begun = ada.buys()
        session = running.pays(begun)
        record.says(f"Coming back, the payment is processed at once, as often as somebody asks (`{session}`):")
        record.curl(ada.http, "PATCH", f"{ADMIN}/payments/{session}")
        record.says("A manager's grant, as the document prints it:")
        grant = {"user_id": user["id"], "transaction_type": "admin_grant", "amount": 100}
        record.curl(mia.http, "POST", f"{ADMIN}/transactions", grant | {"description": "Welcome bonus"})
        record.says("What stands in the ledger:")
        record.curl(ada.http, "GET", f"{ADMIN}/transactions?limit=3")
        record.says("A payment that nobody made:")
        record.curl(ada.http, "PATCH", f"{ADMIN}/payments/cs_test_unknown")
    record.write("doubleword.md")


def dataxpipe(folder: Path) -> None:
    record = Record("A run of dataxpipe")
    with company(folder) as running:
        ada = running.customer()
        record.says("An admin's access token speaks for its organisation, which is on the free plan:")
        record.curl(ada.http, "GET", "/api/v1/billing/plan")
        record.says("Its third connection is one too many, and the refusal says what would help:")
        ada.registers("connections", 2)
        place = {"account": ada.account_id, "limit": "connections", "holder": "warehouse"}
        record.curl(ada.service, "POST", "/api/v1/entitlements/take", place)
        record.says("Whoever is no admin changes nothing about money:")
        record.curl(ada.member, "POST", "/api/v1/billing/checkout", {"price_id": running.prices["team"]})
        record.says("A price of the Dashboard leads to Stripe's page; paid there, webhooks set the plan:")
        record.curl(ada.http, "POST", "/api/v1/billing/checkout", {"price_id": running.prices["team"]})
        subscription = running.subscribes(ada, "team")
        record.curl(ada.http, "GET", "/api/v1/billing/plan")
        record.curl(ada.service, "POST", "/api/v1/entitlements/take", place)
        record.says("Deleted, the account is on the free plan again and keeps what it has:")
        running.stripe(f"subscriptions/{subscription}", "DELETE")
        until("the plan is free", lambda: ada.plan == "free")
        record.curl(ada.http, "GET", "/api/v1/entitlements")
    record.write("dataxpipe.md")


def frontier(folder: Path) -> None:
    record = Record("A run of frontier")
    with engine(folder) as running:
        http, owner = running.client(), person(running.world)
        record.says(
            "The plans of two YAML files, one in each form, were synced when the portal started. A new organisation:"
        )
        asked = {"title": "Analytical Engines", "owner": owner, "external_id": "org-7"}
        account = record.curl(http, "POST", "/api/v1/organisations", asked)["account"]
        record.says("It has its onboarding credits and those of the default plan:")
        record.curl(http, "GET", f"/api/v1/balance?account={account}")
        record.says("The free plan lacks a feature; the refusal names the plan that has it:")
        feature = {"account": account, "feature": "priority_mail"}
        record.curl(http, "POST", "/api/v1/entitlements/check", feature)
        record.says(
            f"It is subscribed at Stripe, which posts `subscription.created` and `invoice.paid` to `{PATHS[0]}`:"
        )
        subscription = running.subscribed(account, "starter_monthly")
        running.tells("customer.subscription.created", subscription, "subscription.created")
        running.tells("invoice.paid", subscription)
        record.curl(http, "GET", f"/api/v1/balance?account={account}")
        record.curl(http, "POST", "/api/v1/entitlements/check", feature)
        record.says("What a change of plan would cost, now and next, before anybody confirms it:")
        record.curl(http, "POST", "/api/v1/subscription/preview", {"account": account, "plan": "team_monthly"})
        record.says("Its use is debited, once for each key, and never more than it has:")
        use = {"account": account, "amount": "12.5", "idempotency_key": "job-4711"}
        record.curl(http, "POST", "/api/v1/usage", use)
        record.curl(http, "POST", "/api/v1/usage", use | {"amount": "1000", "idempotency_key": "job-4712"})
        record.says("Its mail is corrected at Stripe, which posts `customer.updated`. A manager sees:")
        customer = customers.ensure(running.world.portal, account)
        running.stripe(f"customers/{customer}", email="bills@engines.example", **{"address[country]": "GB"})
        running.tells("customer.updated", customer)
        record.curl(running.client(Role.MANAGER), "GET", f"/api/v1/accounts/{account}/customer")
    record.write("frontier.md")


def _pay(running: Platform, client: Client, payment: str) -> None:
    before = client.balance
    running.running.sandbox(f"payments/{payment}/pay", card="4242424242424242")
    until("the credits arrive", lambda: client.balance > before)


def main() -> None:
    runs: tuple[Callable[[Path], None], ...] = (topup, checkout, doubleword, dataxpipe, frontier)
    for run in (each for each in runs if each.__name__ in (sys.argv[1:] or each.__name__)):
        with tempfile.TemporaryDirectory() as folder:
            run(Path(folder))


if __name__ == "__main__":
    main()
