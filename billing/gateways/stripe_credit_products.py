"""Products of the catalogue that sell credits, as packages. For the `stripe*.py` beside it only.

What one gives stands in the product's terms, which a sync may change; a price of another provider's making is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from billing.gateways.stripe_calls import Calls
from billing.gateways.stripe_catalogue import Shelf, catalogue_on, shelf
from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_prices import packages_of
from billing.gateways.stripe_shelf import packages_on_sale, priced_credits
from billing.rules.catalog import Package, in_order, preselected
from billing.rules.overdraft import CreditPrice
from billing.rules.plan_rules import MOST_QUANTITY
from billing.rules.plans import Behavior, Product


def every_package(calls: Calls, options: StripeOptions) -> tuple[Package, ...]:
    """What the settings name, and the credits among what was synced of their files, cheapest first."""
    named = packages_of(
        packages_on_sale(calls, options),
        livemode=options.livemode,
        by_amount=options.credits_from == "amount",
        product=options.product,
    )
    return in_order([*named, *(credit_packages(shelf(calls)) if options.has_catalogue else ())])


def credit_packages(found: Shelf, only: str = "") -> tuple[Package, ...]:
    """Each active one-off price of an active product of credits; `only` of the product of this name."""
    sold = (each for each in catalogue_on(found).products if only in ("", each.name))
    return in_order(
        package
        for product in sold
        if product.active and product.behavior is Behavior.CREDITS
        for package in _packages(found, product)
    )


def credit_prices(calls: Calls, options: StripeOptions, name: str) -> tuple[CreditPrice, ...]:
    """See `invoicing.Invoices`: of the product that the files of plans call so, or of another thing of that name."""
    ours = credit_packages(shelf(calls), only=name.lower()) if options.has_catalogue else ()
    found = tuple(each.single for each in ours) or packages_of(
        priced_credits(calls, name), livemode=options.livemode, by_amount=options.credits_from == "amount"
    )
    currencies = dict.fromkeys(each.amount.currency for each in found)
    chosen = (preselected(tuple(one for one in found if one.amount.currency == each)) for each in currencies)
    return tuple(CreditPrice(one.price_ref, one.name, one.amount, one.credits) for one in chosen if one)


def _packages(found: Shelf, product: Product) -> Iterator[Package]:
    """Named by its product where that has one price in a currency, else by the price as well."""
    prices = [price for price in product.prices_every("") if price.amount.minor > 0]
    currencies = [price.amount.currency for price in prices]
    for price in prices:
        alone = currencies.count(price.amount.currency) == 1
        single = Package(
            key=product.name if alone else f"{product.name}:{price.name}",
            price_ref=str(found.prices[product.name][price.name]["id"]),
            name=product.title,
            description=product.description,
            amount=price.amount,
            credits=product.credit_amount,
            least=product.min_quantity,
            most=product.max_quantity or MOST_QUANTITY,
        )
        yield single.times(single.least)
