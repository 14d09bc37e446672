"""The catalogue of plans as Stripe keeps it, and how it is read from there. For the `stripe*.py` beside it only.

A product is a product of a name of our own, a price its price, a feature an entitlement. Stripe knows no plans: a plan
is a product without a price, whose metadata say what it is made of.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from stripe.params import PriceListParams, ProductListParams
from stripe.params.entitlements import FeatureListParams

from billing.gateways.stripe_base import everything
from billing.gateways.stripe_calls import Calls
from billing.gateways.stripe_values import Json, Malformed, branch, currency, minor, plain
from billing.rules.errors import BadInput
from billing.rules.money import Credits, Money
from billing.rules.plans import (
    Aggregate,
    Behavior,
    Catalogue,
    Feature,
    Limit,
    PlanTerms,
    Price,
    Product,
    Rollover,
    SeatChange,
    Usage,
    catalogue,
)

PRODUCT, PRICE, PLAN, FEATURE = "scrip_product", "scrip_price", "scrip_plan_of", "scrip_feature"
"""Metadata keys of what is made here; the value is the name in the catalogue."""
TERMS = "scrip_terms"
LONGEST_VALUE = 500
"""Stripe keeps no longer metadata value, so that terms are spread over several."""

T = TypeVar("T")
_log = structlog.get_logger(__name__)


@dataclass
class Shelf:
    """What was made here, by its names in the catalogue. `prices` are by product, then by price."""

    features: dict[str, Json] = field(default_factory=dict)
    products: dict[str, Json] = field(default_factory=dict)
    plans: dict[str, Json] = field(default_factory=dict)
    prices: dict[str, dict[str, Json]] = field(default_factory=dict)


def shelf(calls: Calls) -> Shelf:
    """Everything of the catalogue, retired things too."""
    found = Shelf(features={str(each.get("lookup_key")): each for each in _features(calls)})
    for product in _products(calls):
        metadata = branch(product, "metadata")
        if PRODUCT in metadata:
            found.products[str(metadata[PRODUCT])] = product
        elif PLAN in metadata:
            found.plans[str(metadata[PLAN])] = product
    for name, product in found.products.items():
        priced = ((branch(each, "metadata").get(PRICE), each) for each in _prices(calls, str(product["id"])))
        found.prices[name] = {str(key): price for key, price in priced if key}
    return found


def catalogue_on(found: Shelf, *, with_retired: bool = False) -> Catalogue:
    """The catalogue that is kept there, without retired prices. What nobody can read is left out, and logged."""
    marked = (each for each in found.features.values() if FEATURE in branch(each, "metadata"))
    features = [_read(each, feature_of) for each in marked]
    products = [
        _read(each, lambda one: product_of(one, found, with_retired=with_retired)) for each in found.products.values()
    ]
    plans = [_read(each, plan_of) for each in found.plans.values()]
    return catalogue(_there(features), _there(products), _there(plans))


def event_name(product: str, price: str) -> str:
    """Under which name usage of a metered price is reported to Stripe, which takes a hundred characters at most."""
    return f"{product}.{price}"


def feature_of(feature: Json) -> Feature:
    """The feature as the catalogue has it."""
    metadata = branch(feature, "metadata")
    return Feature(str(feature["lookup_key"]), str(feature["name"]), int(metadata.get("weight", "0")))


def product_of(product: Json, found: Shelf, *, with_retired: bool = False) -> Product:
    """The product with its prices."""
    name, terms = str(branch(product, "metadata")[PRODUCT]), _unpacked(product)
    seats = terms.get("seat_change")
    prices = [price_of(each) for each in found.prices.get(name, {}).values() if with_retired or each.get("active")]
    return Product(
        name, str(product["name"]), product.get("description") or "", Behavior(terms["behavior"]),
        Credits.of(terms["credits"]), terms["seat_limit"], SeatChange(seats) if seats else None, terms["min"],
        terms["max"], tuple(prices), tuple(terms["features"]), product.get("active") is True,
    )  # fmt: skip


def price_of(price: Json) -> Price:
    """The price under its name."""
    metadata, every = branch(price, "metadata"), branch(price, "recurring")
    return Price(
        str(metadata[PRICE]),
        Money(minor(price, "unit_amount", 0), currency(price)),
        str(every.get("interval", "")),
        Usage(every.get("usage_type", "licensed")),
        Aggregate(metadata.get("aggregate", "sum")),
    )


def plan_of(product: Json) -> PlanTerms:
    """The plan a product without prices stands for."""
    terms = _unpacked(product)
    return PlanTerms(
        str(branch(product, "metadata")[PLAN]), str(product["name"]), product.get("description") or "",
        tuple(terms["intervals"]), Credits.of(terms["on_start"]), Credits.of(terms["each_period"]),
        Rollover(terms["rollover"]), terms["trial_days"], tuple(terms["products"]),
        tuple(Limit(name, most) for name, most in terms["limits"].items()), tuple(terms["features"]),
        terms["weight"], terms["default"], product.get("active") is True,
    )  # fmt: skip


def product_metadata(product: Product) -> dict[str, str]:
    """What a product keeps of its terms."""
    terms = {
        "behavior": product.behavior, "credits": str(product.credit_amount), "seat_limit": product.seat_limit,
        "seat_change": product.seat_change, "min": product.min_quantity, "max": product.max_quantity,
        "features": product.features,
    }  # fmt: skip
    return {PRODUCT: product.name} | _packed(terms)


def plan_metadata(plan: PlanTerms) -> dict[str, str]:
    """What a plan is, beside its title and its description."""
    terms = {
        "intervals": plan.intervals, "on_start": str(plan.on_start_credits), "each_period": str(plan.period_credits),
        "rollover": plan.rollover, "trial_days": plan.trial_days, "products": plan.products,
        "limits": {each.name: each.most for each in plan.limits}, "features": plan.features,
        "weight": plan.weight, "default": plan.default,
    }  # fmt: skip
    return {PLAN: plan.name} | _packed(terms)


def _packed(terms: Mapping[str, Any]) -> dict[str, str]:
    text = json.dumps(terms, separators=(",", ":"), sort_keys=True)
    starts = range(0, len(text), LONGEST_VALUE)
    return {f"{TERMS}_{place}": text[start : start + LONGEST_VALUE] for place, start in enumerate(starts)}


def _unpacked(product: Json) -> dict[str, Any]:
    metadata = branch(product, "metadata")
    pieces = sorted((name for name in metadata if name.startswith(TERMS)), key=lambda name: int(name.split("_")[-1]))
    terms = json.loads("".join(str(metadata[name]) for name in pieces))
    if not isinstance(terms, dict):
        raise TypeError("the terms are no mapping")
    return terms


def _read(thing: Json, read: Callable[[Json], T]) -> T | None:
    """Somebody may have edited the metadata by hand; the next sync writes them anew."""
    try:
        return read(thing)
    except (KeyError, ValueError, TypeError, AttributeError, Malformed, BadInput) as trouble:
        _log.warning("catalogue_left_out", ref=plain(thing.get("id"), 64), trouble=type(trouble).__name__)
        return None


def _there(found: list[T | None]) -> Iterator[T]:
    return (each for each in found if each is not None)


def _features(calls: Calls) -> Iterator[Json]:
    def page(after: str | None) -> Json:
        params: FeatureListParams = {"limit": 100, "starting_after": after} if after else {"limit": 100}
        return calls.read(lambda: calls.client.v1.entitlements.features.list(params))

    return everything(page)


def _products(calls: Calls) -> Iterator[Json]:
    def page(after: str | None) -> Json:
        params: ProductListParams = {"limit": 100, "starting_after": after} if after else {"limit": 100}
        return calls.read(lambda: calls.client.v1.products.list(params))

    return everything(page)


def _prices(calls: Calls, product_ref: str) -> Iterator[Json]:
    def page(after: str | None) -> Json:
        params: PriceListParams = {"product": product_ref, "limit": 100}
        if after:
            params["starting_after"] = after
        return calls.read(lambda: calls.client.v1.prices.list(params))

    return everything(page)
