"""What can be subscribed to of a catalogue at Stripe: an offer per plan, rhythm and currency. For `stripe*.py` only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from billing.gateways.stripe_calls import Calls
from billing.gateways.stripe_catalogue import Shelf, catalogue_on, shelf
from billing.gateways.stripe_lifecycles import plans_of
from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_shelf import plans_on_sale
from billing.rules.money import Money
from billing.rules.plans import Behavior, Catalogue, PlanTerms, Product, Usage
from billing.rules.subscriptions import Plan, PlanItem


def every_plan(calls: Calls, options: StripeOptions) -> tuple[Plan, ...]:
    """What the settings name, and what was synced of their files."""
    named = plans_of(plans_on_sale(calls, options), livemode=options.livemode)
    return named + (offers(shelf(calls)) if options.has_catalogue else ())


def offers(found: Shelf) -> tuple[Plan, ...]:
    """Every plan in each of its rhythms and in each currency in which all of it has a price, cheapest first.

    Retired plans are among them, for somebody may still have one; they are not `on_sale`.
    """
    sold, ever = catalogue_on(found), catalogue_on(found, with_retired=True)
    made = [offer for plan in ever.plans for offer in _of_plan(found, sold if plan.active else ever, plan)]
    return tuple(sorted(made, key=lambda plan: (plan.amount.currency, plan.amount.minor, plan.key)))


def _of_plan(found: Shelf, of: Catalogue, plan: PlanTerms) -> Iterator[Plan]:
    products = sorted(
        (each for each in of.products_of(plan) if each.is_subscribed),
        key=lambda each: each.behavior is not Behavior.PER_SEAT,
    )
    kinds = [(interval, currency) for interval in plan.intervals for currency in _currencies(products, interval)]
    for interval, currency in kinds:
        items = [item for each in products for item in _items(found, each, interval, currency)]
        yield _offer(plan, interval, currency, tuple(items), alone=len(kinds) == 1)


def _offer(plan: PlanTerms, interval: str, currency: str, items: tuple[PlanItem, ...], *, alone: bool) -> Plan:
    """Named by its plan alone where there is one of it; the item whose quantity counts stands first."""
    ahead = sum(item.amount.minor for item in items if not item.metered)
    return Plan(
        key=plan.name if alone else f"{plan.name}:{interval}:{currency.lower()}",
        price_ref=items[0].price_ref,
        product_ref=items[0].product_ref,
        name=plan.title,
        description=plan.description,
        amount=Money(ahead, currency),
        interval=interval,
        items=items,
        terms=plan,
        on_sale=plan.active,
    )


def _items(found: Shelf, product: Product, interval: str, currency: str) -> Iterator[PlanItem]:
    prices = sorted(product.prices_every(interval), key=lambda each: each.usage is Usage.METERED)
    for price in prices:
        if price.amount.currency == currency:
            yield PlanItem(
                product=product.name,
                product_ref=str(found.products[product.name]["id"]),
                price_ref=str(found.prices[product.name][price.name]["id"]),
                amount=price.amount,
                per_seat=product.behavior is Behavior.PER_SEAT,
                metered=price.usage is Usage.METERED,
            )


def _currencies(products: Sequence[Product], interval: str) -> list[str]:
    """Those that every product can be paid in."""
    each = [{price.amount.currency for price in product.prices_every(interval)} for product in products]
    return sorted(set.intersection(*each)) if each else []
