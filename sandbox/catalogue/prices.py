"""Prices: create, retrieve, update, list, and what of them is shown only on request. Registered in `registry`;
`new_prices` makes them, `amounts` reckons with them.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.catalogue.amounts import terms_in
from sandbox.catalogue.new_prices import make_price, options_of, refuse_options
from sandbox.errors import Json, invalid
from sandbox.events import changed, record
from sandbox.fields import lay, lay_metadata
from sandbox.lists import page
from sandbox.params import Many
from sandbox.routes import LISTING, Resource, Route
from sandbox.search import WORD, Fields, searching
from sandbox.shapes import take
from sandbox.state import Call, World


def create(call: Call) -> Json:
    owner = _owner_of_key(call, None)
    price = make_price(call, call.params)
    _take_lookup_key(call, price, owner)
    return price


def update(call: Call) -> Json:
    """The amount and the currency of a price never change; a new price is made instead."""
    price = call.find("price", "price")
    before = deepcopy(price)
    _refuse_update(call, price)
    owner = _owner_of_key(call, price)
    lay(price, call.params, ("active", "nickname", "tax_behavior"))
    price["_currency_options"] |= options_of(call.params.get("currency_options"))
    lay_metadata(price, call.params)
    _take_lookup_key(call, price, owner)
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


def shown_options(_: World, price: Json) -> Json:
    """What `currency_options` expands to: every currency of the price, its own among them."""
    currencies = [price["currency"], *(price.get("_currency_options") or {})]
    return {currency: _without_nothing(terms_in(price, currency)) for currency in currencies}


def _without_nothing(terms: Json) -> Json:
    """Tiers are a part of the answer only where there are tiers."""
    return {name: value for name, value in terms.items() if name != "tiers" or value}


def _refuse_update(call: Call, price: Json) -> None:
    behavior = call.params.get("tax_behavior", price["tax_behavior"])
    if price["tax_behavior"] not in ("unspecified", behavior):
        raise invalid("You cannot change the `tax_behavior` of a price once it is set.", "tax_behavior")
    product = call.world.table("product").get(price["product"], {})
    if call.params.get("active") is False and product.get("default_price") == price["id"]:
        raise invalid("This price cannot be archived because it is the default price of its product.", "active")
    refusal = refuse_options(call.params.get("currency_options"))
    if refusal:
        raise refusal


def _owner_of_key(call: Call, price: Json | None) -> Json | None:
    """The other price that has the asked lookup key; refused unless the caller says that it may be taken away."""
    key: str | None = call.params.get("lookup_key")
    for other in call.world.table("price").values():
        if key is None or other is price or other["lookup_key"] != key:
            continue
        if not call.params.get("transfer_lookup_key"):
            message = f"A price (`{other['id']}`) already uses that lookup key."
            raise invalid(message, "lookup_key", "resource_already_exists")
        return other
    return None


def _take_lookup_key(call: Call, price: Json, owner: Json | None) -> None:
    """A lookup key belongs to one price at a time."""
    if owner is not None:
        before = deepcopy(owner)
        owner["lookup_key"] = None
        record(call, "price.updated", owner, before)
    lay(price, call.params, ("lookup_key",))


OFTEN = "active currency_options lookup_key metadata nickname tax_behavior transfer_lookup_key"
NEW = take(
    "PriceCreateParams",
    f"{OFTEN} billing_scheme currency custom_unit_amount product product_data.active product_data.id "
    "product_data.metadata product_data.name product_data.statement_descriptor product_data.tax_code "
    "product_data.unit_label recurring tiers tiers_mode transform_quantity unit_amount unit_amount_decimal",
)
FILTERS = {**take("PriceListParams", "active currency product recurring type"), "lookup_keys": Many(most=10)}
SEARCHED: Fields = {"active": WORD, "currency": WORD, "lookup_key": WORD, "product": WORD, "type": WORD}
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/prices", create, NEW),
        Route("GET", "/v1/prices", listing, {**LISTING, **FILTERS}),
        Route("GET", "/v1/prices/{id}", retrieve),
        Route("POST", "/v1/prices/{id}", update, take("PriceModifyParams", OFTEN)),
        searching("price", "prices", SEARCHED),
    ),
    links={
        "price": {
            "product": "product",
            "tiers": lambda _, price: price.get("_tiers"),
            "currency_options": shown_options,
        }
    },
)
