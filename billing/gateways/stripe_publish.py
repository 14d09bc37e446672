"""Makes a Stripe product sell exactly the given packages or plans. For `stripe.py` and `stripe_setup.py`.

A price's amount never changes at Stripe: a changed package becomes a new price, and the old one is retired. Orders
already written keep the price they were written with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stripe.params import PriceUpdateParams, ProductCreateParams, ProductListParams, ProductUpdateParams

from billing.gateways.stripe_base import everything
from billing.gateways.stripe_bench import NEW, Bench
from billing.gateways.stripe_shelf import of_product
from billing.gateways.stripe_values import Json, branch
from billing.gateways.stripe_wares import Shop, Ware
from billing.rules.errors import NotFound, PaymentRefused

SETUP = "scrip_setup"
"""Metadata key on every product, configuration and endpoint made here; its value says which part it is."""


def publish(bench: Bench, shop: Shop, wares: Sequence[Ware]) -> tuple[str, Mapping[str, str]]:
    """Product and prices as `wares` say: the product's id, and the prices' by the wares' keys.

    Repeating it changes nothing. Prices without our mark were made by hand and are left alone; so are all of them when
    there are no wares, for nobody empties a shop by forgetting a list.
    """
    product = _product(bench, shop)
    ref = str(product["id"])
    if not wares:
        bench.keep(f"prices of product {ref}", "the settings name none, so they are left alone")
        return ref, {}
    there = [] if ref == NEW else of_product(bench.calls, ref, shop.kind)
    ours = [each for each in there if shop.mark in branch(each, "metadata")]
    kept = {ware.key: _price(bench, ref, shop, ware, ours) for ware in wares}
    retired = [price for price in ours if price["id"] not in kept.values()]
    _point_at_default(bench, product, wares, kept, retired)
    for price in retired:
        _change_price(bench, price, f"price {price['id']}", "retired, it is sold no more", {"active": False})
    return ref, kept


def _product(bench: Bench, shop: Shop) -> Json:
    found = _retrieved(bench, shop.product) if shop.product else _marked(bench, shop)
    if found is None:
        return _new_product(bench, shop)
    changes: ProductUpdateParams = {}
    if not found.get("active"):
        changes["active"] = True
    if shop.tax_code and found.get("tax_code") != shop.tax_code:
        changes["tax_code"] = shop.tax_code
    ref = str(found["id"])
    if not changes:
        bench.keep(f"product {ref}", f"sells the {shop.part}")
        return found
    why = " and ".join(f"{name} is not as it shall be" for name in ("active", "tax_code") if name in changes)
    return bench.change(f"product {ref}", why, found, lambda o: bench.v1.products.update(ref, changes, o))


def _new_product(bench: Bench, shop: Shop) -> Json:
    params: ProductCreateParams = {"name": shop.product_name, "metadata": {SETUP: shop.part}}
    if shop.product:
        params["id"] = shop.product
    if shop.tax_code:
        params["tax_code"] = shop.tax_code
    thing, why = f"product {shop.product_name}", f"sells the {shop.part}"
    try:
        return bench.make(thing, why, lambda o: bench.v1.products.create(params, o))
    except PaymentRefused as refused:
        # another process of this portal was faster
        faster = refused.details.get("code") == "resource_already_exists" and _retrieved(bench, shop.product)
        if not faster:
            raise
        return faster


def _retrieved(bench: Bench, ref: str) -> Json | None:
    try:
        return bench.calls.read(lambda: bench.v1.products.retrieve(ref))
    except NotFound:
        return None


def _marked(bench: Bench, shop: Shop) -> Json | None:
    """The product that was made here before, rather one that is on sale."""

    def page(after: str | None) -> Json:
        params: ProductListParams = {"limit": 100, "starting_after": after} if after else {"limit": 100}
        return bench.calls.read(lambda: bench.v1.products.list(params))

    marked = (one for one in everything(page) if branch(one, "metadata").get(SETUP) == shop.part)
    return max(marked, key=lambda one: one.get("active") is True, default=None)


def _price(bench: Bench, product: str, shop: Shop, ware: Ware, ours: Sequence[Json]) -> str:
    """The id of the price that sells the ware, made when there is none."""
    thing = f"price of {shop.part.removesuffix('s')} {ware.key}"
    for price in ours:
        if not ware.is_sold_by(price, shop):
            continue
        if ware.reads_as(price):
            bench.keep(thing, ware.said)
        else:
            changes: PriceUpdateParams = {"nickname": ware.name, "metadata": dict(ware.metadata)}
            _change_price(bench, price, thing, "another name, text or choice", changes)
        return str(price["id"])
    params = ware.params(product, shop)
    return str(bench.make(thing, ware.said, lambda o: bench.v1.prices.create(params, o))["id"])


def _point_at_default(
    bench: Bench, product: Json, wares: Sequence[Ware], kept: Mapping[str, str], retired: Sequence[Json]
) -> None:
    """Before anything is retired: Stripe does not let go of the price a product points at.

    A product made by hand keeps the price somebody chose for it, unless just that one is retired.
    """
    chosen = next((ware for ware in wares if ware.default), wares[0])
    ref, price, points_at = str(product["id"]), kept[chosen.key], product.get("default_price")
    ours = ref == NEW or SETUP in branch(product, "metadata")
    if points_at == price or not (ours or points_at in [one["id"] for one in retired]):
        return
    why = f"{chosen.key} is its default price"
    bench.change(f"product {ref}", why, product, lambda o: bench.v1.products.update(ref, {"default_price": price}, o))


def _change_price(bench: Bench, price: Json, thing: str, why: str, changes: PriceUpdateParams) -> None:
    ref = str(price["id"])
    bench.change(thing, why, price, lambda o: bench.v1.prices.update(ref, changes, o))
