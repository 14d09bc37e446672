"""The branch of the settings about credits used on account. Only the other `billing/settings*.py` import it.

A field's description becomes its line in the README, so it speaks to an operator.
"""

from __future__ import annotations

from pydantic import Field, field_validator

from billing.rules.calendars import InvoiceCalendar, zone_of
from billing.rules.errors import BadInput
from billing.settings_values import Group, OptionalText


class OverdraftSettings(Group):
    """How accounts with a credit limit pay for what they used below zero."""

    product: OptionalText = Field(
        default=None,
        description="What prices credits used on account: a price id, a lookup key or a product. Empty: no invoices.",
    )
    invoice_day: int = Field(
        default=1, ge=1, le=31, description="Day on which a month of use ends and is invoiced; 31: the month's last."
    )
    zone: str = Field(default="UTC", min_length=1, max_length=40, description="Time zone in which that day begins.")
    range_shift_months: int = Field(
        default=0, ge=-12, le=0, description="-1 invoices each month of use one month later, and so on."
    )
    due_in_days: int = Field(
        default=30, ge=1, le=365, description="Days until such an invoice is due, where an account has no other number."
    )

    @property
    def calendar(self) -> InvoiceCalendar:
        """When periods end and are invoiced."""
        return InvoiceCalendar(self.invoice_day, zone_of(self.zone), -self.range_shift_months)

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            zone_of(name)
        except BadInput as refused:
            sentence = refused.sentence.rstrip(".")
        else:
            return name
        raise ValueError(sentence)
