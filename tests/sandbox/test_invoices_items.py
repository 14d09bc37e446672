"""Items, lines, discounts, taxes and the customer's balance make the amount of an invoice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.billing_bench import HOUR, Bench, open_bench, refused
from tests.sandbox.conftest import Sandbox

GERMAN = {"country": "DE", "postal_code": "10115", "city": "Berlin", "line1": "Weg 1"}


def _price(bench: Bench, amount: int = 700, **more: Any) -> str:
    product = bench.v1.products.create({"name": "Credits"})
    return str(bench.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": amount, **more}).id)


def _bare(bench: Bench, **more: Any) -> Any:
    return bench.v1.invoice_items.create({"customer": bench.customer, "currency": "usd", **more})


def test_a_price_and_a_quantity_make_the_amount(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    price = _price(bench)
    item = _bare(bench, pricing={"price": price}, quantity=3)
    assert (item.amount, item.quantity, item.description) == (2100, 3, "Credits")
    assert (item.pricing.price_details.price, str(item.pricing.unit_amount_decimal)) == (price, "700")
    line = bench.draft(pending_invoice_items_behavior="include").lines.data[0]
    assert (line.amount, line.quantity, line.parent.invoice_item_details.invoice_item) == (2100, 3, item.id)


def test_a_new_quantity_keeps_the_price(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    item = _bare(bench, pricing={"price": _price(bench)}, quantity=3)
    assert bench.v1.invoice_items.update(item.id, {"quantity": 5}).amount == 3500
    dearer = bench.v1.invoice_items.update(item.id, {"pricing": {"price": _price(bench, 900)}})
    assert (dearer.amount, dearer.quantity) == (4500, 5)


def test_a_recurring_price_is_no_invoice_item(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    monthly = _price(bench, recurring={"interval": "month"})
    error = refused(bench.v1.invoice_items.create, {"customer": bench.customer, "pricing": {"price": monthly}})
    assert (error.http_status, error.param) == (400, "pricing[price]")
    assert "type=recurring" in str(error)


def test_an_exact_unit_amount_is_rounded_once(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    amounts = {("0.333", 10): 3, ("0.5", 1): 1, ("12.345", 300): 3704, ("0.0001", 4999): 0}
    made = {asked: _bare(bench, unit_amount_decimal=asked[0], quantity=asked[1]).amount for asked in amounts}
    assert made == amounts


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"amount": 1, "unit_amount_decimal": "2"},
        {"amount": 1, "pricing": {"price": "price_1"}},
        {"amount": 1, "quantity": 2},
        {"unit_amount_decimal": "1", "quantity": 1, "quantity_decimal": "1.5"},
    ],
)
def test_an_item_is_priced_in_exactly_one_way(sandbox: Sandbox, wrong: dict[str, Any]) -> None:
    bench = open_bench(sandbox)
    error = refused(bench.v1.invoice_items.create, {"customer": bench.customer, "currency": "usd", **wrong})
    assert (error.http_status, error.param) == (400, "quantity" if {"quantity"} & wrong.keys() else "amount")
    assert bench.v1.invoice_items.list().data == []


def test_an_item_can_go_straight_onto_a_draft_and_be_changed_there(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    draft = bench.draft()
    item = bench.item(900, invoice=draft.id, description="Setup")
    line = bench.read(draft.id).lines.data[0]
    bench.v1.invoice_items.update(item.id, {"amount": 1100})
    now = bench.read(draft.id)
    assert (now.total, [row.id for row in now.lines.data], now.lines.data[0].amount) == (1100, [line.id], 1100)
    bench.v1.invoices.line_items.update(draft.id, line.id, {"description": "Setup, twice"})
    assert bench.v1.invoice_items.retrieve(item.id).description == "Setup, twice"
    bench.v1.invoice_items.delete(item.id)
    assert (bench.read(draft.id).total, bench.read(draft.id).lines.data) == (0, [])


def test_lines_are_added_changed_and_removed_in_bulk(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    draft, waiting = bench.draft(), bench.item(400)
    given = [{"amount": 1000, "description": "One"}, {"amount": 2000}, {"invoice_item": waiting.id}]
    added = bench.v1.invoices.add_lines(draft.id, {"lines": given})
    one, two, three = (row.id for row in added.lines.data)
    assert added.total == 3400
    changes = [{"id": one, "amount": 1500}, {"id": two, "description": "Two"}]
    changed = bench.v1.invoices.update_lines(draft.id, {"lines": changes, "invoice_metadata": {"seen": "yes"}})
    assert (changed.total, changed.lines.data[1].description, changed.metadata.seen) == (3900, "Two", "yes")
    gone = [{"id": two, "behavior": "delete"}, {"id": three, "behavior": "unassign"}]
    left = bench.v1.invoices.remove_lines(draft.id, {"lines": gone})
    assert (left.total, [row.id for row in left.lines.data]) == (1500, [one])
    assert [row.id for row in bench.v1.invoice_items.list({"pending": True}).data] == [waiting.id]
    assert [row.id for row in bench.v1.invoices.line_items.list(draft.id).data] == [one]


def test_discounts_come_off_in_order_and_redeem_their_coupon(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    half = bench.v1.coupons.create({"percent_off": 50, "duration": "once"})
    five = bench.v1.coupons.create({"amount_off": 500, "currency": "usd", "duration": "once"})
    draft = bench.draft(3000, 1000)
    cut = bench.v1.invoices.update(draft.id, {"discounts": [{"coupon": half.id}, {"coupon": five.id}]})
    assert (cut.subtotal, cut.total) == (4000, 1500)
    assert [row.amount for row in cut.total_discount_amounts] == [2000, 500]
    assert [[one.amount for one in line.discount_amounts] for line in cut.lines.data] == [[1500, 375], [500, 125]]
    assert [bench.v1.coupons.retrieve(coupon.id).times_redeemed for coupon in (half, five)] == [1, 1]
    other = bench.v1.invoices.update(draft.id, {"discounts": [{"coupon": five.id}, {"coupon": half.id}]})
    assert other.total == 1750


def test_tax_rates_come_upon_the_price_or_lie_in_it(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    upon = bench.v1.tax_rates.create({"display_name": "Sales", "percentage": 10, "inclusive": False})
    within = bench.v1.tax_rates.create({"display_name": "VAT", "percentage": 25, "inclusive": True})
    draft = bench.draft(2000, default_tax_rates=[upon.id])
    assert (draft.subtotal, draft.total, draft.total_excluding_tax) == (2000, 2200, 2000)
    bench.item(1000, invoice=draft.id, tax_rates=[within.id])
    both = bench.read(draft.id)
    assert (both.total, both.total_excluding_tax, both.subtotal_excluding_tax) == (3200, 2800, 2800)
    told = [(tax.amount, tax.taxable_amount, tax.tax_behavior) for tax in both.total_taxes]
    assert told == [(200, 2000, "exclusive"), (200, 800, "inclusive")]
    assert [tax.tax_rate_details.tax_rate for tax in both.total_taxes] == [upon.id, within.id]
    bench.v1.customers.update(bench.customer, {"tax_exempt": "exempt"})
    free = bench.draft(2000, default_tax_rates=[upon.id])
    assert (free.total, free.total_taxes[0].taxability_reason) == (2000, "customer_exempt")


def test_tax_is_reckoned_where_the_customer_lives(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, address=GERMAN)
    draft = bench.draft(2000, automatic_tax={"enabled": True})
    assert (draft.automatic_tax.status, draft.automatic_tax.provider, draft.total) == ("complete", "stripe", 2380)
    told = draft.total_taxes[0]
    assert (told.amount, told.tax_behavior, told.taxability_reason) == (380, "exclusive", "standard_rated")
    rate = bench.v1.tax_rates.retrieve(told.tax_rate_details.tax_rate)
    assert (rate.percentage, rate.country, rate.tax_type, rate.inclusive) == (19, "DE", "vat", False)
    bench.item(1190, invoice=draft.id, tax_behavior="inclusive")
    both = bench.read(draft.id)
    assert (both.total, both.total_excluding_tax) == (3570, 3000)
    assert bench.v1.invoices.pay(draft.id).amount_paid == 3570


def test_without_a_place_an_invoice_with_automatic_tax_stays_a_draft(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    draft = bench.draft(2000, automatic_tax={"enabled": True}, auto_advance=True)
    assert draft.automatic_tax.status == "requires_location_inputs"
    assert refused(bench.v1.invoices.finalize_invoice, draft.id).code == "customer_tax_location_invalid"
    bench.passes(seconds=HOUR)
    stuck = bench.read(draft.id)
    assert (stuck.status, stuck.last_finalization_error.code) == ("draft", "customer_tax_location_invalid")
    assert bench.told().count("invoice.finalization_failed") == 2
    bench.v1.customers.update(bench.customer, {"address": GERMAN})
    final = bench.v1.invoices.finalize_invoice(draft.id)
    assert (final.status, final.total, final.last_finalization_error) == ("open", 2380, None)


def test_credits_reduce_an_invoice_and_what_is_left_over_is_the_customers(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    assert bench.final(2000, -500).amount_due == 1500
    over = bench.final(1000, -1600)
    assert (over.status, over.total, over.amount_due, over.ending_balance) == ("paid", -600, 0, -600)
    assert bench.balance == -600
    following = bench.final(2000)
    assert (following.starting_balance, following.amount_due, following.ending_balance) == (-600, 1400, 0)
    kinds = [row.type for row in bench.v1.customers.balance_transactions.list(bench.customer).data]
    assert (kinds, bench.balance) == (["applied_to_invoice", "applied_to_invoice"], 0)


def test_a_void_invoice_returns_the_credit_it_used(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    bench.v1.customers.balance_transactions.create(bench.customer, {"amount": -500, "currency": "usd"})
    invoice = bench.final(2000)
    assert (invoice.amount_due, bench.balance) == (1500, 0)
    bench.v1.invoices.void_invoice(invoice.id)
    latest = bench.v1.customers.balance_transactions.list(bench.customer).data[0]
    assert (bench.balance, latest.type, latest.amount) == (-500, "unapplied_from_invoice", -500)


def test_too_little_to_charge_is_owed_next_time(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    small = bench.final(30)
    assert (small.status, small.amount_due, small.ending_balance, bench.balance) == ("paid", 0, 30, 30)
    assert bench.v1.customers.balance_transactions.list(bench.customer).data[0].type == "invoice_too_small"
    following = bench.final(2000)
    assert (following.amount_due, bench.balance) == (2030, 0)
