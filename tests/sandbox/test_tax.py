"""Tax rates, codes, calculations and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import NO_REDIRECTS, Sandbox

SEATTLE = {"country": "US", "postal_code": "98101"}
BERLIN = {"country": "DE"}
LINE = {"amount": 1000, "reference": "a"}
QUARTER = 90 * 86_400


def _terms(lines: list[dict[str, Any]] | None = None, address: Any = SEATTLE, **details: Any) -> dict[str, Any]:
    told = {"address": address, "address_source": "billing", **details}
    return {"currency": "usd", "line_items": lines or [LINE], "customer_details": told}


def _calculate(v1: Any, *args: Any, **more: Any) -> Any:
    return v1.tax.calculations.create({**_terms(*args), **more})


def _commit(v1: Any, calculation: Any, reference: str = "order 1") -> Any:
    return v1.tax.transactions.create_from_calculation({"calculation": calculation.id, "reference": reference})


def _reverse(v1: Any, original: Any, reference: str, **more: Any) -> Any:
    terms = {"mode": "partial" if more else "full", "original_transaction": original.id, "reference": reference}
    return v1.tax.transactions.create_reversal({**terms, "expand": ["line_items"], **more})


def _refused(make: Any, *args: Any, **terms: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make(*args, **terms)
    return caught.value


def test_a_calculation_adds_up(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    lines = [LINE, {"amount": 1190, "reference": "b", "tax_behavior": "inclusive"}]
    made = _calculate(v1, lines, BERLIN, shipping_cost={"amount": 500})
    assert (made.tax_amount_exclusive, made.tax_amount_inclusive, made.amount_total) == (285, 190, 2975)
    assert [(row.amount, row.taxable_amount, row.inclusive) for row in made.tax_breakdown] == [
        (285, 1500, False),
        (190, 1000, True),
    ]
    assert made.tax_breakdown[0].tax_rate_details.percentage_decimal == "19.0"
    rows = v1.tax.calculations.line_items.list(made.id, {"expand": ["data.tax_breakdown"]}).data
    assert [(row.reference, row.amount_tax) for row in rows] == [("a", 190), ("b", 190)]
    assert rows[0].tax_breakdown[0].jurisdiction.country == "DE"


@pytest.mark.parametrize(
    ("address", "details", "reason", "tax"),
    [
        (SEATTLE, {}, "standard_rated", 65),
        ({"country": "BR"}, {}, "not_collecting", 0),
        (SEATTLE, {"taxability_override": "customer_exempt"}, "customer_exempt", 0),
        (BERLIN, {"tax_ids": [{"type": "eu_vat", "value": "DE123456789"}]}, "reverse_charge", 0),
    ],
)
def test_why_tax_is_due_or_not(sandbox: Sandbox, address: Any, details: Any, reason: str, tax: int) -> None:
    made = sandbox.client.v1.tax.calculations.create(_terms(None, address, **details))  # type: ignore[arg-type]
    assert [row.taxability_reason for row in made.tax_breakdown] == [reason]
    assert (made.tax_amount_exclusive, made.amount_total) == (tax, 1000 + tax)


def test_a_calculation_for_a_customer_uses_what_is_known_of_him(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    shipping = {"name": "Ada", "address": SEATTLE}
    customer = v1.customers.create({"address": BERLIN, "shipping": shipping, "tax_exempt": "none"}).id
    made = v1.tax.calculations.create({"currency": "usd", "line_items": [LINE], "customer": customer})
    assert (made.customer_details.address_source, made.tax_amount_exclusive) == ("shipping", 65)
    v1.customers.update(customer, {"tax_exempt": "exempt"})
    exempt = v1.tax.calculations.create({"currency": "usd", "line_items": [LINE], "customer": customer})
    assert (exempt.customer_details.taxability_override, exempt.tax_amount_exclusive) == ("customer_exempt", 0)
    both = {**_terms(), "customer": customer}
    assert _refused(v1.tax.calculations.create, both).param == "customer_details"


@pytest.mark.parametrize(
    ("lines", "more", "param"),
    [
        ([{**LINE, "product": "prod_nobody"}], {}, "line_items[0][product]"),
        ([LINE, LINE], {}, "line_items[1][reference]"),
        ([LINE], {"address": {"country": "US"}}, "customer_details[address]"),
        ([LINE], {"tax_ids": [{"type": "eu_vat", "value": "DE1"}]}, "customer_details[tax_ids][0][value]"),
    ],
)
def test_a_calculation_that_makes_no_sense_is_refused(sandbox: Sandbox, lines: Any, more: Any, param: str) -> None:
    error = _refused(sandbox.client.v1.tax.calculations.create, _terms(lines, **more))
    assert (error.http_status, error.param) == (400, param)


def test_an_old_calculation_is_gone(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    made = _calculate(v1)
    sandbox.control("time", seconds=QUARTER + 1)
    assert _refused(v1.tax.calculations.retrieve, made.id).http_status == 404
    assert _refused(_commit, v1, made).param == "calculation"


def test_a_calculation_becomes_one_transaction(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    made = _calculate(v1)
    booked = _commit(v1, made)
    assert (booked.type, booked.reference, booked.reversal) == ("transaction", "order 1", None)
    rows = v1.tax.transactions.line_items.list(booked.id).data
    assert [(row.amount, row.amount_tax, row.type) for row in rows] == [(1000, 65, "transaction")]
    assert "already created" in str(_refused(_commit, v1, made, "order 2"))
    again = _refused(_commit, v1, _calculate(v1))
    assert (again.param, again.code) == ("reference", "resource_already_exists")
    assert v1.tax.transactions.retrieve(booked.id).id == booked.id


def test_no_more_is_reversed_than_was_taxed(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    booked = _commit(v1, _calculate(v1, [LINE, {"amount": 2000, "reference": "b"}]))
    first = v1.tax.transactions.line_items.list(booked.id).data[0]
    part = {"original_line_item": first.id, "reference": "back a", "amount": -400, "amount_tax": -26}
    taken = _reverse(v1, booked, "one", line_items=[part])
    assert (taken.type, taken.reversal.original_transaction) == ("reversal", booked.id)
    assert [(row.amount, row.amount_tax) for row in taken.line_items.data] == [(-400, -26)]
    too_much = {**part, "amount": -601}
    assert _refused(_reverse, v1, booked, "two", line_items=[too_much]).param == "line_items[0][amount]"
    assert _refused(_reverse, v1, booked, "two", flat_amount=-2770).param == "flat_amount"
    rest = _reverse(v1, booked, "two")
    left = sorted((row.amount, row.amount_tax) for row in rest.line_items.data)
    assert left == [(-2000, -130), (-600, -39)]
    assert "already fully reversed" in str(_refused(_reverse, v1, booked, "three"))
    assert "cannot be reversed" in str(_refused(_reverse, v1, rest, "three"))


def _paid(sandbox: Sandbox, calculation: Any) -> Any:
    hooks = {"inputs": {"tax": {"calculation": calculation.id}}}
    return sandbox.intent(calculation.amount_total, hooks=hooks, payment_method="pm_card_visa", confirm=True)


def _attempts(v1: Any, intent: Any) -> list[Any]:
    return list(v1.tax.associations.find({"payment_intent": intent.id}).tax_transaction_attempts)


def test_a_payment_books_its_tax_and_a_refund_takes_it_back(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    made = _calculate(v1)
    intent = _paid(sandbox, made)
    refund = v1.refunds.create({"payment_intent": intent.id, "amount": 213})
    attempts = _attempts(v1, intent)
    assert [(row.source, row.status) for row in attempts] == [(intent.id, "committed"), (refund.id, "committed")]
    booked, back = (v1.tax.transactions.retrieve(row.committed.transaction) for row in attempts)
    assert (booked.reference, back.reference, back.type) == (intent.id, refund.id, "reversal")
    rows = v1.tax.transactions.line_items.list(back.id).data
    assert [(row.amount, row.amount_tax) for row in rows] == [(-200, -13)]


def test_one_calculation_feeds_one_payment(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    made = _calculate(v1)
    first, second = _paid(sandbox, made), _paid(sandbox, made)
    assert (first.status, second.status) == ("succeeded", "succeeded")
    (attempt,) = _attempts(v1, second)
    assert (attempt.status, attempt.errored.reason) == ("errored", "another_payment_associated_with_calculation")
    plain = v1.payment_intents.create({"amount": 500, "currency": "usd", "automatic_payment_methods": NO_REDIRECTS})
    assert _refused(_attempts, v1, plain).http_status == 404


def _hook(calculation: str) -> Any:
    return {"inputs": {"tax": {"calculation": calculation}}}


def test_a_calculation_is_linked_changed_and_taken_away_until_the_payment_is_made(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    first = _calculate(v1)
    second = _calculate(v1, [{"amount": 1190, "tax_behavior": "inclusive"}], BERLIN)
    intent = sandbox.intent(first.amount_total, hooks=_hook(first.id))
    v1.payment_intents.update(intent.id, {"amount": second.amount_total, "hooks": _hook(second.id)})
    assert v1.payment_intents.retrieve(intent.id).hooks.inputs.tax.calculation == second.id
    assert v1.payment_intents.update(intent.id, {"hooks": _hook("")}).hooks is None
    unknown = {"payment_method": "pm_card_visa", "hooks": _hook("taxcalc_none")}
    assert _refused(v1.payment_intents.confirm, intent.id, unknown).code == "resource_missing"
    paid = v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa", "hooks": _hook(second.id)})
    [attempt] = _attempts(v1, paid)
    [line] = v1.tax.transactions.line_items.list(attempt.committed.transaction).data
    assert (paid.amount_received, line.amount, line.amount_tax, line.tax_behavior) == (1190, 1190, 190, "inclusive")
    assert _refused(v1.payment_intents.update, intent.id, {"hooks": _hook(first.id)}).http_status == 400


def test_what_is_held_books_its_tax_when_it_is_taken(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    held = sandbox.intent(1065, capture_method="manual", payment_method="pm_card_visa", confirm=True)
    taken = v1.payment_intents.capture(held.id, {"hooks": _hook(_calculate(v1).id)})
    assert [row.status for row in _attempts(v1, taken)] == ["committed"]


def test_a_payment_in_another_currency_books_no_tax(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    made = _calculate(v1, currency="eur")
    (attempt,) = _attempts(v1, _paid(sandbox, made))
    assert (attempt.status, attempt.errored.reason) == ("errored", "currency_mismatch")


def test_the_tax_of_a_refund_that_failed_is_due_again(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    intent = _paid(sandbox, _calculate(v1))
    refund = v1.refunds.create({"payment_intent": intent.id, "amount": 213})
    sandbox.control(f"refunds/{refund.id}/fail")
    booked, back, again = (row.committed.transaction for row in _attempts(v1, intent))
    sums = [(row.amount, row.amount_tax) for one in (back, again) for row in v1.tax.transactions.line_items.list(one)]
    assert sums == [(-200, -13), (200, 13)]
    v1.refunds.create({"payment_intent": intent.id})
    taken = v1.tax.transactions.line_items.list(_attempts(v1, intent)[-1].committed.transaction).data
    assert [(row.amount, row.amount_tax) for row in taken] == [(-1000, -65)]
    assert "already fully reversed" in str(_refused(_reverse, v1, v1.tax.transactions.retrieve(booked), "more"))


def test_a_rate_is_written_down_once(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    terms = {"display_name": "VAT", "percentage": 8.875, "inclusive": False, "country": "DE", "tax_type": "vat"}
    rate = v1.tax_rates.create(terms)
    assert (rate.percentage, rate.inclusive, rate.effective_percentage) == (8.875, False, 8.875)
    assert sandbox.raw("POST", f"/v1/tax_rates/{rate.id}", data={"percentage": "9"}).status_code == 400
    assert v1.tax_rates.update(rate.id, {"active": False, "description": "old"}).description == "old"
    assert v1.tax_rates.list({"active": True}).data == []
    assert [row.id for row in v1.tax_rates.list({"inclusive": False}).data] == [rate.id]
    assert _refused(v1.tax_rates.create, {**terms, "percentage": 101}).param == "percentage"
    told = [event.type for event in v1.events.list({"type": "tax_rate.*"}).data]
    assert told == ["tax_rate.updated", "tax_rate.created"]


def test_codes_and_settings_can_be_read(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    codes = v1.tax_codes.list({"limit": 3})
    assert (len(codes.data), codes.has_more) == (3, True)
    assert "txcd_10103001" in [row.id for row in codes.auto_paging_iter()]
    assert v1.tax_codes.retrieve("txcd_10103001").name == "Software as a service (SaaS) - business use"
    assert _refused(v1.tax_codes.retrieve, "books").http_status == 404
    settings = v1.tax.settings.retrieve()
    assert (settings.status, settings.defaults.tax_code, settings.head_office.address.state) == (
        "active",
        "txcd_10000000",
        "CA",
    )
