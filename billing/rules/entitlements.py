"""What a plan allows: features it has, and so many of each thing that is counted. Anyone may import it; pure decisions.

A name nobody declared is a mistake of whoever asks. It is refused with the names there are, never allowed in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from billing.rules.errors import BadInput
from billing.rules.money import Money
from billing.rules.plans import INTERVALS, Catalogue, PlanTerms
from billing.rules.subscriptions import Subscription, opens

COUNT_MOST = 1_000_000
_TIMES_A_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}


class Answer(StrEnum):
    """What became of a question; the refusals are also the codes by which programs know them."""

    ALLOWED = "allowed"
    NOT_IN_PLAN = "not_in_plan"
    LIMIT_REACHED = "limit_reached"


@dataclass(frozen=True, slots=True)
class Tier:
    """A plan as far as it is asked what it allows. A limit of None is none at all; one that is not named is zero."""

    key: str
    name: str
    price: Money
    interval: str
    features: frozenset[str] = frozenset()
    limits: Mapping[str, int | None] = field(default_factory=dict)
    interval_count: int = 1
    on_sale: bool = True
    """Whether somebody can change to it; a retired one and the one that is had without paying are not offered."""

    @property
    def yearly(self) -> Fraction:
        """What it costs in a year, in minor units: plans of different rhythms are compared by it."""
        return Fraction(self.price.minor * _TIMES_A_YEAR.get(self.interval, 1), self.interval_count)

    @property
    def cost(self) -> str:
        """49.00 USD per month."""
        every = f"per {self.interval}" if self.interval_count == 1 else f"every {self.interval_count} {self.interval}s"
        return f"{self.price} {every}"

    def most(self, limit: str) -> int | None:
        """How many of these it allows; None: any number."""
        return self.limits.get(limit, 0)

    def fits(self, limit: str, count: int) -> bool:
        """Whether so many of these are within it."""
        most = self.most(limit)
        return most is None or count <= most


@dataclass(frozen=True, slots=True)
class Offer:
    """The plans there are, each in every rhythm and currency, and where an account may change its own."""

    tiers: tuple[Tier, ...]
    default: str
    url: str

    def tier(self, key: str, interval: str = "", currency: str = "") -> Tier | None:
        """The plan of this name: as it is charged in this rhythm and currency, when it is."""
        named = [each for each in self.tiers if each.key == key]
        exact = (each for each in named if (each.interval, each.price.currency) == (interval, currency))
        return next((each for some in (exact, named) for each in some), None)

    @property
    def features(self) -> frozenset[str]:
        """Every feature that some plan has."""
        return frozenset().union(*(each.features for each in self.tiers))

    @property
    def limits(self) -> frozenset[str]:
        """Everything that some plan counts."""
        return frozenset(name for each in self.tiers for name in each.limits)

    def cheapest(self, currency: str | None, tiers: Iterable[Tier]) -> Tier | None:
        """The one of them that costs least in a year, of those that can be had. One's own currency comes first."""
        sold = (each for each in tiers if each.on_sale and each.key != self.default)
        return min(sold, key=lambda each: (each.price.currency != currency, each.yearly, each.key), default=None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, in a sentence and in parts. `used` and `limit` are told of what is counted; no limit is None."""

    answer: Answer
    asked: str
    plan: Tier | None
    reason: str = ""
    counted: bool = False
    used: int = 0
    limit: int | None = None
    upgrade: Tier | None = None
    url: str = ""

    @property
    def allowed(self) -> bool:
        """Whether it may be done."""
        return self.answer is Answer.ALLOWED


def check(offer: Offer, plan: Tier | None, feature: str, closed: str = "") -> Verdict:
    """Whether the plan has the feature. `closed` says why a better one does not count now. Raises BadInput."""
    _refuse_unknown("feature", feature, offer.features)
    if plan is not None and feature in plan.features:
        return Verdict(Answer.ALLOWED, feature, plan)
    better = offer.cheapest(_currency(plan), (each for each in offer.tiers if feature in each.features))
    lacking = f"The plan {plan.name} does not have {feature}." if plan else f"{feature} needs a plan."
    way = f"{better.name} has it for {better.cost}." if better else "No plan on sale has it."
    reason = _sentences(lacking, closed, way, _where(offer, better))
    return Verdict(Answer.NOT_IN_PLAN, feature, plan, reason, upgrade=better, url=offer.url)


def take(offer: Offer, plan: Tier | None, limit: str, used: int, count: int = 1, closed: str = "") -> Verdict:
    """Whether `count` more of these fit beside the `used` ones. Raises BadInput.

    What is there beyond a limit, after a change to a smaller plan, stays; it is the next one that is refused.
    """
    assert_counted(offer, limit, count)
    most = plan.most(limit) if plan else 0
    if plan is not None and plan.fits(limit, used + count):
        return Verdict(Answer.ALLOWED, limit, plan, counted=True, used=used, limit=most)
    better = offer.cheapest(_currency(plan), (each for each in offer.tiers if each.fits(limit, used + count)))
    answer = Answer.LIMIT_REACHED if most else Answer.NOT_IN_PLAN
    way = _way(better, limit)
    reason = _sentences(_full(plan, limit, used, count), closed, way, _where(offer, better))
    return Verdict(answer, limit, plan, reason, counted=True, used=used, limit=most, upgrade=better, url=offer.url)


def assert_counted(offer: Offer, limit: str, count: int = 1) -> None:
    """Raises BadInput unless some plan counts these, and the count is one."""
    _refuse_unknown("limit", limit, offer.limits)
    if type(count) is not int or not 1 <= count <= COUNT_MOST:
        raise BadInput(f"The count must be a whole number from 1 to {COUNT_MOST}.", field="count")


def tiers_of(of: Catalogue) -> tuple[Tier, ...]:
    """The catalogue's plans as far as they are asked what they allow."""
    return tuple(tier for plan in of.plans for tier in _tiers(of, plan))


def tier_of(
    offer: Offer, subscriptions: Iterable[Subscription], plans: Mapping[str, str]
) -> tuple[Tier | None, Subscription | None]:
    """The best plan that is open and the subscription that opens it, else the default plan and none.

    `plans`: the plans' keys by the subscriptions' ids.
    """
    opening = [each for each in subscriptions if opens(each)]
    tiers = [(offer.tier(plans.get(each.id, ""), each.interval, each.amount.currency), each) for each in opening]
    opened = [(tier, each) for tier, each in tiers if tier is not None]
    return max(opened, key=lambda pair: pair[0].yearly, default=(offer.tier(offer.default), None))


def _tiers(of: Catalogue, plan: PlanTerms) -> Iterator[Tier]:
    features = frozenset(each.name for each in of.features_of(plan))
    limits = {each.name: each.most for each in plan.limits}
    on_sale = plan.active and not plan.default
    for interval, price in of.prices_of(plan) or ((INTERVALS[2], Money(0, of.currency)),):
        yield Tier(plan.name, plan.title, price, interval, features, limits, on_sale=on_sale)


def _full(plan: Tier | None, limit: str, used: int, count: int) -> str:
    if plan is None:
        return f"{limit.capitalize()} need a plan."
    if not plan.most(limit):
        return f"The plan {plan.name} allows no {limit}."
    more = f", so {count} more do not fit" if count > 1 else ""
    return f"The plan {plan.name} allows {plan.most(limit)} {limit}, and {used} are in use{more}."


def _way(better: Tier | None, limit: str) -> str:
    if better is None:
        return "No plan on sale allows that many."
    most = better.most(limit)
    return f"{better.name} allows {'any number' if most is None else most} for {better.cost}."


def _where(offer: Offer, better: Tier | None) -> str:
    return f"Change it at {offer.url}" if better else ""


def _sentences(*said: str) -> str:
    return " ".join(filter(None, said))


def _currency(plan: Tier | None) -> str | None:
    return plan.price.currency if plan else None


def _refuse_unknown(kind: str, name: str, known: frozenset[str]) -> None:
    if name not in known:
        there = f"there are {', '.join(sorted(known))}" if known else "no plan names one"
        raise BadInput(f"There is no {kind} {name[:40]!r}: {there}.", field=kind)
