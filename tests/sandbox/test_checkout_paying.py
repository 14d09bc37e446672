"""Paying a session once: cards, 3-D Secure, bank debits, what is kept and what is told."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.checkouts import BERLIN, Seller, open_shop, refused
from tests.sandbox.conftest import PUBLISHABLE_KEY, Inbox, Sandbox, eventually


@pytest.fixture
def seller(sandbox: Sandbox) -> Seller:
    return open_shop(sandbox)


def test_a_good_card_completes_the_session_in_stripes_order(seller: Seller) -> None:
    session = seller.session(payment_intent_data={"metadata": {"order": "7"}}, metadata={"kept": "here"})
    paid = seller.pay(session, name="Ada")
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (paid.customer, paid.customer_details.email, paid.customer_details.name) == (None, "ada@example.com", "Ada")
    intent = seller.v1.payment_intents.retrieve(paid.payment_intent)
    assert (intent.status, intent.amount_received, intent.metadata.to_dict()) == ("succeeded", 1900, {"order": "7"})
    told = seller.events("payment_intent", "charge.succeeded", "checkout")
    assert sorted(told[:-1]) == ["charge.succeeded", "payment_intent.created", "payment_intent.succeeded"]
    assert told[-1] == "checkout.session.completed"


def test_a_declined_card_leaves_the_session_open_for_the_next(seller: Seller) -> None:
    session = seller.session()
    answer = seller.confirm(session, "pm_card_chargeDeclined")
    assert answer.status_code == 402
    assert answer.json()["error"]["decline_code"] == "generic_decline"
    open_still = seller.now(session)
    assert (open_still.status, open_still.payment_status) == ("open", "unpaid")
    assert seller.page(session)["last_error"] == "Your card was declined."
    paid = seller.pay(session)
    assert paid.payment_intent == open_still.payment_intent
    assert seller.events("checkout") == ["checkout.session.completed"]


@pytest.mark.parametrize(("outcome", "status"), [("complete", "complete"), ("fail", "open")])
def test_the_bank_decides_about_3ds(seller: Seller, outcome: str, status: str) -> None:
    session = seller.session()
    waiting = seller.pay(session, "pm_card_threeDSecure2Required")
    assert waiting.status == "open"
    assert seller.page(session)["intent"]["status"] == "requires_action"
    seller.bank(session, outcome)
    assert seller.now(session).status == status
    intent = seller.v1.payment_intents.retrieve(waiting.payment_intent)
    assert intent.status == ("succeeded" if status == "complete" else "requires_payment_method")


def test_a_bank_debit_completes_now_and_is_paid_later(seller: Seller) -> None:
    session = seller.session()
    done = seller.pay(session, "pm_usBankAccount_success")
    assert (done.status, done.payment_status) == ("complete", "unpaid")
    seller.sandbox.control("time", days=6)
    assert seller.now(session).payment_status == "paid"
    assert seller.events("checkout") == [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
    ]


def test_a_bank_debit_can_fail_days_later(seller: Seller) -> None:
    session = seller.session()
    seller.pay(session, "pm_usBankAccount_insufficientFunds")
    seller.sandbox.control("time", days=6)
    assert seller.now(session).payment_status == "unpaid"
    assert seller.events("checkout") == ["checkout.session.completed", "checkout.session.async_payment_failed"]


def test_manual_capture_completes_unpaid_until_the_seller_takes_the_money(seller: Seller) -> None:
    session = seller.session(payment_intent_data={"capture_method": "manual"})
    done = seller.pay(session)
    assert (done.status, done.payment_status) == ("complete", "unpaid")
    assert seller.v1.payment_intents.retrieve(done.payment_intent).status == "requires_capture"
    seller.v1.payment_intents.capture(done.payment_intent)
    assert seller.now(session).payment_status == "paid"
    assert seller.events("checkout") == ["checkout.session.completed"]


def test_a_customer_is_made_only_when_asked_for(seller: Seller) -> None:
    assert seller.pay(seller.session()).customer is None
    made = seller.pay(seller.session(customer_creation="always"), email="bob@example.com", name="Bob")
    customer = seller.v1.customers.retrieve(made.customer)
    assert (customer.email, customer.name) == ("bob@example.com", "Bob")
    known = seller.v1.customers.create({"name": "Eve"}).id
    session = seller.session(customer=known, customer_update={"address": "auto"})
    seller.pay(session, billing_address={"name": "Someone", "address": BERLIN})
    eve = seller.v1.customers.retrieve(known)
    assert (eve.name, eve.email, eve.address.city) == ("Eve", "ada@example.com", "Berlin")


def test_a_card_is_kept_for_later_when_the_seller_says_so(seller: Seller) -> None:
    keeps: Any = {"setup_future_usage": "off_session"}
    paid = seller.pay(seller.session(customer_creation="always", payment_intent_data=keeps))
    cards = seller.v1.payment_methods.list({"customer": paid.customer}).data
    assert [card.allow_redisplay for card in cards] == ["limited"]
    once = seller.pay(seller.session(customer_creation="always"))
    assert seller.v1.payment_methods.list({"customer": once.customer}).data == []


def test_the_payer_may_keep_a_card_for_the_next_time(seller: Seller) -> None:
    customer = seller.v1.customers.create({"email": "ada@example.com"}).id
    options: Any = {"saved_payment_method_options": {"payment_method_save": "enabled"}}
    seller.pay(seller.session(customer=customer, **options), save=False)
    assert seller.v1.payment_methods.list({"customer": customer}).data == []
    seller.pay(seller.session(customer=customer, **options), save=True)
    [card] = seller.v1.payment_methods.list({"customer": customer}).data
    assert card.allow_redisplay == "always"
    offered = seller.page(seller.session(customer=customer, **options))["saved_payment_methods"]
    assert [one["id"] for one in offered] == [card.id]


def test_a_paid_invoice_is_written_when_asked_for(seller: Seller) -> None:
    data = {"description": "For your records", "metadata": {"order": "7"}, "footer": "Bye"}
    paid = seller.pay(seller.session(invoice_creation={"enabled": True, "invoice_data": data}))
    invoice = seller.v1.invoices.retrieve(paid.invoice, {"expand": ["payments"]})
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 1900, "manual")
    assert (invoice.description, invoice.footer, invoice.metadata.to_dict()) == (
        "For your records",
        "Bye",
        {"order": "7"},
    )
    assert invoice.customer == paid.customer
    assert [one.payment.payment_intent for one in invoice.payments.data] == [paid.payment_intent]
    assert len(seller.v1.payment_intents.list().data) == 1


def test_a_session_is_paid_once(seller: Seller) -> None:
    session = seller.session()
    seller.pay(session)
    assert refused(seller.confirm(session)) == (400, "checkout_session_not_open", None)
    assert refused(seller.type(session, email="eve@example.com")) == (400, "checkout_session_not_open", None)
    assert len(seller.v1.charges.list().data) == 1


def test_questions_and_terms_must_be_answered_on_the_page(seller: Seller) -> None:
    field: Any = {"key": "size", "type": "dropdown", "label": {"type": "custom", "custom": "Size"}}
    field["dropdown"] = {"options": [{"label": "Small", "value": "s"}, {"label": "Large", "value": "l"}]}
    session = seller.session(
        custom_fields=[field],
        consent_collection={"terms_of_service": "required"},
        phone_number_collection={"enabled": True},
    )
    assert refused(seller.confirm(session))[2] == "phone"
    assert refused(seller.confirm(session, phone="+15555550100"))[2] == "consent"
    assert refused(seller.confirm(session, consent={"terms_of_service": "accepted"}))[2] == "custom_fields[size]"
    assert refused(seller.type(session, custom_fields={"size": "xl"}))[2] == "custom_fields[size]"
    paid = seller.pay(session, custom_fields={"size": "l"})
    assert paid.custom_fields[0].dropdown.value == "l"
    assert paid.consent.terms_of_service == "accepted"
    assert paid.customer_details.phone == "+15555550100"


def test_the_browser_sees_nothing_of_the_sellers_business(seller: Seller) -> None:
    customer = seller.v1.customers.create({"email": "ada@example.com"}).id
    session = seller.session(customer=customer, metadata={"margin": "high"}, client_reference_id="user 7")
    page = seller.page(session)
    hidden = {"metadata", "client_reference_id", "customer", "payment_intent", "subscription", "invoice"}
    assert not hidden & page.keys()
    assert not [name for name in page if name.startswith("_")]
    address = f"{seller.sandbox.url}/v1/payment_pages/{session.id}"
    wrong = httpx.get(address, params={"key": PUBLISHABLE_KEY, "client_secret": f"{session.id}_secret_guess"})
    assert refused(wrong) == (400, None, "client_secret")
    secret = httpx.get(f"{seller.sandbox.url}/v1/checkout/sessions/{session.id}", params={"key": PUBLISHABLE_KEY})
    assert secret.status_code == 401 or secret.status_code == 403


def test_the_calls_of_the_official_cli_complete_a_session(seller: Seller) -> None:
    """`stripe trigger checkout.session.completed` makes these three calls, with the secret key throughout."""
    line = {"price_data": {"currency": "usd", "unit_amount": 1500, "product_data": {"name": "t-shirt"}}, "quantity": 2}
    session = seller.session(line, payment_method_types=["card"])
    raw = seller.sandbox.raw
    page = raw("GET", f"/v1/payment_pages/{session.id}").json()
    billing = {"billing_details[email]": "stripe@example.com", "type": "card", "card[token]": "tok_visa"}
    method = raw("POST", "/v1/payment_methods", data=billing).json()
    told = {"payment_method": method["id"], "expected_amount": str(page["amount_total"])}
    answer = raw("POST", f"/v1/payment_pages/{session.id}/confirm", data=told)
    assert answer.status_code == 200, answer.text
    assert (seller.now(session).status, seller.now(session).amount_total) == ("complete", 3000)
    wrong = seller.session(line)
    told["expected_amount"] = "1"
    assert refused(raw("POST", f"/v1/payment_pages/{wrong.id}/confirm", data=told))[2] == "expected_amount"


def test_the_page_knows_when_the_seller_has_heard_of_it(seller: Seller, listening: Inbox) -> None:
    seller.sandbox.control("delivery", paused=True)
    session = seller.session()
    seller.pay(session)
    assert seller.page(session)["webhook_answered"] is False
    seller.sandbox.control("delivery", paused=False)
    eventually(lambda: seller.page(session)["webhook_answered"])
    assert [event["data"]["object"]["id"] for event in listening.events("checkout.session.completed")] == [session.id]
    assert seller.page(session)["goes_to"] == f"https://shop.example/thanks?session={session.id}"
