"""Makes a Stripe product sell exactly the given packages. Only `billing/gateways/stripe.py` imports it.

A price's amount never changes at Stripe: a changed package becomes a new price, and the old one is retired. Orders
already written keep the price they were written with.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from stripe.params import PriceCreateParams, PriceListParams, PriceUpdateParams

from billing.gateways.stripe_calls import Calls, Json
from billing.gateways.stripe_prices import everything, units_of
from billing.rules.catalog import Package
from billing.rules.errors import NotFound, PaymentRefused

MARK = "scrip_package"
"""Metadata key on every price made here; prices without it were made by hand and are left alone."""


def publish(calls: Calls, product: str, product_name: str, packages: Iterable[Package]) -> str:
    """Product and prices as `packages` say; returns the product's id. Repeating it changes nothing."""
    wanted = tuple(packages)
    found = _product(calls, product, product_name)
    active = [price for price in active_prices(calls, product) if MARK in (price.get("metadata") or {})]
    kept = {package.key: _price(calls, product, package, active) for package in wanted}
    _point_at_default(calls, found, wanted, kept)
    for price in active:
        if price["id"] not in kept.values():
            _change_price(calls, price["id"], {"active": False})
    return product


def active_prices(calls: Calls, product: str) -> list[Json]:
    """All active one-off prices of the product, which is expanded in each."""

    def page(after: str | None) -> Json:
        params: PriceListParams = {
            "product": product,
            "active": True,
            "type": "one_time",
            "limit": 100,
            "expand": ["data.product"],
        }
        if after:
            params["starting_after"] = after
        return calls.read(lambda: calls.client.v1.prices.list(params))

    return list(everything(page))


def _product(calls: Calls, product: str, name: str) -> Json:
    products = calls.client.v1.products
    try:
        found = calls.read(lambda: products.retrieve(product))
    except NotFound:
        found = {}
    if not found:
        key = _new_key()
        try:
            return calls.read(lambda: products.create({"id": product, "name": name}, {"idempotency_key": key}))
        except PaymentRefused as refused:
            if refused.details.get("code") != "resource_already_exists":
                raise
        return calls.read(lambda: products.retrieve(product))  # another process of this portal was faster
    if not found.get("active"):
        key = _new_key()
        return calls.read(lambda: products.update(product, {"active": True}, {"idempotency_key": key}))
    return found


def _price(calls: Calls, product: str, package: Package, active: list[Json]) -> str:
    """The id of the price that sells the package, made when there is none."""
    metadata = _metadata(package)
    for price in active:
        if _sells(price, package):
            same = price.get("nickname") == package.name and metadata.items() <= price["metadata"].items()
            if not same:
                _change_price(calls, price["id"], {"nickname": package.name, "metadata": metadata})
            return str(price["id"])
    params: PriceCreateParams = {
        "product": product,
        "currency": package.amount.currency.lower(),
        "unit_amount": package.amount.minor,
        "nickname": package.name,
        "metadata": metadata,
        "lookup_key": f"{product}:{package.key}",
        "transfer_lookup_key": True,
    }
    units = units_of(package.credits)
    if units is not None:
        params["transform_quantity"] = {"divide_by": units, "round": "up"}
    # A key made of the content would bring back a retired price for a day after a change was undone.
    key = _new_key()
    return str(calls.read(lambda: calls.client.v1.prices.create(params, {"idempotency_key": key}))["id"])


def _sells(price: Json, package: Package) -> bool:
    """Same package, money and credits; names and texts may be changed in place."""
    return (
        price["metadata"].get(MARK) == package.key
        and price.get("unit_amount") == package.amount.minor
        and price.get("currency") == package.amount.currency.lower()
        and (price.get("transform_quantity") or {}).get("divide_by") == units_of(package.credits)
        and price["metadata"].get("credits") == str(package.credits)
    )


def _metadata(package: Package) -> dict[str, str]:
    return {
        MARK: package.key,
        "key": package.key,
        "name": package.name,
        "description": package.description,
        "credits": str(package.credits),
        "default": "true" if package.default else "false",
    }


def _point_at_default(calls: Calls, product: Json, packages: tuple[Package, ...], kept: dict[str, str]) -> None:
    """Before anything is retired: Stripe does not let go of the price a product points at."""
    chosen = next((package for package in packages if package.default), packages[0] if packages else None)
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
