"""What can be bought. Anyone may import it; the gateway fills it from the configured product's prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from billing.rules.errors import BadInput, NotFound
from billing.rules.money import CREDITS_LIMIT_MICRO, Credits, Money
from billing.rules.sentences import sentence

MOST_MINOR = 99_999_999
"""The largest sum that Stripe charges at once."""


@dataclass(frozen=True, slots=True)
class Package:
    """One priced package of credits. `price_ref` is the provider's price id, `key` our stable name for it.

    It may be bought `least` to `most` times at once; `amount` and `credits` are those of its `quantity`.
    """

    key: str
    price_ref: str
    name: str
    description: str
    amount: Money
    credits: Credits
    default: bool = False
    least: int = 1
    most: int = 1
    quantity: int = 1

    def times(self, quantity: int) -> Package:
        """So many of it, counted from a single one. Raises BadInput outside of what may be bought at once."""
        if not self.least <= quantity <= self.most:
            if self.most == 1:
                raise BadInput(sentence("{name} can be bought once at a time.", name=self.name), field="quantity")
            said = sentence(
                "{name} can be bought {least} to {most} times at once.",
                name=self.name,
                least=self.least,
                most=self.most,
            )
            raise BadInput(said, field="quantity")
        one = self.single
        amount, credits = one.amount.minor * quantity, one.credits.micro * quantity
        if amount > MOST_MINOR or credits > CREDITS_LIMIT_MICRO:
            raise BadInput("That is more than can be bought at once.", field="quantity")
        return replace(
            self, amount=Money(amount, one.amount.currency), credits=Credits(credits), quantity=quantity
        )  # fmt: skip

    @property
    def single(self) -> Package:
        """One of it."""
        amount = Money(self.amount.minor // self.quantity, self.amount.currency)
        return replace(self, amount=amount, credits=Credits(self.credits.micro // self.quantity), quantity=1)


def in_order(packages: Iterable[Package]) -> tuple[Package, ...]:
    """Cheapest first within a currency, the order in which a page shows them."""
    return tuple(sorted(packages, key=lambda package: (package.amount.currency, package.amount.minor, package.key)))


def pick(packages: Iterable[Package], key: str, currency: str | None = None, quantity: int | None = None) -> Package:
    """The package named `key`, or NotFound: names and prices come from the catalogue, never from the caller.

    One package may be priced in several currencies; without `currency` the first of them is meant. Without `quantity`
    it is as many as the least that can be bought; raises BadInput for one that cannot.
    """
    for package in packages:
        if package.key == key and currency in (None, package.amount.currency):
            return package if quantity is None else package.times(quantity)
    raise NotFound("This package is not on sale.", field="package")


def preselected(packages: tuple[Package, ...]) -> Package | None:
    """The default package, or the cheapest when none is marked; None when nothing is on sale."""
    return next((package for package in packages if package.default), packages[0] if packages else None)
