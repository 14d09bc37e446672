"""The branches of the settings that say how things are sold. Only the other `billing/settings*.py` import it.

A field's description becomes its line in the README, so it speaks to an operator.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from billing.rules.bonuses import BonusStep
from billing.rules.catalog import Package
from billing.rules.errors import BadInput
from billing.rules.money import CURRENCIES, Money
from billing.rules.subscriptions import Plan
from billing.settings_limits import Limits, Name, refuse_odd_plans
from billing.settings_methods import BANK_TRANSFER, MethodSettings
from billing.settings_packages import BonusSettings, OwnAmountSettings, PackageSettings, refuse_free
from billing.settings_values import FromJson, Group, NumberText, OptionalText, UpperText, Words

Surface = Literal["elements", "embedded", "hosted"]
CreditsFrom = Literal["units", "amount"]
Needed = Literal["none", "any", "month", "year"]
Included = Literal["auto", "yes", "no"]
Interval = Literal["day", "week", "month", "year"]


def _yes_or_no(value: object) -> object:
    """YAML reads a bare yes or no as a truth value, and Stripe's own pages write Auto, Yes and No."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.strip().lower() if isinstance(value, str) else value


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

    @property
    def bank_country(self) -> str:
        """Where transfers in euros arrive."""
        return next((method.country for method in self.methods if method.type == BANK_TRANSFER), "")


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
    features: tuple[Name, ...] = Field(default=(), description="Names of what may be used with it.")
    limits: Limits = Field(default={}, description="How many of each thing: a number, or unlimited.")

    @property
    def price(self) -> Money:
        """What an interval costs."""
        return Money.of(self.amount, self.currency)

    @property
    def plan(self) -> Plan:
        """The same as the gateway publishes it; price and product do not exist yet."""
        return Plan(self.key, "", "", self.name, self.description, self.price, self.interval)

    @model_validator(mode="after")
    def _has_a_price(self) -> PlanSettings:
        try:
            _price = self.price
        except BadInput as refused:
            wrong = refused.sentence
        else:
            return self
        raise ValueError(wrong)


class CatalogSettings(Group):
    """What is on sale; on a real account `scrip setup-stripe` publishes it, in the sandbox the start does."""

    packages: Annotated[tuple[PackageSettings, ...], FromJson] = Field(
        default=(), description="The packages to publish. Best written in YAML; JSON in the environment."
    )
    own_amounts: Annotated[tuple[OwnAmountSettings, ...], FromJson] = Field(
        default=(), description="Amounts of the buyer's own to publish beside the packages, one in a currency."
    )
    bonus: Annotated[tuple[BonusSettings, ...], FromJson] = Field(
        default=(),
        description="What larger purchases get on top, published with the packages: the highest step reached.",
    )
    default_plan: str = Field(default="", description="Key of the plan that accounts without a subscription have.")
    plan_files: Words = Field(
        default=(), description="Files and folders of plans, synced to Stripe at start and by `scrip sync-plans`."
    )
    plans: Annotated[tuple[PlanSettings, ...], FromJson] = Field(
        default=(), validate_default=True, description="The subscriptions to publish; JSON in the environment."
    )
    currency: Annotated[str, UpperText] = Field(
        default="", validate_default=False, description="ISO 4217: what accounts pay in until they choose; empty: any."
    )
    cache_seconds: int = Field(default=60, ge=0, le=3600, description="How long prices read from Stripe are believed.")

    @property
    def sold_packages(self) -> tuple[Package, ...]:
        """Everything that has one price: the packages, and after them the amounts of one's own."""
        named = [*(each.package for each in self.packages), *(each.package for each in self.own_amounts)]
        return tuple(replace(each, bonuses=self.bonus_steps) for each in named)

    @property
    def bonus_steps(self) -> tuple[BonusStep, ...]:
        """What larger purchases get on top."""
        return tuple(each.step for each in self.bonus)

    @property
    def sold_plans(self) -> tuple[PlanSettings, ...]:
        """Those that are subscribed to: all but the one that is had without paying."""
        return tuple(plan for plan in self.plans if plan.key != self.default_plan)

    @field_validator("currency")
    @classmethod
    def _can_be_charged(cls, currency: str) -> str:
        if currency and currency not in CURRENCIES:
            raise ValueError(f"{currency[:10]} is not a currency that can be charged: use an ISO 4217 code such as USD")
        return currency

    @field_validator("plans")
    @classmethod
    def _are_distinct_plans(cls, plans: tuple[PlanSettings, ...], info: ValidationInfo) -> tuple[PlanSettings, ...]:
        _refuse_twice("plans", [plan.key for plan in plans])
        elsewhere = bool(info.data.get("plan_files"))  # there it may stand, and there it is looked for
        refuse_odd_plans(plans, info.data.get("default_plan", ""), elsewhere=elsewhere)
        return plans

    @field_validator("packages")
    @classmethod
    def _are_distinct(cls, packages: tuple[PackageSettings, ...]) -> tuple[PackageSettings, ...]:
        _refuse_twice("packages", [package.key for package in packages])
        if sum(package.default for package in packages) > 1:
            raise ValueError("only one package can be the default")
        return packages

    @field_validator("own_amounts")
    @classmethod
    def _are_one_in_a_currency(
        cls, own: tuple[OwnAmountSettings, ...], info: ValidationInfo
    ) -> tuple[OwnAmountSettings, ...]:
        packages: tuple[PackageSettings, ...] = info.data.get("packages", ())
        _refuse_twice("packages", [each.key for each in packages] + [each.key for each in own])
        _refuse_twice("own_amounts of one currency", [each.currency for each in own])
        return own

    @field_validator("bonus")
    @classmethod
    def _begin_apart(cls, bonus: tuple[BonusSettings, ...]) -> tuple[BonusSettings, ...]:
        _refuse_twice("steps of bonus", [str(each.least) for each in bonus])
        return bonus


def _refuse_twice(what: str, keys: list[str]) -> None:
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError(f"two {what} are called {twice[0]}; give each its own key")


class DummySettings(Group):
    """The provider that approves everything without taking money; it never stands beside a Stripe key."""

    amount: NumberText = Field(
        default="50", description="Chooses the dummy provider: what each purchase is said to cost, in major units."
    )
    currency: Annotated[str, UpperText] = Field(default="USD", description="Currency of the dummy provider.")

    @property
    def price(self) -> Money:
        """The same with its type."""
        return Money.of(self.amount, self.currency)

    @model_validator(mode="after")
    def _has_a_price(self) -> DummySettings:
        refuse_free(self, "a dummy purchase needs an amount above zero")
        return self
