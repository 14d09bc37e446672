"""What plans allow, decided without a database: every refusal names its way out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.entitlements import Answer, Offer, Tier, check, take, tier_of, tiers_of
from billing.rules.errors import BadInput
from billing.rules.money import Money
from billing.rules.subscriptions import OPENS, Subscription
from tests.world.catalogues import THREE_TIERS, of_text

URL = "https://credits.example.org/plan"


def tier(key: str, minor: int, pipelines: int | None, *features: str, interval: str = "month") -> Tier:
    limits = {"pipelines": pipelines, "connections": pipelines}
    return Tier(key, key.capitalize(), Money(minor, "USD"), interval, frozenset(features), limits)


FREE = tier("free", 0, 3)
TEAM = tier("team", 4900, 25, "email-support")
BUSINESS = tier("business", 19900, None, "email-support", "priority-support")
OFFER = Offer((FREE, TEAM, BUSINESS), "free", URL)


def subscription(named: str, status: str = "active") -> Subscription:
    return Subscription(
        named, "acc_1", "cus_1", status, "prod_1", f"price_{named}", 1, Money(4900, "USD"), "month", 1, 0, 1, False,
        None, None, None, False, 0, 0,
    )  # fmt: skip


def test_the_last_place_is_given_and_the_next_one_is_refused_with_the_cheapest_plan_that_has_it() -> None:
    assert take(OFFER, FREE, "pipelines", 2).allowed
    refused = take(OFFER, FREE, "pipelines", 3)
    assert (refused.answer, refused.used, refused.limit) == (Answer.LIMIT_REACHED, 3, 3)
    assert (refused.upgrade, refused.url) == (TEAM, URL)
    assert refused.reason == (
        "The plan Free allows 3 pipelines, and 3 are in use. Team allows 25 for 49.00 USD per month."
        " Change it at https://credits.example.org/plan"
    )


def test_a_plan_that_would_be_full_as_well_is_not_the_way_out() -> None:
    assert take(OFFER, FREE, "pipelines", 3, 22).upgrade == TEAM
    refused = take(OFFER, FREE, "pipelines", 3, 23)
    assert refused.upgrade == BUSINESS
    assert "so 23 more do not fit. Business allows any number for 199.00 USD per month." in refused.reason


def test_when_no_plan_allows_more_nothing_is_offered() -> None:
    offer = Offer((FREE, TEAM), "free", URL)
    refused = take(offer, TEAM, "pipelines", 25)
    assert (refused.upgrade, refused.reason) == (
        None,
        "The plan Team allows 25 pipelines, and 25 are in use. No plan on sale allows that many.",
    )


def test_what_is_in_use_beyond_a_smaller_plan_is_told_and_not_disputed() -> None:
    refused = take(OFFER, FREE, "pipelines", 10)
    assert (refused.used, refused.limit, refused.upgrade) == (10, 3, TEAM)


def test_a_limit_of_zero_or_one_the_plan_does_not_name_is_not_in_the_plan() -> None:
    bare = replace(FREE, limits={})
    for plan in (tier("free", 0, 0), bare, None):
        assert take(OFFER, plan, "pipelines", 0).answer is Answer.NOT_IN_PLAN


def test_an_unlimited_plan_refuses_nothing() -> None:
    assert take(OFFER, BUSINESS, "pipelines", 10**9, 1000).allowed


def test_a_feature_is_had_or_refused_with_the_cheapest_plan_that_has_it() -> None:
    assert check(OFFER, TEAM, "email-support").allowed
    assert check(OFFER, FREE, "email-support").upgrade == TEAM
    refused = check(OFFER, TEAM, "priority-support")
    assert (refused.answer, refused.upgrade) == (Answer.NOT_IN_PLAN, BUSINESS)
    assert "Business has it for 199.00 USD per month." in refused.reason
    assert check(OFFER, None, "email-support").reason.startswith("email-support needs a plan.")


def test_plans_of_different_rhythms_are_compared_by_the_year() -> None:
    yearly = tier("yearly", 49000, 25, interval="year")
    weekly = tier("weekly", 1200, 25, interval="week")
    offer = Offer((FREE, weekly, TEAM, yearly), "free", URL)
    assert take(offer, FREE, "pipelines", 3).upgrade == yearly


def test_ones_own_currency_comes_before_a_lower_number_in_another() -> None:
    euro = replace(TEAM, key="euro", price=Money(100, "EUR"))
    offer = Offer((FREE, euro, TEAM), "free", URL)
    assert take(offer, FREE, "pipelines", 3).upgrade == TEAM


@pytest.mark.parametrize("name", ["pipeline", "Pipelines", "", "connections ", "email-support"])
def test_a_limit_nobody_declared_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(BadInput, match="there are connections, pipelines"):
        take(OFFER, BUSINESS, name, 0)


def test_a_feature_nobody_declared_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="there are email-support, priority-support"):
        check(OFFER, BUSINESS, "sso")
    with pytest.raises(BadInput, match="no plan names one"):
        check(Offer((FREE,), "free", URL), FREE, "sso")


@pytest.mark.parametrize("count", [0, -1, 1_000_001, True, "1", None])
def test_a_count_is_a_whole_number_of_at_least_one(count: object) -> None:
    with pytest.raises(BadInput, match="whole number"):
        take(OFFER, BUSINESS, "pipelines", 0, count)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [*OPENS, "unheard_of"])
def test_a_subscription_opens_its_plan_in_the_states_that_open_and_the_default_one_counts_in_all_others(
    status: str,
) -> None:
    opened = status in ("active", "trialing")
    mine = subscription("t", status)
    assert tier_of(OFFER, [mine], {"t": "team"}) == ((TEAM, mine) if opened else (FREE, None))


def test_of_two_open_plans_the_larger_counts_and_a_price_of_no_plan_counts_for_nothing() -> None:
    plans = {"t": "team", "b": "business", "x": "gone"}
    both = [subscription("b"), subscription("t")]
    assert tier_of(OFFER, both, plans) == tier_of(OFFER, both[::-1], plans) == (BUSINESS, both[0])
    assert tier_of(OFFER, [subscription("x"), subscription("y")], plans) == (FREE, None)
    assert tier_of(Offer((TEAM,), "", URL), [], plans) == (None, None)


def test_a_plan_counts_as_it_is_charged_and_as_it_may_be_had_is_it_offered() -> None:
    yearly = replace(TEAM, interval="year", price=Money(49000, "USD"))
    euro = replace(TEAM, price=Money(4500, "EUR"))
    offer = Offer((FREE, yearly, euro, TEAM, replace(BUSINESS, on_sale=False)), "free", URL)
    assert tier_of(offer, [subscription("t")], {"t": "team"})[0] == TEAM
    assert tier_of(offer, [replace(subscription("t"), interval="week")], {"t": "team"})[0] == yearly
    assert take(offer, TEAM, "pipelines", 25).upgrade is None
    assert tier_of(offer, [subscription("b")], {"b": "business"})[0] is not None, "who has a retired plan keeps it"


def test_a_catalogue_says_what_each_plan_allows_in_every_rhythm(tmp_path: Path) -> None:
    tiers = tiers_of(of_text(THREE_TIERS, tmp_path))
    assert [(each.key, str(each.price), each.interval, each.on_sale) for each in tiers] == [
        ("business", "208.00 USD", "month", True), ("free", "0.00 USD", "month", False),
        ("team", "49.00 USD", "month", True), ("team", "490.00 USD", "year", True),
    ]  # fmt: skip
    assert (sorted(tiers[0].features), tiers[0].most("pipelines")) == (["sso"], None)
    assert tiers[1].limits == {"pipelines": 3, "connections": 2}


@given(used=st.integers(0, 60), count=st.integers(1, 60))
def test_a_refusal_never_offers_what_would_refuse_as_well(used: int, count: int) -> None:
    for plan in OFFER.tiers:
        verdict = take(OFFER, plan, "pipelines", used, count)
        most = plan.most("pipelines")
        assert verdict.allowed == (most is None or used + count <= most)
        assert verdict.allowed or (verdict.upgrade and take(OFFER, verdict.upgrade, "pipelines", used, count).allowed)
