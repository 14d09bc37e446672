"""Our own concise form of a plan file: a plan may carry its prices itself. Only the `plan_*.py` verbs import it.

A word means the same in every form: what is read here and printed in another form is the same catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from billing.plan_documents import Document, Form, Loc
from billing.plan_words import Count, Interval, Limits, Line, Name, Parts, named, quoted
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

SEATS = "-seats"
"""How the product of a plan's seats is called after the plan."""


class OwnFeature(Form):
    """A feature, or only its name."""

    name: Name
    title: Line = ""
    weight: int = 0

    def feature(self) -> Feature:
        return Feature(self.name, self.title or self.name, self.weight)


class OwnPrice(Form):
    """A price; its name is made of its rhythm when it has none."""

    name: Name = ""
    amount: Annotated[str, BeforeValidator(quoted)]
    currency: str
    interval: Interval | Literal[""] = ""
    usage: Literal["licensed", "metered"] = "licensed"
    aggregate: Literal["sum", "last_during_period", "last_ever", "max"] = "sum"


class OwnSeats(Form):
    """How many members may come, and whether the seats that are paid for follow them down as well."""

    behavior: Literal["exact", "incremental"] | None = None
    limit: Count | None = None


class OwnPlanSeats(OwnSeats):
    """With prices of their own: the plan has a price, and each seat has one besides."""

    prices: list[OwnPrice] = Field(default_factory=list)


class OwnQuantity(Form):
    """How often it may be bought at once."""

    min: Count = 1
    max: Count | None = None


class OwnProduct(Form):
    """A product that several plans may share, or that is sold by itself."""

    name: Name
    title: Line = ""
    description: Line = ""
    credits: CreditsValue = NOTHING
    seats: OwnSeats | None = None
    quantity: OwnQuantity = OwnQuantity()
    prices: list[OwnPrice] = Field(default_factory=list)
    features: list[Name] = Field(default_factory=list)
    active: bool = True


class OwnCredits(Form):
    """What a plan gives."""

    on_start: CreditsValue = NOTHING
    each_period: CreditsValue = NOTHING
    rollover: Literal["reset", "keep"] = "reset"


class OwnPlan(Form):
    """A plan: with prices of its own, made of products, or free."""

    name: Name
    title: Line = ""
    description: Line = ""
    prices: list[OwnPrice] = Field(default_factory=list)
    products: list[Name] = Field(default_factory=list)
    intervals: list[Interval] = Field(default_factory=list)
    credits: OwnCredits = OwnCredits()
    trial_days: int = 0
    features: list[Name] = Field(default_factory=list)
    limits: Limits = Field(default_factory=dict)
    seats: OwnPlanSeats | None = None
    weight: int = 0
    default: bool = False
    active: bool = True


class OwnFile(Form):
    """The whole document."""

    features: list[Annotated[OwnFeature, BeforeValidator(named)]] = Field(default_factory=list)
    products: list[OwnProduct] = Field(default_factory=list)
    plans: list[OwnPlan] = Field(default_factory=list)


def own_parts(document: Document) -> Parts:
    """What the document lists. Raises BadInput."""
    file, parts = document.read(OwnFile), Parts()
    for place, each in enumerate(file.features):
        parts.features.append((document.place(("features", place)), each.feature()))
    for place, one in enumerate(file.products):
        parts.products.append((document.place(("products", place)), _product(document, ("products", place), one)))
    for place, plan in enumerate(file.plans):
        where = document.place(("plans", place))
        own = list(own_products(document, ("plans", place), plan))
        parts.products += [(where, product) for product in own]
        parts.plans.append((where, _terms(plan, own)))
    return parts


def own_products(document: Document, loc: Loc, plan: OwnPlan) -> Iterator[Product]:
    """The products a plan with prices of its own is made of."""
    seats = plan.seats
    per_seat = seats is not None and not seats.prices
    if plan.prices or per_seat:
        prices = prices_of(document, (*loc, "prices"), plan.prices)
        product = Product(plan.name, plan.title or plan.name, plan.description, prices=prices, active=plan.active)
        yield _seated(product, seats) if per_seat else product
    if seats is not None and seats.prices:
        prices = prices_of(document, (*loc, "seats", "prices"), seats.prices)
        extra = Product(plan.name + SEATS, f"{plan.title or plan.name}: seats", prices=prices, active=plan.active)
        yield _seated(extra, seats)


def prices_of(document: Document, loc: Loc, prices: Sequence[OwnPrice]) -> tuple[Price, ...]:
    """Each with its name: its rhythm, and its currency as well when that name is taken."""
    found: list[Price] = []
    for place, each in enumerate(prices):
        taken = {price.name for price in found}
        plain = each.interval or "once"
        name = each.name or (plain if plain not in taken else f"{plain}-{each.currency.lower()}")
        with document.at(*loc, place):
            amount = Money.of(each.amount, each.currency)
        found.append(Price(name, amount, each.interval, Usage(each.usage), Aggregate(each.aggregate)))
    return tuple(found)


def _product(document: Document, loc: Loc, one: OwnProduct) -> Product:
    product = Product(
        one.name,
        one.title or one.name,
        one.description,
        Behavior.CREDITS if one.credits.micro else Behavior.BASIC,
        one.credits,
        min_quantity=one.quantity.min,
        max_quantity=one.quantity.max,
        prices=prices_of(document, (*loc, "prices"), one.prices),
        features=tuple(one.features),
        active=one.active,
    )
    return _seated(product, one.seats)


def _seated(product: Product, seats: OwnSeats | None) -> Product:
    if seats is None:
        return product
    change = SeatChange(seats.behavior) if seats.behavior else None
    # built anew, not by replace(), whose arguments no checker reads
    return Product(
        product.name, product.title, product.description, Behavior.PER_SEAT, product.credit_amount, seats.limit,
        change, product.min_quantity, product.max_quantity, product.prices, product.features, product.active,
    )  # fmt: skip


def _terms(plan: OwnPlan, own: Sequence[Product]) -> PlanTerms:
    charged = [price.interval for product in own for price in product.prices]
    return PlanTerms(
        plan.name,
        plan.title or plan.name,
        plan.description,
        tuple(plan.intervals or [each for each in charged if each]),
        plan.credits.on_start,
        plan.credits.each_period,
        Rollover(plan.credits.rollover),
        plan.trial_days,
        (*plan.products, *(product.name for product in own)),
        tuple(Limit(name, most) for name, most in plan.limits.items()),
        tuple(plan.features),
        plan.weight,
        plan.default,
        plan.active,
    )
