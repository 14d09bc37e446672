"""Makes a Stripe account hold a catalogue of plans. Only `billing/gateways/stripe_setup.py` imports it.

Nothing is ever deleted. A price keeps its amount for ever; what a file does not name is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from stripe.params import ProductCreateParams, ProductUpdateParams

from billing.gateways.preparation import Act
from billing.gateways.stripe_bench import Bench
from billing.gateways.stripe_catalogue import (
    FEATURE,
    TERMS,
    Shelf,
    catalogue_on,
    plan_metadata,
    price_of,
    product_metadata,
    shelf,
)
from billing.gateways.stripe_catalogue_prices import COUNTED, put_price, retire_prices, said
from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_values import Json, Malformed, branch
from billing.rules.errors import BadInput
from billing.rules.plans import Catalogue, Feature, PlanTerms, Price, Product, Usage

PREFIX = "scrip_"


def sync(bench: Bench, options: StripeOptions, wanted: Catalogue) -> None:
    """Makes and changes what differs. Raises BadInput before anything is written when something must not change."""
    there = shelf(bench.calls)
    for sentence in _refusals(there, wanted):
        raise BadInput(sentence)
    for feature in wanted.features:
        _feature(bench, there.features.get(feature.name), feature)
    for product in wanted.products:
        _product(bench, options, there, product)
    for plan in wanted.plans:
        _plan(bench, there.plans.get(plan.name), plan)
    _tell_others(bench, there, wanted)


def _refusals(there: Shelf, wanted: Catalogue) -> Iterator[str]:
    """What others rely on: a price's amount, what a product is, what a plan is made of."""
    kept = catalogue_on(there)
    for product in wanted.products:
        before = kept.product(product.name)
        if before is not None and before.behavior is not product.behavior:
            yield (
                f"The product {product.name} was made with the behavior {before.behavior} and cannot become"
                f" {product.behavior}: retire it and give the new one another name."
            )
        for price in product.prices:
            yield from _price_refusals(product, price, there.prices.get(product.name, {}).get(price.name))
    for plan in wanted.plans:
        yield from _plan_refusals(plan, kept.plan(plan.name))


def _price_refusals(product: Product, price: Price, found: Json | None) -> Iterator[str]:
    about = f"The price {price.name} of {product.name}"
    if price.usage is Usage.METERED and price.aggregate not in COUNTED:
        yield f"{about} is counted by {price.aggregate}, which Stripe's meters cannot: use sum or last_during_period."
    if found is None:
        return
    try:
        before = price_of(found)
    except Malformed as malformed:
        yield f"{about} was changed by hand at Stripe ({malformed}): give the one in the file another name."
        return
    if before != price:
        yield (
            f"{about} is {said(before)} at Stripe and {said(price)} in the file, and a price never changes:"
            " give the new one another name."
        )


def _plan_refusals(plan: PlanTerms, before: PlanTerms | None) -> Iterator[str]:
    if before is None:
        return
    gone = [each for each in before.intervals if each not in plan.intervals]
    if before.products != plan.products or gone:
        what = "other products" if before.products != plan.products else f"no price every {gone[0]} any more"
        yield (
            f"The plan {plan.name} has {what}, and its subscribers could not be told apart: set it inactive and"
            " give the new plan another name."
        )


def _feature(bench: Bench, found: Json | None, feature: Feature) -> None:
    thing, v1 = f"feature {feature.name}", bench.v1.entitlements.features
    metadata = {FEATURE: feature.name, "weight": str(feature.weight)}
    if found is None:
        key, name = feature.name, feature.title
        bench.make(thing, name, lambda o: v1.create({"lookup_key": key, "name": name, "metadata": metadata}, o))
        return
    shown: dict[str, Any] = {"name": feature.title, "active": True}
    wrong = _differing(found, shown, metadata)
    if not wrong:
        bench.keep(thing)
        return
    ref, title = str(found["id"]), feature.title
    bench.change(
        thing, _not_as(wrong), found,
        lambda o: v1.update(ref, {"name": title, "active": True, "metadata": metadata}, o),
        act=_act(found, active=True),
    )  # fmt: skip


def _product(bench: Bench, options: StripeOptions, there: Shelf, product: Product) -> None:
    found, prices = there.products.get(product.name), there.prices.get(product.name, {})
    shown: dict[str, Any] = {"name": product.title, "description": product.description, "active": product.active}
    if options.tax_code:
        shown["tax_code"] = options.tax_code
    ref = PREFIX + product.name if found is None else str(found["id"])
    _shown(bench, f"product {product.name}", ref, found, shown, product_metadata(product))
    for price in product.prices:
        put_price(bench, options, ref, product, price, prices.get(price.name))
    retire_prices(bench, product, prices)


def _plan(bench: Bench, found: Json | None, plan: PlanTerms) -> None:
    shown: dict[str, Any] = {"name": plan.title, "description": plan.description, "active": plan.active}
    ref = f"{PREFIX}plan_{plan.name}" if found is None else str(found["id"])
    _shown(bench, f"plan {plan.name}", ref, found, shown, plan_metadata(plan))


def _shown(
    bench: Bench, thing: str, ref: str, found: Json | None, shown: dict[str, Any], metadata: Mapping[str, str]
) -> None:
    """A product at Stripe, which may stand for a plan, with these fields and metadata."""
    if found is None:
        given = {name: value for name, value in shown.items() if value != ""}
        params = cast(ProductCreateParams, {"id": ref, "metadata": dict(metadata), **given})
        bench.make(thing, str(shown["name"]), lambda o: bench.v1.products.create(params, o))
        return
    wrong = _differing(found, shown, metadata)
    if not wrong:
        bench.keep(thing)
        return
    emptied = {name: "" for name in branch(found, "metadata") if name.startswith(TERMS) and name not in metadata}
    changes = cast(ProductUpdateParams, {"metadata": {**emptied, **metadata}, **shown})
    bench.change(
        thing, _not_as(wrong), found, lambda o: bench.v1.products.update(ref, changes, o),
        act=_act(found, active=bool(shown["active"])),
    )  # fmt: skip


def _tell_others(bench: Bench, there: Shelf, wanted: Catalogue) -> None:
    """Several installations may share an account, and one file may be synced alone."""
    why = "these files do not name it, so it is left alone; to retire it, list it as inactive"
    for name, found in there.products.items():
        if wanted.product(name) is None and found.get("active"):
            bench.keep(f"product {name}", why)
    for name, found in there.plans.items():
        if wanted.plan(name) is None and found.get("active"):
            bench.keep(f"plan {name}", why)


def _differing(found: Json, shown: Mapping[str, Any], metadata: Mapping[str, str]) -> list[str]:
    wrong = [name for name, value in shown.items() if (found.get(name) or "") != (value or "")]
    there = branch(found, "metadata")
    stale = [name for name in there if name.startswith(TERMS) and name not in metadata]
    same = all(there.get(name) == value for name, value in metadata.items()) and not stale
    return wrong if same else [*wrong, "terms"]


def _not_as(wrong: list[str]) -> str:
    return f"not as in the file: {', '.join(wrong)}"


def _act(found: Json, *, active: bool) -> Act:
    if bool(found.get("active")) == active:
        return Act.CHANGE
    return Act.REVIVE if active else Act.RETIRE
