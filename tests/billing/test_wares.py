"""One answer to which plan: prices lead to products, products to a plan, and what is none of ours opens nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from billing import entitlements, standing, subscriptions, webhooks
from billing.gateways.stripe_offers import ware_of
from billing.plan_files import catalogue_of
from billing.recording import record_now
from billing.rules.errors import BadInput
from billing.rules.money import Money
from billing.rules.subscriptions import Plan
from billing.rules.wares import Ware, plan_sold
from billing.settings import load_settings
from billing.store.inbox import EventState
from tests.billing.gateways.counters import options
from tests.world.catalogues import THREE_TIERS, of_text, written
from tests.world.portals import signed
from tests.world.shops import Shop

MONTH = Ware("team", "month")
TEAM = Plan("team", "price_new", "prod_team", "Team", "", Money(4900, "USD"), "month")


def price(**more: Any) -> dict[str, Any]:
    """A monthly price of the product prod_team, as Stripe has it."""
    every = {"interval": "month", "interval_count": 1, "usage_type": "licensed"}
    usual = {"id": "price_1", "recurring": every, "metadata": {}, "product": {"id": "prod_team", "metadata": {}}}
    return usual | more


MARKED = {"product": {"id": "x", "metadata": {"scrip_product": "seats"}}}
METERED = {"recurring": {"interval": "month", "interval_count": 3, "usage_type": "metered"}}


@pytest.mark.parametrize(
    ("told", "asked", "is_"),
    [
        ({"has_catalogue": True}, MARKED, Ware("seats", "month")),
        ({}, MARKED, None),
        ({"has_catalogue": True}, MARKED | METERED, Ware("seats", "month", 3, metered=True)),
        ({"subscription_product": "prod_team"}, {"lookup_key": "team"}, MONTH),
        ({"subscription_product": "prod_team"}, {}, Ware("price_1", "month")),
        ({"subscription_product": "prod_other"}, {"lookup_key": "team"}, None),
        ({"plan_prices": {"team": "price_1"}}, {"lookup_key": "mine"}, MONTH),
        ({"plan_prices": {"team": "price_new"}}, {"lookup_key": "mine"}, MONTH),
        ({"plan_prices": {"team": "price_new"}}, {"product": {"id": "prod_magazine"}}, None),
        ({"plan_lookup_keys": ("team",)}, {"lookup_key": "yearly"}, Ware("yearly", "month")),
        ({"plan_lookup_keys": ("team",)}, {}, MONTH),
        ({"plan_lookup_keys": ("team",)}, {"product": {"id": "prod_magazine"}, "lookup_key": "team"}, None),
        ({}, {"metadata": {"key": "team"}}, MONTH),
        ({}, {"recurring": None}, Ware("price_1")),
    ],
)
def test_a_price_is_what_the_settings_make_of_it_and_nothing_else(
    told: dict[str, Any], asked: dict[str, Any], is_: Ware | None
) -> None:
    sold = [TEAM] if "plan_prices" in told or "plan_lookup_keys" in told else []
    assert ware_of(price(**asked), options(**told), lambda: sold) == is_


def test_prices_make_up_a_plan_together_and_what_is_beside_them_does_not_count(tmp_path: Path) -> None:
    found = of_text(THREE_TIERS, tmp_path)
    wares = {
        "seats": Ware("business-seats", "month"), "base": Ware("business", "month"), "team": MONTH,
        "by_hand": Ware("team", "week"), "quarter": Ware("business", "month", 3), "gone": Ware("gone", "month"),
    }  # fmt: skip
    for sold, name in (
        (["seats", "base"], "business"), (["seats", "base", "magazine"], "business"), (["base"], None),
        (["team"], "team"), (["by_hand"], "team"), (["seats", "quarter"], "business"), (["gone"], None),
        (["magazine"], None), ([], None), (["team", "base"], None),
    ):  # fmt: skip
        assert plan_sold(found, sold, wares) == (found.plan(name) if name else None), sold


def test_the_default_plan_of_the_settings_may_stand_in_a_file(tmp_path: Path) -> None:
    free = "plans: [{name: starter, limits: {pipelines: 1}, credits: {on_start: 5}}, {name: old}]"
    named = {"SCRIP_CATALOG__PLAN_FILES": written(tmp_path, free.replace(", {name: old}", ""))}
    found = catalogue_of(load_settings(named | {"SCRIP_CATALOG__DEFAULT_PLAN": "Starter"})).default_plan
    assert found is not None
    assert (found.name, found.default) == ("starter", True)
    with pytest.raises(BadInput, match=r"catalog\.default_plan is startr, but there is no such plan; did you mean st"):
        catalogue_of(load_settings(named | {"SCRIP_CATALOG__DEFAULT_PLAN": "startr"}))
    written(tmp_path, free)
    with pytest.raises(BadInput, match="starter limits pipelines, but old does not say"):
        catalogue_of(load_settings(named))


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ("credits: {each_period: 5}", "gives credits each period, but it has no periods"),
        ('prices: [{amount: "1.00", currency: USD, interval: month}]', "must be free and active"),
        ("active: false", "must be free and active"),
    ],
)
def test_a_default_plan_that_costs_or_gives_something_each_period_is_refused(
    tmp_path: Path, plan: str, told: str
) -> None:
    text = f"plans:\n  - name: starter\n    {plan}\n"
    named = {"SCRIP_CATALOG__PLAN_FILES": written(tmp_path, text), "SCRIP_CATALOG__DEFAULT_PLAN": "starter"}
    with pytest.raises(BadInput, match=told):
        catalogue_of(load_settings(named))


def told_of(shop: Shop, event: dict[str, Any]) -> tuple[EventState, str]:
    """What became of an event, and why."""
    (state,) = webhooks.take(shop.portal, [signed(event, 0)[0]])
    with shop.portal.database.read() as connection:
        reason = connection.scalar(text("SELECT reason FROM events WHERE id = :id"), {"id": event["id"]})
    return state, str(reason)


def test_a_subscription_to_something_else_is_kept_as_foreign_and_opens_nothing(shop: Shop) -> None:
    account, customer = shop.customer()
    other = {"currency": "usd", "unit_amount": "900", "recurring[interval]": "month", "product_data[name]": "Magazine"}
    shop.stripe("subscriptions", customer=customer, **{"items[0][price]": shop.stripe("prices", **other)["id"]})
    (event,) = (each for each in shop.asked() if each["type"] == "customer.subscription.created")
    assert told_of(shop, event) == (EventState.FOREIGN, webhooks.NOT_SOLD)
    assert [each.status for each in subscriptions.history(shop.portal, account)] == ["active"]
    assert subscriptions.owned(shop.portal, account) == []
    assert standing.now(shop.portal, account).subscription is None


def test_a_status_nobody_knows_is_parked_with_its_word_and_opens_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = replace(shop.portal, catalogue=catalogue_of(load_settings({"SCRIP_PROFILE": "datalayer-topup"})))
    account, customer = shop.customer()
    made = shop.subscribed(customer)
    fact = replace(portal.gateway.subscription(made["id"]), status="hibernating")
    monkeypatch.setattr(portal.gateway, "read_about", lambda _: fact)
    (event,) = (each for each in shop.asked() if each["type"] == "customer.subscription.created")
    state, reason = told_of(shop, event)
    assert state is EventState.PARKED
    assert "opens nothing. The provider calls it hibernating." in reason
    seen = standing.now(portal, account)
    assert (seen.plan, seen.closed) == (None, "Its state is not known here, so it opens nothing.")
    record_now(portal, replace(fact, status="active", read_at=fact.read_at + 1))
    assert standing.now(portal, account).plan == portal.catalogue.plan("team")
    assert entitlements.overview(portal, account).standing.tier is not None
