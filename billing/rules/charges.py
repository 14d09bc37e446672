"""What one payment may be at least and at most. Anyone may import it; pure decisions.

Stripe refuses what is smaller or larger. Its bounds stand here, so that nobody is offered what could not be paid.
"""

from __future__ import annotations

from billing.rules.money import Money, charge_step

MOST_MINOR = 99_999_999
"""The largest sum that Stripe charges at once, whatever the currency."""

_LEAST_MINOR = {
    "AED": 200,
    "AUD": 50,
    "BGN": 100,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "CZK": 1500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17_500,
    "INR": 50,
    "JPY": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "SGD": 50,
    "THB": 1000,
    "USD": 50,
}
"""As Stripe publishes them, in its charge scale. It publishes none for the others: there its own refusal decides."""


def least_charge(currency: str) -> Money:
    """The smallest sum that can be charged in this currency (ISO 4217, upper case)."""
    return Money(_LEAST_MINOR.get(currency, charge_step(currency)), currency)


def can_be_charged(amount: Money) -> bool:
    """Whether Stripe takes it in one payment, by its size and by the steps its currency is charged in."""
    return least_charge(amount.currency) <= amount <= Money(MOST_MINOR, amount.currency) and not (
        amount.minor % charge_step(amount.currency)
    )
