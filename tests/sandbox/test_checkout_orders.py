"""A portal's order from its session to its papers: currencies, tax, a business that buys, what is looked up after."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.checkouts import BERLIN, SUCCESS, Seller, open_shop, refused
from tests.sandbox.conftest import Sandbox

ADA: Any = {"name": "Ada", "email": "ada@example.com"}
COMPANY: Any = {"tax_ids": [{"type": "eu_vat", "value": "DE123456789"}], "business_name": "Ada GmbH"}
LEARNS: Any = {"address": "auto", "name": "auto", "shipping": "auto"}
TAXED: Any = {"automatic_tax": {"enabled": True}, "tax_id_collection": {"enabled": True}}
PAPERS: Any = {"invoice_creation": {"enabled": True, "invoice_data": {"metadata": {"order": "7"}}}}


@pytest.fixture
def seller(sandbox: Sandbox) -> Seller:
    return open_shop(sandbox)


def _worldwide(seller: Seller) -> str:
    """3.33 dollars without tax; 2.99 euro and 500 yen, of which the euro say that tax is in them."""
    others = {"eur": {"unit_amount": 299, "tax_behavior": "inclusive"}, "jpy": {"unit_amount": 500}}
    return seller.price(333, tax_behavior="exclusive", currency_options=others)


@pytest.mark.parametrize(
    ("currency", "subtotal", "tax", "total"),
    [("usd", 2331, 443, 2774), ("eur", 2093, 334, 2093), ("jpy", 3500, 665, 4165)],
)
def test_one_price_sells_in_each_of_its_currencies(
    seller: Seller, currency: str, subtotal: int, tax: int, total: int
) -> None:
    session = seller.session({"price": _worldwide(seller), "quantity": 7}, currency=currency, **TAXED, **PAPERS)
    paid = seller.pay(session, billing_address={"address": BERLIN})
    assert (paid.currency, paid.amount_subtotal, paid.total_details.amount_tax, paid.amount_total) == (
        currency,
        subtotal,
        tax,
        total,
    )
    invoice = seller.v1.invoices.retrieve(paid.invoice)
    taxes = sum(row.amount for row in invoice.total_taxes)
    assert (invoice.currency, invoice.subtotal, taxes, invoice.total) == (currency, subtotal, tax, total)
    intent = seller.v1.payment_intents.retrieve(paid.payment_intent)
    assert (intent.currency, intent.amount_received) == (currency, total)


def test_a_plan_is_sold_in_another_currency_too(seller: Seller) -> None:
    monthly = seller.monthly(1900, currency_options={"eur": {"unit_amount": 1700}})
    session = seller.session(monthly, mode="subscription", currency="eur")
    assert seller.page(session)["line_items"][0]["price"]["unit_amount"] == 1700
    paid = seller.pay(session)
    invoice = seller.v1.invoices.retrieve(paid.invoice)
    assert (paid.amount_total, invoice.currency, invoice.amount_paid) == (1700, "eur", 1700)


def test_an_order_leaves_everything_an_accountant_asks_for(seller: Seller) -> None:
    customer = seller.v1.customers.create(ADA).id
    session = seller.session(
        {"price": seller.price(1000, tax_behavior="exclusive"), "quantity": 2},
        customer=customer,
        customer_update=LEARNS,
        billing_address_collection="required",
        client_reference_id="order 7",
        payment_intent_data={"metadata": {"order": "7"}, "description": "20 credits"},
        payment_method_types=["card"],
        **TAXED,
        **PAPERS,
    )
    done = seller.pay(session, billing_address={"name": "Ada", "address": BERLIN})
    paid = seller.now(done, "line_items", "payment_intent.latest_charge", "invoice")
    intent, invoice = paid.payment_intent, paid.invoice
    assert (paid.amount_subtotal, paid.total_details.amount_tax, paid.amount_total) == (2000, 380, 2380)
    assert [(line.quantity, line.amount_tax, line.amount_total) for line in paid.line_items.data] == [(2, 380, 2380)]
    assert (intent.description, intent.metadata.to_dict(), paid.client_reference_id) == (
        "20 credits",
        {"order": "7"},
        "order 7",
    )
    assert (intent.latest_charge.status, intent.latest_charge.amount) == ("succeeded", 2380)
    assert (invoice.status, invoice.total, invoice.metadata.to_dict()) == ("paid", 2380, {"order": "7"})
    assert (bool(invoice.number), invoice.customer_address.city) == (True, "Berlin")
    assert httpx.get(invoice.invoice_pdf).content.startswith(b"%PDF-")
    assert httpx.get(invoice.hosted_invoice_url).status_code == 200


def test_a_known_customer_who_is_a_business_keeps_the_tax_id(seller: Seller) -> None:
    customer = seller.v1.customers.create(ADA).id
    price = seller.price(1000, tax_behavior="exclusive")
    told: Any = {"customer": customer, "customer_update": LEARNS, **TAXED, **PAPERS}
    paid = seller.pay(seller.session(price, **told), billing_address={"name": "Ada", "address": BERLIN}, **COMPANY)
    invoice = seller.v1.invoices.retrieve(paid.invoice)
    assert (paid.amount_total, invoice.total, invoice.customer_name) == (1000, 1000, "Ada GmbH")
    for shown in (paid.customer_details.tax_ids, invoice.customer_tax_ids):
        assert [(row.type, row.value) for row in shown] == [("eu_vat", "DE123456789")]
    again = seller.pay(seller.session(price, **told))
    assert (again.amount_total, again.customer_details.tax_ids[0].value) == (1000, "DE123456789")
    assert len(seller.v1.customers.tax_ids.list(customer).data) == 1


def test_a_tax_id_is_looked_at_when_it_is_typed(seller: Seller) -> None:
    wanted: Any = {
        "automatic_tax": {"enabled": True},
        "tax_id_collection": {"enabled": True, "required": "if_supported"},
    }
    session = seller.session(**wanted)
    wrong = [{"type": "eu_vat", "value": "DE1"}]
    assert refused(seller.type(session, tax_ids=wrong)) == (400, "tax_id_invalid", "tax_ids[0][value]")
    assert refused(seller.confirm(session, billing_address={"address": BERLIN}))[2] == "tax_ids"
    assert seller.pay(session, **COMPANY).customer_details.business_name == "Ada GmbH"
    nowhere = {"address": {"country": "BR"}}
    assert seller.pay(seller.session(**wanted), billing_address=nowhere).status == "complete"


def test_the_whole_address_is_asked_for_when_it_is_required(seller: Seller) -> None:
    session = seller.session(billing_address_collection="required")
    assert refused(seller.confirm(session, billing_address={"address": {"country": "DE"}}))[2] == "billing_address"
    assert seller.pay(session, billing_address={"address": BERLIN}).customer_details.address.city == "Berlin"


def test_tax_goes_by_the_customers_record_when_that_is_not_to_change(seller: Seller) -> None:
    customer = seller.v1.customers.create({**ADA, "address": BERLIN}).id
    price = seller.price(1000, tax_behavior="exclusive")
    elsewhere: Any = {"billing_address": {"address": {"country": "FR", "line1": "1 rue de la Paix"}}}
    fixed = seller.session(price, customer=customer, automatic_tax={"enabled": True}, **PAPERS)
    paid = seller.pay(fixed, **elsewhere)
    assert (paid.amount_total, seller.v1.invoices.retrieve(paid.invoice).total) == (1190, 1190)
    follows = seller.session(price, customer=customer, customer_update=LEARNS, automatic_tax={"enabled": True})
    assert seller.pay(follows, **elsewhere).amount_total == 1200


def test_a_card_saved_twice_is_known_by_its_fingerprint(seller: Seller) -> None:
    customer = seller.v1.customers.create(ADA).id
    seen = []
    for card in ("pm_card_visa", "pm_card_visa", "pm_card_mastercard"):
        wanted: Any = {"mode": "setup", "currency": "usd", "customer": customer, "success_url": SUCCESS}
        done = seller.pay(seller.v1.checkout.sessions.create(wanted), card)
        method = seller.now(done, "setup_intent.payment_method").setup_intent.payment_method
        assert method.customer == customer
        seen.append(method.card.fingerprint)
    assert seen[0] == seen[1] != seen[2]


def test_an_account_is_saved_and_pays_a_plan_some_days_later(seller: Seller) -> None:
    customer = seller.v1.customers.create(ADA).id
    seller.pay(seller.session(mode="setup", currency="eur", customer=customer), "pm_sepaDebit_success_de")
    assert [method.type for method in seller.v1.payment_methods.list({"customer": customer}).data] == ["sepa_debit"]
    plan = seller.session(seller.monthly(currency="eur"), mode="subscription", customer=customer)
    done = seller.pay(plan, "pm_sepaDebit_success_at")
    assert (done.payment_status, seller.v1.subscriptions.retrieve(done.subscription).status) == ("unpaid", "incomplete")
    seller.sandbox.control("time", days=4)
    begun = seller.v1.subscriptions.retrieve(done.subscription, {"expand": ["latest_invoice"]})
    assert (begun.status, begun.latest_invoice.status, seller.now(done).payment_status) == ("active", "paid", "paid")
    refused_later = seller.session(seller.monthly(currency="eur"), mode="subscription")
    failed = seller.pay(refused_later, "pm_sepaDebit_failed_de")
    seller.sandbox.control("time", days=4)
    assert seller.now(failed).payment_status == "unpaid"
    assert seller.v1.subscriptions.retrieve(failed.subscription).status == "incomplete_expired"


def test_the_invoice_of_a_debit_is_open_until_the_bank_has_answered(seller: Seller) -> None:
    for account, statuses in (("success", ("paid", "paid")), ("failed", ("unpaid", "open"))):
        done = seller.pay(seller.session(seller.price(currency="eur"), **PAPERS), f"pm_sepaDebit_{account}_de")
        assert seller.v1.invoices.retrieve(done.invoice).status == "open"
        seller.sandbox.control("time", days=4)
        assert (seller.now(done).payment_status, seller.v1.invoices.retrieve(done.invoice).status) == statuses


def test_the_form_begins_with_the_address_the_seller_knows(seller: Seller) -> None:
    customer = seller.v1.customers.create({**ADA, "address": BERLIN}).id
    session = seller.session(customer=customer, billing_address_collection="required")
    assert seller.page(session)["typed"]["address"]["city"] == "Berlin"
    assert seller.pay(session).customer_details.address.city == "Berlin"
