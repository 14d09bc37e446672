"""Makes a Stripe product sell exactly the given packages or plans. Only `billing/gateways/stripe.py` imports it.

A price's amount never changes at Stripe: a changed package becomes a new price, and the old one is retired. Orders
already written keep the price they were written with.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from stripe.params import PriceCreateParams, PriceUpdateParams, ProductCreateParams, ProductUpdateParams

from billing.gateways.stripe_calls import Calls
from billing.gateways.stripe_shelf import of_product
from billing.gateways.stripe_values import Json, branch
from billing.gateways.stripe_wares import Shop, Ware
from billing.rules.errors import NotFound, PaymentRefused


def publish(calls: Calls, shop: Shop, wares: Sequence[Ware]) -> str:
    """Product and prices as `wares` say; returns the product's id. Repeating it changes nothing.

    Prices without our mark were made by hand and are left alone.
    """
    found = _product(calls, shop)
    active = [each for each in of_product(calls, shop.product, shop.kind) if shop.mark in branch(each, "metadata")]
    kept = {ware.key: _price(calls, shop, ware, active) for ware in wares}
    _point_at_default(calls, found, wares, kept)
    for price in active:
        if price["id"] not in kept.values():
            _change_price(calls, price["id"], {"active": False})
    return shop.product


def _product(calls: Calls, shop: Shop) -> Json:
    products = calls.client.v1.products
    try:
        found = calls.read(lambda: products.retrieve(shop.product))
    except NotFound:
        found = _new_product(calls, shop)
    changes: ProductUpdateParams = {}
    if not found.get("active"):
        changes["active"] = True
    if shop.tax_code and found.get("tax_code") != shop.tax_code:
        changes["tax_code"] = shop.tax_code
    if not changes:
        return found
    key = _new_key()
    return calls.read(lambda: products.update(shop.product, changes, {"idempotency_key": key}))


def _new_product(calls: Calls, shop: Shop) -> Json:
    products, key = calls.client.v1.products, _new_key()
    params: ProductCreateParams = {"id": shop.product, "name": shop.product_name}
    if shop.tax_code:
        params["tax_code"] = shop.tax_code
    try:
        return calls.read(lambda: products.create(params, {"idempotency_key": key}))
    except PaymentRefused as refused:
        if refused.details.get("code") != "resource_already_exists":
            raise
    return calls.read(lambda: products.retrieve(shop.product))  # another process of this portal was faster


def _price(calls: Calls, shop: Shop, ware: Ware, active: Sequence[Json]) -> str:
    """The id of the price that sells the ware, made when there is none."""
    for price in active:
        if ware.is_sold_by(price, shop):
            same = price.get("nickname") == ware.name and ware.metadata.items() <= price["metadata"].items()
            if not same:
                _change_price(calls, price["id"], {"nickname": ware.name, "metadata": dict(ware.metadata)})
            return str(price["id"])
    params: PriceCreateParams = {
        "product": shop.product,
        "currency": ware.amount.currency.lower(),
        "unit_amount": ware.amount.minor,
        "nickname": ware.name,
        "metadata": dict(ware.metadata),
        "lookup_key": f"{shop.product}:{ware.key}",
        "transfer_lookup_key": True,
    }
    if ware.units is not None:
        params["transform_quantity"] = {"divide_by": ware.units, "round": "up"}
    if ware.interval:
        params["recurring"] = {"interval": ware.interval, "interval_count": ware.interval_count}
    if shop.tax_behavior:
        params["tax_behavior"] = shop.tax_behavior
    # A key made of the content would bring back a retired price for a day after a change was undone.
    key = _new_key()
    return str(calls.read(lambda: calls.client.v1.prices.create(params, {"idempotency_key": key}))["id"])


def _point_at_default(calls: Calls, product: Json, wares: Sequence[Ware], kept: dict[str, str]) -> None:
    """Before anything is retired: Stripe does not let go of the price a product points at."""
    chosen = next((ware for ware in wares if ware.default), wares[0] if wares else None)
    if chosen is None or product.get("default_price") == kept[chosen.key]:
        return
    key, price = _new_key(), kept[chosen.key]
    products = calls.client.v1.products
    calls.read(lambda: products.update(product["id"], {"default_price": price}, {"idempotency_key": key}))


def _change_price(calls: Calls, price: str, params: PriceUpdateParams) -> None:
    key = _new_key()
    calls.read(lambda: calls.client.v1.prices.update(price, params, {"idempotency_key": key}))


def _new_key() -> str:
    return f"publish:{uuid.uuid4()}"
