"""What is sold for one price, as settings: packages, amounts of the buyer's own, and what comes on top of larger ones.

Only the other `billing/settings*.py` import it.
"""

from __future__ import annotations

from typing import Annotated, Protocol

from pydantic import Field, model_validator

from billing.rules.bonuses import MOST_PERCENT, BonusStep
from billing.rules.catalog import Package, own_amount
from billing.rules.errors import BadInput
from billing.rules.money import Credits, Money
from billing.settings_values import CreditsValue, Group, NumberText, UpperText


class PackageSettings(Group):
    """A package to publish as a price of the product."""

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", description="Stable name of the package.")
    name: str = Field(min_length=1, max_length=80, description="What people read.")
    description: str = Field(default="", max_length=200, description="One line under the name.")
    credits: CreditsValue = Field(description="How many credits it gives.")
    amount: NumberText = Field(description='Price in major units, quoted: "18.00".')
    currency: Annotated[str, UpperText] = Field(description="ISO 4217, such as USD.")
    default: bool = Field(default=False, description="Whether it is selected at first.")

    @property
    def price(self) -> Money:
        """What it costs, in the scale Stripe charges."""
        return Money.of(self.amount, self.currency)

    @property
    def package(self) -> Package:
        """The same as the gateway publishes it; the price does not exist yet."""
        return Package(self.key, "", self.name, self.description, self.price, self.credits, self.default)

    @model_validator(mode="after")
    def _is_sellable(self) -> PackageSettings:
        sentence = "a package needs a price and credits above zero"
        refuse_free(self, sentence)
        if self.credits.micro < 1:
            raise ValueError(sentence)
        return self


class OwnAmountSettings(Group):
    """An amount of credits that buyers choose themselves, in steps; published as one more price of the product."""

    key: str = Field(default="own", pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", description="Stable name of it.")
    name: str = Field(default="Credits", min_length=1, max_length=80, description="What receipts call it.")
    description: str = Field(default="", max_length=200, description="One line for those who choose.")
    step: CreditsValue = Field(description="Credits in which the amount grows.")
    least: CreditsValue = Field(description="Fewest credits at once, a multiple of the step.")
    most: CreditsValue = Field(description="Most credits at once, a multiple of the step.")
    amount: NumberText = Field(description='Price of one step in major units, quoted: "1.00".')
    currency: Annotated[str, UpperText] = Field(description="ISO 4217, such as USD.")

    @property
    def price(self) -> Money:
        """What a step costs, in the scale Stripe charges."""
        return Money.of(self.amount, self.currency)

    @property
    def package(self) -> Package:
        """The same as the gateway publishes it, at its least; the price does not exist yet."""
        step = Package(self.key, "", self.name, self.description, self.price, self.step)
        return own_amount(step, self.least, self.most)

    @model_validator(mode="after")
    def _can_be_paid(self) -> OwnAmountSettings:
        try:
            _package = self.package
        except BadInput as refused:
            wrong = refused.sentence
        else:
            return self
        raise ValueError(wrong)


class BonusSettings(Group):
    """Credits on top of a purchase: a percentage or a fixed number of them."""

    least: CreditsValue = Field(description="From so many credits in one purchase on.")
    percent: int = Field(default=0, ge=0, le=MOST_PERCENT, description="So many of a hundred on top.")
    credits: CreditsValue = Field(default=Credits(0), description="Or so many, whatever is bought.")

    @property
    def step(self) -> BonusStep:
        """The same as the catalogue's rules know it."""
        return BonusStep(self.least, self.percent, self.credits)

    @model_validator(mode="after")
    def _gives_one_thing(self) -> BonusSettings:
        if (self.percent > 0) == (self.credits.micro > 0):
            raise ValueError("a bonus is either percent or credits, above zero")
        return self


class _Priced(Protocol):
    @property
    def price(self) -> Money: ...


def refuse_free(priced: _Priced, sentence: str) -> None:
    """Raises ValueError, with this sentence, for what costs nothing."""
    try:
        wrong = "" if priced.price.minor > 0 else sentence
    except BadInput as refused:
        wrong = refused.sentence
    if wrong:
        raise ValueError(wrong)
