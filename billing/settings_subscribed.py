"""The settings about what is subscribed to: changes, trials, seats. Only the other `billing/settings*.py` import it.

A field's description becomes its line in the README, so it speaks to an operator.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from billing.settings_values import Group

Proration = Literal["create_prorations", "none", "always_invoice"]


class PlanChangeSettings(Group):
    """What becomes of the time that was paid for when a subscription changes its plan."""

    proration_behavior: Proration = Field(
        default="create_prorations", description="How a change settles what was paid for and not used yet."
    )
    immediate_proration_behavior: Proration = Field(
        default="create_prorations", description="The same for a change that does not wait for the period's end."
    )
    collection_method: Literal["charge_automatically", "send_invoice"] = Field(
        default="charge_automatically", description="Whether a change is charged, or asked for by an invoice."
    )
    days_until_due: int = Field(default=30, ge=1, le=365, description="Days until an invoice sent for it is due.")


class SubscriptionSettings(Group):
    """How subscriptions begin and how their trials end."""

    behavior_after_trial: Literal["release", "cancel"] = Field(
        default="release", description="release begins the paid subscription after a trial, cancel ends it without one."
    )
    promotion_codes: bool = Field(default=False, description="Whether Checkout asks for a promotion code.")


class SeatSettings(Group):
    """How the seats that are paid for follow an organisation's members."""

    behavior: Literal["exact", "incremental"] = Field(
        default="exact", description="exact follows its members up and down, incremental only up."
    )
