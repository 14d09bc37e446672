"""What a payment provider must do about metered use: a part of the contract. Verbs and gateways import it.

A meter counts whole credits. What it counted in a period the provider puts onto the invoice of that period, at the
price of the subscription; what is told after that invoice was made, it puts onto none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Report:
    """So many credits were used by a customer: below zero when some are taken back. `at`: microseconds UTC.

    `identifier` is the unique cause of our own transfer: the provider counts what bears it once, for a day at least.
    `at` must not be older than 35 days, nor lie ahead. Fractions of a credit wait with the caller, for no meter takes
    them.
    """

    meter: str
    customer_ref: str
    credits: int
    identifier: str
    at: int


class Meters(Protocol):
    """Use that is billed afterwards."""

    def report(self, told: Report, idempotency_key: str) -> None:
        """Tells the meter. One it was told before is no error, and counts once.

        That it was told does not mean that it is counted already: a provider may do so a little later, and what is
        taken back below zero in a whole period is forgotten, for no invoice pays out.

        Raises PaymentRefused or NotFound when it will never be counted: no such meter, or no such customer.
        """
        ...
