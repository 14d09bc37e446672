"""What clients of the top-up document send and are answered: fields, accounts, prices, plans, the way to the portal."""

from __future__ import annotations

import httpx
import pytest

from tests.documents.datalayer import HOOK, IAM, STRIPE, TOPUP, Client, Platform


def test_customer_ids_and_other_foreign_fields_are_ignored(datalayer: Platform, ada: Client, bo: Client) -> None:
    for each in (ada, bo):
        datalayer.subscribed(each)
    foreign = {"customer": datalayer.customer(bo), "customer_id": "cus_x", "amount": 1.5, "credits": 10**9, "user": "x"}
    begun = ada.post(TOPUP, price_id=ada.price, **foreign).json()
    intent = datalayer.stripe(f"payment_intents/{begun['payment_intent_id']}", "GET")
    assert (intent["customer"], intent["amount"]) == (datalayer.customer(ada), 500)
    assert begun["credits"] == 50


@pytest.mark.parametrize("quantity", [0, -1, 2, 1.5, 10**9, "1", True, None])
def test_any_quantity_but_one_is_refused(datalayer: Platform, ada: Client, quantity: object) -> None:
    answer = ada.post(TOPUP, price_id=ada.price, quantity=quantity)
    assert (answer.status_code, answer.json()["field"]) == (400, "quantity")


def test_other_peoples_accounts_look_like_none(ada: Client, bo: Client) -> None:
    for name in ("account_uid", "billable_account_uid"):
        body = {"price_id": ada.price, name: bo.account_id, "billable_account_kind": "user"}
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
    body = {"price_id": ada.price}
    assert service.post(TOPUP, json=body).status_code == 400
    assert service.post(TOPUP, json={**body, "account_uid": "acc_none"}).status_code == 404
    begun = service.post(TOPUP, json={**body, "account_uid": ada.account_id})
    assert (begun.status_code, begun.json()["account_uid"]) == (200, ada.account_id)


def test_prices_of_another_product_recurring_and_archived_ones_are_not_sold(datalayer: Platform, ada: Client) -> None:
    datalayer.subscribed(ada)
    other = {"currency": "usd", "unit_amount": "1", "product_data[name]": "x", "transform_quantity[divide_by]": "50",
             "transform_quantity[round]": "up"}  # fmt: skip
    plan = ada.get(f"{IAM}/plans/catalog")["plans"][0]["id"]
    for wrong in (datalayer.stripe("prices", **other)["id"], plan, "price_none", "", None, 7, {"id": ada.price}):
        assert ada.post(TOPUP, price_id=wrong).status_code in (400, 404), wrong
    last = ada.get(f"{STRIPE}/topup/prices")["prices"][-1]["id"]
    datalayer.stripe(f"prices/{last}", active="false")
    assert ada.post(TOPUP, price_id=last).status_code == 404
    datalayer.stripe(f"prices/{last}", active="true")


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
    assert ada.begins(ada.price)["success"], "what is paid stays open"
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
