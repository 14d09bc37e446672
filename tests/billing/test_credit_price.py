"""What credits cost: exactly, rounded once, half up, and to what the currency can be charged in."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest

from billing.rules.money import MICRO, Credits, Money
from billing.rules.overdraft import CreditPrice

CASES = [
    (199, 100, 2 * MICRO, 4),
    (199, 100, MICRO, 2),
    (199, 100, 100 * MICRO, 199),
    (199, 100, MICRO // 4, 0),
    (100, 1000, 5 * MICRO, 1),
    (100, 1000, 5 * MICRO - 1, 0),
    (100, 1000, 15 * MICRO, 2),
    (1, 3, 10**15, 333_333_333),
    (10**9, 1, 10**9, 10**12),
]


def price(minor: int, credits: int, currency: str = "USD") -> CreditPrice:
    return CreditPrice("price_1", "Credits", Money(minor, currency), Credits.whole(credits))


@pytest.mark.parametrize(("minor", "credits", "used", "cost"), CASES)
def test_credits_cost_their_exact_part_rounded_once(minor: int, credits: int, used: int, cost: int) -> None:
    assert price(minor, credits).of(Credits(used)) == Money(cost, "USD")
    exact = Decimal(minor) * used / (Decimal(credits) * MICRO)
    assert cost == exact.quantize(Decimal(1), ROUND_HALF_UP)


@pytest.mark.parametrize(("currency", "step"), [("JPY", 1), ("ISK", 100), ("UGX", 100), ("KWD", 10), ("USD", 1)])
def test_the_cost_can_be_charged_in_its_currency(currency: str, step: int) -> None:
    costs = [price(1990, 7, currency).of(Credits(used)).minor for used in range(1, 40 * MICRO, 333_333)]
    assert all(cost % step == 0 for cost in costs)
    assert costs == sorted(costs)
