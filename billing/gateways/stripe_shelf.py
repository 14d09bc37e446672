"""Fetches the prices that are on sale at Stripe: of a product, by lookup keys, or a single one. For `stripe*.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from stripe.params import PriceListParams, PriceRetrieveParams

from billing.gateways.stripe_base import everything
from billing.gateways.stripe_calls import Calls
from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_values import Json, branch
from billing.rules.errors import NotFound

Kind = Literal["one_time", "recurring"]

MOST_KEYS = 10
"""Stripe takes so many lookup keys in one question."""

EXPANDED = ["data.product", "data.currency_options"]


def packages_on_sale(calls: Calls, options: StripeOptions) -> list[Json]:
    """The prices the options name: a single one wins over lookup keys, and those win over all of the product."""
    if options.price:
        return _single(calls, options.price)
    if options.lookup_keys:
        return list(_by_lookup_keys(calls, options.lookup_keys, "one_time"))
    return of_product(calls, options.product, "one_time") if options.product else []


def plans_on_sale(calls: Calls, options: StripeOptions) -> list[Json]:
    """The recurring prices that are named, under the names they are given; by lookup keys; or all of the product."""
    if options.plan_prices:
        named = ((key, price) for key, ref in options.plan_prices.items() for price in _single(calls, ref))
        return [_called(key, price) for key, price in named]
    if options.plan_lookup_keys:
        return list(_by_lookup_keys(calls, options.plan_lookup_keys, "recurring"))
    product = options.subscription_product
    return of_product(calls, product, "recurring") if product else []


def priced_credits(calls: Calls, name: str) -> list[Json]:
    """The one-off prices somebody means by `name`: a price's id, a lookup key, or a product's id."""
    if name.startswith("price_"):
        return _single(calls, name)
    try:
        return list(_by_lookup_keys(calls, [name], "one_time")) or of_product(calls, name, "one_time")
    except NotFound:
        return []


def of_product(calls: Calls, product: str, kind: Kind) -> list[Json]:
    """All active prices of the product, which is expanded in each."""
    return _listed(calls, {"product": product, "active": True, "type": kind, "limit": 100, "expand": EXPANDED})


def _by_lookup_keys(calls: Calls, keys: Sequence[str], kind: Kind) -> Iterator[Json]:
    for start in range(0, len(keys), MOST_KEYS):
        some = list(keys[start : start + MOST_KEYS])
        yield from _listed(calls, {"lookup_keys": some, "active": True, "type": kind, "limit": 100, "expand": EXPANDED})


def _single(calls: Calls, price: str) -> list[Json]:
    asked: PriceRetrieveParams = {"expand": ["product", "currency_options"]}
    try:
        return [calls.read(lambda: calls.client.v1.prices.retrieve(price, asked))]
    except NotFound:
        return []


def _called(key: str, price: Json) -> Json:
    """The price, made by hand, under our name for it."""
    return {**price, "metadata": {**branch(price, "metadata"), "key": key}}


def _listed(calls: Calls, asked: PriceListParams) -> list[Json]:
    def page(after: str | None) -> Json:
        params: PriceListParams = {**asked, "starting_after": after} if after else asked
        return calls.read(lambda: calls.client.v1.prices.list(params))

    return list(everything(page))
