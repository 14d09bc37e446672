"""Top-up billing: the validation checklist, the API surface and the business rule of its document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.documents.datalayer import HOOK, IAM, STRIPE, Client, Platform, intent_of, platform, until

TOPUP = f"{STRIPE}/topup/payment-intent"
FIFTY = "fifty credits for 5.00"


@pytest.fixture(scope="module")
def datalayer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform(tmp_path_factory.mktemp("topup"), "datalayer-topup") as running:
        yield running


@pytest.fixture
def ada(datalayer: Platform) -> Client:
    return datalayer.person()


def price(client: Client) -> str:
    """The cheapest top-up price."""
    return str(client.get(f"{STRIPE}/topup/prices")["prices"][0]["id"])


# The validation checklist, line by line.


def test_without_active_monthly_subscription_post_topup_payment_intent_returns_403(ada: Client) -> None:
    answer = ada.post(TOPUP, price_id=price(ada))
    told = answer.json()
    assert (answer.status_code, told["success"]) == (403, False)
    assert told["subscribe"].endswith("/plan")
    assert told["message"] == told["detail"] == "Buying credits needs an active monthly subscription."


def test_with_active_monthly_subscription_topup_payment_intent_creation_succeeds(
    datalayer: Platform, ada: Client
) -> None:
    datalayer.subscribed(ada)
    begun = ada.begins(price(ada))
    assert begun["success"] is True
    assert begun["client_secret"].startswith(begun["payment_intent_id"])
    assert (begun["amount"], begun["currency"], begun["credits"]) == (500, "usd", 50)
    assert ada.begins(price(ada))["payment_intent_id"] == begun["payment_intent_id"], "a double click is one payment"


def test_payment_intent_succeeded_webhook_returns_2xx_and_iam_credits_increase(
    datalayer: Platform, ada: Client
) -> None:
    datalayer.subscribed(ada)
    paid = ada.begins(price(ada))["payment_intent_id"]
    datalayer.running.sandbox(f"payments/{paid}/pay")
    until("the credits arrive", lambda: ada.get(f"{IAM}/usage/credits")["credits"]["credits"] == 50)
    event = datalayer.events("payment_intent.succeeded", paid)[0]
    assert datalayer.deliveries(event["id"]) == {200}
    for _ in range(3):
        assert datalayer.told(event).status_code == 200
    assert str(ada.balance) == "50"


def test_failed_payments_do_not_add_credits(datalayer: Platform, ada: Client) -> None:
    datalayer.subscribed(ada)
    failed = ada.begins(price(ada))["payment_intent_id"]
    datalayer.running.sandbox(f"payments/{failed}/pay", card="4000000000000002")
    event = datalayer.events("payment_intent.payment_failed", failed)[0]
    assert datalayer.told(event).status_code == 200
    assert str(ada.balance) == "0"
    assert ada.begins(price(ada))["payment_intent_id"] == failed, "another card can pay it"


def test_iam_v1_subscription_reflects_webhook_driven_subscription_snapshots(datalayer: Platform, ada: Client) -> None:
    assert ada.status == "none"
    subscription = datalayer.subscribed(ada)
    datalayer.stripe(f"subscriptions/{subscription}", cancel_at_period_end="true")
    until("the end is told", lambda: ada.get(f"{IAM}/subscription")["subscription"]["cancel_at_period_end"])
    told = ada.get(f"{IAM}/subscription")
    assert told["subscription"]["ends_at"] == told["subscription"]["current_period_end"]
    assert told == ada.get(f"{IAM}/plans")
    datalayer.stripe(f"subscriptions/{subscription}", "DELETE")
    until("its end is told", lambda: ada.status == "none")
    assert ada.post(TOPUP, price_id=price(ada)).status_code == 403


# The events used, each alone: Stripe delivers nothing by itself, so that no other event can have had the effect.


def test_customer_subscription_created_makes_the_snapshot(datalayer: Platform, ada: Client) -> None:
    with datalayer.silence():
        subscription = made_elsewhere(datalayer, ada)
        assert ada.status == "none"
        tells(datalayer, "customer.subscription.created", subscription)
        assert ada.status == "active"


def test_customer_subscription_updated_changes_it(datalayer: Platform, ada: Client) -> None:
    subscription = datalayer.subscribed(ada)
    with datalayer.silence():
        datalayer.stripe(f"subscriptions/{subscription}", cancel_at_period_end="true")
        tells(datalayer, "customer.subscription.updated", subscription)
        assert ada.get(f"{IAM}/plans")["plan"]["cancel_at_period_end"] is True


def test_customer_subscription_deleted_ends_it(datalayer: Platform, ada: Client) -> None:
    subscription = datalayer.subscribed(ada)
    with datalayer.silence():
        datalayer.stripe(f"subscriptions/{subscription}", "DELETE")
        assert ada.status == "active"
        tells(datalayer, "customer.subscription.deleted", subscription)
        assert ada.status == "none"


def test_invoice_paid_makes_it_active(datalayer: Platform, ada: Client) -> None:
    plan = ada.get(f"{IAM}/plans/catalog")["plans"][0]
    begun = ada.begins(plan["id"], f"{STRIPE}/subscription/payment-intent")
    assert ada.status == "incomplete"
    with datalayer.silence():
        datalayer.running.sandbox(f"payments/{intent_of(begun['client_secret'])}/pay")
        assert ada.status == "incomplete"
        tells(datalayer, "invoice.paid", begun["subscription_id"])
        assert ada.status == "active"


def test_invoice_payment_failed_closes_top_ups_until_it_is_paid(tmp_path: Path) -> None:
    """In a portal of its own, since a renewal takes the sandbox a month ahead."""
    with platform(tmp_path, "datalayer-topup") as own:
        ada = own.person()
        subscription = own.subscribed(ada)
        with own.silence():
            own.running.sandbox(f"subscriptions/{subscription}/fail-renewal")
            tells(own, "invoice.payment_failed", subscription)
            assert ada.status == "past_due"
            answer = ada.post(TOPUP, price_id=price(ada))
            assert answer.status_code == 403
            assert "The last payment failed" in answer.json()["detail"]


def test_payment_intent_succeeded_alone_credits_once(datalayer: Platform, ada: Client) -> None:
    datalayer.subscribed(ada)
    paid = ada.begins(price(ada))["payment_intent_id"]
    with datalayer.silence():
        datalayer.running.sandbox(f"payments/{paid}/pay")
        assert str(ada.balance) == "0"
        for _ in range(2):
            tells(datalayer, "payment_intent.succeeded", paid)
        assert str(ada.balance) == "50"


# Credits are what was sold, to whom it was sold.


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": 1, "amount_received": 1}, "The amount paid is not the amount of the order."),
        ({"amount_received": 499}, "The amount paid is not the amount of the order."),
        ({"currency": "jpy"}, "The currency paid is not the currency of the order."),
        ({"customer": "cus_somebodyelse"}, "The payment belongs to another customer than the order."),
    ],
    ids=["less", "not all of it", "another currency", "another customer"],
)
def test_a_payment_that_is_not_the_orders_gives_no_credit_and_is_parked(
    datalayer: Platform, ada: Client, changes: dict[str, Any], reason: str
) -> None:
    datalayer.subscribed(ada)
    paid = ada.begins(price(ada))["payment_intent_id"]
    with datalayer.silence():
        datalayer.running.sandbox(f"payments/{paid}/pay")
        event = datalayer.events("payment_intent.succeeded", paid)[0]
        forged = {**event, "id": event["id"] + "x"}
        assert datalayer.told(forged, **changes).status_code == 200
        assert datalayer.kept(forged["id"]) == ("parked", reason)
        assert str(ada.balance) == "0"


def test_metadata_that_names_another_user_is_ignored_and_flagged(datalayer: Platform, ada: Client) -> None:
    """A payment of Ada's customer which claims to be for Bo's order, and names Bo wherever it can."""
    bo = datalayer.person()
    for each in (ada, bo):
        datalayer.subscribed(each)
    order = bo.begins(price(bo))["order_id"]
    mine, claims = datalayer.customer(ada), {"metadata[scrip_order]": order, "metadata[user_id]": bo.account_id}
    wanted = {"amount": "500", "currency": "usd", "customer": mine, "payment_method_types[]": "card"}
    intent = datalayer.stripe("payment_intents", **wanted, **claims)["id"]
    with datalayer.silence():
        datalayer.running.sandbox(f"payments/{intent}/pay")
        event = datalayer.events("payment_intent.succeeded", intent)[0]
        assert datalayer.told(event).status_code == 200
        assert datalayer.kept(event["id"])[0] == "parked"
    assert (str(ada.balance), str(bo.balance)) == ("0", "0")


# What a client sends beside the price.


def test_customer_ids_and_other_foreign_fields_are_ignored(datalayer: Platform, ada: Client) -> None:
    bo = datalayer.person()
    for each in (ada, bo):
        datalayer.subscribed(each)
    foreign = {"customer": datalayer.customer(bo), "customer_id": "cus_x", "amount": 1.5, "credits": 10**9, "user": "x"}
    begun = ada.post(TOPUP, price_id=price(ada), **foreign).json()
    intent = datalayer.stripe(f"payment_intents/{begun['payment_intent_id']}", "GET")
    assert (intent["customer"], intent["amount"]) == (datalayer.customer(ada), 500)
    assert begun["credits"] == 50


@pytest.mark.parametrize("quantity", [0, -1, 2, 1.5, 10**9, "1", True, None])
def test_any_quantity_but_one_is_refused(datalayer: Platform, ada: Client, quantity: object) -> None:
    answer = ada.post(TOPUP, price_id=price(ada), quantity=quantity)
    assert (answer.status_code, answer.json()["field"]) == (400, "quantity")


def test_other_peoples_accounts_look_like_none(datalayer: Platform, ada: Client) -> None:
    bo = datalayer.person()
    for name in ("account_uid", "billable_account_uid"):
        body = {"price_id": price(ada), name: bo.account_id, "billable_account_kind": "user"}
        assert ada.http.post(TOPUP, json=body).status_code == 404
    for path in ("subscription", "plans", "usage/credits"):
        assert ada.http.get(f"{IAM}/{path}", params={"billable_account_uid": bo.account_id}).status_code == 404
    for path in ("subscription/cancel", "plans/resume"):
        assert ada.http.post(f"{IAM}/{path}", params={"billable_account_uid": bo.account_id}).status_code == 404
    details = ada.post(f"{IAM}/plans/accounts/details", account_uids=[ada.account_id, bo.account_id, "acc_none"])
    assert [each["uid"] for each in details.json()["accounts"]] == [ada.account_id]


def test_a_service_key_names_the_account(datalayer: Platform, ada: Client) -> None:
    datalayer.subscribed(ada)
    service = datalayer.service()
    body = {"price_id": price(ada)}
    assert service.post(TOPUP, json=body).status_code == 400
    assert service.post(TOPUP, json={**body, "account_uid": "acc_none"}).status_code == 404
    begun = service.post(TOPUP, json={**body, "account_uid": ada.account_id})
    assert (begun.status_code, begun.json()["account_uid"]) == (200, ada.account_id)


def test_prices_of_another_product_recurring_and_archived_ones_are_not_sold(datalayer: Platform, ada: Client) -> None:
    datalayer.subscribed(ada)
    other = {"currency": "usd", "unit_amount": "1", "product_data[name]": "x", "transform_quantity[divide_by]": "50",
             "transform_quantity[round]": "up"}  # fmt: skip
    plan = ada.get(f"{IAM}/plans/catalog")["plans"][0]["id"]
    for wrong in (datalayer.stripe("prices", **other)["id"], plan, "price_none", "", None, 7, {"id": price(ada)}):
        assert ada.post(TOPUP, price_id=wrong).status_code in (400, 404), wrong
    last = ada.get(f"{STRIPE}/topup/prices")["prices"][-1]["id"]
    datalayer.stripe(f"prices/{last}", active="false")
    assert ada.post(TOPUP, price_id=last).status_code == 404
    datalayer.stripe(f"prices/{last}", active="true")


# The rest of the surface.


def test_top_up_prices_are_those_of_the_one_top_up_product(datalayer: Platform, ada: Client) -> None:
    told = ada.get(f"{STRIPE}/topup/prices")
    offered = [(each["name"], each["amount"], each["currency"], each["credits"]) for each in told["prices"]]
    assert offered == [("50 credits", 500, "usd", 50), ("250 credits", 2500, "usd", 250),
                       ("1000 credits", 10_000, "usd", 1000)]  # fmt: skip
    assert [each["default"] for each in told["prices"]] == [False, True, False]
    assert told == ada.get(f"{STRIPE}/plans/prices")


def test_cancelling_and_resuming_is_for_the_end_of_the_period(datalayer: Platform, ada: Client) -> None:
    datalayer.subscribed(ada)
    for _ in range(2):
        told = ada.post(f"{IAM}/subscription/cancel").json()
        assert (told["success"], told["status"], told["cancel_at_period_end"]) == (True, "active", True)
    assert ada.begins(price(ada))["success"], "what is paid stays open"
    told = ada.post(f"{IAM}/plans/resume").json()
    assert (told["status"], told["cancel_at_period_end"]) == ("active", False)


def test_the_checkout_portal_is_the_askers_own(datalayer: Platform, ada: Client) -> None:
    evil = ada.post(f"{IAM}/checkout/portal", return_url="https://evil.example/x").json()
    assert evil["portal"]["url"].startswith(datalayer.running.sandbox_url)
    assert "evil" not in str(datalayer.stripe("events?limit=5", "GET"))
    assert datalayer.customer(ada).startswith("cus_"), "a customer was made for the account"


def test_the_second_name_of_the_page_for_buying_keeps_its_query(datalayer: Platform) -> None:
    answer = httpx.get(f"{datalayer.running.url}/checkout", params={"package": "credits-50"})
    assert (answer.status_code, answer.headers["location"]) == (307, "/buy?package=credits-50")


def test_nobody_gets_in_without_a_key(datalayer: Platform) -> None:
    for method, path in (("POST", TOPUP), ("GET", f"{IAM}/subscription"), ("GET", f"{STRIPE}/topup/prices")):
        answer = httpx.request(method, datalayer.running.url + path)
        assert (answer.status_code, answer.json()["success"]) == (401, False)


def test_an_unsigned_event_is_refused(datalayer: Platform) -> None:
    answer = httpx.post(datalayer.running.url + HOOK, json={"id": "evt_1", "type": "payment_intent.succeeded"})
    assert answer.status_code == 400


def made_elsewhere(datalayer: Platform, client: Client) -> str:
    """A subscription that somebody made in the dashboard, for a customer with a card."""
    client.post(f"{IAM}/checkout/portal")
    customer = datalayer.customer(client)
    method = datalayer.stripe("payment_methods/pm_card_visa/attach", customer=customer)["id"]
    plan = client.get(f"{IAM}/plans/catalog")["plans"][0]["id"]
    wanted = {"customer": customer, "items[0][price]": plan, "default_payment_method": method}
    return str(datalayer.stripe("subscriptions", **wanted)["id"])


def tells(datalayer: Platform, kind: str, about: str) -> None:
    """The newest event of this type about this thing, posted once more by hand."""
    assert datalayer.told(datalayer.events(kind, about)[-1]).status_code == 200
