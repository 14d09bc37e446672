"""What a session costs while its payer types: codes, quantities, tax, and the invoice that repeats the sums."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.checkouts import BERLIN, Seller, open_shop, refused
from tests.sandbox.conftest import Sandbox

TAXED: Any = {"automatic_tax": {"enabled": True}}
GERMAN: Any = {"address": BERLIN}


@pytest.fixture
def seller(sandbox: Sandbox) -> Seller:
    return open_shop(sandbox)


def _code(seller: Seller, code: str = "SPRING", **coupon: Any) -> Any:
    made = seller.v1.coupons.create({"percent_off": 25, "duration": "once", **coupon})
    promotion = {"type": "coupon", "coupon": made.id}
    return seller.v1.promotion_codes.create({"promotion": promotion, "code": code})


def test_a_promotion_code_lowers_the_total_and_counts_once_paid(seller: Seller) -> None:
    code = _code(seller)
    session = seller.session(allow_promotion_codes=True)
    old = _code(seller, "AUTUMN")
    seller.v1.promotion_codes.update(old.id, {"active": False})
    for wrong in ("AUTUMN", "WINTER"):
        answer = seller.type(session, promotion_code=wrong)
        assert refused(answer) == (400, "promotion_code_invalid", "promotion_code")
    page = seller.type(session, promotion_code="spring").json()
    assert (page["amount_total"], page["promotion_code"]) == (1425, "SPRING")
    assert seller.type(session, promotion_code="").json()["amount_total"] == 1900
    seller.type(session, promotion_code="SPRING")
    assert seller.v1.promotion_codes.retrieve(code.id).times_redeemed == 0
    paid = seller.pay(session)
    assert (paid.amount_subtotal, paid.total_details.amount_discount, paid.amount_total) == (1900, 475, 1425)
    assert seller.v1.payment_intents.retrieve(paid.payment_intent).amount_received == 1425
    assert [row.promotion_code for row in paid.discounts] == [code.id]
    assert seller.v1.promotion_codes.retrieve(code.id).times_redeemed == 1


def test_an_order_that_costs_nothing_needs_no_card(seller: Seller) -> None:
    _code(seller, "FREE", percent_off=100)
    session = seller.session(allow_promotion_codes=True)
    seller.type(session, promotion_code="FREE")
    done = seller.pay(session, None)
    assert (done.status, done.payment_status, done.amount_total) == ("complete", "no_payment_required", 0)
    assert done.payment_intent is None
    assert seller.events("charge", "payment_intent") == []


def test_the_payer_changes_a_quantity_within_bounds(seller: Seller) -> None:
    line = {"price": seller.price(500), "quantity": 2}
    session = seller.session({**line, "adjustable_quantity": {"enabled": True, "minimum": 1, "maximum": 5}}, line)
    free, fixed = seller.page(session)["line_items"]
    page = seller.type(session, line_item=free["id"], quantity=4).json()
    assert (page["amount_total"], page["line_items"][0]["amount_total"]) == (3000, 2000)
    for wrong in (0, 6):
        assert refused(seller.type(session, line_item=free["id"], quantity=wrong))[2] == "quantity"
    assert refused(seller.type(session, line_item=fixed["id"], quantity=3))[2] == "quantity"
    assert seller.pay(session).amount_total == 3000


def test_a_total_that_changes_between_two_tries_is_what_the_second_charges(seller: Seller) -> None:
    _code(seller)
    session = seller.session(allow_promotion_codes=True)
    assert seller.confirm(session, "pm_card_chargeDeclined").status_code == 402
    seller.type(session, promotion_code="SPRING")
    assert refused(seller.confirm(session, expected_amount=1900))[1] == "checkout_amount_mismatch"
    paid = seller.pay(session, expected_amount=1425)
    intent = seller.v1.payment_intents.retrieve(paid.payment_intent)
    assert (intent.amount, intent.amount_received) == (1425, 1425)


def test_tax_follows_the_typed_address_and_is_charged(seller: Seller) -> None:
    session = seller.session(seller.price(10_000, tax_behavior="exclusive"), **TAXED)
    assert (session.automatic_tax.status, session.amount_total) == ("requires_location_inputs", 10_000)
    assert seller.type(session, billing_address=GERMAN).json()["amount_total"] == 11_900
    california = {"address": {"country": "US", "state": "CA", "postal_code": "94105"}}
    assert seller.type(session, billing_address=california).json()["amount_total"] == 10_725
    paid = seller.pay(session, billing_address=GERMAN)
    assert (paid.total_details.amount_tax, paid.amount_total, paid.automatic_tax.status) == (1900, 11_900, "complete")
    assert seller.v1.payment_intents.retrieve(paid.payment_intent).amount_received == 11_900
    [row] = seller.now(session, "total_details.breakdown").total_details.breakdown.taxes
    assert (row.amount, row.taxable_amount, row.rate.percentage, row.rate.country) == (1900, 10_000, 19.0, "DE")


def test_tax_that_is_part_of_the_price_changes_no_total(seller: Seller) -> None:
    session = seller.session(seller.price(11_900, tax_behavior="inclusive"), **TAXED)
    paid = seller.pay(session, billing_address=GERMAN)
    assert (paid.amount_total, paid.total_details.amount_tax) == (11_900, 1900)
    rate = seller.v1.tax_rates.create({"display_name": "VAT", "percentage": 20, "inclusive": False}).id
    by_hand = seller.session({"price": seller.price(1000), "quantity": 1, "tax_rates": [rate]})
    assert (by_hand.amount_total, by_hand.total_details.amount_tax) == (1200, 200)


def test_tax_needs_to_know_where_the_customer_is(seller: Seller) -> None:
    session = seller.session(**TAXED)
    assert refused(seller.confirm(session)) == (400, "customer_tax_location_invalid", "billing_address")
    nowhere = seller.v1.customers.create({"name": "Ada"}).id
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        seller.session(customer=nowhere, **TAXED)
    assert refusal.value.code == "customer_tax_location_invalid"
    at_home = seller.v1.customers.create({"name": "Ada", "address": BERLIN}).id
    known = seller.session(customer=at_home, **TAXED)
    assert (known.amount_total, known.automatic_tax.status) == (1900 + 361, "complete")


def test_the_invoice_after_a_payment_has_the_same_sums(seller: Seller) -> None:
    _code(seller)
    lines: list[Any] = [{"price": seller.price(999, tax_behavior="exclusive"), "quantity": 3}, seller.price(1001)]
    session = seller.session(*lines, allow_promotion_codes=True, invoice_creation={"enabled": True}, **TAXED)
    seller.type(session, promotion_code="SPRING")
    paid = seller.pay(session, billing_address=GERMAN)
    invoice = seller.v1.invoices.retrieve(paid.invoice)
    assert (invoice.subtotal, invoice.total) == (paid.amount_subtotal, paid.amount_total)
    assert sum(row.amount for row in invoice.total_taxes) == paid.total_details.amount_tax
    assert sum(row.amount for row in invoice.total_discount_amounts) == paid.total_details.amount_discount
    assert (invoice.status, invoice.amount_paid) == ("paid", paid.amount_total)
