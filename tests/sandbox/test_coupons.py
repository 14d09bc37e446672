"""Coupons and promotion codes: their terms, who may redeem them, and what time does to them."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox

DAY = 86_400


def _now(sandbox: Sandbox) -> int:
    return int(sandbox.look("time")["now"])


def _coupon(v1: Any, **terms: Any) -> Any:
    return v1.coupons.create({"id": "C", **(terms or {"percent_off": 25})})


def _code(v1: Any, **terms: Any) -> Any:
    return v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": "C"}, "code": "HELLO", **terms})


def _price(v1: Any, amount: int = 2000, **more: Any) -> str:
    return str(
        v1.prices.create({"currency": "usd", "unit_amount": amount, "product_data": {"name": "Gold"}, **more}).id
    )


def _session(v1: Any, discount: dict[str, str], **more: Any) -> Any:
    lines = [{"price": _price(v1), "quantity": 1}]
    wanted = {"mode": "payment", "line_items": lines, "success_url": "https://example.org/", "discounts": [discount]}
    return v1.checkout.sessions.create({**wanted, **more})


def _invoice(v1: Any, customer: str, discount: dict[str, str]) -> Any:
    invoice = v1.invoices.create({"customer": customer, "discounts": [discount]})
    v1.invoice_items.create({"customer": customer, "invoice": invoice.id, "currency": "usd", "amount": 2000})
    return v1.invoices.retrieve(invoice.id)


def _refused(make: Any, *args: Any, **terms: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make(*args, **terms)
    return caught.value


def test_coupons_have_their_terms(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    percent = v1.coupons.create({"percent_off": 12.5, "name": "Spring"})
    fixed = _coupon(v1, amount_off=500, currency="usd", duration="repeating", duration_in_months=3)
    assert (percent.percent_off, percent.duration, percent.currency, percent.valid) == (12.5, "once", None, True)
    assert (fixed.id, fixed.amount_off, fixed.currency, fixed.duration_in_months) == ("C", 500, "usd", 3)
    assert v1.coupons.update("C", {"name": "Summer", "metadata": {"a": "1"}}).name == "Summer"
    told = [event.type for event in v1.events.list({"type": "coupon.*"}).data]
    assert told == ["coupon.updated", "coupon.created", "coupon.created"]
    assert [row.id for row in v1.coupons.list().data] == ["C", percent.id]


@pytest.mark.parametrize(
    ("terms", "param"),
    [
        ({"duration": "once"}, "percent_off"),
        ({"percent_off": 0}, "percent_off"),
        ({"percent_off": 101}, "percent_off"),
        ({"amount_off": 500}, "currency"),
        ({"percent_off": 5, "amount_off": 500, "currency": "usd"}, "amount_off"),
        ({"percent_off": 5, "duration": "repeating"}, "duration_in_months"),
        ({"percent_off": 5, "redeem_by": 1}, "redeem_by"),
        ({"percent_off": 5, "max_redemptions": 0}, "max_redemptions"),
        ({"percent_off": 5, "applies_to": {"products": ["prod_nobody"]}}, "applies_to[products][0]"),
    ],
)
def test_a_coupon_that_makes_no_sense_is_refused(sandbox: Sandbox, terms: Any, param: str) -> None:
    error = _refused(_coupon, sandbox.client.v1, **terms)
    assert (error.http_status, error.param) == (400, param)


def test_products_and_currencies_of_a_coupon_are_shown_on_request(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    product = v1.products.create({"name": "Gold"}).id
    options = {"eur": {"amount_off": 450}}
    plain = _coupon(v1, amount_off=500, currency="usd", currency_options=options, applies_to={"products": [product]})
    assert plain.to_dict().keys().isdisjoint({"applies_to", "currency_options"})
    shown = v1.coupons.retrieve("C", {"expand": ["applies_to", "currency_options"]}).to_dict()
    assert shown["applies_to"] == {"products": [product]}
    assert shown["currency_options"] == {"usd": {"amount_off": 500}, "eur": {"amount_off": 450}}


def test_a_deleted_coupon_is_gone(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    _coupon(v1)
    code = _code(v1)
    invoice = _invoice(v1, v1.customers.create({}).id, {"coupon": "C"})
    assert v1.coupons.delete("C").to_dict()["deleted"] is True
    assert _refused(v1.coupons.retrieve, "C").http_status == 404
    assert v1.promotion_codes.retrieve(code.id).active is False
    assert v1.invoices.retrieve(invoice.id).total == 1500
    assert v1.coupons.create({"id": "C", "percent_off": 50}).percent_off == 50


def test_a_code_leads_to_its_coupon(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    _coupon(v1)
    code = _code(v1)
    drawn = v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": "C"}})
    assert (code.promotion.coupon, code.active, code.times_redeemed) == ("C", True, 0)
    assert drawn.code.isupper()
    found = v1.promotion_codes.list({"code": "hello", "expand": ["data.promotion.coupon"]}).data
    assert [(row.id, row.promotion.coupon.percent_off) for row in found] == [(code.id, 25)]
    assert [row.id for row in v1.promotion_codes.list({"coupon": "C"}).data] == [drawn.id, code.id]


@pytest.mark.parametrize(
    ("terms", "param"),
    [
        ({"promotion": {"type": "coupon"}}, "promotion[coupon]"),
        ({"promotion": {"type": "coupon", "coupon": "nobody"}}, "promotion[coupon]"),
        ({"expires_at": 1}, "expires_at"),
        ({"max_redemptions": 6}, "max_redemptions"),
        ({"restrictions": {"minimum_amount": 100}}, "restrictions[minimum_amount]"),
        ({"customer": "cus_nobody"}, "customer"),
    ],
)
def test_a_code_that_makes_no_sense_is_refused(sandbox: Sandbox, terms: Any, param: str) -> None:
    v1: Any = sandbox.client.v1
    _coupon(v1, percent_off=25, max_redemptions=5)
    error = _refused(_code, v1, **terms)
    assert (error.http_status, error.param) == (400, param)


def test_two_active_codes_never_read_the_same(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    _coupon(v1)
    first = _code(v1)
    error = _refused(_code, v1, code="Hello")
    assert (error.param, "already exists" in str(error)) == ("code", True)
    v1.promotion_codes.update(first.id, {"active": False})
    assert _code(v1, code="Hello").active is True
    assert _refused(v1.promotion_codes.update, first.id, {"active": True}).param == "code"
    ada, grace = v1.customers.create({}).id, v1.customers.create({}).id
    assert _code(v1, code="MINE", customer=ada).id != _code(v1, code="MINE", customer=grace).id


def _least(amount: int, currency: str) -> dict[str, Any]:
    return {"minimum_amount": amount, "minimum_amount_currency": currency}


def _prepare(sandbox: Sandbox, terms: dict[str, Any]) -> str:
    """A code with these terms; `late` lets a day pass, `off` makes one that is not active."""
    v1: Any = sandbox.client.v1
    soon = _now(sandbox) + 3600
    coupon = {name: soon if value == "soon" else value for name, value in terms.get("coupon", {}).items()}
    code = {name: soon if value == "soon" else value for name, value in terms.get("code", {}).items()}
    if "customer" in code:
        code["customer"] = v1.customers.create({}).id
    if "applies_to" in coupon:
        coupon["applies_to"] = {"products": [v1.products.create({"name": "Silver"}).id]}
    _coupon(v1, **{"percent_off": 25, **coupon} if "amount_off" not in coupon else coupon)
    made = str(_code(v1, active=not terms.get("off"), **code).id)
    if terms.get("late"):
        sandbox.control("time", days=1)
    return made


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"coupon": {"redeem_by": "soon"}, "late": True, "by": "coupon"}, "Coupon expired: C"),
        ({"code": {"expires_at": "soon"}, "late": True}, "it has expired"),
        ({"off": True}, "it is inactive"),
        ({"code": {"customer": "another"}}, "another customer"),
        ({"code": {"restrictions": _least(2001, "usd")}}, r"minimum amount of \$20.01 usd"),
        ({"code": {"restrictions": _least(1, "eur")}}, "its minimum amount is in `eur`"),
        ({"coupon": {"amount_off": 500, "currency": "eur"}}, "cannot be applied to an amount in `usd`"),
        ({"coupon": {"applies_to": "silver"}}, "does not apply to anything"),
    ],
)
def test_a_code_is_refused_in_words(sandbox: Sandbox, terms: Any, words: str) -> None:
    code = _prepare(sandbox, terms)
    discount = {"coupon": "C"} if "by" in terms else {"promotion_code": code}
    with pytest.raises(stripe.InvalidRequestError, match=words) as caught:
        _session(sandbox.client.v1, discount, customer=sandbox.client.v1.customers.create({}).id)
    assert (caught.value.http_status, str(caught.value.param)[:12]) == (400, "discounts[0]")


def test_first_time_codes_are_for_new_customers(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    _coupon(v1)
    code = _code(v1, restrictions={"first_time_transaction": True})
    customer = v1.customers.create({}).id
    assert _session(v1, {"promotion_code": code.id}, customer=customer).amount_total == 1500
    sandbox.intent(customer=customer, payment_method="pm_card_visa", confirm=True)
    with pytest.raises(stripe.InvalidRequestError, match="prior transactions"):
        _session(v1, {"promotion_code": code.id}, customer=customer)


def test_redemptions_are_counted_to_the_last(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    _coupon(v1, percent_off=25, max_redemptions=2)
    code = _code(v1, max_redemptions=1)
    customer = v1.customers.create({}).id
    _invoice(v1, customer, {"promotion_code": code.id})
    used = v1.promotion_codes.retrieve(code.id)
    assert (used.times_redeemed, used.active, v1.coupons.retrieve("C").times_redeemed) == (1, False, 1)
    assert "the maximum number of times" in str(_refused(_invoice, v1, customer, {"promotion_code": code.id}))
    _invoice(v1, customer, {"coupon": "C"})
    assert (v1.coupons.retrieve("C").times_redeemed, v1.coupons.retrieve("C").valid) == (2, False)
    assert _refused(_invoice, v1, customer, {"coupon": "C"}).code == "coupon_expired"


def test_a_preview_redeems_nothing(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    _coupon(v1)
    customer = v1.customers.create({}).id
    items = [{"price": _price(v1, recurring={"interval": "month"})}]
    terms = {"customer": customer, "discounts": [{"coupon": "C"}], "subscription_details": {"items": items}}
    assert v1.invoices.create_preview(terms).total == 1500
    _session(v1, {"coupon": "C"})
    assert v1.coupons.retrieve("C").times_redeemed == 0
    assert v1.events.list({"type": "customer.discount.created"}).data == []


def test_a_repeating_coupon_ends_after_its_months(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    january = 1_706_659_200  # 31 January 2024
    clock = v1.test_helpers.test_clocks.create({"frozen_time": january})
    customer = v1.customers.create({"test_clock": clock.id}).id
    _coupon(v1, percent_off=25, duration="repeating", duration_in_months=1)
    items = [{"price": _price(v1, recurring={"interval": "month"})}]
    bought = {"customer": customer, "items": items, "discounts": [{"coupon": "C"}], "collection_method": "send_invoice"}
    found = v1.subscriptions.create({**bought, "days_until_due": 30, "expand": ["discounts"]})
    assert (found.discounts[0].start, found.discounts[0].end) == (january, january + 29 * DAY)


def test_coupons_and_codes_lapse_with_time(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    soon = _now(sandbox) + 3600
    _coupon(v1, percent_off=25, redeem_by=soon + DAY)
    short, long = _code(v1, code="SHORT", expires_at=soon), _code(v1, code="LONG")
    sandbox.control("time", seconds=3700)
    assert [v1.promotion_codes.retrieve(code.id).active for code in (short, long)] == [False, True]
    assert v1.coupons.retrieve("C").valid is True
    sandbox.control("time", days=1)
    assert v1.coupons.retrieve("C").valid is False
    assert v1.promotion_codes.retrieve(long.id).active is False
    assert "no longer valid" in str(_refused(v1.promotion_codes.update, long.id, {"active": True}))
