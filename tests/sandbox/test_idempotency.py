"""One idempotency key, one answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import NO_REDIRECTS, Sandbox


def _create(sandbox: Sandbox, key: str, name: str) -> stripe.Customer:
    return sandbox.client.v1.customers.create({"name": name}, {"idempotency_key": key})


def test_the_same_request_gets_the_same_answer(sandbox: Sandbox) -> None:
    send: dict[str, Any] = {"headers": {"Idempotency-Key": "once"}, "data": {"name": "Ada"}}
    first, again = (sandbox.raw("POST", "/v1/customers", **send) for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert len(sandbox.client.v1.customers.list().data) == 1


def test_other_parameters_under_the_same_key_are_refused(sandbox: Sandbox) -> None:
    _create(sandbox, "once", "Ada")
    with pytest.raises(stripe.IdempotencyError):
        _create(sandbox, "once", "Grace")


def test_a_key_is_forgotten_after_a_day(sandbox: Sandbox) -> None:
    first = _create(sandbox, "once", "Ada")
    sandbox.control("time", seconds=24 * 3600 - 60)
    assert _create(sandbox, "once", "Ada").id == first.id
    sandbox.control("time", seconds=120)
    assert _create(sandbox, "once", "Grace").id != first.id


def test_another_address_under_the_same_key_is_refused(sandbox: Sandbox) -> None:
    _create(sandbox, "once", "Ada")
    with pytest.raises(stripe.IdempotencyError):
        sandbox.client.v1.products.create({"name": "Ada"}, {"idempotency_key": "once"})


def test_a_request_in_progress_is_409(sandbox: Sandbox) -> None:
    sandbox.control("faults", slow_seconds=0.6)
    send: dict[str, Any] = {"headers": {"Idempotency-Key": "once"}, "data": {"name": "Ada"}}
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: sandbox.raw("POST", "/v1/customers", **send), range(2)))
    sandbox.control("faults", slow_seconds=0)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    busy = next(answer for answer in answers if answer.status_code == 409)
    assert busy.json()["error"]["code"] == "idempotency_key_in_use"


def test_a_decline_is_replayed_and_charges_nothing_twice(sandbox: Sandbox) -> None:
    intent = sandbox.intent()
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            sandbox.client.v1.payment_intents.confirm(
                intent.id, {"payment_method": "pm_card_chargeDeclined"}, {"idempotency_key": "try"}
            )
    assert len(sandbox.client.v1.charges.list({"payment_intent": intent.id}).data) == 1


def test_a_key_stays_free_when_the_parameters_were_wrong(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.payment_intents.create({"amount": -1, "currency": "usd"}, {"idempotency_key": "once"})
    good = {"amount": 100, "currency": "usd", "automatic_payment_methods": NO_REDIRECTS}
    made = sandbox.client.v1.payment_intents.create(good, {"idempotency_key": "once"})  # type: ignore[arg-type]
    assert made.amount == 100


def test_a_lost_answer_is_found_again_by_its_key(sandbox: Sandbox) -> None:
    sandbox.control("faults", lose_next=1)
    with pytest.raises(stripe.APIConnectionError):
        _create(sandbox, "once", "Ada")
    assert _create(sandbox, "once", "Ada").name == "Ada"
    assert len(sandbox.client.v1.customers.list().data) == 1


@pytest.mark.parametrize(("status", "kind"), [(429, stripe.RateLimitError), (500, stripe.APIError)])
def test_faults_on_demand_look_like_stripes(sandbox: Sandbox, status: int, kind: type[Exception]) -> None:
    sandbox.control("faults", fail_next=1, fail_status=status)
    with pytest.raises(kind):
        _create(sandbox, "once", "Ada")
    assert _create(sandbox, "once", "Ada").name == "Ada"
