"""Stripe's test bank accounts: what becomes of a debit, some days after it was asked for.
Used by `new_banks` and, as the behaviour of a payment method, beside the cards.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.payments.cards import Asks, Later, Risk, Secure
from sandbox.payments.declines import Decline


@dataclass(frozen=True)
class BankRow:
    """One account. `names` are its whole `pm_*` names; `slow` settles three minutes after the others, `stuck` never."""

    kind: str
    number: str
    names: tuple[str, ...]
    about: str
    decline: Decline | None = None
    later: Later | None = None
    slow: bool = False
    stuck: bool = False
    asks: Asks = Asks.NEVER
    risk: Risk = Risk.NORMAL
    secure: Secure = Secure.UNKNOWN
    saves: bool = True
    at_once: bool = False


FAILED = Decline("generic_could_not_process", "The bank could not process this payment.")
OVER_VOLUME = Decline("charge_exceeds_source_limit", "This payment exceeds the weekly volume limit of the account.")
OVER_COUNT = Decline("charge_exceeds_weekly_limit", "This payment exceeds the weekly transaction limit of the account.")
EMPTY = Decline("insufficient_funds", "The customer's account has insufficient funds to cover this payment.")
CLOSED = Decline("account_closed", "The customer's bank account has been closed.")
UNKNOWN = Decline("no_account", "The customer's bank account could not be located.")
FORBIDDEN = Decline("debit_not_authorized", "The customer has notified their bank that this payment was unauthorized.")
CURRENCY = Decline("invalid_currency", "The bank was unable to process this payment because of its currency.")
# What the IBANs of each country stand for, in the order of the columns below.
WORDS: tuple[tuple[str, Decline | None, Later | None, bool], ...] = (
    ("success", None, None, False),
    ("successDelayed", None, None, True),
    ("failed", FAILED, None, False),
    ("failedDelayed", FAILED, None, True),
    ("disputed", None, Later.DISPUTE_FRAUDULENT, False),
    ("exceedsWeeklyVolumeLimit", OVER_VOLUME, None, False),
    ("exceedsWeeklyTransactionLimit", OVER_COUNT, None, False),
    ("insufficientFunds", EMPTY, None, False),
)
IBANS = {
    "at": "AT611904300234573201 AT321904300235473204 AT861904300235473202 AT051904300235473205 "
    "AT591904300235473203 AT981904300000343434 AT601904300000121212 AT981904300002222227",
    "be": "BE62510007547061 BE78510007547064 BE68539007547034 BE51510007547065 "
    "BE08510007547063 BE90510000343434 BE52510000121212 BE90510002222227",
    "de": "DE89370400440532013000 DE08370400440532013003 DE62370400440532013001 DE78370400440532013004 "
    "DE35370400440532013002 DE65370400440000343434 DE27370400440000121212 DE65370400440002222227",
    "fr": "FR1420041010050500013M02606 FR3020041010050500013M02609 FR8420041010050500013M02607 "
    "FR7920041010050500013M02600 FR5720041010050500013M02608 FR9720041010050000000343434 "
    "FR5920041010050000000121212 FR9720041010050000002222227",
}
SEPA = tuple(
    BankRow("sepa_debit", iban, (f"pm_sepaDebit_{word}_{country}",), word, decline, later, slow)
    for country, ibans in IBANS.items()
    for iban, (word, decline, later, slow) in zip(ibans.split(), WORDS, strict=True)
)


def _us(number: str, word: str, decline: Decline | None = None, later: Later | None = None) -> BankRow:
    return BankRow("us_bank_account", number, (f"pm_usBankAccount_{word}",), word, decline, later)


US = (
    _us("000123456789", "success"),
    _us("000111111113", "accountClosed", CLOSED),
    _us("000111111116", "noAccount", UNKNOWN),
    _us("000222222227", "insufficientFunds", EMPTY),
    _us("000333333335", "debitNotAuthorized", FORBIDDEN),
    _us("000444444440", "invalidCurrency", CURRENCY),
    _us("000777777771", "weeklyLimitExceeded", OVER_VOLUME),
    _us("000555555559", "dispute", later=Later.DISPUTE_FRAUDULENT),
    BankRow("us_bank_account", "000000000009", ("pm_usBankAccount_processing",), "processing for ever", stuck=True),
)
ACCOUNTS = (*SEPA, *US)
BANK_BY_NUMBER = {row.number: row for row in ACCOUNTS}
BANK_BY_NAME = {name: row for row in ACCOUNTS for name in row.names}


def is_iban(text: str) -> bool:
    """The check digits every IBAN carries (remainder 1 of 97, the country moved to the end)."""
    if not 15 <= len(text) <= 34 or not text.isascii() or not text.isalnum():
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
