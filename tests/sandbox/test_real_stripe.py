"""The same scenes on the sandbox and, when STRIPE_TEST_KEY holds a key of Stripe's test mode, on Stripe itself."""

from __future__ import annotations

import os
import uuid
from typing import Any

import pytest
import stripe

import tests.conftest as gate
from tests.sandbox.conftest import NO_REDIRECTS, Sandbox, eventually
from tests.sandbox.watching import watched_client

KEY = os.environ.get("STRIPE_TEST_KEY", "")


@pytest.fixture(params=["sandbox", "stripe"])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> stripe.StripeClient:
    if request.param == "sandbox":
        sandbox: Sandbox = request.getfixturevalue("sandbox")
        return sandbox.client
    if not KEY.startswith("sk_test_"):
        pytest.skip("STRIPE_TEST_KEY holds no key of Stripe's test mode")
    # The one test that may leave this machine, and only when it is asked to.
    monkeypatch.setattr(gate, "is_here", lambda _: True)
    return watched_client(KEY, stripe.DEFAULT_API_BASE)


def _intent(client: stripe.StripeClient, method: str, **more: Any) -> stripe.PaymentIntent:
    usual = {"amount": 2000, "currency": "usd", "automatic_payment_methods": NO_REDIRECTS}
    params: Any = {**usual, "payment_method": method, "confirm": True, **more}
    return client.v1.payment_intents.create(params)


def test_a_card_pays(client: stripe.StripeClient) -> None:
    paid = _intent(client, "pm_card_visa", expand=["latest_charge.balance_transaction"])
    told = paid.to_dict()
    charge = told["latest_charge"]
    assert (paid.status, paid.amount_received, charge["paid"], charge["captured"]) == ("succeeded", 2000, True, True)
    assert charge["payment_method_details"]["card"]["last4"] == "4242"
    assert (charge["balance_transaction"]["amount"], charge["balance_transaction"]["type"]) == (2000, "charge")


@pytest.mark.parametrize(
    ("method", "code", "reason"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
    ],
)
def test_a_card_is_declined(client: stripe.StripeClient, method: str, code: str, reason: str) -> None:
    with pytest.raises(stripe.CardError) as refused:
        _intent(client, method)
    error: Any = refused.value.error
    assert (refused.value.http_status, refused.value.code) == (402, code)
    assert error.payment_intent["status"] == "requires_payment_method"
    charge = client.v1.charges.retrieve(error.charge).to_dict()
    assert (charge["status"], charge["failure_code"], charge["outcome"]["reason"]) == ("failed", code, reason)


def test_a_card_asks_for_its_holder(client: stripe.StripeClient) -> None:
    waiting = _intent(client, "pm_card_authenticationRequired")
    assert (waiting.status, waiting.amount_received, waiting.latest_charge) == ("requires_action", 0, None)
    assert waiting.next_action is not None
    assert waiting.next_action.type == "use_stripe_sdk"
    assert client.v1.payment_intents.cancel(waiting.id).status == "canceled"


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"amount": 100, "currency": "usd", "colour": "red"}, "parameter_unknown", "colour"),
        ({"currency": "usd"}, "parameter_missing", "amount"),
        ({"amount": 10, "currency": "usd"}, "amount_too_small", "amount"),
        ({"amount": "ten", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": 100, "currency": "usd", "customer": "cus_nobody"}, "resource_missing", "customer"),
    ],
)
def test_a_mistake_is_named(client: stripe.StripeClient, params: Any, code: str, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(params)
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, code, param)


def test_what_is_not_there_is_404(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_nobody'") as refused:
        client.v1.customers.retrieve("cus_nobody")
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (404, "resource_missing", "id")


def test_a_key_has_one_answer(client: stripe.StripeClient) -> None:
    key: Any = {"idempotency_key": str(uuid.uuid4())}
    first = client.v1.customers.create({"name": "Ada"}, key)
    assert client.v1.customers.create({"name": "Ada"}, key).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"name": "Grace"}, key)
    assert client.v1.customers.delete(first.id).deleted is True


def test_a_change_is_told_with_what_was_before(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "Ada", "metadata": {"room": "7"}})
    client.v1.customers.update(customer.id, {"name": "Grace", "metadata": {"room": "8"}})

    def told() -> list[stripe.Event]:
        changes = client.v1.events.list({"type": "customer.updated"}).data
        return [event for event in changes if event.data.object["id"] == customer.id]

    (event,) = eventually(told)
    before = event.to_dict()["data"]["previous_attributes"]
    assert (event.data.object["name"], before) == ("Grace", {"name": "Ada", "metadata": {"room": "7"}})
    client.v1.customers.delete(customer.id)


def test_a_webhook_endpoint_tells_its_secret_once(client: stripe.StripeClient) -> None:
    made = client.v1.webhook_endpoints.create(
        {"url": "https://example.com/webhooks/stripe", "enabled_events": ["customer.created"]}
    )
    shown = client.v1.webhook_endpoints.retrieve(made.id)
    assert client.v1.webhook_endpoints.delete(made.id).deleted is True
    assert (str(made.secret).startswith("whsec_"), shown.secret if hasattr(shown, "secret") else None) == (True, None)
