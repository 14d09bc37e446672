"""What a price costs for a quantity: pure calculation, to the minor unit. Anybody in the sandbox may import it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sandbox.errors import Json, invalid
from sandbox.money import EXACT, half_up


def price_amount(price: Json, quantity: int | Decimal, currency: str | None = None) -> int:
    """The total in minor units of `currency` (the price's own when None).

    One-off, recurring and metered prices alike; a metered quantity may be a `Decimal`. Packages are counted first,
    the exact unit amount is multiplied, and only the total is rounded, a half upwards. The amount of a price the
    payer chooses (`custom_unit_amount`) is its preset. Raises Refusal 400 for a currency the price does not have.
    """
    terms = terms_in(price, currency)
    counted = packages(price["transform_quantity"], Decimal(quantity))
    if terms["tiers"]:
        reckon = _volume if price["tiers_mode"] == "volume" else _graduated
        return half_up(reckon(terms["tiers"], counted))
    return half_up(EXACT.multiply(_unit(terms), counted))


def terms_in(price: Json, currency: str | None = None) -> Json:
    """Unit amount, tiers, tax behaviour and custom amount of a price in one of its currencies."""
    if currency in (None, price["currency"]):
        return {
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": price["unit_amount_decimal"],
            "tiers": price.get("_tiers"),
            "custom_unit_amount": price["custom_unit_amount"],
            "tax_behavior": price["tax_behavior"],
        }
    options: Json = price.get("_currency_options") or {}
    if currency not in options:
        had = ", ".join(f"`{one}`" for one in (price["currency"], *options))
        message = f"The price specified only supports {had}. This doesn't match the expected currency: `{currency}`."
        raise invalid(message, "currency")
    found: Json = options[currency]
    return found


def packages(transform: Json | None, quantity: Decimal) -> Decimal:
    """How many packages a quantity makes."""
    if transform is None:
        return quantity
    whole, rest = divmod(quantity, Decimal(transform["divide_by"]))
    return whole + 1 if rest and transform["round"] == "up" else whole


def _graduated(tiers: Sequence[Json], quantity: Decimal) -> Decimal:
    """Every unit at the rate of its own tier, and the flat fee of each tier that was reached; the first always is."""
    total, below = Decimal(0), Decimal(0)
    for tier in tiers:
        upper = quantity if tier["up_to"] is None else min(quantity, Decimal(tier["up_to"]))
        if below and quantity <= below:
            break
        total += EXACT.multiply(_unit(tier), max(Decimal(0), upper - below)) + _exact(tier["flat_amount_decimal"])
        below = upper
        if tier["up_to"] is None or quantity <= tier["up_to"]:
            break
    return total


def _volume(tiers: Sequence[Json], quantity: Decimal) -> Decimal:
    """All units at the rate of the tier the whole quantity falls into."""
    tier = next(tier for tier in tiers if tier["up_to"] is None or quantity <= tier["up_to"])
    return EXACT.multiply(_unit(tier), quantity) + _exact(tier["flat_amount_decimal"])


def _unit(terms: Json) -> Decimal:
    custom: Json | None = terms.get("custom_unit_amount")
    if custom:
        return _exact(custom.get("preset"))
    return _exact(terms["unit_amount_decimal"])


def _exact(amount: Any) -> Decimal:
    return Decimal(0) if amount is None else Decimal(str(amount))
