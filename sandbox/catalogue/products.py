"""Products: create, retrieve, update, list, delete. Registered in `registry`; `prices` hang on them."""

from __future__ import annotations

from copy import deepcopy

from sandbox.catalogue.new_prices import check_price, make_price
from sandbox.catalogue.new_products import fill_product, make_product
from sandbox.errors import Json, invalid
from sandbox.events import changed, record
from sandbox.fields import lay
from sandbox.lists import page
from sandbox.params import Group, Many, Text
from sandbox.routes import LISTING, Resource, Route
from sandbox.search import TEXT, WORD, Fields, searching
from sandbox.shapes import take
from sandbox.state import Call
from sandbox.tax import codes


def create(call: Call) -> Json:
    """A product; the caller may choose its id, which must then be new, and its first price comes along with it."""
    data: Json | None = call.params.get("default_price_data")
    if data is None:
        return make_product(call, call.params)
    check_price(call.world, data, "default_price_data")
    product = make_product(call, call.params)
    price = make_price(call, {**data, "product": product["id"]}, at="default_price_data")
    before = deepcopy(product)
    product["default_price"] = price["id"]
    record(call, "product.updated", product, before)
    return product


def update(call: Call) -> Json:
    product = call.find("product", "id")
    before = deepcopy(product)
    price = call.refer("price", "default_price")
    if price is not None and price["product"] != product["id"]:
        raise invalid(f"The price {price['id']} does not belong to this product.", "default_price")
    if price is not None and not price["active"]:
        raise invalid(f"The price {price['id']} is not active and cannot be the default price.", "default_price")
    fill_product(product, call.params)
    lay(product, call.params, ("default_price",))
    if changed(product, before):
        product["updated"] = call.now
        record(call, "product.updated", product, before)
    return product


def delete(call: Call) -> Json:
    product = call.find("product", "id")
    if any(price["product"] == product["id"] for price in call.world.table("price").values()):
        raise invalid("This product cannot be deleted because it has one or more user-created prices.")
    record(call, "product.deleted", product)
    del call.world.table("product")[product["id"]]
    return {"id": product["id"], "object": "product", "deleted": True}


def retrieve(call: Call) -> Json:
    return call.find("product", "id")


def listing(call: Call) -> Json:
    asked = call.params

    def keep(product: Json) -> bool:
        ids: list[str] | None = asked.get("ids")
        plain = all(product[name] == asked[name] for name in ("active", "shippable", "type", "url") if name in asked)
        return plain and (ids is None or product["id"] in ids)

    return page(call, "product", "/v1/products", keep)


OFTEN = (
    "active description metadata name package_dimensions shippable statement_descriptor tax_code unit_label url "
    "images marketing_features"
)
LISTS = {
    "images": Many(most=8),
    "marketing_features": Many(of=Group(names={"name": Text(required=True, longest=80)}), most=15),
}
SEARCHED: Fields = {"active": WORD, "description": TEXT, "name": TEXT, "shippable": WORD, "url": TEXT}
RESOURCE = Resource(
    routes=(
        Route(
            "POST",
            "/v1/products",
            create,
            {**take("ProductCreateParams", f"{OFTEN} default_price_data id type"), **LISTS},
        ),
        Route(
            "GET",
            "/v1/products",
            listing,
            {**LISTING, **take("ProductListParams", "active ids shippable type url")},
        ),
        Route("GET", "/v1/products/{id}", retrieve),
        Route("POST", "/v1/products/{id}", update, {**take("ProductModifyParams", f"{OFTEN} default_price"), **LISTS}),
        Route("DELETE", "/v1/products/{id}", delete),
        searching("product", "products", SEARCHED),
    ),
    links={"product": {"default_price": "price", "tax_code": codes.of_product}},
)
