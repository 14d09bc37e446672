"""The catalogue of plans as pure values: features, products with their prices, and plans. Anyone may import it.

Whatever file or provider it was read from, the same catalogue is equal: `catalogue` puts everything in one order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from billing.rules.money import Credits, Money

INTERVALS = ("day", "week", "month", "year")
NOTHING = Credits(0)
UNLIMITED = "unlimited"
"""How a limit without an end is written."""


class Behavior(StrEnum):
    """What buying a product does besides opening its features."""

    BASIC = "basic"
    CREDITS = "credits"
    PER_SEAT = "per_seat"


class Usage(StrEnum):
    """Whether a price is paid ahead for a quantity, or afterwards for what was used."""

    LICENSED = "licensed"
    METERED = "metered"


class Aggregate(StrEnum):
    """How the usage of a metered price is counted."""

    SUM = "sum"
    LAST_DURING_PERIOD = "last_during_period"
    LAST_EVER = "last_ever"
    MAX = "max"


class Rollover(StrEnum):
    """What becomes of a period's credits that are left at its end."""

    RESET = "reset"
    KEEP = "keep"


class SeatChange(StrEnum):
    """Whether the seats that are paid for follow the members down as well, or only up."""

    EXACT = "exact"
    INCREMENTAL = "incremental"


@dataclass(frozen=True, slots=True)
class Feature:
    """Something a product or a plan opens. The heavier one stands higher where features are compared."""

    name: str
    title: str
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs every `interval`; an empty one: once. A price of a name never changes its amount."""

    name: str
    amount: Money
    interval: str = ""
    usage: Usage = Usage.LICENSED
    aggregate: Aggregate = Aggregate.SUM


def counts_use(price: Price) -> bool:
    """Whether use of credits is counted for this price: one that takes the last value is a gauge, told by others."""
    return price.usage is Usage.METERED and price.aggregate is Aggregate.SUM


@dataclass(frozen=True, slots=True)
class Product:
    """Something with prices. `credit_amount` is given for each unit; `seat_limit` None: as many members as there are.

    `seat_change` None leaves it to the portal's settings.
    """

    name: str
    title: str
    description: str = ""
    behavior: Behavior = Behavior.BASIC
    credit_amount: Credits = NOTHING
    seat_limit: int | None = None
    seat_change: SeatChange | None = None
    min_quantity: int = 1
    max_quantity: int | None = None
    prices: tuple[Price, ...] = ()
    features: tuple[str, ...] = ()
    active: bool = True

    @property
    def is_subscribed(self) -> bool:
        """Whether it becomes an item of a subscription; a pack of credits in a plan is sold beside it."""
        return self.behavior is not Behavior.CREDITS

    def prices_every(self, interval: str) -> tuple[Price, ...]:
        """Those charged in this rhythm."""
        return tuple(price for price in self.prices if price.interval == interval)


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of something a plan allows; None: without an end."""

    name: str
    most: int | None

    def __str__(self) -> str:
        return UNLIMITED if self.most is None else str(self.most)


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a plan is made of and gives. It can be had in each of its `intervals`; in none when nothing is charged."""

    name: str
    title: str
    description: str = ""
    intervals: tuple[str, ...] = ()
    on_start_credits: Credits = NOTHING
    period_credits: Credits = NOTHING
    rollover: Rollover = Rollover.RESET
    trial_days: int = 0
    products: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    features: tuple[str, ...] = ()
    weight: int = 0
    default: bool = False
    active: bool = True

    def limit(self, name: str) -> Limit | None:
        """The limit of that name, when the plan sets one."""
        return next((each for each in self.limits if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything together. Build it with `catalogue`, for equality needs one order."""

    features: tuple[Feature, ...] = ()
    products: tuple[Product, ...] = ()
    plans: tuple[PlanTerms, ...] = ()

    def plan(self, name: str) -> PlanTerms | None:
        """The plan of this name, in any spelling of its letters."""
        return next((each for each in self.plans if each.name == name.lower()), None)

    def product(self, name: str) -> Product | None:
        """The product of this name."""
        return next((each for each in self.products if each.name == name.lower()), None)

    def products_of(self, plan: PlanTerms) -> tuple[Product, ...]:
        """The products the plan is made of."""
        return tuple(each for each in self.products if each.name in plan.products)

    def features_of(self, plan: PlanTerms) -> tuple[Feature, ...]:
        """What the plan opens, by itself or through its products, the heaviest first."""
        names = {*plan.features, *(name for product in self.products_of(plan) for name in product.features)}
        opened = (each for each in self.features if each.name in names)
        return tuple(sorted(opened, key=lambda each: (-each.weight, each.name)))

    def plan_of(self, product_names: Iterable[str], interval: str) -> PlanTerms | None:
        """The plan that is subscribed to by just these products in this rhythm, retired ones too."""
        names = frozenset(product_names)
        for plan in self.plans:
            if names and interval in plan.intervals and names == subscribed_products(self, plan):
                return plan
        return None

    def prices_of(self, plan: PlanTerms) -> tuple[tuple[str, Money], ...]:
        """What one of each costs ahead: in each rhythm of the plan, and each currency all its products have there."""
        products = [each for each in self.products_of(plan) if each.is_subscribed]
        return tuple(
            (interval, Money(sum(_ahead(each, interval, currency) for each in products), currency))
            for interval in plan.intervals
            for currency in currencies(products, interval)
        )

    @property
    def currency(self) -> str:
        """The one in which something without a price is said to cost nothing."""
        every = (price.amount.currency for product in self.products for price in product.prices)
        return min(every, default="USD")

    @property
    def default_plan(self) -> PlanTerms | None:
        """The plan of whoever has no other."""
        return next((each for each in self.plans if each.default), None)


def subscribed_products(of: Catalogue, plan: PlanTerms) -> frozenset[str]:
    """The names of the products that become items of a subscription to the plan."""
    return frozenset(product.name for product in of.products_of(plan) if product.is_subscribed)


def currencies(products: Sequence[Product], interval: str) -> list[str]:
    """Those in which every one of the products can be paid in this rhythm."""
    each = [{price.amount.currency for price in product.prices_every(interval)} for product in products]
    return sorted(set.intersection(*each)) if each else []


def _ahead(product: Product, interval: str, currency: str) -> int:
    ahead = (price for price in product.prices_every(interval) if price.usage is Usage.LICENSED)
    return sum(price.amount.minor for price in ahead if price.amount.currency == currency)


def catalogue(
    features: Iterable[Feature] = (), products: Iterable[Product] = (), plans: Iterable[PlanTerms] = ()
) -> Catalogue:
    """All of it in one order, whichever order it came in. Whether it may be so, `plan_rules` says."""
    return Catalogue(
        tuple(sorted(features, key=lambda each: each.name)),
        tuple(sorted((_ordered(each) for each in products), key=lambda each: each.name)),
        tuple(sorted((_ordered_plan(each) for each in plans), key=lambda each: each.name)),
    )


def _ordered(product: Product) -> Product:
    prices = tuple(sorted(product.prices, key=lambda each: each.name))
    return replace(product, prices=prices, features=tuple(sorted(set(product.features))))


def _ordered_plan(plan: PlanTerms) -> PlanTerms:
    return replace(
        plan,
        intervals=in_order(plan.intervals),
        products=tuple(sorted(set(plan.products))),
        limits=tuple(sorted(plan.limits, key=lambda each: each.name)),
        features=tuple(sorted(set(plan.features))),
    )


def in_order(intervals: Iterable[str]) -> tuple[str, ...]:
    """Each once, the shortest first; an unknown one last, for a rule to refuse."""
    known = {name: place for place, name in enumerate(INTERVALS)}
    return tuple(sorted(set(intervals), key=lambda each: (known.get(each, len(known)), each)))
