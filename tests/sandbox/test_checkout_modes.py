"""Checkout for a subscription, and to save a card: what exists before and after the payer is done."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.checkouts import BERLIN, Seller, open_shop, refused
from tests.sandbox.conftest import Inbox, Sandbox, eventually

SETUP: Any = {"mode": "setup", "currency": "usd"}


@pytest.fixture
def seller(sandbox: Sandbox) -> Seller:
    return open_shop(sandbox)


def _plan(seller: Seller, *lines: Any, **more: Any) -> Any:
    return seller.session(*lines, mode="subscription", **more)


def test_a_subscription_exists_only_once_it_is_paid(seller: Seller) -> None:
    data: Any = {"metadata": {"team": "7"}, "description": "Gold"}
    session = _plan(seller, subscription_data=data)
    assert (session.subscription, session.invoice, session.payment_intent) == (None, None, None)
    assert seller.confirm(session, "pm_card_chargeDeclined").status_code == 402
    assert seller.v1.subscriptions.list({"status": "all"}).data == []
    assert seller.v1.invoices.list().data == []
    paid = seller.pay(session)
    subscription = seller.v1.subscriptions.retrieve(paid.subscription)
    assert (subscription.status, subscription.customer) == ("active", paid.customer)
    assert (subscription.metadata.to_dict(), subscription.description) == ({"team": "7"}, "Gold")
    assert paid.invoice == subscription.latest_invoice
    assert seller.events("checkout") == ["checkout.session.completed"]


def test_the_first_invoice_is_paid_by_the_payment_of_the_page(seller: Seller, listening: Inbox) -> None:
    paid = seller.pay(_plan(seller))
    invoice = seller.v1.invoices.retrieve(paid.invoice, {"expand": ["payments"]})
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 1900, "subscription_create")
    [intent] = seller.v1.payment_intents.list().data
    assert [one.payment.payment_intent for one in invoice.payments.data] == [intent.id]
    assert (intent.status, intent.customer) == ("succeeded", paid.customer)
    assert paid.payment_intent is None
    assert seller.events("payment_intent") == ["payment_intent.created", "payment_intent.succeeded"]
    eventually(lambda: listening.events("checkout.session.completed"))
    heard = [event for event in listening.events() if event["type"].startswith("payment_intent")]
    assert {event["data"]["object"]["id"] for event in heard} == {intent.id}


@pytest.mark.parametrize(("outcome", "status"), [("complete", "active"), ("fail", None)])
def test_3ds_comes_before_the_subscription(seller: Seller, outcome: str, status: str | None) -> None:
    session = _plan(seller)
    assert seller.pay(session, "pm_card_threeDSecure2Required").subscription is None
    seller.bank(session, outcome)
    made = seller.v1.subscriptions.list({"status": "all"}).data
    assert [one.status for one in made] == ([status] if status else [])
    assert seller.now(session).status == ("complete" if status else "open")


def test_the_next_months_are_charged_to_the_same_card(seller: Seller) -> None:
    paid = seller.pay(_plan(seller))
    subscription = seller.v1.subscriptions.retrieve(paid.subscription)
    [card] = seller.v1.payment_methods.list({"customer": paid.customer}).data
    assert subscription.default_payment_method == card.id
    seller.sandbox.control(f"subscriptions/{paid.subscription}/renew")
    invoices = seller.v1.invoices.list({"subscription": paid.subscription}).data
    assert [(one.status, one.amount_paid) for one in invoices] == [("paid", 1900), ("paid", 1900)]
    assert invoices[0].billing_reason == "subscription_cycle"


def test_a_coupon_lowers_the_first_invoice(seller: Seller) -> None:
    coupon = seller.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    session = _plan(seller, discounts=[{"coupon": coupon}])
    assert session.amount_total == 950
    paid = seller.pay(session)
    assert seller.v1.invoices.retrieve(paid.invoice).amount_paid == 950
    assert seller.v1.coupons.retrieve(coupon).times_redeemed == 1
    seller.sandbox.control(f"subscriptions/{paid.subscription}/renew")
    assert seller.v1.invoices.list({"subscription": paid.subscription}).data[0].amount_paid == 1900


def test_a_set_up_fee_is_on_the_first_invoice_only(seller: Seller) -> None:
    session = _plan(seller, seller.monthly(), seller.price(500))
    assert session.amount_total == 2400
    paid = seller.pay(session)
    assert seller.v1.invoices.retrieve(paid.invoice).amount_paid == 2400
    assert len(seller.v1.subscriptions.retrieve(paid.subscription)["items"].data) == 1
    seller.sandbox.control(f"subscriptions/{paid.subscription}/renew")
    assert seller.v1.invoices.list({"subscription": paid.subscription}).data[0].amount_paid == 1900


def test_an_inline_recurring_price_starts_a_subscription(seller: Seller) -> None:
    data = {
        "currency": "eur",
        "unit_amount": 700,
        "product_data": {"name": "Inline"},
        "recurring": {"interval": "week"},
    }
    paid = seller.pay(_plan(seller, {"price_data": data, "quantity": 2}))
    [item] = seller.v1.subscriptions.retrieve(paid.subscription)["items"].data
    assert (item.quantity, item.price.unit_amount, item.price.recurring.interval) == (2, 700, "week")
    assert seller.v1.invoices.retrieve(paid.invoice).amount_paid == 1400


def test_a_trial_costs_nothing_today_and_saves_the_card(seller: Seller) -> None:
    session = _plan(seller, subscription_data={"trial_period_days": 14})
    assert (session.amount_total, seller.page(session)["due_next"]["amount_total"]) == (0, 1900)
    assert refused(seller.confirm(session, None)) == (400, "parameter_missing", "payment_method")
    done = seller.pay(session)
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    subscription = seller.v1.subscriptions.retrieve(done.subscription)
    [card] = seller.v1.payment_methods.list({"customer": done.customer}).data
    assert (subscription.status, subscription.default_payment_method) == ("trialing", card.id)
    assert seller.events("charge") == []
    seller.sandbox.control("time", days=15)
    assert seller.v1.subscriptions.retrieve(done.subscription).status == "active"
    assert [charge.amount for charge in seller.v1.charges.list().data] == [1900]


def test_a_trial_can_start_without_a_card(seller: Seller) -> None:
    ends = {"end_behavior": {"missing_payment_method": "cancel"}}
    data: Any = {"trial_period_days": 7, "trial_settings": ends}
    done = seller.pay(_plan(seller, subscription_data=data, payment_method_collection="if_required"), None)
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    assert seller.v1.subscriptions.retrieve(done.subscription).status == "trialing"
    seller.sandbox.control("time", days=8)
    assert seller.v1.subscriptions.retrieve(done.subscription).status == "canceled"


def test_a_customer_has_subscriptions_in_one_currency_only(seller: Seller) -> None:
    customer = seller.pay(_plan(seller)).customer
    with pytest.raises(stripe.InvalidRequestError, match="cannot combine currencies"):
        _plan(seller, seller.monthly(currency="eur"), customer=customer)
    assert _plan(seller, customer=customer).status == "open"


def test_nobody_pays_for_a_subscription_that_cannot_start(seller: Seller) -> None:
    coupon = seller.v1.coupons.create({"percent_off": 50, "duration": "once", "max_redemptions": 1}).id
    first, second = (_plan(seller, discounts=[{"coupon": coupon}]) for _ in range(2))
    seller.pay(first)
    assert refused(seller.confirm(second))[:2] == (400, "coupon_expired")
    price = seller.monthly()
    third = _plan(seller, price)
    seller.v1.prices.update(price, {"active": False})
    assert seller.confirm(third).status_code == 400
    assert [seller.now(one).status for one in (second, third)] == ["open", "open"]
    assert len(seller.v1.charges.list().data) == 1


def test_tax_is_on_the_subscriptions_invoice_as_on_the_page(seller: Seller) -> None:
    session = _plan(seller, seller.monthly(10_000, tax_behavior="exclusive"), automatic_tax={"enabled": True})
    paid = seller.pay(session, billing_address={"address": BERLIN})
    assert paid.amount_total == 11_900
    invoice = seller.v1.invoices.retrieve(paid.invoice)
    assert (invoice.total, invoice.amount_paid, sum(row.amount for row in invoice.total_taxes)) == (
        11_900,
        11_900,
        1900,
    )
    assert seller.v1.customers.retrieve(paid.customer).address.country == "DE"


def test_setup_mode_saves_a_card_and_moves_no_money(seller: Seller) -> None:
    customer = seller.v1.customers.create({"email": "ada@example.com"}).id
    session = seller.session(customer=customer, setup_intent_data={"metadata": {"why": "later"}}, **SETUP)
    assert (session.amount_total, session.payment_status) == (None, "no_payment_required")
    done = seller.pay(session)
    intent = seller.v1.setup_intents.retrieve(done.setup_intent)
    assert (done.status, intent.status, intent.metadata.to_dict()) == ("complete", "succeeded", {"why": "later"})
    [card] = seller.v1.payment_methods.list({"customer": customer}).data
    assert intent.payment_method == card.id
    assert seller.events("charge", "payment_intent") == []


def test_setup_mode_asks_the_bank_too(seller: Seller) -> None:
    customer = seller.v1.customers.create({"email": "ada@example.com"}).id
    session = seller.session(customer=customer, **SETUP)
    assert seller.pay(session, "pm_card_authenticationRequired").status == "open"
    seller.bank(session, "fail")
    assert seller.now(session).status == "open"
    seller.pay(session, "pm_card_authenticationRequired")
    seller.bank(session, "complete")
    assert seller.now(session).status == "complete"
