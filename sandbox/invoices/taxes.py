"""The tax on one line of an invoice, by tax rates the seller chose or by where the customer lives.
Used by `totals` and by credit notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

from sandbox.errors import Json
from sandbox.money import EXACT, half_up
from sandbox.state import Call
from sandbox.tax.rates import percentage_of, tax_for
from sandbox.tax.tax_rates import rate_for

# Where the country alone does not say the rate.
STATEFUL = frozenset({"CA", "US"})


def manual_taxes(rates: Sequence[Json], amount_minor: int, exempt: str) -> list[Json]:
    """One entry for each rate. Inclusive rates share what is already in the amount; exclusive ones come upon the
    rest. A customer who is exempt or accounts for the tax himself pays none.
    """
    within = sum((_percent(rate) for rate in rates if rate["inclusive"]), Decimal(0))
    inside = [_inside(amount_minor, rate, within) if rate["inclusive"] else 0 for rate in rates]
    base = amount_minor - sum(inside)
    reason = {"exempt": "customer_exempt", "reverse": "reverse_charge"}.get(exempt)
    return [
        {
            "amount": 0 if reason else share if rate["inclusive"] else percentage_of(base, _percent(rate)),
            "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
            "tax_rate_details": {"tax_rate": rate["id"]},
            "taxability_reason": reason or "not_available",
            "taxable_amount": base,
            "type": "tax_rate_details",
            "_label": _label(rate["display_name"], _percent(rate), rate["inclusive"]) + f" {rate['id']}",
        }
        for rate, share in zip(rates, inside, strict=True)
    ]


def automatic_taxes(call: Call, invoice: Json, row: Json, amount_minor: int) -> list[Json]:
    """The tax of the customer's place, by the sandbox's fixed table."""
    behavior: Literal["inclusive", "exclusive"] = "inclusive" if row["_tax_behavior"] == "inclusive" else "exclusive"
    share = tax_for(
        place_of(invoice),
        amount_minor,
        behavior,
        tax_code=row["_tax_code"],
        tax_ids=invoice["customer_tax_ids"] or (),
        exempt=invoice["customer_tax_exempt"] or "none",
    )
    label = _label(share.display_name or "Tax", share.percentage, share.inclusive)
    return [
        {
            "amount": share.amount_minor,
            "tax_behavior": behavior,
            "tax_rate_details": {"tax_rate": rate_for(call, share)["id"]},
            "taxability_reason": share.taxability_reason,
            "taxable_amount": share.taxable_minor,
            "type": "tax_rate_details",
            "_label": f"{label} {share.jurisdiction}".strip(),
        }
    ]


def place_of(invoice: Json) -> Json | None:
    """Where the sale happens for the tax: the shipping address, or the customer's."""
    shipping = invoice["customer_shipping"] or {}
    place: Json | None = shipping.get("address") or invoice["customer_address"]
    return place


def locatable(invoice: Json) -> bool:
    """Whether the address says enough to know a rate."""
    place = place_of(invoice) or {}
    return bool(place.get("country")) and (place["country"] not in STATEFUL or bool(place.get("state")))


def inclusive(taxes: Iterable[Json]) -> int:
    return sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "inclusive")


def _inside(amount_minor: int, rate: Json, within: Decimal) -> int:
    share = EXACT.divide(EXACT.multiply(Decimal(amount_minor), _percent(rate)), 100 + within)
    return half_up(share)


def _percent(rate: Json) -> Decimal:
    return Decimal(str(rate["percentage"]))


def _label(name: str, percent: Decimal, is_inclusive: bool) -> str:
    """How a person reads it: `VAT (20% inclusive)`."""
    return f"{name} ({percent.normalize():f}%{' inclusive' if is_inclusive else ''})"
