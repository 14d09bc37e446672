"""What a catalogue must be like, each rule with its sentence. Anyone may import it; pure decisions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from billing.rules.errors import BadInput
from billing.rules.money import CURRENCIES, Money
from billing.rules.plans import (
    INTERVALS,
    UNLIMITED,
    Behavior,
    Catalogue,
    PlanTerms,
    Price,
    Product,
    Rollover,
    Usage,
    subscribed_products,
)
from billing.rules.wares import paid_ahead

LONGEST_NAME, LONGEST_TITLE, LONGEST_TEXT = 48, 80, 500
MOST_QUANTITY = 100_000
MOST_TRIAL_DAYS = 730
MOST_MINOR = 10**12

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.ASCII)


def refuse_mistakes(of: Catalogue) -> Catalogue:
    """The catalogue itself when every rule holds. Raises BadInput with the first sentence."""
    for sentence in mistakes(of):
        raise BadInput(sentence)
    return of


def mistakes(of: Catalogue) -> Iterator[str]:
    """A sentence for whatever breaks a rule."""
    for rule in RULES:
        yield from rule(of)


def _names(of: Catalogue) -> Iterator[str]:
    for what, things in (("features", of.features), ("products", of.products), ("plans", of.plans)):
        yield from _twice(what, [each.name for each in things])
        for each in things:
            if len(each.name) > LONGEST_NAME or not _NAME.fullmatch(each.name):
                yield (
                    f"{each.name[:LONGEST_NAME]!r} cannot be the name of one of the {what}: use up to {LONGEST_NAME} "
                    "letters, digits, dots, dashes and underscores, a letter or digit first."
                )
            if not 0 < len(each.title) <= LONGEST_TITLE:
                yield f"{each.name} needs a title of 1 to {LONGEST_TITLE} characters."


def _described(of: Catalogue) -> tuple[Product | PlanTerms, ...]:
    return (*of.products, *of.plans)


def _texts(of: Catalogue) -> Iterator[str]:
    for each in _described(of):
        if len(each.description) > LONGEST_TEXT:
            yield f"The description of {each.name} is longer than {LONGEST_TEXT} characters."


def _features_known(of: Catalogue) -> Iterator[str]:
    known = {each.name for each in of.features}
    for each in _described(of):
        for name in each.features:
            if name not in known:
                yield f"{each.name} opens the feature {name}, which is listed nowhere."


def _products_known(of: Catalogue) -> Iterator[str]:
    """Plans are made of products and products of prices, so nothing can contain itself."""
    known = {each.name for each in of.products}
    for plan in of.plans:
        for name in plan.products:
            if name not in known:
                yield f"The plan {plan.name} is made of the product {name}, which is listed nowhere."


def _configs(of: Catalogue) -> Iterator[str]:
    for product in of.products:
        yield from _config(product)


def _config(product: Product) -> Iterator[str]:
    about, gives = f"The product {product.name}", product.credit_amount.micro
    if product.behavior is Behavior.CREDITS and gives < 1:
        yield f"{about} sells credits, so it must say how many: credit_amount above zero."
    if product.behavior is not Behavior.CREDITS and gives:
        yield f"{about} has a credit_amount, but its behavior is {product.behavior}, not credits."
    if product.behavior is not Behavior.PER_SEAT and (product.seat_limit is not None or product.seat_change):
        yield f"{about} has a rule for seats, but its behavior is {product.behavior}, not per_seat."
    if product.seat_limit is not None and product.seat_limit < 1:
        yield f"{about} must have a seat_limit of at least 1, or none."
    most = MOST_QUANTITY if product.max_quantity is None else product.max_quantity
    if not 1 <= product.min_quantity <= most <= MOST_QUANTITY:
        yield f"{about} can be bought between 1 and {MOST_QUANTITY} times: its min_quantity or max_quantity is wrong."


def _prices(of: Catalogue) -> Iterator[str]:
    for product in of.products:
        yield from _twice(f"prices of the product {product.name}", [each.name for each in product.prices])
        for price in product.prices:
            yield from _price(f"The price {price.name} of {product.name}", price)


def _price(about: str, price: Price) -> Iterator[str]:
    if len(price.name) > LONGEST_NAME or not _NAME.fullmatch(price.name):
        yield f"{about} must have a name of up to {LONGEST_NAME} letters, digits, dots, dashes and underscores."
    if price.interval not in ("", *INTERVALS):
        yield f"{about} is charged every {price.interval}: use {', '.join(INTERVALS)}, or none for once."
    if price.usage is Usage.METERED and not price.interval:
        yield f"{about} is metered, so it must say how often it is charged."
    if price.amount.currency not in CURRENCIES:
        yield f"{about} is in {price.amount.currency}, which is not a currency that can be charged."
    elif not 0 <= price.amount.minor < MOST_MINOR:
        yield f"{about} costs less than nothing, or more than can be charged."
    else:
        yield from _misfit(about, price.amount)


def _misfit(about: str, amount: Money) -> Iterator[str]:
    """Some currencies are charged in steps."""
    try:
        Money.of(f"{amount.major:f}", amount.currency)
    except BadInput as refused:
        yield f"{about} cannot be charged: {refused.sentence}"


def _plans(of: Catalogue) -> Iterator[str]:
    for plan in of.plans:
        yield from _plan(plan)
        yield from _composition(of, plan)


def _plan(plan: PlanTerms) -> Iterator[str]:
    about = f"The plan {plan.name}"
    if unknown := [each for each in plan.intervals if each not in INTERVALS]:
        yield f"{about} is charged every {unknown[0]}: use {', '.join(INTERVALS)}."
    if plan.on_start_credits.micro < 0 or plan.period_credits.micro < 0:
        yield f"{about} would take credits away: on_start_credits and period credits must be 0 or more."
    if not 0 <= plan.trial_days <= MOST_TRIAL_DAYS:
        yield f"{about} must have trial_days between 0 and {MOST_TRIAL_DAYS}."
    if plan.rollover is not Rollover.RESET and not plan.period_credits.micro:
        yield f"{about} says what becomes of a period's credits, but it gives none each period."
    yield from _twice(f"limits of the plan {plan.name}", [each.name for each in plan.limits])
    for limit in plan.limits:
        if limit.most is not None and limit.most < 0:
            yield f"{about} must limit {limit.name} to 0 or more, or to unlimited."


def _composition(of: Catalogue, plan: PlanTerms) -> Iterator[str]:
    products = of.products_of(plan)
    about = f"The plan {plan.name}"
    seated = [each.name for each in products if each.behavior is Behavior.PER_SEAT]
    if len(seated) > 1:
        yield f"{about} holds two products that are charged per seat, {seated[0]} and {seated[1]}: keep one of them."
    if not plan.intervals and not plan.default and any(each.prices for each in products if each.is_subscribed):
        yield f"{about} must say how often it is charged: {', '.join(INTERVALS)}."
    for product in products:
        for interval in plan.intervals:
            if product.is_subscribed and not product.prices_every(interval):
                yield f"{about} is charged every {interval}, but {product.name} in it has no price every {interval}."
        if plan.active and not product.active:
            yield f"{about} is active, but its product {product.name} is inactive."


def _distinct(of: Catalogue) -> Iterator[str]:
    """A subscription knows only its products and its rhythm, so they must lead back to one plan."""
    for one, other in combinations(of.plans, 2):
        products = subscribed_products(of, one)
        shared = [each for each in one.intervals if each in other.intervals]
        if products and shared and products == subscribed_products(of, other):
            yield f"The plans {one.name} and {other.name} hold the same products every {shared[0]}: make them differ."


def _own_products(of: Catalogue) -> Iterator[str]:
    """A plan is changed item by item: what both plans have stays as it is, and no invoice tells of it."""
    for plan in of.plans:
        others = [each for each in of.plans if each is not plan]
        for interval in plan.intervals if plan.period_credits.micro else ():
            shared = {name for each in others if interval in each.intervals for name in each.products}
            if paid_ahead(of, plan, interval) <= shared:
                yield (
                    f"The plan {plan.name} gives credits each period, but all it charges every {interval} is in other"
                    " plans as well, or metered: give it a product of its own, so that an invoice tells what was paid."
                )


def _limits(of: Catalogue) -> Iterator[str]:
    """What a plan does not name it does not allow, so that a limit forgotten in one plan would close it there."""
    counted = {limit.name: plan.name for plan in reversed(of.plans) for limit in plan.limits}
    for plan in of.plans:
        for name in sorted(counted.keys() - {limit.name for limit in plan.limits}):
            yield f"{counted[name]} limits {name}, but {plan.name} does not say: write a number or {UNLIMITED}."


def _default(of: Catalogue) -> Iterator[str]:
    defaults = [plan for plan in of.plans if plan.default]
    if len(defaults) > 1:
        yield f"The plans {defaults[0].name} and {defaults[1].name} are both the default: keep one of them."
    for plan in defaults:
        if _costs(of, plan) or not plan.active:
            yield f"The default plan {plan.name} must be free and active: nobody has chosen it."
        if plan.period_credits.micro:
            yield (
                f"The default plan {plan.name} gives credits each period, but it has no periods, for nobody is charged"
                " for it: give them on_start, or not at all."
            )


def _costs(of: Catalogue, plan: PlanTerms) -> bool:
    charged = (each for each in of.products_of(plan) if each.is_subscribed)
    return any(price.amount.minor for each in charged for price in each.prices if price.interval in plan.intervals)


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"Two {what} are called {name}; names are the same in small and capital letters."
        seen.add(name)


Rule = Callable[[Catalogue], Iterator[str]]
RULES: tuple[Rule, ...] = (
    _names, _texts, _features_known, _products_known, _configs, _prices, _plans, _distinct, _own_products, _limits,
    _default,
)  # fmt: skip
