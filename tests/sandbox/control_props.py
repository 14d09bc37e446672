"""What the tests of the controls begin with: a payment, a subscriber, a Checkout Session. Imported by them only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import stripe

from tests.sandbox.conftest import Sandbox

VISA, DECLINED, SECURED = "4242424242424242", "4000000000000002", "4000000000003220"
DAY = 86_400


def paid(sandbox: Sandbox, amount: int = 2000, **more: Any) -> stripe.PaymentIntent:
    """A payment somebody made with a good card."""
    intent = sandbox.intent(amount, **more)
    answer = sandbox.control(f"payments/{intent.id}/pay")
    assert answer["payment_intent"]["status"] == "succeeded"
    return sandbox.client.v1.payment_intents.retrieve(intent.id)


def refusal(sandbox: Sandbox, path: str, **body: Any) -> tuple[int, str]:
    """Status and words of what a control refuses."""
    answer = sandbox.raw("POST", f"/_sandbox/{path}", json=body)
    return answer.status_code, answer.json()["error"]["message"]


@dataclass
class Subscriber:
    """A customer with a card, in everybody's time."""

    sandbox: Sandbox
    customer: str
    card: str
    product: str

    @property
    def v1(self) -> Any:
        return self.sandbox.client.v1

    def price(self, amount: int = 1000, **more: Any) -> str:
        wanted = {"product": self.product, "currency": "usd", "unit_amount": amount, "recurring": {"interval": "month"}}
        return str(self.v1.prices.create({**wanted, **more}).id)

    def subscribe(self, **more: Any) -> Any:
        return self.v1.subscriptions.create({"customer": self.customer, "items": [{"price": self.price()}], **more})

    def now(self, subscription: str) -> Any:
        return self.v1.subscriptions.retrieve(subscription, {"expand": ["latest_invoice"]})


def subscriber(sandbox: Sandbox, card: str = "pm_card_visa") -> Subscriber:
    v1: Any = sandbox.client.v1
    customer = v1.customers.create({"name": "Ada", "email": "ada@example.com"}).id
    method = v1.payment_methods.attach(card, {"customer": customer}).id
    v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})
    return Subscriber(sandbox, customer, method, v1.products.create({"name": "Gold"}).id)


def session(sandbox: Sandbox, amount: int = 1500) -> Any:
    """A Checkout Session for one thing."""
    line: Any = {
        "price_data": {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Cup"}},
        "quantity": 1,
    }
    asked: Any = {"mode": "payment", "line_items": [line], "success_url": "https://example.com/thanks"}
    return sandbox.client.v1.checkout.sessions.create(asked)
