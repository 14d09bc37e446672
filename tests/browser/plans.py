"""Subscribers of a portal that sells plans: subscribed behind its back, so that its sandbox's webhook tells of it.

Only tests/browser uses it.
"""

from __future__ import annotations

import time
from typing import Any

import httpx
from playwright.async_api import Locator

from billing import subscriptions
from billing.rules.subscriptions import Subscription
from billing.store import accounts as account_rows
from tests.browser.people import Person, Registry
from tests.browser.processes import Running
from tests.browser.shopping import Shopper, wait_until

KEY = "sk_test_sandbox_of_the_plans"
TEAM, BUSINESS = "4900", "19900"


class Payer(Shopper):
    """Somebody at the page plan, which has other buttons to pay besides that of the card form."""

    @property
    def pay_button(self) -> Locator:
        return self.page.locator(".pay").get_by_role("button", name="Pay ")


def subscribes(selling: Running, crowd: Registry, person: Person, unit_amount: str = TEAM) -> Subscription:
    """Subscribes with a card that pays, on a clock of its own; the answer is what the portal then knows of it."""
    clock = stripe(selling, "test_helpers/test_clocks", frozen_time=str(int(time.time())))["id"]
    customer = stripe(selling, "customers", name=person.name, test_clock=clock)["id"]
    crowd.world.portal.till.write(lambda tx: account_rows.set_customer(tx, person.account_id, customer))
    pays_with(selling, customer, "pm_card_visa")
    price = price_of(selling, unit_amount)
    stripe(selling, "subscriptions", customer=customer, **{"items[0][price]": price})
    wait_until(lambda: subscriptions.history(crowd.world.portal, person.account_id))
    return subscriptions.history(crowd.world.portal, person.account_id)[0]


def price_of(selling: Running, unit_amount: str) -> str:
    """The price of this amount; no two plans cost the same."""
    prices = stripe(selling, "prices?limit=100", "GET")["data"]
    (price,) = [str(each["id"]) for each in prices if str(each["unit_amount"]) == unit_amount]
    return price


def moves(selling: Running, had: Subscription, unit_amount: str) -> None:
    """The plan becomes another one at Stripe's, as by somebody with its dashboard."""
    (item,) = stripe(selling, f"subscriptions/{had.id}", "GET")["items"]["data"]
    wanted = {"items[0][id]": item["id"], "items[0][price]": price_of(selling, unit_amount)}
    stripe(selling, f"subscriptions/{had.id}", proration_behavior="none", **wanted)


def pays_with(selling: Running, customer: str, card: str) -> None:
    """From now on this card is charged."""
    method = stripe(selling, f"payment_methods/{card}/attach", customer=customer)["id"]
    stripe(selling, f"customers/{customer}", **{"invoice_settings[default_payment_method]": method})


def stripe(selling: Running, path: str, method: str = "POST", **form: str) -> dict[str, Any]:
    """A call of Stripe's API, as somebody with the secret key makes it."""
    auth = {"Authorization": f"Bearer {KEY}"}
    answer = httpx.request(method, f"{selling.sandbox_url}/v1/{path}", data=form or None, headers=auth, timeout=10)
    assert answer.is_success, answer.text
    return dict(answer.json())
