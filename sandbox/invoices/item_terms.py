"""What an invoice item or a new line costs, read from its parameters, and the discounts it names.
Used by `items` and `line_edits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.catalogue.amounts import price_amount
from sandbox.catalogue.coupons import Line, make_discount, redeem
from sandbox.catalogue.new_prices import make_price
from sandbox.errors import Json, invalid, missing
from sandbox.invoices.lines import plain
from sandbox.money import EXACT, half_up
from sandbox.state import Call

PRICED = ("amount", "price_data", "pricing", "unit_amount_decimal")
QUANTITIES = ("quantity", "quantity_decimal")


@dataclass(frozen=True)
class Terms:
    """An amount in minor units and how it came about."""

    amount_minor: int
    currency: str
    quantity: Decimal
    price: Json | None = None
    unit_amount_decimal: str | None = None


def terms_of(call: Call, given: Json, currency: str | None, at: str = "") -> Terms:
    """Exactly one of an amount, a price, `price_data` or a unit amount. `currency` is what goes when none is named;
    `at` is where the parameters stand in the request (`lines[0]`).
    """
    chosen = [name for name in PRICED if given.get(name) is not None]
    _refuse_choice(chosen, given, at)
    quantity = Decimal(given.get("quantity_decimal") or given.get("quantity", 1))
    named: Any = given.get("currency") or currency
    if chosen[0] in ("pricing", "price_data"):
        price = _price(call, given, at)
        money = named if given.get("currency") else price["currency"]
        return Terms(price_amount(price, quantity, money), str(money), quantity, price)
    if named is None:
        raise invalid("Missing required param: currency.", inside(at, "currency"), "parameter_missing")
    if chosen[0] == "amount":
        return Terms(given["amount"], named, quantity)
    unit = given["unit_amount_decimal"]
    return Terms(half_up(EXACT.multiply(unit, quantity)), named, quantity, None, plain(unit))


def refuse_rates(call: Call, rates: Iterable[str], param: str) -> None:
    """400 for a tax rate that does not exist or was archived."""
    for place, rate in enumerate(rates):
        found = call.world.table("tax_rate").get(rate)
        if found is None:
            raise missing("tax rate", rate, f"{param}[{place}]", status=400)
        if not found["active"]:
            message = f"The tax rate {rate} is archived and cannot be used."
            raise invalid(message, f"{param}[{place}]")


def take_discounts(
    call: Call,
    specs: Sequence[Json] | None,
    *,
    customer: Json,
    owner: Json,
    lines: Sequence[Line] | None,
    currency: str,
    param: str = "discounts",
) -> list[str]:
    """The ids of new discounts of an invoice or an item (`owner`), counted as redeemed."""
    found = []
    field = "invoice" if owner["object"] == "invoice" else "invoice_item"
    for place, spec in enumerate(specs or ()):
        known = spec.get("discount")
        discount = make_discount(
            call,
            spec,
            customer=customer,
            lines=lines,
            currency=currency,
            param=f"{param}[{place}]",
            redeems=False,
        )
        if known is None:
            discount[field] = owner["id"]
            _count(call, discount)
        found.append(str(discount["id"]))
    return found


def inside(at: str, name: str) -> str:
    return f"{at}[{name}]" if at else name


def _count(call: Call, discount: Json) -> None:
    """An item's discount is not the customer's, so nobody is told of one that stays."""
    kept, discount["invoice"] = discount["invoice"], discount["invoice"] or "item"
    redeem(call, discount)
    discount["invoice"] = kept


def _refuse_choice(chosen: list[str], given: Json, at: str) -> None:
    if not chosen:
        message = "You must specify one of: amount, pricing[price], price_data, unit_amount_decimal."
        raise invalid(message, inside(at, "amount"), "parameter_missing")
    if len(chosen) > 1:
        raise invalid(f"You may only specify one of these parameters: {', '.join(chosen)}.", inside(at, chosen[0]))
    counts = [name for name in QUANTITIES if given.get(name) is not None]
    if len(counts) > 1 or (counts and chosen == ["amount"]):
        both = [*chosen, *counts] if chosen == ["amount"] else counts
        raise invalid(f"You may only specify one of these parameters: {', '.join(both)}.", inside(at, counts[0]))


def _price(call: Call, given: Json, at: str) -> Json:
    data = given.get("price_data")
    if data is not None:
        return make_price(call, data, active=False, at=inside(at, "price_data"))
    param = inside(inside(at, "pricing"), "price")
    price_id = given["pricing"].get("price")
    price = call.world.table("price").get(str(price_id))
    if price is None:
        raise missing("price", str(price_id), param, status=400)
    if price["type"] == "recurring":
        message = (
            "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`."
        )
        raise invalid(message, param)
    if not price["active"]:
        raise invalid("The price specified is inactive. This field only accepts active prices.", param)
    return price
