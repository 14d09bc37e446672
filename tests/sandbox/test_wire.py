"""The sandbox speaks Stripe's wire: keys, parameters, errors, lists, expansion."""

from __future__ import annotations

import pytest
import stripe

from tests.sandbox.conftest import PUBLISHABLE_KEY, Sandbox


def _refusal(answer: object) -> dict[str, object]:
    body = getattr(answer, "json")()  # noqa: B009
    return dict(body["error"])


def test_every_answer_names_its_request_and_its_version(sandbox: Sandbox) -> None:
    answer = sandbox.raw("GET", "/v1/customers", headers={"Stripe-Version": "2026-10-28.endive"})
    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["stripe-version"] == "2026-10-28.endive"


@pytest.mark.parametrize("key", ["sk_test_of_somebody_else", "sk_live_of_somebody", "nonsense"])
def test_a_wrong_key_is_401(sandbox: Sandbox, key: str) -> None:
    client = stripe.StripeClient(key, base_addresses={"api": sandbox.url})
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
        client.v1.customers.list()


def test_no_key_is_401_and_basic_auth_is_taken(sandbox: Sandbox) -> None:
    assert sandbox.raw("GET", "/v1/customers", headers={"Authorization": ""}).status_code == 401
    basic = {"Authorization": "Basic c2tfdGVzdF9vZl90aGVfdGVzdHM6"}
    assert sandbox.raw("GET", "/v1/customers", headers=basic).status_code == 200


def test_a_publishable_key_opens_only_browser_routes(sandbox: Sandbox) -> None:
    intent = sandbox.intent(description="shown", metadata={"order": "hidden"})
    refused = sandbox.raw("GET", "/v1/customers", key=PUBLISHABLE_KEY)
    assert (refused.status_code, _refusal(refused)["code"]) == (403, "secret_key_required")
    path = f"/v1/payment_intents/{intent.id}"
    assert sandbox.raw("GET", path, key=PUBLISHABLE_KEY).status_code == 404
    shown = sandbox.raw("GET", path, key=PUBLISHABLE_KEY, params={"client_secret": intent.client_secret}).json()
    assert shown["description"] == "shown"
    assert "metadata" not in shown
    wrong = sandbox.raw("GET", path, key=PUBLISHABLE_KEY, params={"client_secret": f"{intent.id}_secret_guess"})
    assert wrong.status_code == 400


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ("amount=100&currency=usd&colour=red", "parameter_unknown", "colour"),
        (
            "amount=100&currency=usd&automatic_payment_methods[on]=true",
            "parameter_unknown",
            "automatic_payment_methods[on]",
        ),
        ("currency=usd", "parameter_missing", "amount"),
        ("amount=ten&currency=usd", "parameter_invalid_integer", "amount"),
        ("amount=&currency=usd", "parameter_invalid_empty", "amount"),
        ("amount=100&currency=usd&confirm=maybe", None, "confirm"),
        ("amount=100&currency=xxx", None, "currency"),
        ("amount=10&currency=usd", "amount_too_small", "amount"),
        ("amount=100000000&currency=usd", "amount_too_large", "amount"),
        ("amount=100&currency=usd&customer=cus_nobody", "resource_missing", "customer"),
        ("amount=100&currency=usd&setup_future_usage=sometimes", None, "setup_future_usage"),
        ("amount=100&currency=usd&expand[]=nothing", None, "expand"),
    ],
)
def test_a_wrong_parameter_is_named(sandbox: Sandbox, body: str, code: str | None, param: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = sandbox.raw("POST", "/v1/payment_intents", content=body, headers=form)
    error = _refusal(answer)
    assert (answer.status_code, error.get("code"), error["param"]) == (400, code, param)
    assert sandbox.client.v1.payment_intents.list().data == []


def test_what_stripe_has_and_the_sandbox_has_not_is_501(sandbox: Sandbox) -> None:
    for method, path in [("GET", "/v1/quotes"), ("POST", "/v1/climate/orders/x/cancel")]:
        answer = sandbox.raw(method, path)
        assert (answer.status_code, answer.headers["stripe-should-retry"]) == (501, "false")
        assert f"This sandbox does not do {method} {path}." == _refusal(answer)["message"]
    held = sandbox.raw(
        "POST", "/v1/payment_intents", data={"amount": "100", "currency": "usd", "on_behalf_of": "acct_1"}
    )
    assert (held.status_code, "on_behalf_of" in str(_refusal(held)["message"])) == (501, True)


def test_what_nobody_has_is_404(sandbox: Sandbox) -> None:
    for method, path in [
        ("GET", "/v1/nonsense"),
        ("DELETE", "/v1/payment_intents/pi_1"),
        ("GET", "/v1/customers/a/b/c"),
    ]:
        answer = sandbox.raw(method, path)
        assert answer.status_code == 404
        assert str(_refusal(answer)["message"]).startswith(f"Unrecognized request URL ({method}: {path})")


def test_a_missing_object_is_404_with_its_param(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.client.v1.customers.retrieve("cus_nobody")
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (404, "resource_missing", "id")


def test_lists_page_both_ways(sandbox: Sandbox) -> None:
    made = [sandbox.client.v1.customers.create({"name": str(n)}).id for n in range(5)]
    newest = made[::-1]
    first = sandbox.client.v1.customers.list({"limit": 2})
    assert ([row.id for row in first.data], first.has_more, first.url) == (newest[:2], True, "/v1/customers")
    second = sandbox.client.v1.customers.list({"limit": 2, "starting_after": newest[1]})
    assert [row.id for row in second.data] == newest[2:4]
    back = sandbox.client.v1.customers.list({"limit": 2, "ending_before": newest[3]})
    assert ([row.id for row in back.data], back.has_more) == (newest[1:3], True)
    assert [row.id for row in first.auto_paging_iter()] == newest


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_holds_one_to_a_hundred(sandbox: Sandbox, limit: int) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="This value must be"):
        sandbox.client.v1.customers.list({"limit": limit})


def test_expansion_reaches_through_objects_and_lists(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    customer = v1.customers.create({"name": "Ada"})
    sandbox.intent(
        customer=customer.id, confirm=True, payment_method="pm_card_visa", expand=["customer", "payment_method"]
    )
    paths = ["data.latest_charge.balance_transaction", "data.customer"]
    listed = v1.payment_intents.list({"expand": paths}).data[0].to_dict()
    assert listed["customer"]["name"] == "Ada"
    assert listed["latest_charge"]["balance_transaction"]["net"] == 2000 - 88


def test_metadata_keys_may_be_digits_and_empty_values_remove(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    customer = v1.customers.create({"metadata": {"0": "zero", "order": "7"}})
    assert customer.to_dict()["metadata"] == {"0": "zero", "order": "7"}
    assert v1.customers.update(customer.id, {"metadata": {"0": ""}}).to_dict()["metadata"] == {"order": "7"}
    assert v1.customers.update(customer.id, {"metadata": ""}).to_dict()["metadata"] == {}


def test_only_this_machine_is_answered(sandbox: Sandbox) -> None:
    assert sandbox.raw("GET", "/v1/customers", headers={"Host": "evil.example"}).status_code == 421
    assert sandbox.raw("GET", "/_sandbox/health", headers={"Origin": "https://evil.example"}).status_code == 403
    assert sandbox.raw("GET", "/v1/customers", headers={"Host": "api.stripe.com"}).status_code == 200
