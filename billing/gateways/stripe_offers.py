"""What can be subscribed to of a catalogue at Stripe: an offer per plan, rhythm and currency. For `stripe*.py` only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from billing.gateways.stripe_calls import Calls
from billing.gateways.stripe_catalogue import PRODUCT, Shelf, catalogue_on, event_name, shelf
from billing.gateways.stripe_lifecycles import plans_of
from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_prices import key_of
from billing.gateways.stripe_shelf import plans_on_sale
from billing.gateways.stripe_values import Json, branch, minor, word_or_none
from billing.rules.money import Money
from billing.rules.plans import Behavior, Catalogue, PlanTerms, Product, Usage, counts_use, currencies
from billing.rules.subscriptions import Plan, PlanItem
from billing.rules.wares import Ware


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


def ware_of(price: Json, options: StripeOptions, plans: Callable[[], Sequence[Plan]]) -> Ware | None:
    """What of ours the price is, with its product expanded; `plans` are asked only when nothing else says it."""
    name = _product_name(price, options, plans)
    if name is None:
        return None
    every = branch(price, "recurring")
    return Ware(
        product=name,
        interval=word_or_none(every.get("interval")) or "",
        interval_count=minor(every, "interval_count", 1) if every else 1,
        metered=every.get("usage_type") == "metered",
    )


def _product_name(price: Json, options: StripeOptions, plans: Callable[[], Sequence[Plan]]) -> str | None:
    """A product of the catalogue says its name itself. A plan that is listed in settings is found by how they name it:
    the price, the product, or a lookup key of some price of that product.
    """
    product, key, reference = branch(price, "product"), key_of(price), str(price.get("id"))
    marked = word_or_none(branch(product, "metadata").get(PRODUCT))
    if marked is not None:
        return marked if options.has_catalogue else None
    named = next((name for name, ref in options.plan_prices.items() if ref == reference), None)
    if named is not None or options.subscription_product == product.get("id"):
        return named or key or reference
    if not (options.plan_prices or options.plan_lookup_keys or options.subscription_product or options.has_catalogue):
        return key or reference
    alike = [plan.key for plan in plans() if plan.terms is None and plan.product_ref == product.get("id")]
    # A price that was sold before under another id has no name of its own, or one that settings do not know.
    only = alike[0] if len(alike) == 1 and (key is None or options.plan_prices) else None
    return (only or key or reference) if alike else None


def _of_plan(found: Shelf, of: Catalogue, plan: PlanTerms) -> Iterator[Plan]:
    products = sorted(
        (each for each in of.products_of(plan) if each.is_subscribed),
        key=lambda each: each.behavior is not Behavior.PER_SEAT,
    )
    kinds = [(interval, currency) for interval in plan.intervals for currency in currencies(products, interval)]
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
                meter=event_name(product.name, price.name) if counts_use(price) else "",
            )
