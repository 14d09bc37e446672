"""The rules of a catalogue: each says in one sentence what is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.rules.errors import BadInput
from billing.rules.money import Credits, Money
from billing.rules.plan_rules import mistakes, refuse_mistakes
from billing.rules.plans import (
    Behavior,
    Catalogue,
    Feature,
    Limit,
    PlanTerms,
    Price,
    Product,
    Rollover,
    Usage,
    catalogue,
)

MONTH = Price("month", Money(4900, "USD"), "month")
ACCESS = Product("access", "Access", prices=(MONTH,))
SEATS = Product("seats", "Seats", behavior=Behavior.PER_SEAT, prices=(MONTH,))
PACK = Product(
    "pack", "Pack", behavior=Behavior.CREDITS, credit_amount=Credits.whole(5), prices=(replace(MONTH, interval=""),)
)
TEAM = PlanTerms("team", "Team", intervals=("month",), products=("access",))


def _told(*products: Product, plans: tuple[PlanTerms, ...] = (), features: tuple[Feature, ...] = ()) -> list[str]:
    return list(mistakes(catalogue(features, products, plans)))


def test_a_catalogue_that_keeps_the_rules_is_given_back() -> None:
    whole = catalogue([], [ACCESS, SEATS, PACK], [replace(TEAM, products=("access", "seats", "pack"))])
    assert refuse_mistakes(whole) is whole
    with pytest.raises(BadInput, match="listed nowhere"):
        refuse_mistakes(catalogue([], [], [TEAM]))
    assert refuse_mistakes(Catalogue()) == Catalogue()


def _plan(plan: PlanTerms, *products: Product) -> list[str]:
    return _told(*(products or (ACCESS, SEATS, PACK)), plans=(plan,))


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (replace(TEAM, products=("access", "gone")), "made of the product gone, which is listed nowhere"),
        (replace(TEAM, features=("sso",)), "opens the feature sso, which is listed nowhere"),
        (replace(TEAM, intervals=("year",)), "charged every year, but access in it has no price every year"),
        (replace(TEAM, intervals=()), "must say how often it is charged"),
        (replace(TEAM, intervals=("month", "fortnight")), "charged every fortnight"),
        (replace(TEAM, trial_days=-1), "trial_days between 0 and 730"),
        (replace(TEAM, on_start_credits=Credits(-1)), "would take credits away"),
        (replace(TEAM, period_credits=Credits(-1)), "would take credits away"),
        (replace(TEAM, rollover=Rollover.KEEP), "gives none each period"),
        (replace(TEAM, limits=(Limit("pipelines", -1),)), "limit pipelines to 0 or more"),
        (replace(TEAM, limits=(Limit("p", 1), Limit("p", 2))), "Two limits of the plan team are called p"),
        (replace(TEAM, default=True), "default plan team must be free and active"),
        (replace(TEAM, name="a b"), "'a b' cannot be the name"),
        (replace(TEAM, title=""), "needs a title"),
        (replace(TEAM, description="x" * 501), "longer than 500"),
    ],
)
def test_a_plan_that_breaks_a_rule_is_told(plan: PlanTerms, told: str) -> None:
    assert told in " ".join(_plan(plan))


def test_a_plan_holds_one_product_per_seat_and_none_that_is_inactive() -> None:
    two = replace(TEAM, products=("seats", "more"))
    assert "charged per seat, more and seats" in _plan(two, SEATS, replace(SEATS, name="more"))[0]
    assert "its product access is inactive" in _plan(TEAM, replace(ACCESS, active=False))[0]
    assert _plan(replace(TEAM, active=False), replace(ACCESS, active=False)) == []


def test_two_plans_differ_in_products_or_interval() -> None:
    yearly = replace(TEAM, name="yearly", intervals=("year",))
    both = replace(ACCESS, prices=(MONTH, replace(MONTH, name="year", interval="year")))
    assert _told(both, plans=(TEAM, yearly)) == []
    assert "hold the same products every month" in _told(both, plans=(TEAM, replace(TEAM, name="other")))[0]
    # a pack of credits is no item of the subscription, so it does not tell two plans apart
    packed = replace(TEAM, name="other", products=("access", "pack"))
    assert "hold the same products every month" in _told(both, PACK, plans=(TEAM, packed))[0]


def test_one_plan_is_the_default() -> None:
    free = PlanTerms("free", "Free", default=True)
    assert _told(plans=(free,)) == []
    assert "are both the default" in _told(plans=(free, replace(free, name="other")))[0]
    assert "must be free and active" in _told(plans=(replace(free, active=False),))[0]


@pytest.mark.parametrize(
    ("product", "told"),
    [
        (replace(ACCESS, prices=(MONTH, MONTH)), "Two prices of the product access are called month"),
        (replace(ACCESS, prices=(replace(MONTH, amount=Money(1, "XYZ")),)), "is in XYZ, which is not a currency"),
        (replace(ACCESS, prices=(replace(MONTH, amount=Money(-1, "USD")),)), "costs less than nothing"),
        (replace(ACCESS, prices=(replace(MONTH, amount=Money(150, "ISK")),)), "cannot be charged"),
        (replace(ACCESS, prices=(replace(MONTH, interval="fortnight"),)), "charged every fortnight"),
        (replace(ACCESS, prices=(replace(MONTH, interval="", usage=Usage.METERED),)), "is metered"),
        (replace(ACCESS, prices=(replace(MONTH, name="a b"),)), "must have a name"),
        (replace(ACCESS, credit_amount=Credits(1)), "its behavior is basic, not credits"),
        (replace(PACK, credit_amount=Credits(0)), "credit_amount above zero"),
        (replace(ACCESS, seat_limit=3), "rule for seats"),
        (replace(SEATS, seat_limit=0), "seat_limit of at least 1"),
        (replace(ACCESS, min_quantity=5, max_quantity=4), "min_quantity or max_quantity is wrong"),
        (replace(ACCESS, min_quantity=0), "min_quantity or max_quantity is wrong"),
        (replace(ACCESS, max_quantity=100_001), "min_quantity or max_quantity is wrong"),
        (replace(ACCESS, features=("sso",)), "opens the feature sso"),
    ],
)
def test_a_product_that_breaks_a_rule_is_told(product: Product, told: str) -> None:
    assert told in " ".join(_told(product))
