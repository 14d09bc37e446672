"""A plan of several prices: what is offered of a synced catalogue, subscribed to, and found again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from billing import standing, subscribing, subscriptions
from billing.gateways.stripe_setup import StripeSetup
from billing.plan_files import catalogue_of
from billing.rules.errors import BadInput, NotFound
from billing.rules.money import Money
from billing.rules.subscriptions import plan_of
from billing.settings import load_settings
from tests.world.catalogues import THREE_TIERS, of_text
from tests.world.shops import Shop, open_shop

EUROS = """
products:
  - name: calls
    prices:
      - {amount: "0.02", currency: USD, interval: month, usage: metered}
      - {name: base, amount: "5.00", currency: USD, interval: month}
      - {name: base-eur, amount: "4.00", currency: EUR, interval: month}
plans: [{name: payg, title: Pay as you go, products: [calls], intervals: [month]}]
"""


@pytest.fixture
def tiers(stripe_sandbox: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose plans stand in a file."""
    (tmp_path / "plans.yml").write_text(THREE_TIERS, "utf-8")
    files = {"SCRIP_CATALOG__PLAN_FILES": str(tmp_path)}
    with open_shop(f"sqlite:///{tmp_path}/scrip.db", stripe_sandbox, **files) as made:
        _sync(made, THREE_TIERS, tmp_path)
        yield made


def _sync(shop: Shop, text: str, folder: Path) -> None:
    with closing(StripeSetup.of(shop.portal.settings)) as account:
        account.sync(of_text(text, folder), lambda _step: None)


def test_every_plan_is_offered_in_each_rhythm_with_all_its_prices(tiers: Shop) -> None:
    found = {each.key: each for each in subscriptions.plans(tiers.portal)}
    assert set(found) == {"team", "yearly", "team:month:usd", "team:year:usd", "business"}
    business = found["business"]
    assert [(item.product, item.per_seat) for item in business.items] == [("business-seats", True), ("business", False)]
    assert (business.amount, business.product_ref) == (Money(20_800, "USD"), "scrip_business-seats")
    assert business.terms is not None
    assert business.terms == of_text(THREE_TIERS, Path(tiers.portal.settings.catalog.plan_files[0])).plan("business")
    assert {found["team:month:usd"].terms, found["team:year:usd"].terms} == {found["team:year:usd"].terms}


def test_a_plan_of_several_prices_is_subscribed_to_and_found_again(tiers: Shop) -> None:
    (business,) = (each for each in subscriptions.plans(tiers.portal) if each.key == "business")
    started = subscribing.subscribe_in_page(tiers.portal, tiers.customer()[0], "business")
    sold = tiers.stripe(f"subscriptions/{started.subscription_ref}", "GET")["items"]["data"]
    assert [item["price"]["id"] for item in sold] == [item.price_ref for item in business.items]
    account_id, customer_ref = tiers.customer()
    seat, base = (item.price_ref for item in business.items)
    rows = {"items[0][price]": base, "items[1][price]": seat, "items[1][quantity]": "4"}
    tiers.stripe("subscriptions", customer=customer_ref, **rows)
    subscriptions.refresh(tiers.portal, account_id)
    (found,) = subscriptions.owned(tiers.portal, account_id)
    assert (found.quantity, found.amount, found.product_ref) == (4, Money(900, "USD"), "scrip_business-seats")
    assert {(item.product_ref, item.quantity) for item in found.items} == {
        ("scrip_business-seats", 4), ("scrip_business", 1),
    }  # fmt: skip
    assert standing.now(tiers.portal, account_id).plan == tiers.portal.catalogue.plan("business")


def test_terms_are_those_of_what_is_paid_for_else_of_the_default_plan(tiers: Shop) -> None:
    account_id, customer_ref = tiers.customer()

    def most() -> int | None:
        terms = standing.now(tiers.portal, account_id).plan
        assert terms is not None
        limit = terms.limit("pipelines")
        assert limit is not None
        return limit.most

    assert most() == 3
    made = tiers.subscribed(customer_ref, "team:month:usd")
    subscriptions.refresh(tiers.portal, account_id)
    assert most() == 25
    tiers.stripe(f"subscriptions/{made['id']}", "DELETE")
    subscriptions.refresh(tiers.portal, account_id)
    assert most() == 3


def test_who_has_a_retired_plan_keeps_it_and_nobody_else_gets_it(tiers: Shop, tmp_path: Path) -> None:
    account_id, customer_ref = tiers.customer()
    (business,) = (each for each in subscriptions.plans(tiers.portal) if each.key == "business")
    rows = {f"items[{place}][price]": item.price_ref for place, item in enumerate(business.items)}
    tiers.stripe("subscriptions", customer=customer_ref, **rows)
    subscriptions.refresh(tiers.portal, account_id)
    _sync(tiers, THREE_TIERS + "    active: false\n", tmp_path)
    assert "business" not in {each.key for each in subscriptions.plans(tiers.portal)}
    with pytest.raises(NotFound):
        subscribing.subscribe(tiers.portal, tiers.customer("Bo")[0], "business")
    retired = catalogue_of(tiers.portal.settings).plan("business")
    assert retired is not None
    assert retired.active is False, "the file was written anew"
    seen = standing.now(replace(tiers.portal, catalogue=catalogue_of(tiers.portal.settings)), account_id)
    assert (seen.plan, seen.tier and seen.tier.most("pipelines")) == (retired, None)


def test_who_pays_a_retired_price_has_the_plan_still(tiers: Shop, tmp_path: Path) -> None:
    account_id, _customer = tiers.customer()
    subscribing.subscribe_in_page(tiers.portal, account_id, "team:month:usd")
    (found,) = subscriptions.owned(tiers.portal, account_id)
    dearer = '{amount: "59.00", currency: USD, interval: month, name: month-2}'
    _sync(tiers, THREE_TIERS.replace('{amount: "49.00", currency: USD, interval: month}', dearer), tmp_path)
    known, terms = subscriptions.known_plans(tiers.portal), subscriptions.current_with_plan(tiers.portal, account_id)[1]
    plan = plan_of(known, found, terms)
    assert plan is not None
    assert (plan.key, plan.amount) == ("team:month:usd", Money(5900, "USD"))
    assert found.price_ref not in {each.price_ref for each in known}
    assert terms == tiers.portal.catalogue.plan("team")
    assert plan_of(known, replace(found, interval="week"), terms) is None
    assert plan_of(known, found) is None


def test_prices_of_several_currencies_are_several_offers_and_usage_has_no_quantity(tiers: Shop, tmp_path: Path) -> None:
    _sync(tiers, EUROS, tmp_path)
    found = {each.key: each for each in subscriptions.plans(tiers.portal)}
    dollars, euros = found["payg:month:usd"], found["payg:month:eur"]
    assert [(item.amount, item.metered) for item in dollars.items] == [
        (Money(500, "USD"), False), (Money(2, "USD"), True),
    ]  # fmt: skip
    assert (dollars.amount, euros.amount, len(euros.items)) == (Money(500, "USD"), Money(400, "EUR"), 1)
    account_id, _customer = tiers.customer()
    subscribing.subscribe_in_page(tiers.portal, account_id, dollars.key)
    (bought,) = subscriptions.owned(tiers.portal, account_id)
    assert [item.quantity for item in bought.items] == [1, 0]
    assert subscribing.subscribe(tiers.portal, tiers.customer()[0], dollars.key).startswith("http")


def test_the_plans_of_a_profile_stand_in_the_catalogue_beside_those_of_files(tmp_path: Path) -> None:
    (tmp_path / "plans.yml").write_text("plans: [{name: free, default: true}]", "utf-8")
    files = {"SCRIP_PROFILE": "datalayer-topup", "SCRIP_CATALOG__PLAN_FILES": str(tmp_path / "plans.yml")}
    found = catalogue_of(load_settings(files))
    assert [(plan.name, plan.intervals) for plan in found.plans] == [("free", ()), ("team", ("month",))]
    (tmp_path / "plans.yml").write_text("plans: [{name: team}]", "utf-8")
    with pytest.raises(BadInput, match="the plan team stands already in"):
        catalogue_of(load_settings(files))
