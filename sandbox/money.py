"""Currencies and the bounds Stripe puts on an amount. Used by resources that take money; whole minor units only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from sandbox.errors import Refusal, malformed
from sandbox.params import Kind, Place
from sandbox.wire import Raw

CURRENCIES = frozenset(
    re.findall(
        r"\w+",
        "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad "
        "cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl "
        "htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd "
        "mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd "
        "rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd "
        "vuv wst xaf xcd xof xpf yer zar zmw ",
    )
)
ZERO_DECIMAL = frozenset(re.findall(r"\w+", "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"))
THREE_DECIMAL = frozenset(re.findall(r"\w+", "bhd jod kwd omr tnd"))
# The documented minimum charge, in minor units; a currency that is not listed is held to one unit only.
LEAST = {
    "usd": 50,
    "eur": 50,
    "gbp": 30,
    "jpy": 50,
    "chf": 50,
    "cad": 50,
    "aud": 50,
    "sek": 300,
    "nok": 300,
    "dkk": 250,
}
MOST = 99_999_999
# Digits enough for any unit amount times any quantity, so that only the last step rounds.
EXACT = Context(prec=60)


@dataclass(frozen=True)
class Currency(Kind):
    def parse(self, raw: Raw, at: Place) -> str:
        code = raw.lower() if isinstance(raw, str) else ""
        if code not in CURRENCIES:
            listed = ", ".join(sorted(CURRENCIES))
            raise at.wrong(f"Invalid currency: {raw}. Stripe currently supports these currencies: {listed}")
        return code


def refuse_amount(amount_minor: int, currency: str) -> Refusal | None:
    """What Stripe would say of this charge amount, or None when it would take it."""
    least = LEAST.get(currency, 1)
    if amount_minor < least:
        return malformed(f"Amount must be at least {spoken(least, currency)}", "amount", "amount_too_small")
    if amount_minor > MOST:
        return malformed(f"Amount must be no more than {spoken(MOST, currency)}", "amount", "amount_too_large")
    if currency in THREE_DECIMAL and amount_minor % 10:
        return malformed("Invalid amount: the last digit of a three-decimal currency must be 0.", "amount")
    if currency in ("ugx", "isk") and amount_minor % 100:
        return malformed("Invalid amount: this currency has no minor unit, its amounts end in 00.", "amount")
    return None


def spoken(amount_minor: int, currency: str) -> str:
    """An amount as Stripe's messages write it: `$0.50 usd`, `50 jpy`."""
    if currency in ZERO_DECIMAL:
        return f"{amount_minor} {currency}"
    sign = {"usd": "$", "eur": "€", "gbp": "£"}.get(currency, "")
    digits = 3 if currency in THREE_DECIMAL else 2
    whole, part = divmod(amount_minor, 10**digits)
    return f"{sign}{whole}.{part:0{digits}d} {currency}"


def half_up(value: Decimal) -> int:
    """The nearest whole number of minor units; a half goes away from zero, as on every invoice."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACT))


def spread(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Shares of a total in proportion to weights that are not negative, to the cent: what rounding down leaves over
    goes to the largest remainders, the earlier one first. Without any weight nobody gets anything.
    """
    whole = sum(weights)
    if whole == 0:
        return [0 for _ in weights]
    sign, amount = (-1 if total_minor < 0 else 1), abs(total_minor)
    shares = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(amount * weights[place] % whole))
    for place in by_remainder[: amount - sum(shares)]:
        shares[place] += 1
    return [sign * share for share in shares]
