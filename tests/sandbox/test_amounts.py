"""What prices cost, what coupons take off and what tax is due: the reckoning itself, to the minor unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.catalogue.amounts import price_amount
from sandbox.catalogue.coupons import Line, discount_amounts
from sandbox.errors import Refusal
from sandbox.money import half_up, spread
from sandbox.state import World
from sandbox.tax.rates import percentage_of, percentage_text, tax_for, tax_within

BERLIN = {"country": "DE"}


def _price(**more: Any) -> dict[str, Any]:
    blank = {"currency": "usd", "unit_amount": None, "unit_amount_decimal": None, "custom_unit_amount": None}
    return {**blank, "tax_behavior": "unspecified", "transform_quantity": None, "tiers_mode": None, **more}


def _tier(up_to: int | None, unit: int, flat: int | None = None) -> dict[str, Any]:
    exact = None if flat is None else str(flat)
    return {"up_to": up_to, "unit_amount_decimal": str(unit), "flat_amount_decimal": exact}


def _taken(lines: list[Line], *coupons: dict[str, Any], currency: str = "usd") -> list[list[int]]:
    world = World()
    discounts = []
    for place, terms in enumerate(coupons):
        blank = {"object": "coupon", "percent_off": None, "amount_off": None, "currency": None}
        world.add({**blank, "id": f"C{place}", **terms})
        discounts.append({"id": f"di_{place}", "source": {"coupon": f"C{place}"}})
    return discount_amounts(world, discounts, lines, currency)


@pytest.mark.parametrize(
    ("mode", "quantity", "total"),
    [
        ("graduated", 5, 3500),
        ("graduated", 6, 4250),
        ("graduated", 12, 8050),
        ("volume", 5, 3500),
        ("volume", 6, 4000),
        ("volume", 11, 6600),
    ],
)
def test_tiers(mode: str, quantity: int, total: int) -> None:
    price = _price(tiers_mode=mode, _tiers=[_tier(5, 700), _tier(10, 650, 100), _tier(None, 600)])
    assert price_amount(price, quantity) == total


@pytest.mark.parametrize("mode", ["graduated", "volume"])
def test_the_first_flat_fee_is_due_without_any_use(mode: str) -> None:
    assert price_amount(_price(tiers_mode=mode, _tiers=[_tier(5, 700, 900), _tier(None, 600, 50)]), 0) == 900


@pytest.mark.parametrize(
    ("rounded", "quantity", "total"),
    [("up", 0, 0), ("up", 1, 500), ("up", 10, 500), ("up", 11, 1000), ("down", 9, 0), ("down", 19, 500)],
)
def test_packages_are_counted_before_they_are_priced(rounded: str, quantity: int, total: int) -> None:
    price = _price(unit_amount_decimal="500", transform_quantity={"divide_by": 10, "round": rounded})
    assert price_amount(price, quantity) == total


@pytest.mark.parametrize(("quantity", "total"), [(1, 0), (9, 0), (10, 1), (333, 17), (1000, 50)])
def test_fractions_of_a_cent_are_rounded_only_in_the_total(quantity: int, total: int) -> None:
    assert price_amount(_price(unit_amount_decimal="0.05"), quantity) == total


def test_a_price_speaks_only_the_currencies_it_has() -> None:
    euro = {"unit_amount_decimal": "450", "tiers": None, "custom_unit_amount": None}
    price = _price(unit_amount_decimal="500", _currency_options={"eur": euro})
    assert (price_amount(price, 2), price_amount(price, 2, "eur")) == (1000, 900)
    with pytest.raises(Refusal, match="only supports `usd`, `eur`"):
        price_amount(price, 2, "gbp")


def test_halves_go_away_from_zero() -> None:
    values = ("0.5", "1.5", "2.4999", "-0.5", "-1.5")
    assert [half_up(Decimal(value)) for value in values] == [1, 2, 2, -1, -2]


def test_shares_add_up_to_the_cent() -> None:
    assert spread(100, [1, 1, 1]) == [34, 33, 33]
    assert spread(-100, [1, 1, 1]) == [-34, -33, -33]
    assert spread(10, [1, 2]) == [3, 7]
    assert spread(10, [0, 0]) == [0, 0]


def test_a_percentage_is_shared_by_the_largest_remainder() -> None:
    assert _taken([Line(333), Line(333), Line(334)], {"percent_off": 10.0}) == [[33, 33, 34]]


def test_a_fixed_amount_counts_only_in_its_currencies() -> None:
    coupon = {"amount_off": 500, "currency": "usd", "_currency_options": {"eur": {"amount_off": 450}}}
    found = [_taken([Line(1000)], coupon, currency=code) for code in ("usd", "eur", "gbp")]
    assert found == [[[500]], [[450]], [[0]]]


def test_discounts_work_one_after_the_other_and_never_below_nothing() -> None:
    half, fixed = {"percent_off": 50.0}, {"amount_off": 700, "currency": "usd"}
    assert _taken([Line(1000)], half, fixed) == [[500], [500]]
    assert _taken([Line(1000)], fixed, half) == [[700], [150]]
    assert _taken([Line(-300), Line(500, discountable=False)], half) == [[0, 0]]


def test_a_coupon_for_a_product_leaves_other_lines_alone() -> None:
    coupon = {"percent_off": 50.0, "_applies_to": {"products": ["prod_a"]}}
    assert _taken([Line(1000, "prod_a"), Line(1000, "prod_b"), Line(1000)], coupon) == [[500, 0, 0]]


@pytest.mark.parametrize(
    ("address", "percentage", "kind", "reason"),
    [
        (BERLIN, "19", "vat", "standard_rated"),
        ({"country": "FI"}, "25.5", "vat", "standard_rated"),
        ({"country": "CH"}, "8.1", "vat", "standard_rated"),
        ({"country": "CA", "state": "ON"}, "13", "hst", "standard_rated"),
        ({"country": "US", "postal_code": "94103"}, "7.25", "sales_tax", "standard_rated"),
        ({"country": "US", "state": "WA"}, "6.5", "sales_tax", "standard_rated"),
        ({"country": "US", "postal_code": "97201"}, "0", "sales_tax", "not_subject_to_tax"),
        ({"country": "JP"}, "10", "jct", "standard_rated"),
        ({"country": "BR"}, "0", None, "not_collecting"),
        (None, "0", None, "not_collecting"),
    ],
)
def test_each_place_has_its_rate(address: Any, percentage: str, kind: str | None, reason: str) -> None:
    share = tax_for(address, 10_000, "exclusive")
    assert (share.percentage, share.tax_type, share.taxability_reason) == (Decimal(percentage), kind, reason)
    assert share.amount_minor == Decimal(percentage) * 100


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"tax_ids": [{"type": "eu_vat", "value": "DE123456789"}]}, "reverse_charge"),
        ({"tax_ids": [{"type": "us_ein", "value": "12-3456789"}]}, "standard_rated"),
        ({"exempt": "exempt"}, "customer_exempt"),
        ({"exempt": "reverse"}, "reverse_charge"),
        ({"tax_code": "txcd_10502000"}, "product_exempt"),
    ],
)
def test_who_pays_no_tax_and_why(more: Any, reason: str) -> None:
    share = tax_for(BERLIN, 1000, "exclusive", **more)
    assert (share.taxability_reason, share.amount_minor) == (reason, 190 if reason == "standard_rated" else 0)


def test_inclusive_tax_is_part_of_the_amount() -> None:
    share = tax_for(BERLIN, 11_900, "inclusive")
    assert (share.amount_minor, share.taxable_minor, share.inclusive) == (1900, 10_000, True)
    assert tax_within(100, Decimal(19)) == 16


def test_percentages_are_exact() -> None:
    assert (percentage_of(1000, Decimal("7.25")), percentage_of(10, Decimal(5))) == (73, 1)
    assert [percentage_text(Decimal(text)) for text in ("19", "8.875")] == ["19.0", "8.875"]
