"""Prints a catalogue as a plan file, in each form it can be read from. The command line calls it.

What is printed loads to the same catalogue again.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import yaml

from billing.plan_documents import Document
from billing.plan_files import merged
from billing.plan_forms import SEATS
from billing.rules.errors import BadInput
from billing.rules.money import MICRO, Credits
from billing.rules.plans import (
    Behavior,
    Catalogue,
    Feature,
    Limit,
    PlanTerms,
    Price,
    Product,
    Rollover,
    Usage,
    catalogue,
)

Json = dict[str, Any]


class Style(StrEnum):
    """A form of plan files."""

    OURS = "ours"
    FRONTIER = "frontier"
    LEGACY = "legacy"


def printed(of: Catalogue, style: Style) -> str:
    """The catalogue as YAML."""
    return yaml.safe_dump_all(_DOCUMENTS[style](of), sort_keys=False, allow_unicode=True, width=120)


def _ours(of: Catalogue) -> list[Json]:
    plans = [(plan, _inline(of, plan)) for plan in of.plans]
    inside = {name for plan, own in plans if own is not None for name in plan.products}
    file = {
        "features": [_given(name=one.name, title=one.title, weight=one.weight) for one in of.features],
        "products": [_own_product(one) for one in of.products if one.name not in inside],
        "plans": [own or _plan_of_products(plan) for plan, own in plans],
    }
    return [{name: rows for name, rows in file.items() if rows} or {"plans": []}]


def _inline(of: Catalogue, plan: PlanTerms) -> Json | None:
    """The plan with its prices inside, when that says just the same."""
    products = {each.name: each for each in of.products_of(plan)}
    shared = {name for other in of.plans if other is not plan for name in other.products}
    own, seats = products.pop(plan.name, None), products.pop(plan.name + SEATS, None)
    if products or shared & set(plan.products) or not (own or seats):
        return None
    row = _own_plan(plan)
    if own is not None:
        row["prices"] = [_own_price(each) for each in own.prices]
    seated = seats or (own if own is not None and own.behavior is Behavior.PER_SEAT else None)
    if seated is not None:
        row["seats"] = _seats(seated) | ({"prices": [_own_price(each) for each in seats.prices]} if seats else {})
    return row if _says(row, plan, [each for each in (own, seats) if each]) else None


def _says(row: Json, plan: PlanTerms, products: list[Product]) -> bool:
    """Whether the row, read again, is the plan and its products."""
    listed = [{"name": name} for name in {*plan.features}]
    try:
        found = merged([Document("", {"features": listed, "plans": [row]})])
    except BadInput:
        return False
    wanted = catalogue([Feature(name, name) for name in plan.features], products, [plan])
    return found == wanted


def _plan_of_products(plan: PlanTerms) -> Json:
    row = _own_plan(plan)
    if plan.products:
        row["products"] = list(plan.products)
    if plan.intervals:
        row["intervals"] = list(plan.intervals)
    return row


def _own_plan(plan: PlanTerms) -> Json:
    gives = _given(
        on_start=_credits(plan.on_start_credits),
        each_period=_credits(plan.period_credits),
        rollover="keep" if plan.rollover is Rollover.KEEP else None,
    )
    return _given(
        name=plan.name, title=plan.title, description=plan.description, credits=gives, trial_days=plan.trial_days,
        features=list(plan.features), limits=_limits(plan.limits), weight=plan.weight,
        default=plan.default or None, active=None if plan.active else False,
    )  # fmt: skip


def _own_product(one: Product) -> Json:
    many = _given(min=one.min_quantity if one.min_quantity != 1 else None, max=one.max_quantity)
    row = _given(
        name=one.name, title=one.title, description=one.description, credits=_credits(one.credit_amount),
        quantity=many, prices=[_own_price(each) for each in one.prices], features=list(one.features),
        active=None if one.active else False,
    )  # fmt: skip
    return row | ({"seats": _seats(one)} if one.behavior is Behavior.PER_SEAT else {})


def _own_price(price: Price) -> Json:
    metered = price.usage is Usage.METERED
    return _given(
        name=price.name, amount=f"{price.amount.major:f}", currency=price.amount.currency, interval=price.interval,
        usage="metered" if metered else None, aggregate=price.aggregate.value if metered else None,
    )  # fmt: skip


def _seats(product: Product) -> Json:
    change = product.seat_change
    return _given(behavior=change.value if change else None, limit=product.seat_limit)


def _legacy(of: Catalogue) -> list[Json]:
    file = {
        "features": [_frontier_feature(each) for each in of.features],
        "products": [_frontier_product(each) for each in of.products],
        "plans": [_frontier_plan(each) for each in of.plans],
    }
    return [file]


def _frontier(of: Catalogue) -> list[Json]:
    kinds = (
        ("BillingFeature", [_frontier_feature(each) for each in of.features]),
        ("BillingProduct", [_frontier_product(each) for each in of.products]),
        ("BillingPlan", [_frontier_plan(each) for each in of.plans]),
    )
    return [{"apiVersion": "v1", "kind": kind, "spec": spec} for kind, spec in kinds]


def _frontier_feature(feature: Feature) -> Json:
    return {"name": feature.name, "title": feature.title, "metadata": {"weightage": feature.weight}}


def _frontier_product(one: Product) -> Json:
    config = _given(
        credit_amount=_credits(one.credit_amount), seat_limit=one.seat_limit,
        min_quantity=one.min_quantity if one.min_quantity != 1 else None, max_quantity=one.max_quantity,
    )  # fmt: skip
    change = one.seat_change
    return _given(
        name=one.name, title=one.title, description=one.description, behavior=one.behavior.value, config=config,
        prices=[_frontier_price(each) for each in one.prices], features=[{"name": name} for name in one.features],
        state=None if one.active else "inactive", metadata=_given(seat_change=change.value if change else None),
    )  # fmt: skip


def _frontier_price(price: Price) -> Json:
    metered = price.usage is Usage.METERED
    row = {"name": price.name, "amount": price.amount.minor, "currency": price.amount.currency.lower()}
    return row | _given(
        interval=price.interval,
        usage_type="metered" if metered else None,
        metered_aggregate=price.aggregate.value if metered else None,
    )


def _frontier_plan(plan: PlanTerms) -> Json:
    """`interval` tells the form's own readers the first rhythm; all of them stand in the metadata."""
    more = _given(
        weightage=plan.weight, intervals=list(plan.intervals) if len(plan.intervals) > 1 else None,
        period_credits=_credits(plan.period_credits), rollover="keep" if plan.rollover is Rollover.KEEP else None,
        limits=_limits(plan.limits), features=list(plan.features), default=plan.default or None,
    )  # fmt: skip
    row = _given(
        name=plan.name, title=plan.title, description=plan.description,
        interval=next(iter(plan.intervals), None), on_start_credits=_credits(plan.on_start_credits),
        trial_days=plan.trial_days, products=[{"name": name} for name in plan.products],
    )  # fmt: skip
    return row | {"state": "active" if plan.active else "inactive"} | _given(metadata=more)


def _limits(limits: tuple[Limit, ...]) -> Json:
    return {each.name: str(each) if each.most is None else each.most for each in limits}


def _credits(amount: Credits) -> int | str | None:
    """A whole number where it is one, as the form writes it."""
    whole, part = divmod(amount.micro, MICRO)
    return (whole or None) if not part else str(amount)


def _given(**words: Any) -> Json:
    """Those that say something; a limit of 0 does, a weight of 0 does not."""
    return {name: word for name, word in words.items() if word not in (None, "", 0, [], {}) or word is False}


_DOCUMENTS: dict[Style, Callable[[Catalogue], list[Json]]] = {
    Style.OURS: _ours, Style.FRONTIER: _frontier, Style.LEGACY: _legacy,
}  # fmt: skip
