"""What a customer is entitled to: the features of the products in the subscriptions that run. Registered in
`registry`; nothing else writes entitlements, so they always follow the subscriptions.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid
from sandbox.events import record
from sandbox.expand import bare
from sandbox.lists import envelope
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World, new_id

NOUN = "entitlements.active_entitlement"
FEATURE = "entitlements.feature"
PRODUCT_FEATURE = "product_feature"
RUNNING = ("active", "trialing", "past_due")


def refresh(call: Call, customer_id: str) -> None:
    """Brings a customer's entitlements in line with the subscriptions, and tells when something changed."""
    world = call.world
    held = {row["feature"]: row for row in rows_of(world, customer_id)}
    wanted = _features_of(world, customer_id)
    if set(held) == set(wanted):
        return
    before = _summary(world, customer_id)
    for feature in held.keys() - wanted.keys():
        del world.table(NOUN)[held[feature]["id"]]
    for feature, lookup_key in wanted.items():
        if feature not in held:
            world.add(
                {
                    "id": new_id("ent_test_61", 26),
                    "object": NOUN,
                    "feature": feature,
                    "livemode": False,
                    "lookup_key": lookup_key,
                    "_customer": customer_id,
                }
            )
    call.live_by({"customer": customer_id})
    record(call, "entitlements.active_entitlement_summary.updated", _summary(world, customer_id), before)


def refresh_product(call: Call, product_id: str) -> None:
    """A product got a feature or lost one: everybody who subscribes to it is concerned."""
    for customer_id in {
        subscription["customer"]
        for subscription in list(call.world.table("subscription").values())
        if product_id in _products_of(call.world, subscription)
    }:
        refresh(Call(call.world, request_id=call.request_id), customer_id)


def on_subscription(call: Call, subscription: Json) -> None:
    refresh(call, subscription["customer"])


def on_customer_deleted(call: Call, customer: Json) -> None:
    """Without a word: there is nobody left to be told of."""
    for row in rows_of(call.world, customer["id"]):
        del call.world.table(NOUN)[row["id"]]


def retrieve(call: Call) -> Json:
    return call.find(NOUN, "id", name="active entitlement")


def listing(call: Call) -> Json:
    customer = call.refer("customer", "customer")
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    rows = rows_of(call.world, customer["id"])
    return envelope(call, rows[::-1], NOUN, "/v1/entitlements/active_entitlements")


def rows_of(world: World, customer_id: str) -> list[Json]:
    return [row for row in world.table(NOUN).values() if row["_customer"] == customer_id]


def _summary(world: World, customer_id: str) -> Json:
    rows = bare(rows_of(world, customer_id))
    url = f"/v1/customer/{customer_id}/entitlements"
    return {
        "object": "entitlements.active_entitlement_summary",
        "customer": customer_id,
        "entitlements": {"object": "list", "data": rows, "has_more": False, "url": url},
        "livemode": False,
    }


def _features_of(world: World, customer_id: str) -> dict[str, str]:
    """Features by id with their lookup keys, in the order they were put on the products."""
    products = {
        product
        for subscription in world.table("subscription").values()
        if subscription["customer"] == customer_id and subscription["status"] in RUNNING
        for product in _products_of(world, subscription)
    }
    return {
        row["entitlement_feature"]["id"]: row["entitlement_feature"]["lookup_key"]
        for row in world.table(PRODUCT_FEATURE).values()
        if row["_product"] in products
    }


def _products_of(world: World, subscription: Json) -> set[str]:
    """The products of a subscription's items, whether an item holds its price or the price's id."""
    prices = [item["price"] for item in world.table("subscription_item").values() if _is_of(item, subscription)]
    items = subscription.get("items") or {}
    prices += [item["price"] for item in items.get("data", []) if isinstance(item, dict)]
    known = [world.table("price")[price] if isinstance(price, str) else price for price in prices]
    return {str(price["product"]) for price in known}


def _is_of(item: Json, subscription: Json) -> bool:
    return bool(item.get("subscription") == subscription["id"] and not item.get("deleted"))


STATES = ("created", "updated", "deleted", "paused", "resumed")
LIST = {**PAGING, **take("ActiveEntitlementListParams", "customer")}
RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/entitlements/active_entitlements", listing, LIST),
        Route("GET", "/v1/entitlements/active_entitlements/{id}", retrieve),
    ),
    links={NOUN: {"feature": FEATURE}},
    reactions={
        **{f"customer.subscription.{state}": on_subscription for state in STATES},
        "customer.deleted": on_customer_deleted,
    },
)
