"""Features a seller entitles to, and the products that carry them. Registered in `registry`; who has them is in
`entitlements`.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid, missing
from sandbox.fields import lay, lay_metadata
from sandbox.lists import envelope
from sandbox.metering.entitlements import FEATURE, PRODUCT_FEATURE, refresh_product
from sandbox.params import Text
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, new_id


def create(call: Call) -> Json:
    key: str = call.params["lookup_key"]
    if any(other["lookup_key"] == key for other in call.world.table(FEATURE).values()):
        message = f"A feature with the lookup key `{key}` already exists."
        raise invalid(message, "lookup_key", "resource_already_exists")
    feature: Json = {
        "id": new_id("feat_test_61", 26),
        "object": FEATURE,
        "active": True,
        "livemode": False,
        "lookup_key": key,
        "metadata": {},
        "name": call.params["name"],
    }
    lay_metadata(feature, call.params)
    return call.world.add(feature)


def update(call: Call) -> Json:
    """An archived feature (`active=false`) cannot be put on further products; who has it keeps it."""
    feature = retrieve(call)
    lay(feature, call.params, ("active", "name"))
    lay_metadata(feature, call.params)
    return feature


def retrieve(call: Call) -> Json:
    return call.find(FEATURE, "id", name="feature")


def listing(call: Call) -> Json:
    asked = call.params

    def keep(feature: Json) -> bool:
        shown = feature["active"] != asked["archived"] if "archived" in asked else True
        return shown and asked.get("lookup_key") in (None, feature["lookup_key"])

    rows = [row for row in reversed(call.world.table(FEATURE).values()) if keep(row)]
    return envelope(call, rows, FEATURE, "/v1/entitlements/features")


def attach(call: Call) -> Json:
    """Puts a feature on a product; whoever subscribes to it now has it at once."""
    product = call.find("product", "product")
    feature = call.refer(FEATURE, "entitlement_feature", name="feature")
    if feature is None or not feature["active"]:
        raise invalid("An archived feature cannot be put on a product.", "entitlement_feature")
    if any(row["entitlement_feature"]["id"] == feature["id"] for row in _of(call, product)):
        message = "This feature is already on the product."
        raise invalid(message, "entitlement_feature", "resource_already_exists")
    row: Json = {
        "id": new_id("prodft_1", 23),
        "object": PRODUCT_FEATURE,
        "entitlement_feature": feature,
        "livemode": False,
        "_product": product["id"],
    }
    call.world.add(row)
    refresh_product(call, product["id"])
    return row


def detach(call: Call) -> Json:
    row = attached(call)
    del call.world.table(PRODUCT_FEATURE)[row["id"]]
    refresh_product(call, row["_product"])
    return {"id": row["id"], "object": PRODUCT_FEATURE, "deleted": True}


def attached(call: Call) -> Json:
    product = call.find("product", "product")
    found = next((row for row in _of(call, product) if row["id"] == call.ids["feature"]), None)
    if found is None:
        raise missing("product feature", call.ids["feature"], "id")
    return found


def attached_listing(call: Call) -> Json:
    product = call.find("product", "product")
    return envelope(call, _of(call, product)[::-1], PRODUCT_FEATURE, f"/v1/products/{product['id']}/features")


def _of(call: Call, product: Json) -> list[Json]:
    """The rows of a product, each with its feature as it is now."""
    rows = [row for row in call.world.table(PRODUCT_FEATURE).values() if row["_product"] == product["id"]]
    for row in rows:
        row["entitlement_feature"] = call.world.table(FEATURE)[row["entitlement_feature"]["id"]]
    return rows


NEW = {**take("entitlements.FeatureCreateParams", "metadata"), "lookup_key": Text(required=True, longest=80)}
BASE = "/v1/products/{id}/features"
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/entitlements/features", create, {**NEW, "name": Text(required=True, longest=80)}),
        Route(
            "GET",
            "/v1/entitlements/features",
            listing,
            {**PAGING, **take("entitlements.FeatureListParams", "archived lookup_key")},
        ),
        Route("GET", "/v1/entitlements/features/{id}", retrieve),
        Route(
            "POST",
            "/v1/entitlements/features/{id}",
            update,
            take("entitlements.FeatureModifyParams", "active metadata name"),
        ),
        Route("POST", BASE, attach, take("ProductCreateFeatureParams", "entitlement_feature")),
        Route("GET", BASE, attached_listing, PAGING),
        Route("GET", f"{BASE}/{{feature}}", attached),
        Route("DELETE", f"{BASE}/{{feature}}", detach),
    ),
)
