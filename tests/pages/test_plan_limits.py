"""The plan page says what each plan allows beside what is in use, in words and as a bar with the same words."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from billing import entitlements
from billing.entitlements import Asked
from billing.plan_files import catalogue_of
from billing.recording import record_now
from billing.rules.entitlements import Offer, tiers_of
from billing.rules.money import Money
from billing.rules.subscriptions import Plan
from billing.rules.wares import Ware, plan_sold
from billing.settings import load_settings
from pages.live import GATHER_SECONDS
from pages.parts.tags import Tag
from tests.pages.test_plan import subscribed
from tests.pages.visits import Site, Visitor, until
from tests.world.registrars import LIMITED

TEAM = Plan("team", "price_team", "prod_plans", "Team", "Email support.", Money(4900, "USD"), "month")
BUSINESS = Plan("business", "price_business", "prod_plans", "Business", "", Money(19900, "USD"), "month")


@pytest.fixture(autouse=True)
def limited(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A portal with a free plan and two on offer, as the provider would say."""
    named = load_settings({name: value for name, value in LIMITED.items() if "CATALOG" in name})
    offer = Offer(tiers_of(catalogue_of(named)), "free", "http://localhost:8080/plan")
    wares = {"price_team": Ware("team"), "price_business": Ware("business")}
    monkeypatch.setattr("billing.subscriptions.are_offered", lambda _: True)
    monkeypatch.setattr("billing.entitlements.offer", lambda _: offer)
    monkeypatch.setattr("billing.standing.offer", lambda _: offer)
    monkeypatch.setattr("billing.wares.known", lambda *_: wares)
    monkeypatch.setattr("billing.wares.plan_sold", lambda _, *sold: plan_sold(catalogue_of(named), *sold))
    monkeypatch.setattr(site.world.portal.gateway, "plans", lambda: (TEAM, BUSINESS))


def takes(site: Site, visitor: Visitor, number: int) -> None:
    for each in range(number):
        asked = Asked(visitor.account_id, "pipelines", f"p{each}", "key_tests")
        entitlements.take(site.world.portal, asked)


def bars(visitor: Visitor) -> list[dict[str, Any]]:
    """The bars of the page, with what they say to those who do not see them."""
    found = sorted(
        (each for each in visitor.find(kind=Tag).elements if each.tag == "progress"), key=lambda each: each.id
    )
    return [{name: each.props[name] for name in ("value", "max", "aria-label")} for each in found]


async def test_without_a_subscription_the_free_plan_and_what_each_other_would_allow_are_shown(site: Site) -> None:
    ada = site.visitor()
    takes(site, ada, 3)
    await ada.open("/plan")
    text = ada.text("plan-state")
    for said in (
        "In use on Free",
        "3 of 3 pipelines",
        "0 of 2 connections",
        "3 of 25 pipelines",
        "0 of 10 connections",
    ):
        assert said in text
    assert "3 pipelines, any number allowed" in text
    assert "Priority support" in text
    assert "You have no plan" not in text


async def test_every_bar_says_in_words_what_it_shows(site: Site) -> None:
    ada = site.visitor()
    takes(site, ada, 3)
    await ada.open("/plan")
    shown = bars(ada)
    assert {"value": 3, "max": 25, "aria-label": "3 of 25 pipelines"} in shown
    assert len(shown) == 4, "an unlimited plan has no bar"


async def test_a_place_that_a_program_takes_is_seen_in_the_open_page(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/plan")
    assert "0 of 3 pipelines" in ada.text("plan-state")
    takes(site, ada, 1)
    await until(lambda: "1 of 3 pipelines" in ada.text("plan-state"))


async def test_a_subscriber_sees_their_own_limits_and_what_is_beyond_them_after_a_change(site: Site) -> None:
    ada = site.visitor()
    subscribed(site, ada)
    takes(site, ada, 5)
    await ada.open("/plan")
    assert "5 of 25 pipelines" in ada.text("plan-state")
    bo = site.visitor("Bo")
    subscribed(site, bo, "past_due")
    await bo.open("/plan")
    assert "In use on Free" in bo.text("plan-state")


async def test_a_subscription_that_is_read_again_and_is_as_it_was_leaves_what_is_to_be_pressed(site: Site) -> None:
    ada = site.visitor()
    fact = subscribed(site, ada)
    await ada.open("/plan")
    drawn = {each.id for each in ada.find(kind=Tag).elements}
    record_now(site.world.portal, replace(fact, read_at=fact.read_at + 1))
    await asyncio.sleep(6 * GATHER_SECONDS)
    assert {each.id for each in ada.find(kind=Tag).elements} == drawn
    takes(site, ada, 1)
    await until(lambda: "1 of 25 pipelines" in ada.text("plan-state"))
    assert {each.id for each in ada.find(kind=Tag).elements} != drawn
