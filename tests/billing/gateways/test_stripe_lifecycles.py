"""Which subscriptions can be read and which recurring prices are plans, without asking anybody."""

from __future__ import annotations

from typing import Any

import pytest

from billing.gateways.stripe_lifecycles import plans_of, snapshot
from billing.gateways.stripe_values import Malformed
from billing.rules.errors import GatewayUnavailable
from billing.rules.facts import SubscriptionFact, SubscriptionItem
from billing.rules.money import Money

PRODUCT = {"id": "prod_plans", "name": "Pro", "description": "Everything.", "active": True}
PRICE: dict[str, Any] = {
    "id": "price_1", "object": "price", "type": "recurring", "active": True, "livemode": False, "currency": "usd",
    "unit_amount": 2000, "product": "prod_plans", "metadata": {}, "nickname": None, "lookup_key": None,
    "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
}  # fmt: skip
ITEM: dict[str, Any] = {"price": PRICE, "quantity": 2, "current_period_start": 10, "current_period_end": 20}
SUBSCRIPTION: dict[str, Any] = {
    "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active", "start_date": 5,
    "cancel_at_period_end": False, "cancel_at": None, "ended_at": None, "trial_end": 15, "livemode": True,
    "items": {"data": [ITEM]},
}  # fmt: skip


def of_price(**changes: Any) -> dict[str, Any]:
    return {"items": {"data": [{**ITEM, "price": {**PRICE, **changes}}]}}


def of_item(**changes: Any) -> dict[str, Any]:
    return {"items": {"data": [{**ITEM, **changes}]}}


def test_everything_stands_in_the_first_item() -> None:
    assert snapshot(SUBSCRIPTION, 7) == SubscriptionFact(
        "sub_1", "cus_1", "active", "prod_plans", "price_1", 2, Money(2000, "USD"), "month", 1, 10_000_000,
        20_000_000, 5_000_000, 7, trial_end=15_000_000, livemode=True,
        items=(SubscriptionItem("", "prod_plans", "price_1", 2, Money(2000, "USD")),),
    )  # fmt: skip


def test_expanded_things_are_the_same_things() -> None:
    expanded = {**SUBSCRIPTION, **of_price(product=PRODUCT), "customer": {"id": "cus_1", "object": "customer"}}
    assert snapshot(expanded, 7) == snapshot(SUBSCRIPTION, 7)


@pytest.mark.parametrize(
    ("changes", "quantity", "minor"),
    [(of_item(quantity=None), 1, 2000), (of_item(quantity=0), 0, 2000), (of_price(unit_amount=None), 2, 0)],
)
def test_what_stripe_leaves_empty_for_usage_and_tiers_is_no_mistake(
    changes: dict[str, Any], quantity: int, minor: int
) -> None:
    fact = snapshot({**SUBSCRIPTION, **changes}, 7)
    assert (fact.quantity, fact.amount) == (quantity, Money(minor, "USD"))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "si_1"}, {"id": None}, {"object": "invoice"}, {"customer": None}, {"customer": "acct_1"},
        {"status": None}, {"status": ""}, {"status": "a b"}, {"status": 5}, {"start_date": None},
        {"start_date": "yesterday"}, {"start_date": True}, {"cancel_at": -1}, {"cancel_at": 2**41},
        {"ended_at": "now"}, {"trial_end": 1.5}, {"cancel_at_period_end": None}, {"cancel_at_period_end": 0},
        {"livemode": "no"}, {"items": None}, {"items": {"data": []}}, {"items": {"data": ["si_1"]}},
        of_item(quantity=True), of_item(quantity="2"), of_item(quantity=-1), of_item(price=None),
        of_item(current_period_end=None), of_item(current_period_start="10"), of_price(currency="USD"),
        of_price(unit_amount=20.0), of_price(unit_amount=-1), of_price(product=None), of_price(id="p\0"),
        of_price(recurring=None), of_price(recurring={"interval": "month"}),
        of_price(recurring={"interval": "month", "interval_count": 0}),
    ],
)  # fmt: skip
def test_a_subscription_not_as_documented_is_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        snapshot({**SUBSCRIPTION, **changes}, 7)


def plan_price(reference: str = "price_1", **changes: Any) -> dict[str, Any]:
    return {**PRICE, "id": reference, "product": PRODUCT, **changes}


def test_a_plan_is_named_by_its_price_or_its_product() -> None:
    bare, named = plans_of(
        [plan_price(), plan_price("price_2", lookup_key="pro", unit_amount=3000, metadata={"name": "Pro max"})],
        livemode=False,
    )
    assert (bare.key, bare.name, bare.description, bare.product_ref) == ("price_1", "Pro", "Everything.", "prod_plans")
    assert (named.key, named.name, named.amount) == ("pro", "Pro max", Money(3000, "USD"))


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "one_time", "recurring": None}, {"active": False}, {"active": None}, {"unit_amount": None},
        {"unit_amount": -1}, {"unit_amount": True}, {"currency": "dollars"}, {"product": "prod_plans"},
        {"product": {**PRODUCT, "active": False}}, {"product": {"id": "prod_plans", "deleted": True}},
        {"id": None}, {"recurring": {"interval": "month", "interval_count": 1, "usage_type": "metered"}},
        {"recurring": {"interval": None, "interval_count": 1, "usage_type": "licensed"}},
    ],
)  # fmt: skip
def test_what_nobody_can_subscribe_to_is_left_out_and_the_others_stay(changes: dict[str, Any]) -> None:
    assert [plan.price_ref for plan in plans_of([plan_price(**changes), plan_price("price_2")], livemode=False)] == [
        "price_2"
    ]


def test_two_plans_under_one_key_offer_the_first_only() -> None:
    same = {"metadata": {"key": "pro"}}
    found = plans_of([plan_price("price_1", **same), plan_price("price_2", **same)], livemode=False)
    assert [plan.price_ref for plan in found] == ["price_1"]


def test_plans_of_the_other_mode_are_no_plans() -> None:
    with pytest.raises(GatewayUnavailable, match="other mode"):
        plans_of([plan_price()], livemode=True)
