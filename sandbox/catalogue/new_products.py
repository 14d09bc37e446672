"""A new product, whoever asks for it: the products' own route, or a price with `product_data`.
Used by the rooms that sell.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid
from sandbox.events import record
from sandbox.fields import lay, lay_metadata
from sandbox.state import Call, new_id
from sandbox.tax.codes import refuse_tax_code

PLAIN = (
    *("active", "description", "name", "package_dimensions", "shippable", "statement_descriptor"),
    *("tax_code", "type", "unit_label", "url"),
)


def make_product(call: Call, data: Json, *, active: bool = True) -> Json:
    """Creates and tells of a product. `data` has the parameters of the route or of `product_data`; a product made
    beside an inline price is not active, as at Stripe.
    """
    product_id: str = data.get("id") or new_id("prod_")
    if product_id in call.world.table("product"):
        raise invalid("Product already exists.", "id", "resource_already_exists")
    product: Json = {
        "id": product_id,
        "object": "product",
        "active": active,
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
    fill_product(product, data)
    call.world.add(product)
    record(call, "product.created", product)
    return product


def fill_product(product: Json, data: Json) -> None:
    """Lays the given parameters into a product; lists can be emptied, never absent."""
    refuse_tax_code(data.get("tax_code"), "tax_code")
    lay(product, data, PLAIN)
    for name in ("images", "marketing_features"):
        if name in data:
            product[name] = data[name] or []
    sizes: Json | None = product["package_dimensions"]
    if sizes is not None:
        product["package_dimensions"] = {side: float(size) for side, size in sizes.items()}
    lay_metadata(product, data)
