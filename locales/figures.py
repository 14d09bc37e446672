"""How amounts read in a language: numbers, credits, money. Speech and pages/parts/format.py use it.

Amounts stay exact decimals down to the last digit; how many digits a currency has is said by our own table, never by
a locale. Every locale writes the digits that its Unicode data names as usual: for Arabic these are 0 to 9.
"""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency, format_decimal, get_decimal_symbol

from billing.rules.errors import BadInput
from billing.rules.money import MICRO, Credits, Money, charge_decimals, charge_step
from billing.rules.sentences import sentence, word
from locales.catalogues import LOCALES, RIGHT_TO_LEFT

MINUS = "\N{MINUS SIGN}"


def number(value: int | Decimal, language: str) -> str:
    """1,250, or 1.250 in German; every decimal there is."""
    text: str = format_decimal(value, format="#,##0.######", locale=LOCALES[language], numbering_system="default")
    return text


def credits(amount: Credits, language: str, places: int = 0) -> str:
    """1,250 or 0.25: grouped, with at least `places` decimals and no more than there are, and a real minus sign."""
    exact = Decimal(amount.micro).scaleb(-6)
    pattern = f"#,##0.{'0' * places}{'#' * (6 - places)}"
    text = format_decimal(abs(exact), format=pattern, locale=LOCALES[language], numbering_system="default")
    return f"{minus(language)}{text}" if exact < 0 else text


def money(amount: Money, language: str) -> str:
    """18.00 USD: what is paid names its currency, since several share the dollar sign.

    A currency that is only charged in whole units is shown in them, though it is counted in hundredths.
    """
    decimals = 0 if charge_step(amount.currency) == 100 else charge_decimals(amount.currency)
    text: str = format_currency(
        amount.major, amount.currency, f"#,##0{'.' * bool(decimals)}{'0' * decimals} ¤¤", locale=LOCALES[language],
        currency_digits=False, numbering_system="default",
    )  # fmt: skip
    return text


def form_of(amount: Credits, language: str) -> int:
    """The number whose plural form a counted sentence takes for this amount.

    A fraction is counted like a hundred; but in French what is less than two is one.
    """
    whole, fraction = divmod(abs(amount.micro), MICRO)
    return whole if not fraction or language == "fr" else 100


def typed(text: str, language: str) -> str:
    """A plain decimal ("12.5") as people type it there: 12,5 in German."""
    return text.replace(".", decimal_mark(language))


def plain(text: str, language: str) -> str:
    """What somebody typed as a plain decimal. Where the comma parts the decimals, a point is no reading of it: whoever
    writes 1.000 there means a thousand. Raises BadInput.
    """
    mark = decimal_mark(language)
    if mark == ".":
        return text
    if "." in text:
        raise BadInput(sentence("Write the amount without points, such as 1250 or 12{mark}50.", mark=word(mark)))
    return text.replace(mark, ".")


def decimal_mark(language: str) -> str:
    """What stands before the decimals."""
    mark: str = get_decimal_symbol(LOCALES[language])
    return mark


def minus(language: str) -> str:
    """The sign for less than nothing."""
    return signed_mark(MINUS, language)


def signed_mark(sign: str, language: str) -> str:
    """A sign that stays before its number: among words from the right it would be drawn behind it."""
    return f"\N{LEFT-TO-RIGHT MARK}{sign}" if language in RIGHT_TO_LEFT else sign
