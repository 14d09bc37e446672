"""The controls of Checkout Sessions: what a payer does on the page, and a bank some days later, done at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.checkouts import BERLIN, Seller, open_shop
from tests.sandbox.conftest import Sandbox
from tests.sandbox.control_props import DECLINED, SECURED, refusal

IBAN, AMERICAN = "DE89 3704 0044 0532 0130 00", "000123456789"
TAXED: Any = {"automatic_tax": {"enabled": True}, "tax_id_collection": {"enabled": True}}


@pytest.fixture
def seller(sandbox: Sandbox) -> Seller:
    return open_shop(sandbox)


@pytest.mark.parametrize(
    ("does", "status", "code"),
    [
        ("complete", "complete", None),
        ("fail", "open", "payment_intent_authentication_failure"),
        ("leave", "open", None),
    ],
)
def test_the_card_holder_answers_3ds_as_told(seller: Seller, does: str, status: str, code: str | None) -> None:
    session = seller.session()
    answer = seller.sandbox.control(f"sessions/{session.id}/complete", card=SECURED, authentication=does)
    assert (answer["session"]["status"], (answer["error"] or {}).get("code")) == (status, code)


@pytest.mark.parametrize(
    ("outcome", "status", "told"),
    [("succeed", "paid", "async_payment_succeeded"), ("fail", "unpaid", "async_payment_failed")],
)
@pytest.mark.parametrize(("account", "currency"), [(IBAN, "eur"), (AMERICAN, "usd")])
def test_the_bank_answers_a_debit_now(
    seller: Seller, account: str, currency: str, outcome: str, status: str, told: str
) -> None:
    session = seller.session(seller.price(currency=currency))
    done = seller.sandbox.control(f"sessions/{session.id}/complete", card=account)
    assert (done["error"], done["session"]["status"], done["session"]["payment_status"]) == (None, "complete", "unpaid")
    answered = seller.sandbox.control(f"sessions/{session.id}/bank?outcome={outcome}")["session"]
    assert answered["payment_status"] == status
    assert seller.events("checkout") == ["checkout.session.completed", f"checkout.session.{told}"]
    assert refusal(seller.sandbox, f"sessions/{session.id}/bank?outcome={outcome}")[0] == 400


def test_a_payer_fills_in_the_whole_page(seller: Seller) -> None:
    session = seller.session(seller.price(1000, tax_behavior="exclusive"), customer_creation="always", **TAXED)
    typed = {"name": "Ada", "address": BERLIN, "phone": "+4930", "email": "ada@example.com"}
    business = {"tax_id": {"type": "eu_vat", "value": "DE123456789"}, "business_name": "Ada GmbH"}
    done = seller.sandbox.control(f"sessions/{session.id}/complete", **typed, **business)["session"]
    assert (done["amount_total"], done["total_details"]["amount_tax"]) == (1000, 0)
    details = done["customer_details"]
    assert (details["business_name"], details["phone"], details["address"]["city"]) == ("Ada GmbH", "+4930", "Berlin")
    other = seller.session(seller.price(1000, tax_behavior="exclusive"), **TAXED)
    paid = seller.sandbox.control(f"sessions/{other.id}/complete", **typed)["session"]
    assert paid["amount_total"] == 1190


def test_a_card_is_saved_and_a_plan_begun_without_a_browser(seller: Seller) -> None:
    customer = seller.v1.customers.create({"email": "ada@example.com"}).id
    setup = seller.session(mode="setup", currency="usd", customer=customer)
    answer = seller.sandbox.control(f"sessions/{setup.id}/complete", card=SECURED)
    assert (answer["error"], answer["session"]["status"]) == (None, "complete")
    plan = seller.session(mode="subscription", customer=customer)
    declined = seller.sandbox.control(f"sessions/{plan.id}/complete", card=DECLINED)
    assert (declined["error"]["code"], declined["session"]["status"]) == ("card_declined", "open")
    begun = seller.sandbox.control(f"sessions/{plan.id}/complete")["session"]
    assert seller.v1.subscriptions.retrieve(begun["subscription"]).status == "active"


def test_an_intent_is_paid_from_an_account_too(seller: Seller) -> None:
    intent = seller.sandbox.intent(900, currency="eur")
    asked = seller.sandbox.control(f"payments/{intent.id}/pay", card=IBAN)
    assert (asked["error"], asked["payment_intent"]["status"]) == (None, "processing")
    settled = seller.sandbox.control(f"payments/{intent.id}/debit?outcome=succeed")
    assert settled["payment_intent"]["status"] == "succeeded"


def test_the_page_of_controls_names_them(seller: Seller) -> None:
    paths = seller.sandbox.raw("GET", "/_sandbox/openapi.json").json()["paths"]
    for act in ("complete", "bank", "expire"):
        told = paths[f"/_sandbox/sessions/{{session}}/{act}"]["post"]
        assert (told["tags"], bool(told["summary"])) == (["Checkout"], True)


def test_what_is_held_is_taken_by_hand(seller: Seller) -> None:
    held = seller.sandbox.intent(2000, capture_method="manual", payment_method="pm_card_visa", confirm=True)
    taken = seller.sandbox.control(f"payments/{held.id}/capture", amount=1500)["payment_intent"]
    assert (taken["status"], taken["amount_received"]) == ("succeeded", 1500)
    assert refusal(seller.sandbox, f"payments/{held.id}/capture")[0] == 400


def test_every_test_account_is_listed_with_what_it_does(seller: Seller) -> None:
    accounts = seller.sandbox.look("cards")["accounts"]
    [good] = [row for row in accounts if row["number"] == IBAN.replace(" ", "")]
    assert (good["type"], good["about"]) == ("sepa_debit", "success")
    assert {row["type"] for row in accounts} == {"sepa_debit", "us_bank_account"}
