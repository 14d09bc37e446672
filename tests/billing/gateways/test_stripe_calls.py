"""How calls to Stripe are tried again, given up and told about, against answers that are scripted."""

from __future__ import annotations

import time
import traceback
from typing import Any

import httpx
import pytest
import stripe

from billing.gateways.contract import Payable
from billing.gateways.stripe import StripeGateway
from billing.gateways.stripe_calls import AWAY, NOT_ADMITTED, UNREADABLE, Calls
from billing.gateways.stripe_options import options_of
from billing.rules.errors import GatewayUnavailable, KeyReused, NotFound, PaymentRefused, ScripError
from billing.rules.money import Money
from billing.settings import load_settings
from tests.billing.gateways.conftest import Answer, Scripted
from tests.billing.gateways.counters import KEY, options

INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "requires_payment_method",
    "client_secret": "pi_1_secret_x",
}


def failure(status: int, kind: str = "api_error", headers: dict[str, str] | None = None, **more: Any) -> Answer:
    return Answer(status, {"error": {"type": kind, "message": "Some sentence.", **more}}, headers or {})


def calls_to(scripted: Scripted, **changes: Any) -> tuple[Calls, list[float]]:
    pauses: list[float] = []
    return Calls(options(api_base=scripted.url, **changes), sleep=pauses.append), pauses


def start(calls: Calls) -> dict[str, Any]:
    intents = calls.client.v1.payment_intents
    return calls.read(lambda: intents.create({"amount": 1, "currency": "usd"}, {"idempotency_key": "order-7"}))


@pytest.mark.parametrize(
    "passing",
    [failure(429, "rate_limit_error", code="rate_limit"), failure(429, code="lock_timeout"), failure(500), failure(503),
     failure(409, code="idempotency_key_in_use"), Answer(cut=True),
     failure(400, headers={"Stripe-Should-Retry": "true"})],
    ids=["429", "429 lock", "500", "503", "409", "cut", "told to"],
)  # fmt: skip
def test_what_may_pass_is_tried_again_with_the_same_key(scripted: Scripted, passing: Answer) -> None:
    scripted.script = [passing, passing, Answer(body=INTENT)]
    calls, pauses = calls_to(scripted)
    assert start(calls)["id"] == "pi_1"
    assert scripted.keys == ["order-7"] * 3
    assert 0.4 <= pauses[0] < pauses[1] <= 4
    calls.close()


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        (failure(400, "invalid_request_error", param="amount"), PaymentRefused, "refused the request"),
        (failure(404, "invalid_request_error", code="resource_missing"), NotFound, "does not know"),
        (failure(402, "card_error", code="card_declined", decline_code="lost_card"), PaymentRefused, "Some sentence."),
        (failure(400, "idempotency_error"), KeyReused, "other content"),
        (failure(401, "invalid_request_error"), GatewayUnavailable, NOT_ADMITTED),
        (failure(403, "invalid_request_error"), GatewayUnavailable, NOT_ADMITTED),
        (failure(500, headers={"Stripe-Should-Retry": "false"}), GatewayUnavailable, AWAY),
        (Answer(200, b"<html>"), GatewayUnavailable, AWAY),
        (Answer(200, []), GatewayUnavailable, UNREADABLE),
        (Answer(400, {"error": "busy"}), GatewayUnavailable, UNREADABLE),
        (Answer(502, {"error": []}), GatewayUnavailable, UNREADABLE),
    ],
    ids=["400", "404", "402", "reused", "401", "403", "told not to", "no JSON", "a list", "a word", "no error"],
)
def test_a_decision_is_not_asked_twice(
    scripted: Scripted, answer: Answer, error: type[ScripError], sentence: str
) -> None:
    scripted.script = [answer]
    calls, pauses = calls_to(scripted)
    with pytest.raises(error) as caught:
        start(calls)
    assert sentence in caught.value.sentence
    assert (len(scripted.keys), pauses) == (1, [])
    calls.close()


def test_it_gives_up_after_the_tries_it_was_given(scripted: Scripted) -> None:
    scripted.script = [failure(429)]
    calls, pauses = calls_to(scripted, max_retries=2)
    with pytest.raises(GatewayUnavailable, match="cannot be reached"):
        start(calls)
    assert (len(scripted.keys), len(pauses)) == (3, 2)
    calls.close()


def test_a_hanging_provider_is_waited_for_once_and_not_for_long(scripted: Scripted) -> None:
    scripted.script = [Answer(body=INTENT, wait=3)]
    calls, _pauses = calls_to(scripted, timeout_seconds=1)
    began = time.monotonic()
    with pytest.raises(GatewayUnavailable):
        start(calls)
    assert time.monotonic() - began < 2.5
    assert len(scripted.keys) == 1
    calls.close()


def test_nobody_there_is_unavailable() -> None:
    gateway = StripeGateway(options(api_base="http://127.0.0.1:9", max_retries=0))
    with pytest.raises(GatewayUnavailable, match="Nothing was charged"):
        gateway.payment("pi_1")
    gateway.close()


def test_no_key_body_or_header_travels_with_an_error(scripted: Scripted) -> None:
    scripted.script = [failure(400, "invalid_request_error", headers={"X-Inner": "HEADERVALUE"}, hidden="BODYVALUE")]
    gateway = StripeGateway(options(api_base=scripted.url))
    with pytest.raises(PaymentRefused) as caught:
        gateway.start_payment(Payable("ord_1", "price_1", Money(1, "USD"), "cus_1", "text", "key"))
    told = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value)) + repr(caught.value.__context__)
    assert [word for word in (KEY, "HEADERVALUE", "BODYVALUE", "Some sentence") if word in told] == []
    gateway.close()


def test_stripe_learns_nothing_about_this_machine(scripted: Scripted) -> None:
    scripted.script = [Answer(body=INTENT, headers={"Request-Id": "req_1"})]
    calls, _pauses = calls_to(scripted)
    start(calls)
    start(calls)
    assert stripe.enable_telemetry is False
    assert [head for head in scripted.heads if "X-Stripe-Client-Telemetry" in head] == []
    assert scripted.heads[0]["Stripe-Version"] == "2026-10-28.endive"
    calls.close()


def test_a_sandbox_is_not_asked_through_a_proxy(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert httpx.Client().trust_env
    scripted.script = [Answer(body=INTENT)]
    calls, _pauses = calls_to(scripted)
    assert start(calls)["id"] == "pi_1"
    calls.close()


@pytest.mark.parametrize(
    "intent", [{}, {**INTENT, "id": None}, {**INTENT, "client_secret": 5}, {**INTENT, "status": None}]
)
def test_an_answer_without_its_parts_is_not_believed(scripted: Scripted, intent: dict[str, Any]) -> None:
    scripted.script = [Answer(body=intent)]
    gateway = StripeGateway(options(api_base=scripted.url))
    with pytest.raises(GatewayUnavailable):
        gateway.resume_payment("pi_1")
    with pytest.raises(GatewayUnavailable):
        gateway.payment("pi_1")
    gateway.close()


@pytest.mark.parametrize("data", [5, None, {}])
def test_a_list_that_is_none_is_not_believed(scripted: Scripted, data: object) -> None:
    scripted.script = [Answer(body={"object": "list", "data": data})]
    gateway = StripeGateway(options(api_base=scripted.url))
    with pytest.raises(GatewayUnavailable, match="cannot be understood"):
        gateway.packages()
    gateway.close()


@pytest.mark.parametrize(
    "odd", [{"metadata": [1]}, {"transform_quantity": 7}, {"currency": 5}, {"product": {"name": 5}}]
)
def test_an_odd_price_is_not_sold(scripted: Scripted, odd: dict[str, Any]) -> None:
    price = {"id": "price_1", "type": "one_time", "livemode": False, "unit_amount": 5, "currency": "usd"}
    scripted.script = [Answer(body={"object": "list", "data": [5, None, {**price, "product": {}, **odd}]})]
    gateway = StripeGateway(options(api_base=scripted.url))
    assert gateway.packages() == ()
    gateway.close()


def test_the_options_follow_from_the_settings() -> None:
    told = options_of(load_settings({"SCRIP_STRIPE__WEBHOOK_SECRETS": "whsec_a,whsec_b", "SCRIP_PRODUCT_NAME": "Coin"}))
    assert (told.webhook_secrets, told.livemode, told.api_key) == (("whsec_a", "whsec_b"), False, "")
    assert (told.product_name, told.timeout_seconds) == ("Coin credits", 20)
    assert "whsec_a" not in repr(told)
