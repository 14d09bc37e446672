"""Packages and plans as what is published at Stripe: wares of a shop. For the `stripe*.py` that publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stripe.params import PriceCreateParams

from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_prices import BONUS, LEAST, MOST, units_of
from billing.gateways.stripe_shelf import Kind
from billing.gateways.stripe_values import Json, branch
from billing.rules.catalog import Package
from billing.rules.money import Money
from billing.rules.subscriptions import Plan

Part = Literal["packages", "plans"]

PACKAGE, PLAN = "scrip_package", "scrip_plan"
"""Metadata keys on every price made here; prices without them were made by hand."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The product all wares of a kind are prices of. `tax_behavior` is how prices are meant; empty leaves it open.

    `product` empty: the one that was made here before, found by its mark.
    """

    product: str
    product_name: str
    mark: str
    kind: Kind
    part: Part
    tax_behavior: str = ""
    tax_code: str = ""


@dataclass(frozen=True, slots=True)
class Ware:
    """One price to publish; `metadata` is what a price keeps of it besides the money."""

    key: str
    name: str
    amount: Money
    metadata: Mapping[str, str] = field(default_factory=dict)
    units: int | None = None
    interval: str = ""
    interval_count: int = 1
    default: bool = False
    said: str = ""

    def is_sold_by(self, price: Json, shop: Shop) -> bool:
        """Same ware, money, credits, rhythm and tax; names and texts may be changed in place."""
        metadata, every = branch(price, "metadata"), branch(price, "recurring")
        return (
            metadata.get(shop.mark) == self.key
            and price.get("unit_amount") == self.amount.minor
            and price.get("currency") == self.amount.currency.lower()
            and branch(price, "transform_quantity").get("divide_by") == self.units
            and metadata.get("credits") == self.metadata.get("credits")
            and (LEAST in metadata) == (LEAST in self.metadata)
            and (every.get("interval", ""), every.get("interval_count", 1)) == (self.interval, self.interval_count)
            and (price.get("tax_behavior") or "unspecified") == (shop.tax_behavior or "unspecified")
        )

    def reads_as(self, price: Json) -> bool:
        """Whether its texts are as they shall be. Stripe keeps no blank one: an empty text takes a name away."""
        metadata = branch(price, "metadata")
        return price.get("nickname") == self.name and all(
            metadata.get(name, "") == value for name, value in self.metadata.items()
        )

    def params(self, product: str, shop: Shop) -> PriceCreateParams:
        """What makes the price. It takes the lookup key over from the price it follows."""
        params: PriceCreateParams = {
            "product": product,
            "currency": self.amount.currency.lower(),
            "unit_amount": self.amount.minor,
            "nickname": self.name,
            "metadata": dict(self.metadata),
            "lookup_key": f"{product}:{self.key}",
            "transfer_lookup_key": True,
        }
        if self.units is not None:
            params["transform_quantity"] = {"divide_by": self.units, "round": "up"}
        if self.interval:
            params["recurring"] = {"interval": self.interval, "interval_count": self.interval_count}
        if shop.tax_behavior:
            params["tax_behavior"] = shop.tax_behavior
        return params


def package_shop(options: StripeOptions) -> Shop:
    """Where the packages are sold."""
    name, behavior, code = options.product_name, options.tax_behavior, options.tax_code
    return Shop(options.product, name, PACKAGE, "one_time", "packages", behavior, code)


def plan_shop(options: StripeOptions) -> Shop:
    """Where the plans are sold."""
    name, behavior, code = options.subscription_name, options.tax_behavior, options.tax_code
    return Shop(options.subscription_product, name, PLAN, "recurring", "plans", behavior, code)


def ware_of(package: Package) -> Ware:
    """The package as a price."""
    one = package.single
    metadata = {
        PACKAGE: package.key,
        "key": package.key,
        "name": package.name,
        "description": package.description,
        "credits": str(one.credits),
        "default": "true" if package.default else "false",
        BONUS: " ".join(map(str, package.bonuses)),
    }
    said = f"{one.amount} for {one.credits} credits"
    if package.own:
        least, most = map(str, package.limits)
        metadata |= {LEAST: least, MOST: most}
        # a price for packages of units would count the quantity in units, and not in steps
        return Ware(package.key, package.name, one.amount, metadata, said=f"{said}, {least} to {most} at once")
    units = units_of(one.credits)
    return Ware(package.key, package.name, one.amount, metadata, units, default=package.default, said=said)


def ware_of_plan(plan: Plan) -> Ware:
    """The plan as a recurring price."""
    metadata = {PLAN: plan.key, "key": plan.key, "name": plan.name, "description": plan.description}
    every, count = plan.interval, plan.interval_count
    said = f"{plan.amount} every {every}" if count == 1 else f"{plan.amount} every {count} {every}s"
    return Ware(plan.key, plan.name, plan.amount, metadata, interval=every, interval_count=count, said=said)
