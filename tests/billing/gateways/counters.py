"""A seller's things at the sandbox, and what a buyer does with them. Imported by the tests of the gateways."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from billing.gateways.contract import CheckoutOpened, CheckoutTerms, Payable
from billing.gateways.stripe import StripeGateway
from billing.gateways.stripe_calls import Calls
from billing.gateways.stripe_options import StripeOptions
from billing.rules.catalog import Package
from billing.rules.money import Credits, Money
from billing.rules.orders import Surface
from billing.rules.subscriptions import Plan

BACK = "https://portal.example/receipt/ord_1?session_id={CHECKOUT_SESSION_ID}"
CANCEL = "https://portal.example/buy?order=ord_1"
HOSTED = CheckoutTerms(Surface.HOSTED, BACK, CANCEL)
EMBEDDED = CheckoutTerms(Surface.EMBEDDED, BACK, CANCEL)
USUAL = Package("usual", "", "Usual", "For most.", Money(1800, "USD"), Credits.whole(2000), default=True)
EURO = Package("usual", "", "Usual", "For most.", Money(1800, "EUR"), Credits.whole(2000), default=True)
MONTHLY = Plan("monthly", "", "", "Monthly", "Every month.", Money(2000, "USD"), "month")
YEARLY = Plan("yearly", "", "", "Yearly", "", Money(20_000, "USD"), "year")
SUBSCRIPTIONS = "prod_scrip_plans"

KEY = "sk_test_sandbox_of_these_tests"
HOOK = "whsec_of_these_tests"
PRODUCT = "prod_scrip"


def options(**changes: Any) -> StripeOptions:
    """What the sandbox's own keys give; no caching, and quick to give up."""
    usual = StripeOptions(KEY, (HOOK,), PRODUCT, timeout_seconds=5, cache_seconds=0)
    return replace(usual, **changes)


@dataclass
class Sandbox:
    """The running sandbox and a gateway to it."""

    url: str
    gateway: StripeGateway

    def told(self, path: str, /, **body: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/_sandbox/{path}", json=body, timeout=20)
        assert answer.status_code < 300, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def asked(self, path: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.url}{path}", headers={"Authorization": f"Bearer {KEY}"}, timeout=20)
        found: dict[str, Any] = answer.json()
        return found


@dataclass
class Counter:
    """One customer before the counter of one gateway."""

    sandbox: Sandbox
    gateway: StripeGateway
    customer: str
    calls: Calls
    others: list[StripeGateway] = field(default_factory=list)

    @property
    def v1(self) -> Any:
        """The SDK itself, for what only the seller does."""
        return self.calls.client.v1

    def other(self, **changes: Any) -> StripeGateway:
        """A gateway of other settings to the same account."""
        gateway = StripeGateway(options(api_base=self.sandbox.url, **changes))
        self.others.append(gateway)
        return gateway

    def close(self) -> None:
        self.calls.close()
        for each in (self.gateway, *self.others):
            each.close()

    def payable(self, order: str = "ord_1", package: Package = USUAL, **more: Any) -> Payable:
        """What `package` costs, which is on sale after this."""
        sold = [each for each in self.gateway.packages() if each.key == package.key]
        if not sold:
            self.gateway.publish_packages([package])
            sold = list(self.gateway.packages())
        found = sold[0]
        return Payable(
            order, found.price_ref, found.amount, self.customer, "Usual: 2000 credits", f"scrip:{order}:1", **more
        )

    def opened(self, order: str = "ord_1", terms: CheckoutTerms = HOSTED, **more: Any) -> CheckoutOpened:
        return self.gateway.open_checkout(self.payable(order, **more), terms)

    def pay(self, opened: CheckoutOpened, card: str = "4242424242424242") -> Any:
        """Somebody pays on the page; the refusal, when there is one."""
        return self.sandbox.told(f"sessions/{opened.session_ref}/complete", card=card)["error"]

    def debit(self, opened: CheckoutOpened, iban: str) -> None:
        """Somebody pays by a bank debit, which takes days."""
        owner = {"name": "Ann", "email": "ann@example.org"}
        asked = {"type": "sepa_debit", "sepa_debit": {"iban": iban}, "billing_details": owner}
        method = self.v1.payment_methods.create(asked).id
        self.type(opened, "/confirm", payment_method=method)

    def type(self, opened: CheckoutOpened, path: str = "", **told: str) -> None:
        """What a buyer types into the page; names are those of the page's own form."""
        address = f"{self.sandbox.url}/v1/payment_pages/{opened.session_ref}{path}"
        answer = httpx.post(address, data=told, headers={"Authorization": f"Bearer {KEY}"}, timeout=20)
        assert answer.status_code == 200, answer.text

    def lives_in(self, country: str, postal_code: str) -> None:
        self.v1.customers.update(self.customer, {"address": {"country": country, "postal_code": postal_code}})

    def card(self, name: str = "pm_card_visa") -> str:
        return str(self.v1.payment_methods.attach(name, {"customer": self.customer}).id)

    def kinds(self) -> list[str]:
        """The types of all events so far, oldest first."""
        events = self.v1.events.list({"limit": 100}).data
        return [each.type for each in reversed(events)]
