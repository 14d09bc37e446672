"""Whatever the lines, discounts and rates: the sums of an invoice add up to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from sandbox.invoices.totals import reckon
from sandbox.money import spread
from sandbox.state import Call, World
from tests.sandbox.billing_bench import open_bench
from tests.sandbox.conftest import Sandbox

PLACES = {"places": 4, "allow_nan": False, "allow_infinity": False}
percents = some.decimals(Decimal("0.0001"), Decimal(100), **PLACES)  # type: ignore[arg-type]
amounts = some.lists(some.integers(-100_000, 1_000_000), min_size=1, max_size=6)
rates = some.lists(some.tuples(percents, some.booleans()), max_size=3)
offs = some.lists(some.one_of(percents, some.integers(1, 500_000)), max_size=3)


def _coupon(name: str, off: Decimal | int) -> dict[str, Any]:
    if isinstance(off, int):
        return {"id": name, "percent_off": None, "amount_off": off, "currency": "usd"}
    return {"id": name, "percent_off": str(off), "amount_off": None, "currency": None}


def _row(place: int, amount: int) -> dict[str, Any]:
    row = {"id": f"il_{place}", "amount": amount, "discounts": [], "discountable": amount >= 0}
    return {**row, "_product": None, "_tax_rates": [], "_tax_behavior": "unspecified", "_tax_code": None}


def _reckoned(lines: list[int], taxes: list[tuple[Decimal, bool]], cuts: list[Decimal | int]) -> dict[str, Any]:
    """An invoice with these lines, tax rates (percentage, inclusive) and discounts (per cent or minor units)."""
    world = World()
    for place, (percent, inclusive) in enumerate(taxes):
        rate = {"id": f"txr_{place}", "percentage": percent, "inclusive": inclusive, "display_name": "Tax"}
        world.table("tax_rate")[f"txr_{place}"] = rate
    for place, off in enumerate(cuts):
        world.table("coupon")[f"c_{place}"] = _coupon(f"c_{place}", off)
        world.table("discount")[f"di_{place}"] = {"id": f"di_{place}", "source": {"coupon": f"c_{place}"}}
    invoice: dict[str, Any] = {
        "currency": "usd",
        "lines": {"data": [_row(place, amount) for place, amount in enumerate(lines)]},
        "discounts": list(world.table("discount")),
        "automatic_tax": {"enabled": False},
        "customer_tax_exempt": "none",
        "_default_tax_rates": list(world.table("tax_rate")),
    }
    return reckon(Call(world), invoice)


def _taken(row: dict[str, Any]) -> int:
    return sum(one["amount"] for one in row["discount_amounts"])


def _sum(taxes: list[dict[str, Any]], behavior: str) -> int:
    return sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == behavior)


@given(amounts, rates, offs)
def test_amounts_less_discounts_and_with_exclusive_taxes_are_the_total(
    lines: list[int], taxes: list[tuple[Decimal, bool]], cuts: list[Decimal | int]
) -> None:
    invoice = _reckoned(lines, taxes, cuts)
    off = sum(one["amount"] for one in invoice["total_discount_amounts"])
    upon, within = (_sum(invoice["total_taxes"], word) for word in ("exclusive", "inclusive"))
    assert invoice["subtotal"] == sum(lines)
    assert invoice["total"] == sum(lines) - off + upon
    assert invoice["total_excluding_tax"] == invoice["total"] - upon - within


@given(amounts, rates, offs)
def test_the_lines_add_up_to_the_invoice(
    lines: list[int], taxes: list[tuple[Decimal, bool]], cuts: list[Decimal | int]
) -> None:
    invoice = _reckoned(lines, taxes, cuts)
    rows = invoice["lines"]["data"]
    assert sum(one["amount"] for one in invoice["total_discount_amounts"]) == sum(_taken(row) for row in rows)
    of_lines = [tax for row in rows for tax in row["taxes"]]
    for behavior in ("exclusive", "inclusive"):
        assert _sum(invoice["total_taxes"], behavior) == _sum(of_lines, behavior)
    assert invoice["total"] == sum(row["amount"] - _taken(row) + _sum(row["taxes"], "exclusive") for row in rows)


@given(amounts, offs)
def test_no_line_is_discounted_below_zero_and_credits_not_at_all(lines: list[int], cuts: list[Decimal | int]) -> None:
    for row in _reckoned(lines, [], cuts)["lines"]["data"]:
        assert 0 <= _taken(row) <= max(0, row["amount"])
        assert all(one["amount"] >= 0 for one in row["discount_amounts"])


@given(amounts, rates)
def test_each_tax_is_within_half_a_cent_of_its_rate(lines: list[int], taxes: list[tuple[Decimal, bool]]) -> None:
    invoice = _reckoned(lines, taxes, [])
    within = sum((percent for percent, inclusive in taxes if inclusive), Decimal(0))
    for row in invoice["lines"]["data"]:
        for tax, (percent, inclusive) in zip(row["taxes"], taxes, strict=True):
            exact = row["amount"] * percent / (100 + within) if inclusive else tax["taxable_amount"] * percent / 100
            assert abs(tax["amount"] - exact) <= Decimal("0.5") + Decimal("1e-12")


@given(some.integers(-1_000_000, 1_000_000), some.lists(some.integers(0, 10_000), min_size=1, max_size=8))
def test_shares_are_exact(total: int, weights: list[int]) -> None:
    shares = spread(total, weights)
    whole = sum(weights)
    assert sum(shares) == (total if whole else 0)
    assert all(
        abs(share * whole - total * weight) < whole or not whole for share, weight in zip(shares, weights, strict=True)
    )


def test_an_invoice_through_the_api_adds_up_too(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    rate = bench.v1.tax_rates.create({"display_name": "Odd", "percentage": "8.875", "inclusive": False})
    third = bench.v1.coupons.create({"percent_off": "33.33", "duration": "once"})
    draft = bench.draft(999, 101, -7, 3, default_tax_rates=[rate.id])
    final = bench.v1.invoices.update(draft.id, {"discounts": [{"coupon": third.id}]}).to_dict()
    off = sum(one["amount"] for one in final["total_discount_amounts"])
    assert (final["subtotal"], off) == (1096, 368)
    assert final["total"] == 1096 - 368 + sum(tax["amount"] for tax in final["total_taxes"])
    assert sum(_taken(row) for row in final["lines"]["data"]) == off
    assert bench.v1.invoices.pay(draft.id).amount_paid == final["total"]
