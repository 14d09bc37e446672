"""Faults of single routes, as the real SDK meets them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.conftest import SECRET_KEY, Sandbox, eventually
from tests.sandbox.watching import WIRE, awaited_client, watched_client

CUSTOMERS = "/v1/customers"


def _fault(sandbox: Sandbox, kind: str, path: str = CUSTOMERS, method: str = "POST", **more: Any) -> str:
    return str(sandbox.control("faults/routes", kind=kind, path=path, method=method, **more)["id"])


def _once(sandbox: Sandbox) -> stripe.StripeClient:
    """The SDK that does not try again."""
    return watched_client(SECRET_KEY, sandbox.url, max_network_retries=0)


def _post(sandbox: Sandbox, **more: Any) -> httpx.Response:
    return sandbox.raw("POST", CUSTOMERS, data={"name": "Ada"}, headers={"Idempotency-Key": "once"}, **more)


def _names(sandbox: Sandbox) -> list[str | None]:
    return [customer.name for customer in sandbox.client.v1.customers.list().data]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's pauses between tries, shortened."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.02)


@pytest.mark.parametrize("kind", ["rate_limit", "lock_timeout"])
def test_a_limit_is_429_and_changes_nothing(sandbox: Sandbox, kind: str) -> None:
    _fault(sandbox, kind)
    with pytest.raises(stripe.RateLimitError) as refused:
        sandbox.client.v1.customers.create({"name": "Ada"})
    error: Any = refused.value.error
    assert (refused.value.http_status, error.code) == (429, kind)
    assert _names(sandbox) == []
    assert sandbox.client.v1.customers.create({"name": "Ada"}).name == "Ada"


def test_a_fault_meets_its_own_route_only(sandbox: Sandbox) -> None:
    customer = sandbox.client.v1.customers.create({"name": "Ada"})
    _fault(sandbox, "error", "/v1/customers/{id}", times=None)
    v1 = _once(sandbox).v1
    assert v1.customers.create({"name": "Grace"}).name == "Grace"
    assert v1.customers.retrieve(customer.id).name == "Ada"
    assert v1.products.create({"name": "Credits"}).name == "Credits"
    with pytest.raises(stripe.APIError, match="Something went wrong on Stripe's end"):
        v1.customers.update(customer.id, {"name": "Eve"})
    assert v1.customers.retrieve(customer.id).name == "Ada"


def test_an_error_before_the_work_leaves_the_key_free(sandbox: Sandbox) -> None:
    _fault(sandbox, "error", status=503)
    assert [_post(sandbox).status_code for _ in range(2)] == [503, 200]
    assert _names(sandbox) == ["Ada"]


def test_an_error_after_the_work_is_the_kept_answer(sandbox: Sandbox) -> None:
    _fault(sandbox, "error", after=True)
    first, again = _post(sandbox), _post(sandbox)
    assert (first.status_code, again.status_code) == (500, 500)
    assert (first.content, again.headers["idempotent-replayed"]) == (again.content, "true")
    assert _names(sandbox) == ["Ada"]


def test_an_error_on_the_way_back_leaves_the_result_to_be_replayed(sandbox: Sandbox) -> None:
    _fault(sandbox, "error", after=True, keep="result")
    first, again = _post(sandbox), _post(sandbox)
    assert (first.status_code, again.status_code) == (500, 200)
    assert (again.json()["name"], again.headers["idempotent-replayed"]) == ("Ada", "true")
    assert _names(sandbox) == ["Ada"]


@pytest.mark.parametrize(("after", "left"), [(False, []), (True, ["Ada"])])
def test_a_cut_line_comes_before_or_after_the_work(sandbox: Sandbox, after: bool, left: list[str]) -> None:
    _fault(sandbox, "cut", after=after)
    with pytest.raises(stripe.APIConnectionError):
        _once(sandbox).v1.customers.create({"name": "Ada"})
    assert _names(sandbox) == left


@pytest.mark.parametrize("kind", ["not_json", "half"])
def test_a_spoiled_body_is_an_error_of_the_api(sandbox: Sandbox, kind: str) -> None:
    _fault(sandbox, kind)
    with pytest.raises(stripe.APIError, match="Invalid response body from API"):
        _once(sandbox).v1.customers.create({"name": "Ada"})
    assert _names(sandbox) == ["Ada"]


def test_a_value_nobody_knows_is_seen_by_the_watcher(sandbox: Sandbox) -> None:
    intent = sandbox.intent()
    _fault(sandbox, "replace", "/v1/payment_intents/*", "GET")
    assert sandbox.client.v1.payment_intents.retrieve(intent.id).to_dict()["status"] == "never_heard_of"
    (line,) = WIRE.differences()
    assert "payment_intent.status: 'never_heard_of' is not one of" in line
    WIRE.seen.clear()
    assert sandbox.client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"


def test_an_answer_can_stay_away(sandbox: Sandbox) -> None:
    _fault(sandbox, "hang", method="GET")
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{sandbox.url}{CUSTOMERS}", headers={"Authorization": f"Bearer {SECRET_KEY}"}, timeout=0.3)
    assert _names(sandbox) == []


def test_an_answer_can_come_late(sandbox: Sandbox) -> None:
    _fault(sandbox, "hang", after=True, seconds=0.4)
    began = time.monotonic()
    assert _post(sandbox).status_code == 200
    assert time.monotonic() - began >= 0.4
    assert _names(sandbox) == ["Ada"]


def test_a_hang_ends_when_it_is_switched_off(sandbox: Sandbox) -> None:
    fault = _fault(sandbox, "hang")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_post, sandbox)
        eventually(lambda: sandbox.look("faults/routes")["faults"][0]["left"] == 0)
        assert not waiting.done()
        httpx.delete(f"{sandbox.url}/_sandbox/faults/routes/{fault}", timeout=5).raise_for_status()
        assert waiting.result(5).status_code == 200


# The SDK hands httpx its bodies in a way httpx has given up.
@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
async def test_an_async_client_meets_the_same(sandbox: Sandbox) -> None:
    _fault(sandbox, "rate_limit")
    async with awaited_client(SECRET_KEY, sandbox.url) as client:
        with pytest.raises(stripe.RateLimitError):
            await client.v1.customers.create_async({"name": "Ada"})
        assert (await client.v1.customers.create_async({"name": "Ada"})).name == "Ada"


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("kind", "hint", "requests"),
    [("error", None, 3), ("error", False, 1), ("rate_limit", None, 1), ("rate_limit", True, 3)],
)
def test_the_sdk_heeds_the_hint_to_retry(sandbox: Sandbox, kind: str, hint: bool | None, requests: int) -> None:
    _fault(sandbox, kind, times=10, should_retry=hint)
    with pytest.raises(stripe.StripeError):
        watched_client(SECRET_KEY, sandbox.url, max_network_retries=2).v1.customers.create({"name": "Ada"})
    assert sandbox.look("faults/routes")["faults"][0]["left"] == 10 - requests


def test_a_reset_switches_every_fault_off(sandbox: Sandbox) -> None:
    _fault(sandbox, "error", times=None)
    sandbox.control("faults", fail_next=5)
    sandbox.control("reset")
    assert sandbox.look("faults/routes") == {"faults": []}
    assert sandbox.client.v1.customers.create({"name": "Ada"}).name == "Ada"
