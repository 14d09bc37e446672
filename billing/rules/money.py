"""Money and credits as integers with a type. Anyone may import it; standard library only.

Money is kept in the scale in which Stripe charges a currency, which is not always the currency's own
(ISK and UGX are charged as if they had two decimals). Credits are kept as millionths.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from billing.rules.errors import BadInput
from billing.rules.sentences import sentence

MICRO = 1_000_000
_DECIMALS = 6
CREDITS_LIMIT_MICRO = 2**63 - 1
"""BIGINT's last value: 9.2 trillion credits."""

CURRENCIES = frozenset(
    (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF "
        "CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR "
        "ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR "
        "MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR "
        "SEK SGD SHP SLE SOS SRD STD SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF "
        "XPF YER ZAR ZMW"
    ).split()
)
"""What can be charged; any other three letters are a mistake that nobody would notice before the first payment."""

_ZERO_DECIMAL = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
_THREE_DECIMAL = frozenset("BHD JOD KWD OMR TND".split())
_WHOLE_UNITS_ONLY = frozenset("ISK UGX".split())

_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def charge_decimals(currency: str) -> int:
    """Decimals of the integer that Stripe charges in `currency` (ISO 4217, upper case), by Stripe's own table."""
    if currency in _ZERO_DECIMAL:
        return 0
    return 3 if currency in _THREE_DECIMAL else 2


def charge_step(currency: str) -> int:
    """Every integer that Stripe charges in `currency` is a multiple of it."""
    return 100 if currency in _WHOLE_UNITS_ONLY else 10 if currency in _THREE_DECIMAL else 1


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in Stripe's charge scale: `Money(1050, "USD")` is 10.50 dollars. `currency` is ISO 4217, upper case."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"Money takes an int of minor units, not {type(self.minor).__name__}.")
        if not _CURRENCY.fullmatch(self.currency):
            raise BadInput(sentence("{text} is not a currency.", text=repr(self.currency)), field="currency")

    @classmethod
    def of(cls, text: str, currency: str) -> Money:
        """`text` is a decimal in major units ("10.50"). Raises BadInput when the currency cannot be charged so."""
        currency = currency.upper()
        scaled = Decimal(_plain(text, "amount")).scaleb(charge_decimals(currency))
        if scaled != scaled.to_integral_value():
            raise BadInput(
                sentence("{text} has more decimals than {currency} is charged in.", text=text, currency=currency),
                field="amount",
            )
        money = cls(int(scaled), currency)
        if money.minor % charge_step(currency):
            raise BadInput(
                sentence("{currency} cannot be charged as {text}.", text=text, currency=currency), field="amount"
            )
        return money

    @property
    def major(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-charge_decimals(self.currency))

    def __str__(self) -> str:
        return f"{self.major} {self.currency}"


@dataclass(frozen=True, slots=True, order=True)
class Credits:
    """Credits as millionths, signed: `Credits(1_500_000)` is 1.5 credits."""

    micro: int

    def __post_init__(self) -> None:
        if type(self.micro) is not int:
            raise TypeError(f"Credits takes an int of millionths, not {type(self.micro).__name__}.")
        if abs(self.micro) > CREDITS_LIMIT_MICRO:
            raise BadInput("That is more credits than can exist.", field="amount")

    @classmethod
    def of(cls, text: str) -> Credits:
        """`text` is a plain positive decimal ("0.25"). Raises BadInput for anything else, 1e3 and ١ included."""
        plain = _plain(text, "amount")
        if len(plain.partition(".")[2].rstrip("0")) > _DECIMALS:
            raise BadInput(
                sentence("{text} has more than six decimals; a millionth of a credit is the smallest part.", text=text),
                field="amount",
            )
        return cls.read(plain)

    @classmethod
    def read(cls, plain: str) -> Credits:
        """The same for a door that has looked already: digits, and behind a point up to six that count."""
        whole, _, part = plain.partition(".")
        return cls(int(whole) * MICRO + int(part[:_DECIMALS].ljust(_DECIMALS, "0")))

    @classmethod
    def whole(cls, count: int) -> Credits:
        """`count` whole credits."""
        return cls(count * MICRO)

    def __add__(self, other: Credits) -> Credits:
        return Credits(self.micro + other.micro)

    def __sub__(self, other: Credits) -> Credits:
        return Credits(self.micro - other.micro)

    def __neg__(self) -> Credits:
        return Credits(-self.micro)

    def __str__(self) -> str:
        """A decimal string without trailing zeros ("12.5"), the form of the JSON edge."""
        return decimal(self.micro)


def decimal(micro: int) -> str:
    """Millionths as a `Credits` writes itself, for a hot door that would make one only to write it."""
    whole, part = divmod(abs(micro), MICRO)
    sign = "-" if micro < 0 else ""
    return f"{sign}{whole}.{part:06}".rstrip("0") if part else f"{sign}{whole}"


def one_for_each(amount: Money) -> Credits:
    """One credit for each major unit, exactly: 10.50 gives 10.5 credits."""
    return Credits.of(f"{amount.major:f}")


def _plain(text: str, field: str) -> str:
    plain = text.strip()
    if not _NUMBER.fullmatch(plain):
        raise BadInput(
            sentence("{text} is not a plain positive number such as 12.50.", text=repr(text[:40])), field=field
        )
    return plain
