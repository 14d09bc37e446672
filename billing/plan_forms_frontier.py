"""Frontier's two forms of plan files: lists in one document, or documents with a kind. For `plan_*.py`.

Amounts are whole minor units. What the forms have no word for stands in `metadata`, which is free there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator

from billing.plan_documents import Document, Form, Loc
from billing.plan_words import IMPLIED, Interval, Limits, Line, Name, Parts, named
from billing.rules.errors import BadInput
from billing.rules.money import Money
from billing.rules.plans import (
    NOTHING,
    Aggregate,
    Behavior,
    Feature,
    Limit,
    PlanTerms,
    Price,
    Product,
    Rollover,
    SeatChange,
    Usage,
)
from billing.settings_values import CreditsValue

State = Literal["active", "inactive"]
TIERED = "prices in tiers are not sold here: give one amount (billing_scheme flat)"


class Metadata(Form):
    """Free words; these mean something."""

    model_config = ConfigDict(extra="ignore")

    weightage: int = 0
    seat_change: Literal["exact", "incremental"] | None = None
    intervals: list[Interval] | None = None
    period_credits: CreditsValue = NOTHING
    rollover: Literal["reset", "keep"] = "reset"
    limits: Limits = Field(default_factory=dict)
    features: list[Name] = Field(default_factory=list)
    default: bool = False


class Named(Form):
    """A reference, which the form writes as a mapping; a plain name will do."""

    name: Name


class FrontierFeature(Named):
    """A feature."""

    id: str = ""
    title: Line = ""
    product_ids: list[Name] = Field(default_factory=list)
    metadata: Metadata = Metadata()

    def feature(self) -> Feature:
        return Feature(self.name, self.title or self.name, self.metadata.weightage)


class FrontierPrice(Form):
    """A price."""

    id: str = ""
    name: Name = ""
    amount: Annotated[int, Field(ge=0)]
    currency: str = "usd"
    interval: Interval | Literal[""] = ""
    usage_type: Literal["licensed", "metered"] = "licensed"
    billing_scheme: Literal["flat", "tiered"] = "flat"
    metered_aggregate: Literal["sum", "last_during_period", "last_ever", "max"] = "sum"
    tier_mode: Literal["graduated", "volume", ""] = ""
    tiers: list[Any] = Field(default_factory=list)
    state: State = "active"
    metadata: dict[str, Any] = Field(default_factory=dict)

    @field_validator("billing_scheme", "tiers")
    @classmethod
    def _is_flat(cls, given: object) -> object:
        if given not in ("flat", []):
            raise ValueError(TIERED)
        return given


class Config(Form):
    """The numbers of a product; 0 says nothing."""

    credit_amount: CreditsValue = NOTHING
    seat_limit: Annotated[int, Field(ge=0)] = 0
    min_quantity: Annotated[int, Field(ge=0)] = 0
    max_quantity: Annotated[int, Field(ge=0)] = 0


class FrontierProduct(Named):
    """A product."""

    id: str = ""
    title: Line = ""
    description: Line = ""
    behavior: Literal["basic", "credits", "per_seat"] = "basic"
    config: Config = Config()
    prices: list[FrontierPrice] = Field(default_factory=list)
    features: list[Annotated[FrontierFeature, BeforeValidator(named)]] = Field(default_factory=list)
    state: State = "active"
    metadata: Metadata = Metadata()


class FrontierPlan(Named):
    """A plan."""

    id: str = ""
    title: Line = ""
    description: Line = ""
    interval: Interval | Literal[""] = ""
    on_start_credits: CreditsValue = NOTHING
    trial_days: int = 0
    products: list[Annotated[Named, BeforeValidator(named)]] = Field(default_factory=list)
    state: State = "active"
    metadata: Metadata = Metadata()

    def terms(self) -> PlanTerms:
        more = self.metadata
        intervals = more.intervals if more.intervals is not None else [self.interval] if self.interval else []
        return PlanTerms(
            self.name, self.title or self.name, self.description, tuple(intervals), self.on_start_credits,
            more.period_credits, Rollover(more.rollover), self.trial_days, tuple(each.name for each in self.products),
            tuple(Limit(name, most) for name, most in more.limits.items()), tuple(more.features), more.weightage,
            more.default, self.state == "active",
        )  # fmt: skip


class LegacyFile(Form):
    """One document with three lists."""

    features: list[FrontierFeature] = Field(default_factory=list)
    products: list[FrontierProduct] = Field(default_factory=list)
    plans: list[FrontierPlan] = Field(default_factory=list)


class _Kind(Form):
    apiVersion: Literal["v1"]  # noqa: N815  the form's own spelling


class FeatureKind(_Kind):
    """Features with more than a name; the form itself has them inside products only."""

    kind: Literal["BillingFeature"]
    spec: list[FrontierFeature]


class ProductKind(_Kind):
    """Products."""

    kind: Literal["BillingProduct"]
    spec: list[FrontierProduct]


class PlanKind(_Kind):
    """Plans."""

    kind: Literal["BillingPlan"]
    spec: list[FrontierPlan]


class AnyKind(_Kind):
    """A document whose kind is not known yet."""

    kind: Literal["BillingFeature", "BillingProduct", "BillingPlan"]
    spec: list[Any]


def legacy_parts(document: Document) -> Parts:
    """What the document lists. Raises BadInput."""
    file = document.read(LegacyFile)
    parts = Parts()
    for place, each in enumerate(file.features):
        parts.features.append((document.place(("features", place)), each.feature()))
    for place, product in enumerate(file.products):
        own = _product(document, ("products", place), product, file.features)
        parts.products.append((document.place(("products", place)), own))
        parts.features += [(IMPLIED, each.feature()) for each in product.features]
    for place, plan in enumerate(file.plans):
        parts.plans.append((document.place(("plans", place)), plan.terms()))
    return parts


def kind_parts(document: Document) -> Parts:
    """The same of a document with a kind; a feature inside a product is listed by that. Raises BadInput."""
    kind = document.read(AnyKind).kind
    places = [document.place(("spec", place)) for place in range(len(document.value["spec"]))]
    parts = Parts()
    if kind == "BillingFeature":
        parts.features += zip(places, (each.feature() for each in document.read(FeatureKind).spec), strict=True)
    elif kind == "BillingPlan":
        parts.plans += zip(places, (each.terms() for each in document.read(PlanKind).spec), strict=True)
    else:
        for place, product in enumerate(document.read(ProductKind).spec):
            parts.products.append((places[place], _product(document, ("spec", place), product)))
            parts.features += [(IMPLIED, each.feature()) for each in product.features]
    return parts


def _product(document: Document, loc: Loc, one: FrontierProduct, features: Sequence[FrontierFeature] = ()) -> Product:
    """A feature may name its products, as a product its features."""
    config = one.config
    change = one.metadata.seat_change
    opened = [each.name for each in one.features]
    opened += [each.name for each in features if {one.name, one.id.lower()} & {*each.product_ids}]
    return Product(
        one.name,
        one.title or one.name,
        one.description,
        Behavior(one.behavior),
        config.credit_amount,
        config.seat_limit or None,
        SeatChange(change) if change else None,
        config.min_quantity or 1,
        config.max_quantity or None,
        _prices(document, (*loc, "prices"), one.prices),
        tuple(opened),
        one.state == "active",
    )


def _prices(document: Document, loc: Loc, prices: Iterable[FrontierPrice]) -> tuple[Price, ...]:
    found = []
    for place, each in enumerate(prices):
        with document.at(*loc, place):
            amount = _money(each)
        if each.state == "active":
            name = each.name or f"default_{place}"
            found.append(Price(name, amount, each.interval, Usage(each.usage_type), Aggregate(each.metered_aggregate)))
    return tuple(found)


def _money(price: FrontierPrice) -> Money:
    try:
        return Money(price.amount, price.currency.upper())
    except BadInput:
        raise BadInput(f"{price.currency[:10]!r} is not a currency.", field="currency") from None
