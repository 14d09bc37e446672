"""Customers: their first card, balance, tax ids, place and test clock."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox

VAT = {"type": "eu_vat", "value": "DE000000000"}


def _refused(make: Any, *args: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make(*args)
    return caught.value


def test_a_customer_comes_with_a_first_card(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    settings = {"default_payment_method": "pm_card_visa"}
    customer = v1.customers.create({"payment_method": "pm_card_visa", "invoice_settings": settings})
    cards = v1.customers.payment_methods.list(customer.id).data
    assert [card.card.last4 for card in cards] == ["4242"]
    assert customer.invoice_settings.default_payment_method == cards[0].id
    with pytest.raises(stripe.CardError):
        v1.customers.create({"payment_method": "pm_card_chargeDeclined"})
    assert [row.id for row in v1.customers.list().data] == [customer.id]


def test_a_refused_update_changes_nothing(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    customer = v1.customers.create({"name": "Ada"})
    error = _refused(v1.customers.update, customer.id, {"name": "Grace", "email": "nobody", "balance": 5})
    kept = v1.customers.retrieve(customer.id)
    assert (error.param, kept.name, kept.email, kept.balance) == ("email", "Ada", None, 0)
    assert v1.events.list({"type": "customer.updated"}).data == []


def test_settings_for_invoices_are_kept(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    wishes = {"amount_tax_display": "include_inclusive_tax"}
    settings = {"footer": "Thanks", "custom_fields": [{"name": "PO", "value": "7"}], "rendering_options": wishes}
    customer = v1.customers.create({"invoice_settings": settings, "invoice_prefix": "ADA", "next_invoice_sequence": 9})
    found = v1.customers.retrieve(customer.id).to_dict()
    assert (found["invoice_prefix"], found["next_invoice_sequence"]) == ("ADA", 9)
    assert found["invoice_settings"] == {
        "footer": "Thanks",
        "custom_fields": [{"name": "PO", "value": "7"}],
        "rendering_options": {"amount_tax_display": "include_inclusive_tax", "template": None},
        "default_payment_method": None,
    }


def test_the_balance_is_the_sum_of_its_transactions(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    customer = v1.customers.create({"balance": -500}).id
    rows = v1.customers.balance_transactions
    rows.create(customer, {"amount": 200, "currency": "usd", "description": "Fee"})
    v1.customers.update(customer, {"balance": -1000})
    found = rows.list(customer).data
    assert [(row.amount, row.ending_balance) for row in found] == [(-700, -1000), (200, -300), (-500, -500)]
    assert [row.type for row in found] == ["adjustment", "adjustment", "initial"]
    assert v1.customers.retrieve(customer).balance == -1000
    assert rows.update(customer, found[1].id, {"description": "A fee"}).description == "A fee"
    assert _refused(rows.create, customer, {"amount": 1, "currency": "eur"}).param == "currency"
    assert _refused(rows.create, customer, {"amount": 0, "currency": "usd"}).param == "amount"


def test_cash_balances_are_not_built(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    customer = v1.customers.create({}).id
    with pytest.raises(stripe.APIError) as caught:
        v1.customers.cash_balance.retrieve(customer)
    assert caught.value.http_status == 501


def test_tax_ids_are_made_shown_and_deleted(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    customer = v1.customers.create({"tax_id_data": [VAT]}).id
    second = v1.customers.tax_ids.create(customer, {"type": "us_ein", "value": "12-3456789"})
    assert (second.country, second.verification.status) == ("US", "unavailable")
    first = v1.customers.tax_ids.list(customer).data[1]
    assert (first.country, first.value, first.verification.status) == ("DE", "DE000000000", "pending")
    shown = v1.customers.retrieve(customer, {"expand": ["tax_ids"]}).tax_ids.data
    assert [row.id for row in shown] == [second.id, first.id]
    assert v1.customers.tax_ids.delete(customer, second.id).to_dict()["deleted"] is True
    assert _refused(v1.customers.tax_ids.retrieve, customer, second.id).http_status == 404
    told = [event.type for event in v1.events.list({"type": "customer.tax_id.*"}).data]
    assert told == ["customer.tax_id.deleted", "customer.tax_id.created", "customer.tax_id.created"]
    # The SDK's list knows no `created`.
    assert sandbox.raw("GET", f"/v1/customers/{customer}/tax_ids?created=1").status_code == 400


@pytest.mark.parametrize(
    ("kind", "value"),
    [("eu_vat", "DE12"), ("eu_vat", "XX123456789"), ("gb_vat", "GB12"), ("us_ein", "123456789")],
)
def test_a_tax_id_must_look_like_one(sandbox: Sandbox, kind: str, value: str) -> None:
    v1: Any = sandbox.client.v1
    error = _refused(v1.customers.create, {"tax_id_data": [{"type": kind, "value": value}]})
    assert (error.code, error.param) == ("tax_id_invalid", "tax_id_data[0][value]")
    assert v1.customers.list().data == []


def test_a_tax_id_is_checked_by_the_authority(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    marks = ("000000000", "111111111", "222222222")
    customer = v1.customers.create({"name": "Ada"}).id
    made = [v1.customers.tax_ids.create(customer, {"type": "eu_vat", "value": f"DE{mark}"}) for mark in marks]
    sandbox.control("time", seconds=2)
    found = [v1.customers.tax_ids.retrieve(customer, row.id).verification for row in made]
    assert [one.status for one in found] == ["verified", "unverified", "pending"]
    assert [one.verified_name for one in found] == ["Ada", None, None]
    told = v1.events.list({"type": "customer.tax_id.updated"}).data
    assert [event.data.object["value"] for event in told] == ["DE111111111", "DE000000000"]


def test_the_clock_of_everybody_lets_the_authority_answer(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    clock = v1.test_helpers.test_clocks.create({"frozen_time": 1_706_745_600})
    customer = v1.customers.create({"test_clock": clock.id}).id
    made = v1.customers.tax_ids.create(customer, VAT)
    v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": 1_706_745_600 + 86_400})
    assert v1.customers.tax_ids.retrieve(customer, made.id).verification.status == "pending"
    sandbox.control("time", seconds=2)
    assert v1.customers.tax_ids.retrieve(customer, made.id).verification.status == "verified"


def test_a_customer_of_a_test_clock_lives_by_it(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    clock = v1.test_helpers.test_clocks.create({"frozen_time": 1_706_745_600})
    customer = v1.customers.create({"test_clock": clock.id})
    assert (customer.created, customer.test_clock) == (1_706_745_600, clock.id)
    assert v1.customers.list().data == []
    assert [row.id for row in v1.customers.list({"test_clock": clock.id}).data] == [customer.id]
    assert _refused(v1.customers.create, {"test_clock": "clock_nobody"}).param == "test_clock"


def test_a_location_that_cannot_be_taxed_is_refused_when_asked(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    nowhere = {"address": {"country": "US"}}
    error = _refused(v1.customers.create, {**nowhere, "tax": {"validate_location": "immediately"}})
    assert (error.code, error.param) == ("customer_tax_location_invalid", "tax[validate_location]")
    waiting = v1.customers.create({**nowhere, "expand": ["tax"]})
    assert (waiting.tax.automatic_tax, waiting.tax.location) == ("unrecognized_location", None)
    found = v1.customers.update(waiting.id, {"address": {"country": "US", "postal_code": "94103"}, "expand": ["tax"]})
    location = found.tax.location
    assert (found.tax.automatic_tax, location.state, location.source) == ("supported", "CA", "billing_address")
