"""Prices: one-off and recurring, with packages of units and lookup keys. Registered in `registry`."""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, invalid
from sandbox.events import changed, record
from sandbox.fields import METADATA, lay, lay_metadata
from sandbox.lists import page
from sandbox.money import Currency
from sandbox.params import Flag, Group, Kind, Many, OneOf, Text, Whole
from sandbox.routes import ACTIVE, LISTING, Resource, Route
from sandbox.state import Call, new_id


def create(call: Call) -> Json:
    product = call.refer("product", "product")
    params = call.params
    if product is None:
        raise invalid("You must specify either `product` or `product_data` when creating a price.", "product")
    if params.get("unit_amount") is None:
        raise invalid(
            "Prices require an `unit_amount`, `unit_amount_decimal`, or `custom_unit_amount` parameter to be set.",
            "unit_amount",
            "parameter_missing",
        )
    recurring = _recurring(params.get("recurring"))
    price: Json = {
        "id": new_id("price_1", 23),
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": call.now,
        "currency": params["currency"],
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product["id"],
        "recurring": recurring,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": params.get("transform_quantity"),
        "type": "recurring" if recurring else "one_time",
        "unit_amount": params["unit_amount"],
        "unit_amount_decimal": str(params["unit_amount"]),
    }
    _fill(call, price)
    call.world.add(price)
    record(call, "price.created", price)
    return price


def update(call: Call) -> Json:
    """The amount and the currency of a price never change; a new price is made instead."""
    price = call.find("price", "price")
    before = deepcopy(price)
    if (
        price["tax_behavior"] != "unspecified"
        and call.params.get("tax_behavior", price["tax_behavior"]) != (price["tax_behavior"])
    ):
        raise invalid("You cannot change the `tax_behavior` of a price once it is set.", "tax_behavior")
    _fill(call, price)
    if changed(price, before):
        record(call, "price.updated", price, before)
    return price


def retrieve(call: Call) -> Json:
    return call.find("price", "price")


def listing(call: Call) -> Json:
    asked = call.params
    keys: list[str] | None = asked.get("lookup_keys")
    pattern: Json = asked.get("recurring") or {}

    def keep(price: Json) -> bool:
        plain = all(price[name] == asked[name] for name in ("active", "currency", "product", "type") if name in asked)
        repeated = all((price["recurring"] or {}).get(name) == value for name, value in pattern.items())
        return plain and repeated and (keys is None or price["lookup_key"] in keys)

    return page(call, "price", "/v1/prices", keep)


def _fill(call: Call, price: Json) -> None:
    _take_lookup_key(call, price)
    lay(price, call.params, ("active", "nickname", "tax_behavior"))
    lay_metadata(price, call.params)


def _take_lookup_key(call: Call, price: Json) -> None:
    """A lookup key belongs to one price; it moves only when the caller says so."""
    key: str | None = call.params.get("lookup_key", price["lookup_key"])
    for other in call.world.table("price").values():
        if key is None or other is price or other["lookup_key"] != key:
            continue
        if not call.params.get("transfer_lookup_key"):
            message = f"A price (`{other['id']}`) already uses that lookup key."
            raise invalid(message, "lookup_key", "resource_already_exists")
        before = deepcopy(other)
        other["lookup_key"] = None
        record(call, "price.updated", other, before)
    price["lookup_key"] = key


def _recurring(given: Json | None) -> Json | None:
    if given is None:
        return None
    return {
        "interval": given["interval"],
        "interval_count": given.get("interval_count", 1),
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


FIELDS: dict[str, Kind] = {
    **METADATA,
    **ACTIVE,
    "nickname": Text(),
    "lookup_key": Text(longest=200),
    "transfer_lookup_key": Flag(),
    "tax_behavior": OneOf(choices=("exclusive", "inclusive", "unspecified"), unset=False),
}
NEW: dict[str, Kind] = {
    "currency": Currency(required=True),
    "product": Text(unset=False),
    "unit_amount": Whole(least=0),
    "recurring": Group(
        names={
            "interval": OneOf(required=True, choices=("day", "month", "week", "year")),
            "interval_count": Whole(least=1),
            "usage_type": OneOf(choices=("licensed",)),
        }
    ),
    "transform_quantity": Group(
        names={
            "divide_by": Whole(required=True, least=1),
            "round": OneOf(required=True, choices=("down", "up")),
        }
    ),
}
FILTERS: dict[str, Kind] = {
    **ACTIVE,
    "currency": Currency(),
    "product": Text(unset=False),
    "type": OneOf(choices=("one_time", "recurring"), unset=False),
    "lookup_keys": Many(most=10),
    "recurring": Group(names={"interval": OneOf(choices=("day", "month", "week", "year")), "usage_type": Text()}),
}
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/prices", create, {**FIELDS, **NEW}),
        Route("GET", "/v1/prices", listing, {**LISTING, **FILTERS}),
        Route("GET", "/v1/prices/{id}", retrieve),
        Route("POST", "/v1/prices/{id}", update, FIELDS),
    ),
    links={"price": {"product": "product"}},
)
