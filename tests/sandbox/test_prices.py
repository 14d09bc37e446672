"""Prices in all their shapes, and the products they come with."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox

TIERS = [{"up_to": 5, "unit_amount": 700}, {"up_to": "inf", "unit_amount_decimal": "650.5", "flat_amount": 100}]
TIERED = {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": TIERS}
MONTHLY = {"interval": "month"}


def _product(v1: Any, **more: Any) -> str:
    return str(v1.products.create({"name": "Gold", **more}).id)


def _make(v1: Any, **terms: Any) -> Any:
    wanted = {"currency": "usd", **terms}
    if "product_data" not in terms:
        wanted.setdefault("product", _product(v1))
    return v1.prices.create(wanted)


def _refused(make: Any, *args: Any, **terms: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make(*args, **terms)
    return caught.value


def test_a_fraction_of_a_cent_has_no_whole_amount(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    fine, whole = _make(v1, unit_amount_decimal="0.0500"), _make(v1, unit_amount_decimal="5.0")
    assert (fine.unit_amount, str(fine.unit_amount_decimal)) == (None, "0.05")
    assert (whole.unit_amount, str(whole.unit_amount_decimal)) == (5, "5")


def test_tiers_are_shown_only_on_request(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    price = _make(v1, **TIERED, recurring=MONTHLY)
    assert "tiers" not in price.to_dict()
    assert (price.unit_amount, price.billing_scheme, price.tiers_mode) == (None, "tiered", "graduated")
    shown = v1.prices.retrieve(price.id, {"expand": ["tiers"]}).to_dict(for_json=True)["tiers"]
    assert [tier["up_to"] for tier in shown] == [5, None]
    assert [tier["unit_amount"] for tier in shown] == [700, None]
    assert [tier["flat_amount"] for tier in shown] == [None, 100]


def test_a_price_in_several_currencies(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    price = _make(v1, unit_amount=500, currency_options={"eur": {"unit_amount": 450}})
    v1.prices.update(price.id, {"currency_options": {"gbp": {"unit_amount": 400}}})
    shown = v1.prices.retrieve(price.id, {"expand": ["currency_options"]}).to_dict()["currency_options"]
    assert {code: option["unit_amount"] for code, option in shown.items()} == {"usd": 500, "eur": 450, "gbp": 400}
    assert "currency_options" not in v1.prices.retrieve(price.id).to_dict()


def test_the_payer_may_name_the_amount(sandbox: Sandbox) -> None:
    price = _make(sandbox.client.v1, custom_unit_amount={"enabled": True, "minimum": 100, "preset": 500})
    assert (price.unit_amount, price.type) == (None, "one_time")
    assert price.custom_unit_amount.to_dict() == {"maximum": None, "minimum": 100, "preset": 500}


def test_a_price_brings_its_product(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    price = _make(v1, unit_amount=5, product_data={"name": "Silver", "unit_label": "seat"})
    product = v1.products.retrieve(price.product)
    assert (product.name, product.unit_label, product.active) == ("Silver", "seat", True)
    told = [event.type for event in v1.events.list().data]
    assert told == ["price.created", "product.created"]


def test_a_product_brings_its_default_price(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    data = {"currency": "usd", "unit_amount": 900, "recurring": MONTHLY}
    product = v1.products.create({"name": "Gold", "default_price_data": data, "expand": ["default_price"]})
    price = product.default_price
    assert (price.unit_amount, price.type, price.product) == (900, "recurring", product.id)
    error = _refused(v1.prices.update, price.id, {"active": False})
    assert (error.param, "default price" in str(error)) == ("active", True)


def test_a_refused_price_leaves_no_product_behind(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    _refused(_make, v1, unit_amount=-1, product_data={"name": "Silver"})
    data = {"currency": "usd", "unit_amount": -1}
    _refused(v1.products.create, {"name": "Silver", "default_price_data": data})
    assert v1.products.list().data == []
    assert v1.events.list().data == []


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({}, "unit_amount"),
        ({"unit_amount": -1}, "unit_amount"),
        ({"unit_amount": 1, "unit_amount_decimal": "1"}, "unit_amount"),
        ({**TIERED, "tiers_mode": None}, "tiers_mode"),
        ({"unit_amount": 1, "tiers_mode": "volume"}, "tiers_mode"),
        ({**TIERED, "tiers": [{"up_to": 5, "unit_amount": 1}]}, "tiers[0][up_to]"),
        ({"custom_unit_amount": {"enabled": True}, "recurring": MONTHLY}, "custom_unit_amount"),
        ({"unit_amount": 1, "recurring": {"interval": "month", "interval_count": 37}}, "recurring[interval_count]"),
        ({"unit_amount": 1, "product": "prod_nobody"}, "product"),
        ({"unit_amount": 1, "currency_options": {"eur": {"unit_amount": -1}}}, "currency_options[eur][unit_amount]"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(sandbox: Sandbox, wrong: Any, param: str) -> None:
    terms = {name: value for name, value in wrong.items() if value is not None}
    error = _refused(_make, sandbox.client.v1, **terms)
    assert (error.http_status, error.param) == (400, param)


def test_a_metered_price_has_an_active_meter(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    formula = {"default_aggregation": {"formula": "sum"}}
    meter = v1.billing.meters.create({"display_name": "Calls", "event_name": "calls", **formula})
    metered = {**MONTHLY, "usage_type": "metered"}
    price = _make(v1, unit_amount=1, recurring={**metered, "meter": meter.id})
    assert (price.recurring.meter, price.recurring.usage_type) == (meter.id, "metered")
    assert _refused(_make, v1, unit_amount=1, recurring=metered).code == "parameter_missing"
    licensed = _refused(_make, v1, unit_amount=1, recurring={**MONTHLY, "meter": meter.id})
    v1.billing.meters.deactivate(meter.id)
    inactive = _refused(_make, v1, unit_amount=1, recurring={**metered, "meter": meter.id})
    assert (licensed.param, inactive.param) == ("recurring[meter]", "recurring[meter]")
    assert "is inactive" in str(inactive)


def test_tax_behavior_is_set_once(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    price = _make(v1, unit_amount=5)
    assert price.tax_behavior == "unspecified"
    assert v1.prices.update(price.id, {"tax_behavior": "exclusive"}).tax_behavior == "exclusive"
    error = _refused(v1.prices.update, price.id, {"tax_behavior": "inclusive"})
    assert (error.param, v1.prices.retrieve(price.id).tax_behavior) == ("tax_behavior", "exclusive")


def test_an_unknown_tax_code_is_told_from_one_that_is_not_built(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    assert _product(v1, tax_code="txcd_10103001")
    error = _refused(_product, v1, tax_code="books")
    assert (error.http_status, error.param) == (400, "tax_code")
    with pytest.raises(stripe.APIError) as caught:
        _product(v1, tax_code="txcd_10301000")
    assert caught.value.http_status == 501


def test_prices_are_paged(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    product = _product(v1)
    made = [_make(v1, product=product, unit_amount=amount).id for amount in (1, 2, 3)]
    first = v1.prices.list({"limit": 2})
    assert ([row.id for row in first.data], first.has_more) == ([made[2], made[1]], True)
    rest = v1.prices.list({"limit": 2, "starting_after": made[1]})
    assert ([row.id for row in rest.data], rest.has_more) == ([made[0]], False)
    assert [row.id for row in first.auto_paging_iter()] == made[::-1]


def test_products_and_prices_are_listed_by_what_they_are(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    good, service = _product(v1, type="good", shippable=True), _product(v1, url="https://example.org/")
    once, monthly = _make(v1, product=good, unit_amount=1), _make(v1, product=service, unit_amount=1, recurring=MONTHLY)

    def products(**asked: Any) -> list[str]:
        return [row.id for row in v1.products.list(asked).data]

    assert (products(type="good"), products(shippable=True)) == ([good], [good])
    assert (products(url="https://example.org/"), products(ids=[service])) == ([service], [service])
    assert [row.id for row in v1.prices.list({"recurring": {"interval": "month"}}).data] == [monthly.id]
    assert [row.id for row in v1.prices.list({"type": "one_time"}).data] == [once.id]
