"""The branches of the settings about plans once they are had. Only the other `billing/settings*.py` import it.

A field's description becomes its line in the README, so it speaks to an operator.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from billing.rules.plan_changes import Collection, Proration
from billing.settings_values import Group

AfterTrial = Literal["release", "cancel"]


class PlanChangeSettings(Group):
    """How a change of plan is charged."""

    proration_behavior: Proration = Field(
        default=Proration.ON_NEXT_INVOICE,
        description="Time paid for, when a change at a period's end leaves some: create_prorations puts it onto the"
        " next invoice, always_invoice invoices it at once, none forgets it.",
    )
    immediate_proration_behavior: Proration = Field(
        default=Proration.ON_NEXT_INVOICE, description="The same when the change happens at once."
    )
    collection_method: Collection | None = Field(
        default=None,
        description="How invoices are paid after a change: charge_automatically or send_invoice; empty: as before.",
    )
    days_until_due: int | None = Field(
        default=None, ge=1, le=365, description="Days until an invoice that is sent is due; 30 where nothing is said."
    )

    @property
    def days(self) -> int | None:
        """The days, where invoices are sent."""
        return (self.days_until_due or 30) if self.collection_method is Collection.SENT else None

    @model_validator(mode="after")
    def _days_belong_to_invoices(self) -> PlanChangeSettings:
        if self.days_until_due is not None and self.collection_method is not Collection.SENT:
            raise ValueError("days_until_due is only for invoices that are sent: set collection_method to send_invoice")
        return self


class SubscriptionSettings(Group):
    """How a subscription begins, and what follows its trial."""

    behavior_after_trial: AfterTrial = Field(
        default="release", description="release: a trial becomes the plan, charged; cancel: it ends with the trial."
    )
    trial_needs_card: bool = Field(
        default=False, description="Whether a trial asks for a card. Without one it ends where it would be charged."
    )
    promotion_codes: bool = Field(
        default=False, description="Whether buyers may type a promotion code at Stripe's Checkout, and here."
    )


class SeatSettings(Group):
    """How the seats that are paid for follow an organisation's members."""

    behavior: Literal["exact", "incremental"] = Field(
        default="exact", description="exact follows its members up and down, incremental only up."
    )
