"""Why credits move, and what stands on the other side of each movement. Anyone may import it."""

from __future__ import annotations

from enum import StrEnum

from billing.rules.sentences import Sentence, word


class Kind(StrEnum):
    """Why credits moved. The words are the same on the page, in the API and in exports."""

    PURCHASE = "purchase"
    SETTLEMENT = "settlement"
    BONUS = "bonus"
    WELCOME = "welcome"
    GRANT = "grant"
    REMOVAL = "removal"
    USAGE = "usage"
    USAGE_REVERT = "usage_revert"
    METERED = "metered"
    PLAN = "plan"
    EXPIRY = "expiry"
    REFUND = "refund"
    DISPUTE = "dispute"
    TRANSFER = "transfer"
    CORRECTION = "correction"


NAMES: dict[Kind, Sentence] = {
    Kind.PURCHASE: word("Purchase"),
    Kind.SETTLEMENT: word("Invoice paid"),
    Kind.BONUS: word("Bonus"),
    Kind.WELCOME: word("Welcome credits"),
    Kind.GRANT: word("Grant"),
    Kind.REMOVAL: word("Removal"),
    Kind.USAGE: word("Usage"),
    Kind.USAGE_REVERT: word("Usage returned"),
    Kind.METERED: word("Billed by use"),
    Kind.PLAN: word("Plan credits"),
    Kind.EXPIRY: word("Expiry"),
    Kind.REFUND: word("Refund"),
    Kind.DISPUTE: word("Dispute"),
    Kind.TRANSFER: word("Transfer"),
    Kind.CORRECTION: word("Correction"),
}
"""What people call them, unless the portal has words of its own."""


class SystemAccount(StrEnum):
    """The other side of every movement. They keep no stored balance: it is summed when asked, so no row is hot."""

    STRIPE = "sys_stripe"
    PROMOTIONS = "sys_promotions"
    USAGE = "sys_usage"
    EXPIRED = "sys_expired"
    ADJUSTMENTS = "sys_adjustments"


COUNTER: dict[Kind, SystemAccount] = {
    Kind.PURCHASE: SystemAccount.STRIPE,
    Kind.SETTLEMENT: SystemAccount.STRIPE,
    Kind.REFUND: SystemAccount.STRIPE,
    Kind.DISPUTE: SystemAccount.STRIPE,
    Kind.BONUS: SystemAccount.PROMOTIONS,
    Kind.WELCOME: SystemAccount.PROMOTIONS,
    Kind.GRANT: SystemAccount.PROMOTIONS,
    Kind.PLAN: SystemAccount.PROMOTIONS,
    Kind.REMOVAL: SystemAccount.ADJUSTMENTS,
    Kind.CORRECTION: SystemAccount.ADJUSTMENTS,
    Kind.TRANSFER: SystemAccount.ADJUSTMENTS,
    Kind.USAGE: SystemAccount.USAGE,
    Kind.USAGE_REVERT: SystemAccount.USAGE,
    Kind.METERED: SystemAccount.USAGE,
    Kind.EXPIRY: SystemAccount.EXPIRED,
}
