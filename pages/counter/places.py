"""Countries as a billing address names them, and what a browser says about where it is. Only the counter imports it."""

from __future__ import annotations

import re
from unicodedata import combining, normalize

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies

from pages.words import N_, speech

_LANGUAGE = re.compile(r"([a-z]{2,3})(?:-[A-Za-z]{4})?(?:-([A-Za-z]{2}))?(?=[,;]|$)", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)

# Codes of unions, of pseudo-locales and of "unknown": nobody is billed there.
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})

STATES: dict[str, str] = {
    "AU": N_("State or territory"),
    "BR": N_("State"),
    "CA": N_("Province or territory"),
    "IN": N_("State"),
    "MX": N_("State"),
    "MY": N_("State"),
    "US": N_("State"),
}
"""Where the part of the country matters, and what people there call it."""

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"

TAX_IDS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(_EU.split(), ("eu_vat", N_("VAT number"))),
    "AU": ("au_abn", N_("ABN")),
    "CA": ("ca_bn", N_("Business number")),
    "CH": ("ch_vat", N_("VAT number")),
    "GB": ("gb_vat", N_("VAT number")),
    "IN": ("in_gst", N_("GSTIN")),
    "JP": ("jp_trn", N_("Registration number")),
    "NO": ("no_vat", N_("VAT number")),
    "NZ": ("nz_gst", N_("GST number")),
    "SG": ("sg_gst", N_("GST number")),
    "US": ("us_ein", N_("EIN")),
}
"""The number a business has there: the provider's kind of it, and its name."""


def countries() -> list[tuple[str, str]]:
    """Code and name of every country, by name, as the visitor's language has it."""
    names = Locale.parse(speech().locale).territories
    known = ((code, name) for code, name in names.items() if _COUNTRY.fullmatch(code) and code not in _NO_COUNTRY)
    return sorted(known, key=lambda each: _sorted_as(each[1]))


def _sorted_as(name: str) -> str:
    """Without the marks on its letters: Österreich stands among the countries with an O, not after Zypern."""
    return "".join(each for each in normalize("NFD", name) if not combining(each)).casefold()


def country_name(code: str) -> str:
    """Germany, for DE; a code nobody knows stands for itself."""
    return str(Locale.parse(speech().locale).territories.get(code, code))


def country_of(accept_language: str) -> str:
    """The country of the language a browser asks for first: DE for "de-DE, en;q=0.5"; "" when it says nothing."""
    found = _LANGUAGE.match(accept_language.strip())
    if found is None:
        return ""
    language, region = found.groups()
    # "de" alone is most likely written in Germany
    likely = str(get_global("likely_subtags").get(language, "")).rpartition("_")[2]
    code = (region or likely).upper()
    return code if _COUNTRY.fullmatch(code) and code not in _NO_COUNTRY else ""


def currencies_there(country: str) -> tuple[str, ...]:
    """What is paid with in this country today."""
    return tuple(get_territory_currencies(country)) if country else ()
