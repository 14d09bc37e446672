"""The branches of the settings that say how things are sold. Only the other `billing/settings*.py` import it.

A field's description becomes its line in the README, so it speaks to an operator.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from billing.rules.errors import BadInput
from billing.rules.money import Money
from billing.settings_values import FromJson, Group, NumberText, OptionalText, UpperText

Surface = Literal["elements", "embedded", "hosted"]
CreditsFrom = Literal["units", "amount"]
Needed = Literal["none", "any", "month", "year"]
Included = Literal["auto", "yes", "no"]
Interval = Literal["day", "week", "month", "year"]


def _yes_or_no(value: object) -> object:
    """YAML reads a bare yes or no as a truth value."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


class MethodSettings(Group):
    """A payment method, and the amounts it is offered for."""

    type: str = Field(pattern=r"^[a-z0-9_]{2,40}$", description="Stripe's name of it, such as card or sepa_debit.")
    least: NumberText | None = Field(default=None, description='Smallest amount in major units, quoted: "100.00".')
    most: NumberText | None = Field(default=None, description="Largest amount in major units.")
    currency: Annotated[OptionalText, UpperText] = Field(default=None, description="Only for this currency.")

    def takes(self, amount: Money) -> bool:
        """Whether it is offered for this amount. The limits are read in the currency of the amount."""
        if self.currency is not None and self.currency != amount.currency:
            return False
        too_small = self.least is not None and amount < Money.of(self.least, amount.currency)
        return not too_small and not (self.most is not None and amount > Money.of(self.most, amount.currency))


class PurchaseSettings(Group):
    """How credits are bought."""

    surface: Surface = Field(
        default="elements", description="Stripe's form in our page, its Checkout in our page, or Checkout on its own."
    )
    credits: CreditsFrom = Field(
        default="units", description="units: the price says how many credits; amount: one for each 1.00 paid, untaxed."
    )
    needs_subscription: Needed = Field(
        default="none", description="Only with an active subscription: of any interval, or a monthly or yearly one."
    )
    invoice: bool = Field(default=False, description="Whether a purchase through Checkout gets an invoice of Stripe.")
    methods: Annotated[tuple[MethodSettings, ...], FromJson] = Field(
        default=(), description="Payment methods by amount; empty: what the Stripe account has switched on."
    )

    def method_types(self, amount: Money) -> tuple[str, ...]:
        """The methods for this amount; empty means Stripe chooses. Raises BadInput when rules leave none."""
        offered = tuple(method.type for method in self.methods if method.takes(amount))
        if self.methods and not offered:
            raise BadInput(f"No payment method is offered for {amount}.", field="amount")
        return tuple(dict.fromkeys(offered))


class TaxSettings(Group):
    """Tax on purchases. Credits never depend on it."""

    automatic: bool = Field(default=False, description="Whether Stripe Tax computes the tax of each purchase.")
    included: Annotated[Included, BeforeValidator(_yes_or_no)] = Field(
        default="auto", description="Whether published prices include the tax; auto leaves it to the Stripe account."
    )
    collect_ids: bool = Field(default=False, description="Whether buyers may give a tax id.")
    code: OptionalText = Field(default=None, description="Stripe's tax code of the credits, txcd_...")


class PlanSettings(Group):
    """A subscription to publish as a recurring price of the subscription product."""

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", description="Stable name of the plan.")
    name: str = Field(min_length=1, max_length=80, description="What people read.")
    description: str = Field(default="", max_length=200, description="One line under the name.")
    amount: NumberText = Field(description='Price of one interval in major units, quoted: "20.00".')
    currency: Annotated[str, UpperText] = Field(description="ISO 4217, such as USD.")
    interval: Interval = Field(default="month", description="How often it is charged.")

    @property
    def price(self) -> Money:
        """What an interval costs."""
        return Money.of(self.amount, self.currency)

    @model_validator(mode="after")
    def _has_a_price(self) -> PlanSettings:
        try:
            wrong = "" if self.price.minor > 0 else "a plan of the subscription product needs a price above zero"
        except BadInput as refused:
            wrong = refused.sentence
        if wrong:
            raise ValueError(wrong)
        return self


class DummySettings(Group):
    """The provider that approves everything without taking money; it must never stand beside a live key."""

    amount: NumberText = Field(default="50", description="What each purchase is said to cost, in major units.")
    currency: Annotated[str, UpperText] = Field(default="USD", description="Its currency.")

    @property
    def price(self) -> Money:
        """The same with its type."""
        return Money.of(self.amount, self.currency)
