"""How amounts read in a language: numbers, credits, money. Speech and pages/parts/format.py use it.

Amounts stay exact decimals down to the last digit; how many digits a currency has is said by our own table, never by
a locale. Every locale writes the digits that its Unicode data names as usual: for Arabic these are 0 to 9.
"""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency, format_decimal

from billing.rules.money import Credits, Money
from locales.catalogues import LOCALES, RIGHT_TO_LEFT

MINUS = "\N{MINUS SIGN}"


def number(value: int, language: str) -> str:
    """1,250, or 1.250 in German."""
    text: str = format_decimal(value, format="#,##0", locale=LOCALES[language], numbering_system="default")
    return text


def credits(amount: Credits, language: str, places: int = 0) -> str:
    """1,250 or 0.25: grouped, with at least `places` decimals and no more than there are, and a real minus sign."""
    exact = Decimal(amount.micro).scaleb(-6)
    pattern = f"#,##0.{'0' * places}{'#' * (6 - places)}"
    text = format_decimal(abs(exact), format=pattern, locale=LOCALES[language], numbering_system="default")
    return f"{minus(language)}{text}" if exact < 0 else text


def money(amount: Money, language: str) -> str:
    """18.00 USD: what is paid names its currency, since several share the dollar sign."""
    text: str = format_currency(
        amount.major, amount.currency, "#,##0.00 ¤¤", locale=LOCALES[language], numbering_system="default"
    )
    return text


def minus(language: str) -> str:
    """The sign for less than nothing."""
    return signed_mark(MINUS, language)


def signed_mark(sign: str, language: str) -> str:
    """A sign that stays before its number: among words from the right it would be drawn behind it."""
    return f"\N{LEFT-TO-RIGHT MARK}{sign}" if language in RIGHT_TO_LEFT else sign
