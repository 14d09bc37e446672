"""Prices of the catalogue at Stripe, and the meters that count usage. Only `stripe_catalogue_sync.py` imports it."""

from __future__ import annotations

from collections.abc import Mapping

from stripe.params import PriceCreateParams, PriceUpdateParams
from stripe.params.billing import MeterCreateParams, MeterListParams

from billing.gateways.preparation import Act
from billing.gateways.stripe_base import everything
from billing.gateways.stripe_bench import Bench
from billing.gateways.stripe_catalogue import PRICE, event_name
from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_values import Json
from billing.rules.plans import Aggregate, Price, Product, Usage

COUNTED = {Aggregate.SUM: "sum", Aggregate.LAST_DURING_PERIOD: "last"}
"""How Stripe's meters count; they know no other way."""


def put_price(
    bench: Bench, options: StripeOptions, product_ref: str, product: Product, price: Price, found: Json | None
) -> None:
    """The price as the product sells it: made, sold again after it was retired, or kept."""
    thing = f"price {price.name} of {product.name}"
    if found is not None:
        changes: PriceUpdateParams = {} if found.get("active") else {"active": True}
        if options.tax_behavior and found.get("tax_behavior") in (None, "unspecified"):
            changes["tax_behavior"] = options.tax_behavior
        if not changes:
            bench.keep(thing, said(price))
            return
        act = Act.REVIVE if "active" in changes else Act.CHANGE
        _put(bench, thing, said(price), found, changes, act)
        return
    metadata = {PRICE: price.name, "behavior": product.behavior.value}
    params: PriceCreateParams = {
        "product": product_ref,
        "currency": price.amount.currency.lower(),
        "unit_amount": price.amount.minor,
        "nickname": price.name,
        "metadata": metadata,
        "lookup_key": f"{product.name}:{price.name}",
        "transfer_lookup_key": True,
    }
    if options.tax_behavior:
        params["tax_behavior"] = options.tax_behavior
    if price.interval:
        params["recurring"] = {"interval": price.interval}
    if price.usage is Usage.METERED:
        metadata["aggregate"] = price.aggregate.value
        params["recurring"] |= {"usage_type": "metered", "meter": _meter(bench, product, price)}
    bench.make(thing, said(price), lambda o: bench.v1.prices.create(params, o))


def retire_prices(bench: Bench, product: Product, there: Mapping[str, Json]) -> None:
    """Those of the product that no file lists any more."""
    listed = {price.name for price in product.prices}
    for name, found in there.items():
        if name not in listed and found.get("active"):
            why = "no file lists it any more; who has it keeps it"
            _put(bench, f"price {name} of {product.name}", why, found, {"active": False}, Act.RETIRE)


def _meter(bench: Bench, product: Product, price: Price) -> str:
    """The id of the meter that counts the usage of this price."""
    event, v1 = event_name(product.name, price.name), bench.v1.billing.meters

    def page(after: str | None) -> Json:
        params: MeterListParams = {"status": "active", "limit": 100}
        return bench.calls.read(lambda: v1.list({**params, "starting_after": after} if after else params))

    for each in everything(page):
        if each.get("event_name") == event:
            return str(each["id"])
    params: MeterCreateParams = {
        "display_name": f"{product.title}: {price.name}",
        "event_name": event,
        "default_aggregation": {"formula": COUNTED[price.aggregate]},
    }
    made = bench.make(f"meter {event}", f"counts the {price.aggregate}", lambda o: v1.create(params, o))
    return str(made["id"])


def _put(bench: Bench, thing: str, why: str, price: Json, changes: PriceUpdateParams, act: Act) -> None:
    ref = str(price["id"])
    bench.change(thing, why, price, lambda o: bench.v1.prices.update(ref, changes, o), act=act)


def said(price: Price) -> str:
    """What it costs, in words."""
    rhythm = f"every {price.interval}" if price.interval else "once"
    metered = f", metered by {price.aggregate}" if price.usage is Usage.METERED else ""
    return f"{price.amount} {rhythm}{metered}"
