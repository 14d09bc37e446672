"""Amounts as Stripe shows them, whole and as decimal text, and the tiers of a price.
Used by the catalogue's own files.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from sandbox.errors import Json, Refusal, invalid


def amounts_of(data: Json, name: str) -> Json:
    """`unit_amount` and `unit_amount_decimal` from either of them: a fraction of a cent has no whole number."""
    given = data.get(name, data.get(f"{name}_decimal"))
    if given is None:
        return {name: None, f"{name}_decimal": None}
    exact = Decimal(given)
    whole = int(exact) if exact == exact.to_integral_value() else None
    return {name: whole, f"{name}_decimal": plain(exact)}


def plain(value: Decimal) -> str:
    """Decimal text without an exponent and without zeros at its end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def tiers_of(given: Sequence[Json] | None) -> list[Json] | None:
    if not given:
        return None
    return [
        {
            **amounts_of(tier, "flat_amount"),
            **amounts_of(tier, "unit_amount"),
            "up_to": None if tier["up_to"] == "inf" else tier["up_to"],
        }
        for tier in given
    ]


def refuse_tiers(data: Json, at: str) -> Refusal | None:
    """Tiers, their mode and the tiered scheme go together; the last tier has no end, the others rise."""
    inside = f"{at}[{{}}]" if at else "{}"
    tiered = data.get("billing_scheme") == "tiered"
    for name in ("tiers", "tiers_mode"):
        if tiered and not data.get(name):
            message = f"Missing required param: {name}. It must be set when billing_scheme=tiered."
            return invalid(message, inside.format(name), "parameter_missing")
        if not tiered and name in data:
            return invalid(f"`{name}` can only be set when billing_scheme=tiered.", inside.format(name))
    if tiered and data.get("transform_quantity"):
        return invalid("`transform_quantity` cannot be combined with `tiers`.", inside.format("transform_quantity"))
    return _refuse_ends(data["tiers"], inside.format("tiers")) if tiered else None


def _refuse_ends(tiers: Sequence[Json], at: str) -> Refusal | None:
    ends = [tier["up_to"] for tier in tiers]
    if ends[-1] != "inf":
        return invalid("The last tier must have `up_to=inf`.", f"{at}[{len(ends) - 1}][up_to]")
    if "inf" in ends[:-1] or any(low >= high for low, high in pairwise(ends[:-1])):
        return invalid("Tiers must be in ascending order of `up_to`, and only the last can be `inf`.", at)
    amounts = ("unit_amount", "unit_amount_decimal", "flat_amount", "flat_amount_decimal")
    for place, tier in enumerate(tiers):
        if not any(name in tier for name in amounts):
            message = "Each tier must have a `unit_amount`, a `flat_amount` or both."
            return invalid(message, f"{at}[{place}]", "parameter_missing")
    return None
