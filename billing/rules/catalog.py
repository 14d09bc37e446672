"""What can be bought. Anyone may import it; the gateway fills it from the configured product's prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from billing.rules.errors import NotFound
from billing.rules.money import Credits, Money


@dataclass(frozen=True, slots=True)
class Package:
    """One priced package of credits. `price_ref` is the provider's price id, `key` our stable name for it."""

    key: str
    price_ref: str
    name: str
    description: str
    amount: Money
    credits: Credits
    default: bool = False


def in_order(packages: Iterable[Package]) -> tuple[Package, ...]:
    """Cheapest first within a currency, the order in which a page shows them."""
    return tuple(sorted(packages, key=lambda package: (package.amount.currency, package.amount.minor, package.key)))


def pick(packages: Iterable[Package], key: str, currency: str | None = None) -> Package:
    """The package named `key`, or NotFound: names and prices come from the catalogue, never from the caller.

    One package may be priced in several currencies; without `currency` the first of them is meant.
    """
    for package in packages:
        if package.key == key and currency in (None, package.amount.currency):
            return package
    raise NotFound("This package is not on sale.", field="package")


def preselected(packages: tuple[Package, ...]) -> Package | None:
    """The default package, or the cheapest when none is marked; None when nothing is on sale."""
    return next((package for package in packages if package.default), packages[0] if packages else None)
