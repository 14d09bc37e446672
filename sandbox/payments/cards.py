"""Stripe's test cards: what each number and each `pm_card_*` name does when it is charged.
Used by payment methods and pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from sandbox.payments.declines import (
    BLOCKED,
    EXPIRED,
    GENERIC,
    LOST,
    NO_ANSWER,
    NO_FUNDS,
    STOLEN,
    TOO_FAST,
    WRONG_CVC,
    Decline,
)
from sandbox.payments.other_cards import PLAIN


class Later(StrEnum):
    """What follows some time after a charge that went well."""

    DISPUTE_FRAUDULENT = "dispute_fraudulent"
    DISPUTE_NOT_RECEIVED = "dispute_not_received"
    DISPUTE_INQUIRY = "dispute_inquiry"
    DISPUTE_MULTIPLE = "dispute_multiple"
    DISPUTE_COMPLIANCE = "dispute_compliance"
    FRAUD_WARNING = "fraud_warning"
    REFUND_PENDING = "refund_pending"
    REFUND_FAILS = "refund_fails"


class Risk(StrEnum):
    """What Radar makes of a charge. Its default rules block the highest risk, the bank is then never asked."""

    NORMAL = "normal"
    ELEVATED = "elevated"
    HIGHEST = "highest"


class Secure(Enum):
    """What becomes of 3-D Secure where a request asks for it although the card does not (`request_three_d_secure`)."""

    POSSIBLE = "possible"
    BROKEN = "broken"
    NOT_ENROLLED = "not enrolled"
    UNKNOWN = "unknown"


class Asks(Enum):
    """When the bank asks the card holder to authenticate (3-D Secure)."""

    NEVER = "never"
    QUIETLY = "always, and answers without the card holder"
    UNLESS_SET_UP = "unless set up"
    ON_SESSION = "on session only"
    ALWAYS = "always"


@dataclass(frozen=True)
class CardRow:
    """One row of Stripe's table. `names` are its `pm_card_*` names without that prefix.

    `saves` says whether the bank lets a declining card be saved; `checks` are the results of those checks that are
    made of what the payer typed; `at_once` is money that need not wait to be available.
    """

    number: str
    names: tuple[str, ...]
    about: str
    decline: Decline | None = None
    asks: Asks = Asks.NEVER
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    later: Later | None = None
    risk: Risk = Risk.NORMAL
    secure: Secure = Secure.NOT_ENROLLED
    checks: tuple[tuple[str, str], ...] = ()
    saves: bool = True
    at_once: bool = False


def _refuses(number: str, names: tuple[str, ...], why: str, decline: Decline) -> CardRow:
    """A card the bank says no to, also when it is to be saved."""
    return CardRow(number, names, f"declined: {why}", decline, saves=False)


def _asking(number: str, name: str, about: str, asks: Asks, decline: Decline | None = None) -> CardRow:
    return CardRow(number, (name,) if name else (), about, decline, asks, secure=Secure.POSSIBLE)


def _follows(number: str, names: tuple[str, ...], about: str, later: Later) -> CardRow:
    return CardRow(number, names, f"succeeds, then {about}", later=later, secure=Secure.POSSIBLE)


def _checks(number: str, name: str, about: str, *checks: tuple[str, str]) -> CardRow:
    return CardRow(number, (name,), about, checks=checks)


CVC, LINE, POSTAL = "cvc_check", "address_line1_check", "address_postal_code_check"
GOOD = (
    CardRow("4242424242424242", ("visa", "us"), "succeeds"),
    CardRow("5555555555554444", ("mastercard",), "succeeds", brand="mastercard"),
    CardRow(
        "378282246310005", ("amex", "amex_threeDSecureNotSupported"), "succeeds", brand="amex", secure=Secure.UNKNOWN
    ),
    CardRow("4000056655665556", ("visa_debit",), "succeeds", funding="debit"),
    CardRow("4000000000000077", ("bypassPending",), "succeeds, the money is available at once", at_once=True),
    CardRow(
        "4000003720000278",
        ("bypassPendingInternational",),
        "succeeds, the money is available at once",
        country="IE",
        at_once=True,
    ),
)
DECLINING = (
    _refuses("4000000000000002", ("visa_chargeDeclined", "chargeDeclined"), "no reason given", GENERIC),
    _refuses(
        "4000000000009995",
        ("visa_chargeDeclinedInsufficientFunds", "chargeDeclinedInsufficientFunds"),
        "insufficient funds",
        NO_FUNDS,
    ),
    _refuses("4000000000009987", ("visa_chargeDeclinedLostCard", "chargeDeclinedLostCard"), "lost card", LOST),
    _refuses("4000000000009979", ("visa_chargeDeclinedStolenCard", "chargeDeclinedStolenCard"), "stolen card", STOLEN),
    _refuses(
        "4000000000000069", ("chargeDeclinedExpiredCard", "visa_chargeDeclinedExpiredCard"), "expired card", EXPIRED
    ),
    _refuses(
        "4000000000000127",
        ("chargeDeclinedIncorrectCvc", "visa_chargeDeclinedIncorrectCvc"),
        "wrong security code",
        WRONG_CVC,
    ),
    _refuses(
        "4000000000000119",
        ("chargeDeclinedProcessingError", "visa_chargeDeclinedProcessingError"),
        "processing error",
        NO_ANSWER,
    ),
    _refuses(
        "4000000000006975",
        ("visa_chargeDeclinedVelocityLimitExceeded", "chargeDeclinedVelocityLimitExceeded"),
        "velocity limit",
        TOO_FAST,
    ),
    CardRow("4000000000000341", ("chargeCustomerFail",), "can be saved, every charge is declined", GENERIC),
)
RISKY = (
    CardRow("4100000000000019", ("radarBlock",), "blocked by Radar, always", BLOCKED, risk=Risk.HIGHEST),
    CardRow("4000000000004954", ("riskLevelHighest",), "blocked by Radar's default", BLOCKED, risk=Risk.HIGHEST),
    CardRow("4000000000009235", ("riskLevelElevated",), "succeeds with elevated risk", risk=Risk.ELEVATED),
    _checks("4000008400000407", "highFraudDisputeScore", "succeeds with a high score for disputes"),
    _checks("4000008400000159", "highEfwScore", "succeeds with a high score for fraud warnings"),
    _checks("4000000000000101", "cvcCheckFail", "succeeds, the security code does not fit", (CVC, "fail")),
    _checks("4000000000000036", "avsZipFail", "succeeds, the postal code does not fit", (POSTAL, "fail")),
    _checks("4000000000000028", "avsLine1Fail", "succeeds, the street does not fit", (LINE, "fail")),
    _checks("4000000000000010", "avsFail", "succeeds, the address does not fit", (LINE, "fail"), (POSTAL, "fail")),
    _checks(
        "4000000000000044",
        "avsUnchecked",
        "succeeds, the address cannot be checked",
        (LINE, "unavailable"),
        (POSTAL, "unavailable"),
    ),
)
SECURED = (
    _asking("4000002500003155", "authenticationRequiredOnSetup", "3-D Secure unless set up", Asks.UNLESS_SET_UP),
    _asking("4000002760003184", "authenticationRequired", "3-D Secure always", Asks.ALWAYS),
    _asking(
        "4000003800000446",
        "authenticationRequiredSetupForOffSession",
        "3-D Secure on session, set up for off session",
        Asks.ON_SESSION,
    ),
    _asking(
        "4000008260003178",
        "authenticationRequiredChargeDeclinedInsufficientFunds",
        "3-D Secure, then insufficient funds",
        Asks.ALWAYS,
        NO_FUNDS,
    ),
    _asking("4000000000003220", "threeDSecure2Required", "3-D Secure 2 required", Asks.ALWAYS),
    _asking("4000008400000027", "", "3-D Secure 2 required", Asks.ALWAYS),
    _asking("4000000000003063", "", "3-D Secure required", Asks.ALWAYS),
    _asking(
        "4000008400001629",
        "threeDSecureRequiredChargeDeclined",
        "3-D Secure required, then declined",
        Asks.ALWAYS,
        GENERIC,
    ),
    CardRow(
        "4000008400001280",
        ("threeDSecureRequiredProcessingError",),
        "3-D Secure required, its lookup fails",
        GENERIC,
    ),
    _asking("4000000000003055", "threeDSecureOptional", "3-D Secure supported, not asked for", Asks.NEVER),
    _asking("4000000032200000", "", "3-D Secure without a question", Asks.QUIETLY),
    CardRow(
        "4000000000003097",
        ("threeDSecureOptionalProcessingError",),
        "3-D Secure supported, fails where it is asked for",
        secure=Secure.BROKEN,
    ),
)
LATER = (
    _follows("4000000000000259", ("createDispute",), "disputed as fraudulent", Later.DISPUTE_FRAUDULENT),
    _follows(
        "4000000000002685", ("createDisputeProductNotReceived",), "disputed: no goods", Later.DISPUTE_NOT_RECEIVED
    ),
    _follows("4000000000001976", ("createDisputeInquiry",), "an inquiry", Later.DISPUTE_INQUIRY),
    _follows("4000000404000079", ("createMultipleDisputes",), "several disputes", Later.DISPUTE_MULTIPLE),
    _follows("4000008400000779", ("createComplianceDispute",), "a compliance dispute", Later.DISPUTE_COMPLIANCE),
    _follows("4000000000005423", ("createIssuerFraudRecord",), "an early fraud warning", Later.FRAUD_WARNING),
    _follows("4000000000007726", ("pendingRefund",), "a refund is pending before it succeeds", Later.REFUND_PENDING),
    _follows("4000000000005126", ("refundFail",), "a refund succeeds and fails later", Later.REFUND_FAILS),
)
OTHER = tuple(
    CardRow(number, (name,) if name else (), "succeeds", brand=brand, funding=funding, country=country)
    for number, name, brand, funding, country in PLAIN
)
CARDS = (*GOOD, *DECLINING, *SECURED, *RISKY, *LATER, *OTHER)
BY_NUMBER = {card.number: card for card in CARDS}
BY_NAME = {f"pm_card_{name}": card for card in CARDS for name in card.names}
