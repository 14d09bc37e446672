"""Top-up billing: the validation checklist, the API surface and the business rule of its document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.documents.datalayer import IAM, STRIPE, TOPUP, Client, Platform, intent_of, platform, until

# The validation checklist, line by line.


def test_without_active_monthly_subscription_post_topup_payment_intent_returns_403(ada: Client) -> None:
    answer = ada.post(TOPUP, price_id=ada.price)
    told = answer.json()
    assert (answer.status_code, told["success"]) == (403, False)
    assert told["subscribe"].endswith("/plan")
    assert told["message"] == told["detail"] == "Buying credits needs an active monthly subscription."


def test_with_active_monthly_subscription_topup_payment_intent_creation_succeeds(
    datalayer: Platform, ada: Client
) -> None:
    datalayer.subscribed(ada)
    begun = ada.begins(ada.price)
    assert begun["success"] is True
    assert begun["client_secret"].startswith(begun["payment_intent_id"])
    assert (begun["amount"], begun["currency"], begun["credits"]) == (500, "usd", 50)
    assert ada.begins(ada.price)["payment_intent_id"] == begun["payment_intent_id"], "a double click is one payment"


def test_payment_intent_succeeded_webhook_returns_2xx_and_iam_credits_increase(
    datalayer: Platform, ada: Client
) -> None:
    datalayer.subscribed(ada)
    paid = ada.begins(ada.price)["payment_intent_id"]
    datalayer.running.sandbox(f"payments/{paid}/pay")
    until("the credits arrive", lambda: ada.get(f"{IAM}/usage/credits")["credits"]["credits"] == 50)
    event = datalayer.events("payment_intent.succeeded", paid)[0]
    assert datalayer.deliveries(event["id"]) == {200}
    for _ in range(3):
        assert datalayer.told(event).status_code == 200
    assert str(ada.balance) == "50"


def test_failed_payments_do_not_add_credits(datalayer: Platform, ada: Client) -> None:
    datalayer.subscribed(ada)
    failed = ada.begins(ada.price)["payment_intent_id"]
    datalayer.running.sandbox(f"payments/{failed}/pay", card="4000000000000002")
    event = datalayer.events("payment_intent.payment_failed", failed)[0]
    assert datalayer.told(event).status_code == 200
    assert str(ada.balance) == "0"
    assert ada.begins(ada.price)["payment_intent_id"] == failed, "another card can pay it"


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
    assert ada.post(TOPUP, price_id=ada.price).status_code == 403


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
            answer = ada.post(TOPUP, price_id=ada.price)
            assert answer.status_code == 403
            assert "The last payment failed" in answer.json()["detail"]


def test_payment_intent_succeeded_alone_credits_once(datalayer: Platform, ada: Client) -> None:
    datalayer.subscribed(ada)
    paid = ada.begins(ada.price)["payment_intent_id"]
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
    paid = ada.begins(ada.price)["payment_intent_id"]
    with datalayer.silence():
        datalayer.running.sandbox(f"payments/{paid}/pay")
        event = datalayer.events("payment_intent.succeeded", paid)[0]
        forged = {**event, "id": event["id"] + "x"}
        assert datalayer.told(forged, **changes).status_code == 200
        assert datalayer.kept(forged["id"]) == ("parked", reason)
        assert str(ada.balance) == "0"


def test_metadata_that_names_another_user_is_ignored_and_flagged(datalayer: Platform, ada: Client, bo: Client) -> None:
    """A payment of Ada's customer which claims to be for Bo's order, and names Bo wherever it can."""
    for each in (ada, bo):
        datalayer.subscribed(each)
    order = bo.begins(bo.price)["order_id"]
    mine, claims = datalayer.customer(ada), {"metadata[scrip_order]": order, "metadata[user_id]": bo.account_id}
    wanted = {"amount": "500", "currency": "usd", "customer": mine, "payment_method_types[]": "card"}
    intent = datalayer.stripe("payment_intents", **wanted, **claims)["id"]
    with datalayer.silence():
        datalayer.running.sandbox(f"payments/{intent}/pay")
        event = datalayer.events("payment_intent.succeeded", intent)[0]
        assert datalayer.told(event).status_code == 200
        assert datalayer.kept(event["id"])[0] == "parked"
    assert (str(ada.balance), str(bo.balance)) == ("0", "0")


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
