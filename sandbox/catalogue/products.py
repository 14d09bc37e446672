"""Products: create, retrieve, update, list, delete. Registered in `registry`; `prices` hang on them."""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, invalid
from sandbox.events import changed, record
from sandbox.fields import METADATA, lay, lay_metadata
from sandbox.lists import page
from sandbox.params import Flag, Group, Kind, Many, Text
from sandbox.routes import ACTIVE, LISTING, Resource, Route
from sandbox.state import Call, new_id

PLAIN = ("name", "description", "images", "shippable", "statement_descriptor", "unit_label", "url", "tax_code")


def create(call: Call) -> Json:
    """A product; the caller may choose its id, which must then be new."""
    product_id: str = call.params.get("id") or new_id("prod_")
    product: Json = {
        "id": product_id,
        "object": "product",
        "active": True,
        "created": call.now,
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": "",
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": call.now,
        "url": None,
    }
    if product_id in call.world.table("product"):
        raise invalid("Product already exists.", "id", "resource_already_exists")
    _fill(call, product)
    call.world.add(product)
    record(call, "product.created", product)
    return product


def update(call: Call) -> Json:
    product = call.find("product", "id")
    before = deepcopy(product)
    price = call.refer("price", "default_price")
    if price is not None and price["product"] != product["id"]:
        raise invalid(f"The price {price['id']} does not belong to this product.", "default_price")
    lay(product, call.params, ("default_price",))
    _fill(call, product)
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
        plain = all(product[name] == asked[name] for name in ("active", "shippable", "url") if name in asked)
        return plain and (ids is None or product["id"] in ids)

    return page(call, "product", "/v1/products", keep)


def _fill(call: Call, product: Json) -> None:
    lay(product, call.params, (*PLAIN, "active"))
    product["images"] = product["images"] or []
    features = call.params.get("marketing_features")
    if features is not None:
        product["marketing_features"] = features
    lay_metadata(product, call.params)


FIELDS: dict[str, Kind] = {
    **METADATA,
    **ACTIVE,
    **dict.fromkeys(("description", "statement_descriptor", "unit_label", "url", "tax_code"), Text()),
    "images": Many(most=8),
    "marketing_features": Many(of=Group(names={"name": Text(required=True)}), most=15),
    "shippable": Flag(),
}
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/products", create, {**FIELDS, "name": Text(required=True), "id": Text(unset=False)}),
        Route("GET", "/v1/products", listing, {**LISTING, **ACTIVE, "ids": Many(), "shippable": Flag(), "url": Text()}),
        Route("GET", "/v1/products/{id}", retrieve),
        Route("POST", "/v1/products/{id}", update, {**FIELDS, "name": Text(unset=False), "default_price": Text()}),
        Route("DELETE", "/v1/products/{id}", delete),
    ),
    links={"product": {"default_price": "price"}},
)
