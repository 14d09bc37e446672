"""The setting that says which payment methods are offered for which amounts. Only `billing/settings*.py` import it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from billing.rules.money import Money
from billing.settings_values import Group, NumberText, OptionalText, UpperText

BANK_TRANSFER = "customer_balance"
"""Stripe's name of what is paid from a balance that bank transfers fill."""


class MethodSettings(Group):
    """A payment method, and the amounts it is offered for."""

    type: str = Field(pattern=r"^[a-z0-9_]{2,40}$", description="Stripe's name of it, such as card or sepa_debit.")
    least: NumberText | None = Field(default=None, description='Smallest amount in major units, quoted: "100.00".')
    most: NumberText | None = Field(default=None, description="Largest amount in major units.")
    min: int = Field(default=0, ge=0, description="Smallest amount as Stripe counts it, 10000 for 100.00; 0: any.")
    max: int = Field(default=0, ge=0, description="Largest amount counted like that; 0: any.")
    currency: Annotated[OptionalText, UpperText] = Field(default=None, description="Only for this currency.")
    country: Annotated[str, UpperText] = Field(
        default="DE", pattern=r"^[A-Z]{2}$", description="Where transfers in euros arrive, for customer_balance."
    )

    def takes(self, amount: Money) -> bool:
        """Whether it is offered for this amount. The limits are read in the currency of the amount."""
        if self.currency is not None and self.currency != amount.currency:
            return False
        least = Money.of(self.least, amount.currency).minor if self.least is not None else self.min
        most = Money.of(self.most, amount.currency).minor if self.most is not None else self.max
        return least <= amount.minor and (amount.minor <= most or (not most and self.most is None))

    @model_validator(mode="after")
    def _says_each_limit_once(self) -> MethodSettings:
        if (self.least is not None and self.min) or (self.most is not None and self.max):
            raise ValueError("write a limit once: least and most in major units, or min and max as Stripe counts")
        if self.max and self.min > self.max:
            raise ValueError("min is above max, so it would never be offered")
        return self
