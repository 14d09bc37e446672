"""What can be bought. Anyone may import it; the gateway fills it from the configured product's prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from billing.rules.bonuses import BonusStep, bonus_on
from billing.rules.charges import MOST_MINOR, can_be_charged, least_charge
from billing.rules.errors import BadInput, NotFound
from billing.rules.money import CREDITS_LIMIT_MICRO, Credits, Money
from billing.rules.sentences import sentence


@dataclass(frozen=True, slots=True)
class Package:
    """One priced package of credits. `price_ref` is the provider's price id, `key` our stable name for it.

    It may be bought `least` to `most` times at once; `amount` and `credits` are those of its `quantity`. What is `own`
    is an amount of the buyer's own: a single one is the step in which it grows. So a price is a whole number of times
    what Stripe charges for a step, and nothing is ever rounded. `bonuses` are given on top of the credits.
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
    own: bool = False
    bonuses: tuple[BonusStep, ...] = ()

    @property
    def bonus(self) -> Credits:
        """What comes on top of `credits`."""
        return bonus_on(self.credits, self.bonuses)

    @property
    def single(self) -> Package:
        """One of it."""
        amount = Money(self.amount.minor // self.quantity, self.amount.currency)
        return replace(self, amount=amount, credits=Credits(self.credits.micro // self.quantity), quantity=1)

    @property
    def limits(self) -> tuple[Credits, Credits]:
        """The fewest and the most credits it gives at once."""
        step = self.single.credits.micro
        return Credits(step * self.least), Credits(step * self.most)

    def times(self, quantity: int) -> Package:
        """So many of it, counted from a single one. Raises BadInput outside of what may be bought at once."""
        if not self.least <= quantity <= self.most:
            raise self._out_of_bounds()
        one = self.single
        amount, credits = one.amount.minor * quantity, one.credits.micro * quantity
        if amount > MOST_MINOR or credits > CREDITS_LIMIT_MICRO:
            raise BadInput("That is more than can be bought at once.", field="quantity")
        return replace(
            self, amount=Money(amount, one.amount.currency), credits=Credits(credits), quantity=quantity
        )  # fmt: skip

    def giving(self, credits: Credits) -> Package:
        """As many steps of an own amount as give these credits. Raises BadInput that says what can be had instead."""
        if not self.own:
            raise BadInput(sentence("{name} gives a fixed number of credits.", name=self.name), field="credits")
        step = self.single.credits
        steps, rest = divmod(credits.micro, step.micro)
        least, most = self.limits
        if not least <= credits <= most:
            raise self._out_of_bounds()
        if rest:
            below, above = Credits(steps * step.micro), Credits((steps + 1) * step.micro)
            said = sentence(
                "Credits are sold in steps of {step} here: take {below} or {above}.",
                step=step, below=below, above=above,
            )  # fmt: skip
            raise BadInput(said, field="credits")
        return self.times(steps)

    def _out_of_bounds(self) -> BadInput:
        if self.own:
            least, most = self.limits
            said = sentence("You can buy {least} to {most} credits at once.", least=least, most=most)
            return BadInput(said, field="credits")
        if self.most == 1:
            return BadInput(sentence("{name} can be bought once at a time.", name=self.name), field="quantity")
        said = sentence(
            "{name} can be bought {least} to {most} times at once.", name=self.name, least=self.least, most=self.most
        )
        return BadInput(said, field="quantity")


def own_amount(step: Package, least: Credits, most: Credits) -> Package:
    """An amount of the buyer's own, in steps of this package, chosen at its least. Raises BadInput with the reason."""
    size = step.credits.micro
    if size < 1 or least.micro % size or most.micro % size or not size <= least.micro <= most.micro:
        raise BadInput(
            sentence(
                "least and most must be multiples of the step of {step}, and least not above most", step=step.credits
            )
        )
    made = replace(step, own=True, quantity=1, least=least.micro // size, most=most.micro // size)
    for times in (made.least, made.most):
        price = Money(step.amount.minor * times, step.amount.currency)
        if not can_be_charged(price):
            bounds = {"least": least_charge(price.currency), "most": Money(MOST_MINOR, price.currency)}
            raise BadInput(
                sentence("{price} cannot be charged at once: only {least} to {most} can", price=price, **bounds)
            )
    return made.times(made.least)


def in_order(packages: Iterable[Package]) -> tuple[Package, ...]:
    """Cheapest first within a currency, own amounts last: the order in which a page shows them."""
    return tuple(sorted(packages, key=lambda each: (each.amount.currency, each.own, each.amount.minor, each.key)))


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
    """The default package, or the cheapest when none is marked; None when nothing is on sale.

    An amount of one's own is nobody's choice for somebody else, unless there is nothing but that.
    """
    marked = (package for package in packages if package.default)
    return next(marked, None) or next((each for each in packages if not each.own), packages[0] if packages else None)
