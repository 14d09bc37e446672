"""Stripe's test cards: what each number and each `pm_card_*` name does when it is charged.
Used by payment methods and pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Asks(Enum):
    """When the bank asks the card holder to authenticate (3-D Secure)."""

    NEVER = "never"
    UNLESS_SET_UP = "unless set up"
    ON_SESSION = "on session only"
    ALWAYS = "always"


@dataclass(frozen=True)
class Decline:
    """Why a charge fails. `code` and `message` are what the card holder may be told."""

    code: str
    message: str
    decline_code: str | None = None
    network_decline_code: str | None = None
    advice_code: str | None = None


def _card_declined(decline_code: str, message: str = "Your card was declined.", network: str = "05") -> Decline:
    advice = "try_again_later" if decline_code in ("generic_decline", "insufficient_funds") else "do_not_try_again"
    return Decline("card_declined", message, decline_code, network, advice)


GENERIC = _card_declined("generic_decline", network="01")
NO_FUNDS = _card_declined("insufficient_funds", "Your card has insufficient funds.", "51")
NEEDS_PERSON = Decline(
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    "authentication_required",
)
LIVE_CARD = _card_declined(
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid test "
    "cards, visit: https://stripe.com/docs/testing.",
)


@dataclass(frozen=True)
class CardRow:
    """One row of Stripe's table. `names` are its `pm_card_*` names without that prefix."""

    number: str
    names: tuple[str, ...]
    about: str
    decline: Decline | None = None
    asks: Asks = Asks.NEVER
    brand: str = "visa"
    funding: str = "credit"


CARDS = (
    CardRow("4242424242424242", ("visa",), "succeeds"),
    CardRow("5555555555554444", ("mastercard",), "succeeds", brand="mastercard"),
    CardRow("378282246310005", ("amex",), "succeeds", brand="amex"),
    CardRow("4000056655665556", ("visa_debit",), "succeeds", funding="debit"),
    CardRow("4000000000000002", ("visa_chargeDeclined", "chargeDeclined"), "declined", GENERIC),
    CardRow(
        "4000000000009995",
        ("visa_chargeDeclinedInsufficientFunds", "chargeDeclinedInsufficientFunds"),
        "declined: insufficient funds",
        NO_FUNDS,
    ),
    CardRow("4000000000009987", ("visa_chargeDeclinedLostCard",), "declined: lost card", _card_declined("lost_card")),
    CardRow(
        "4000000000009979", ("visa_chargeDeclinedStolenCard",), "declined: stolen card", _card_declined("stolen_card")
    ),
    CardRow(
        "4000000000000069",
        ("chargeDeclinedExpiredCard", "visa_chargeDeclinedExpiredCard"),
        "declined: expired card",
        Decline("expired_card", "Your card has expired."),
    ),
    CardRow(
        "4000000000000127",
        ("chargeDeclinedIncorrectCvc", "visa_chargeDeclinedIncorrectCvc"),
        "declined: wrong security code",
        Decline("incorrect_cvc", "Your card's security code is incorrect."),
    ),
    CardRow(
        "4000000000000119",
        ("chargeDeclinedProcessingError", "visa_chargeDeclinedProcessingError"),
        "declined: processing error",
        Decline("processing_error", "An error occurred while processing your card. Try again in a little bit."),
    ),
    CardRow("4000000000000341", ("chargeCustomerFail",), "can be saved, every charge is declined", GENERIC),
    CardRow(
        "4000002500003155", ("authenticationRequiredOnSetup",), "3-D Secure unless set up", asks=Asks.UNLESS_SET_UP
    ),
    CardRow("4000002760003184", ("authenticationRequired",), "3-D Secure always", asks=Asks.ALWAYS),
    CardRow(
        "4000003800000446",
        ("authenticationRequiredSetupForOffSession",),
        "3-D Secure on session, set up for off session",
        asks=Asks.ON_SESSION,
    ),
    CardRow(
        "4000008260003178",
        ("authenticationRequiredChargeDeclinedInsufficientFunds",),
        "3-D Secure, then insufficient funds",
        NO_FUNDS,
        Asks.ALWAYS,
    ),
    CardRow("4000000000003220", ("threeDSecure2Required",), "3-D Secure 2 required", asks=Asks.ALWAYS),
    CardRow(
        "4000008400001629",
        ("threeDSecureRequiredChargeDeclined",),
        "3-D Secure required, then declined",
        GENERIC,
        Asks.ALWAYS,
    ),
    CardRow("4000000000003055", ("threeDSecureOptional",), "3-D Secure supported, not asked for"),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_NAME = {f"pm_card_{name}": card for card in CARDS for name in card.names}


def passes_luhn(number: str) -> bool:
    """The check digit every card number carries."""
    if not 12 <= len(number) <= 19 or not number.isascii() or not number.isdigit():
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
