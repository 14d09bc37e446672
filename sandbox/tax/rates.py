"""The sandbox's fixed table of tax rates, and the tax on one amount: pure calculation.
Anybody in the sandbox may import it.

The rates are those of 2026 as far as a table can say it: one rate for a country, a Canadian province or an American
state, no reduced rates and no cities. A place that is not listed is one where the seller does not collect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sandbox.errors import Json
from sandbox.money import EXACT, half_up

Behavior = Literal["exclusive", "inclusive"]

VAT = dict(
    pair.split(":")
    for pair in (
        "AT:20 BE:21 BG:20 CY:19 CZ:21 DE:19 DK:25 EE:24 ES:21 FI:25.5 FR:20 GR:24 HR:25 HU:27 IE:23 IT:22 "
        "LT:21 LU:17 LV:21 MT:18 NL:21 PL:23 PT:23 RO:21 SE:25 SI:22 SK:23"
    ).split()
)
ELSEWHERE = {
    "GB": ("20", "vat", "VAT"),
    "CH": ("8.1", "vat", "VAT"),
    "NO": ("25", "vat", "VAT"),
    "AU": ("10", "gst", "GST"),
    "NZ": ("15", "gst", "GST"),
    "SG": ("9", "gst", "GST"),
    "JP": ("10", "jct", "Consumption tax"),
}
HST = {"NB": "15", "NL": "15", "NS": "14", "ON": "13", "PE": "15"}
GST_ONLY = frozenset({"AB", "BC", "MB", "NT", "NU", "QC", "SK", "YT"})
SALES_TAX = {
    "CA": "7.25",
    "FL": "6",
    "IL": "6.25",
    "MA": "6.25",
    "NJ": "6.625",
    "NY": "4",
    "OH": "5.75",
    "PA": "6",
    "TX": "6.25",
    "WA": "6.5",
}
NO_SALES_TAX = frozenset({"DE", "MT", "NH", "OR"})
# The first three digits of the ZIP codes of the states above, first and last.
ZIP_CODES = {
    "CA": (900, 961),
    "DE": (197, 199),
    "FL": (320, 349),
    "IL": (600, 629),
    "MA": (10, 27),
    "MT": (590, 599),
    "NH": (30, 38),
    "NJ": (70, 89),
    "NY": (100, 149),
    "OH": (430, 459),
    "OR": (970, 979),
    "PA": (150, 196),
    "TX": (750, 799),
    "WA": (980, 994),
}
BUSINESS_IDS = {**dict.fromkeys(VAT, "eu_vat"), "GB": "gb_vat"}
UNTAXED_CODES = frozenset({"txcd_00000000", "txcd_10502000"})


@dataclass(frozen=True)
class TaxShare:
    """The tax on one amount. `taxable_minor` is the amount without its tax; `tax_type` and `display_name` are None
    where nothing applies. `jurisdiction` is the code of the place whose tax it is, `level` country or state.
    """

    percentage: Decimal
    amount_minor: int
    taxable_minor: int
    inclusive: bool
    taxability_reason: str
    country: str | None = None
    state: str | None = None
    display_name: str | None = None
    tax_type: str | None = None
    jurisdiction: str = ""
    level: Literal["country", "state"] = "country"


def tax_for(
    address: Json | None,
    amount_minor: int,
    behavior: Behavior,
    *,
    tax_code: str | None = None,
    tax_ids: Sequence[Json] = (),
    exempt: str = "none",
) -> TaxShare:
    """The tax on an amount sold to this address.

    `tax_ids` are objects with a `type` (`eu_vat`) and a `value`: a business abroad in the EU or Britain accounts for
    the tax itself (reverse_charge). `exempt` is a customer's `tax_exempt`: none, exempt or reverse.
    """
    country: str | None = (address or {}).get("country")
    state = state_of(address or {})
    place = _place(country, state)
    inclusive = behavior == "inclusive"
    reason = _why_not(place, country, tax_code, tax_ids, exempt)
    percentage = Decimal(0) if reason else place.percentage
    tax = tax_within(amount_minor, percentage) if inclusive else percentage_of(amount_minor, percentage)
    return TaxShare(
        percentage=percentage,
        amount_minor=tax,
        taxable_minor=0 if reason and reason != "reverse_charge" else amount_minor - tax if inclusive else amount_minor,
        inclusive=inclusive,
        taxability_reason=reason or "standard_rated",
        country=country,
        state=state if place.level == "state" else None,
        display_name=place.display_name,
        tax_type=place.tax_type,
        jurisdiction=place.name,
        level=place.level,
    )


def state_of(address: Json) -> str | None:
    """The state or province of an address; an American one can be told by its ZIP code."""
    state: str | None = address.get("state")
    digits = (address.get("postal_code") or "")[:3]
    if state or address.get("country") != "US" or not digits.isdecimal():
        return state
    return next((name for name, (low, high) in ZIP_CODES.items() if low <= int(digits) <= high), None)


def percentage_of(amount_minor: int, percentage: Decimal) -> int:
    """So many percent of an amount, exact, a half rounded up: 7.25 % of 10.00."""
    return half_up(EXACT.divide(EXACT.multiply(Decimal(amount_minor), percentage), Decimal(100)))


def tax_within(amount_minor: int, percentage: Decimal) -> int:
    """The tax that is already part of an amount: 19 % within 119.00 is 19.00."""
    return half_up(EXACT.divide(EXACT.multiply(Decimal(amount_minor), percentage), 100 + percentage))


def percentage_text(percentage: Decimal) -> str:
    """A percentage as Stripe writes it, with at least one decimal: `19.0`, `8.875`."""
    text = format(percentage, "f")
    return text if "." in text else f"{text}.0"


@dataclass(frozen=True)
class _Place:
    percentage: Decimal
    tax_type: str | None
    display_name: str | None
    name: str
    level: Literal["country", "state"] = "country"


def _place(country: str | None, state: str | None) -> _Place:
    if country in VAT:
        return _Place(Decimal(VAT[country]), "vat", "VAT", country)
    if country in ELSEWHERE:
        percentage, kind, name = ELSEWHERE[country]
        return _Place(Decimal(percentage), kind, name, country)
    if country == "CA" and state in HST:
        return _Place(Decimal(HST[state]), "hst", "HST", state, "state")
    if country == "CA" and state in GST_ONLY:
        return _Place(Decimal(5), "gst", "GST", country)
    if country == "US" and state in SALES_TAX:
        return _Place(Decimal(SALES_TAX[state]), "sales_tax", "Sales Tax", state, "state")
    if country == "US" and state in NO_SALES_TAX:
        return _Place(Decimal(0), "sales_tax", "Sales Tax", state, "state")
    return _Place(Decimal(0), None, None, country or "")


def _why_not(
    place: _Place, country: str | None, tax_code: str | None, tax_ids: Sequence[Json], exempt: str
) -> str | None:
    """Why nothing is collected, in Stripe's words; None when something is."""
    if place.tax_type is None:
        return "not_collecting"
    if exempt == "exempt":
        return "customer_exempt"
    if exempt == "reverse" or _is_business(country, tax_ids):
        return "reverse_charge"
    if tax_code in UNTAXED_CODES:
        return "product_exempt"
    return "not_subject_to_tax" if place.percentage == 0 else None


def _is_business(country: str | None, tax_ids: Sequence[Json]) -> bool:
    wanted = BUSINESS_IDS.get(country or "")
    return wanted is not None and any(tax_id["type"] == wanted for tax_id in tax_ids)
