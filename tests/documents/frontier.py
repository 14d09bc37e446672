"""A portal set up as Frontier's document says: a `billing:` block and a folder of plans. For tests/documents.

`world` is a second portal over the same database, with the same settings and the same sandbox of Stripe.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from auth import keys
from auth.policy import Role
from billing import customers, organisations
from billing.gateways.preparation import Act, Step
from billing.gateways.stripe_setup import StripeSetup
from billing.organisations import Founding
from billing.plan_sync import run as sync
from billing.purchases import Buyer
from billing.rules.moments import system_clock
from billing.setup import Installation
from tests.browser.processes import Running, portal_process
from tests.world.groups import ABOVE, person
from tests.world.portals import World, open_world, signed
from tests.world.shops import RunningClock

KEY = "sk_test_sandbox_of_frontier"
NEW, OLD = "whsec_the_new_one", "whsec_the_old_one"
PATHS = ("/v1beta1/webhooks/stripe", "/v1beta1/billing/webhooks/callback/stripe", "/webhooks/stripe")
NUMBERS = itertools.count(1)

CONFIG = """
billing:
  stripe_key: {key}
  stripe_auto_tax: false
  stripe_webhook_secrets: [{new}, {old}]
  default_currency: usd
  plans_path: file://{folder}/plans
  payment_method_config:
    - {{type: card, max: 500000}}
    - {{type: customer_balance, min: 100000}}
  customer:
    auto_create_with_org: true
    default_plan: free_monthly
    default_offline: false
    onboard_credits_with_org: 25
    credit_overdraft_product: tokens
    credit_overdraft_invoice_day: 1
    credit_overdraft_invoice_range_shift: 0
  plan_change: {{proration_behavior: create_prorations, immediate_proration_behavior: create_prorations}}
  subscription: {{behavior_after_trial: release}}
  product: {{seat_change_behavior: exact}}
  refresh_interval: {{customer: 1m, subscription: 1m, checkout: 1m, invoice: 5m}}
"""

OLDER = """
features:
  - {name: audit, title: Audit log, metadata: {weightage: 2}}
products:
  - name: tokens
    title: Tokens
    behavior: credits
    config: {credit_amount: 100, min_quantity: 1, max_quantity: 5000}
    prices:
      - {name: default, amount: 500, currency: usd}
      - {name: euro, amount: 450, currency: eur}
  - name: free_access
    title: Free access
    prices: [{name: monthly, interval: month, amount: 0, currency: usd}]
  - name: starter_access
    title: Starter access
    prices:
      - {name: monthly, interval: month, amount: 1900, currency: usd}
      - {name: yearly, interval: year, amount: 19000, currency: usd}
    features: [{name: audit}, {name: priority_mail}]
  - name: starter_seats
    title: Starter seats
    behavior: per_seat
    config: {seat_limit: 9}
    prices: [{name: monthly, interval: month, amount: 300, currency: usd}]
  - name: calls
    title: Calls
    prices:
      - {name: base, interval: month, amount: 100, currency: usd}
      - {name: used, interval: month, amount: 2, currency: usd, usage_type: metered}
plans:
  - {name: free_monthly, title: Free, interval: month, on_start_credits: 5, products: [{name: free_access}]}
  - {name: starter_monthly, title: Starter, interval: month, on_start_credits: 50, trial_days: 7,
     products: [{name: starter_access}, {name: starter_seats}]}
  - {name: starter_yearly, title: Starter, interval: year, products: [{name: starter_access}]}
  - {name: payg_monthly, title: Pay as you go, interval: month, products: [{name: calls}]}
"""
"""Plans in the older form: one document of three lists."""

NEWER = """
apiVersion: v1
kind: BillingProduct
spec:
  - name: team_access
    title: Team access
    behavior: basic
    features: [{name: single_sign_on}]
    prices: [{name: monthly, amount: 4900, currency: usd, interval: month}]
---
apiVersion: v1
kind: BillingPlan
spec:
  - {name: team_monthly, title: Team, interval: month, on_start_credits: 500, state: active,
     products: [{name: team_access}]}
"""
"""And in the newer one: documents with a kind."""


@dataclass
class Engine:
    """The running portal, and what a test does with it."""

    running: Running
    world: World
    folder: Path

    def organisation(self) -> tuple[str, Buyer]:
        """A new one, and whoever buys for it."""
        owner = person(self.world)
        founding = Founding(f"Organisation {next(NUMBERS)}", owner, ABOVE)
        account = organisations.create(self.world.portal, founding)[0].account_id
        return account, Buyer(owner, account)

    def client(self, role: Role = Role.PROGRAM) -> httpx.Client:
        """A program that speaks for all."""
        _, secret = keys.create(self.world.portal, name="x", role=role, account_id=None, by="tests")
        headers = {"Authorization": f"Bearer {secret}"}
        return httpx.Client(base_url=self.running.url, headers=headers, timeout=20)

    def customer(self, account: str, card: str = "pm_card_visa") -> str:
        """The account's customer, with a card that pays."""
        ref = customers.ensure(self.world.portal, account)
        method = self.stripe(f"payment_methods/{card}/attach", customer=ref)["id"]
        self.stripe(f"customers/{ref}", **{"invoice_settings[default_payment_method]": method})
        return ref

    def subscribed(self, account: str, plan: str) -> str:
        """A subscription that was made behind the portal's back."""
        offer = next(each for each in self.world.portal.gateway.plans() if each.key == plan)
        items = {f"items[{place}][price]": item.price_ref for place, item in enumerate(offer.items)}
        return str(self.stripe("subscriptions", customer=self.customer(account), **items)["id"])

    def stripe(self, path: str, method: str = "POST", **form: str) -> Any:
        """A call of Stripe's API with the secret key."""
        auth = {"Authorization": f"Bearer {KEY}"}
        url = f"{self.running.sandbox_url}/v1/{path}"
        answer = httpx.request(method, url, data=form or None, headers=auth, timeout=20)
        assert answer.is_success, answer.text
        return answer.json()

    def posts(self, event: dict[str, Any], secret: str = NEW, path: str = PATHS[0]) -> int:
        """Posts an event as Stripe does; the status."""
        raw, signature = signed(event, system_clock(), secret)
        headers = {"Stripe-Signature": signature}
        return httpx.post(self.running.url + path, content=raw, headers=headers, timeout=20).status_code

    def event(self, kind: str, about: str) -> dict[str, Any]:
        """Stripe's newest event of this type about this thing."""
        found = self.stripe(f"events?type={kind}&limit=100", "GET")["data"]
        return dict(next(each for each in found if about in json.dumps(each["data"]["object"])))

    def tells(self, kind: str, about: str, spelt: str = "") -> None:
        """Posts that event under the name `spelt`, as if it had never been sent before."""
        event = self.event(kind, about) | {"id": f"evt_told{next(NUMBERS)}", "type": spelt or kind}
        assert self.posts(event) == 200

    def synced(self, *files: str, dry_run: bool = False) -> list[Step]:
        """The steps of a sync that changed something, or would."""
        steps: list[Step] = []
        with closing(StripeSetup.of(self.world.portal.settings)) as account:
            here = Installation(self.world.portal.settings, account, system_clock)
            sync(here, files, steps.append, dry_run=dry_run)
        return [step for step in steps if step.act is not Act.KEEP]


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """The portal, which synced the plans when it started; nothing is delivered to it but by hand."""
    (folder / "plans").mkdir()
    (folder / "plans" / "older.yaml").write_text(OLDER, "utf-8")
    (folder / "plans" / "newer.yml").write_text(NEWER, "utf-8")
    config = folder / "frontier.yaml"
    config.write_text(CONFIG.format(key=KEY, new=NEW, old=OLD, folder=folder), "utf-8")
    own = {"SCRIP_PROFILE": "frontier", "SCRIP_CONFIG": str(config), "SCRIP_CATALOG__CACHE_SECONDS": "0"}
    with portal_process(folder, **own) as running:
        running.sandbox("endpoint", url=None)
        same = {
            "SCRIP_STRIPE__API_KEY": KEY, "SCRIP_STRIPE__WEBHOOK_SECRETS": f"{NEW},{OLD}", "SCRIP_STRIPE__PRODUCT": "",
            "SCRIP_STRIPE__API_BASE": running.sandbox_url, **own,
        }  # fmt: skip
        with open_world(f"sqlite:///{folder}/scrip.db", clock=RunningClock(), **same) as world:
            yield Engine(running, world, folder)
