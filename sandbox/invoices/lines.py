"""Invoice line items, as subscriptions, invoice items and previews write them. Imported by those rooms."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from sandbox.catalogue.amounts import terms_in
from sandbox.errors import Json
from sandbox.state import Call, new_id

UNRECKONED: Json = {
    "object": "line_item",
    "discount_amounts": [],
    "invoice": None,
    "livemode": False,
    "pretax_credit_amounts": [],
    "taxes": [],
}
DETAILS: dict[str, Json] = {
    "invoice_item_details": {
        "invoice_item": None,
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": None,
    },
    "subscription_item_details": {
        "invoice_item": None,
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": None,
        "subscription_item": None,
    },
}


class LineTerms(TypedDict, total=False):
    """What a line may be told beside what it is. `discounts` and `tax_rates` are ids."""

    proration: bool
    metadata: Json | None
    discounts: Sequence[str]
    tax_rates: Sequence[str]
    discountable: bool | None
    unit_amount_decimal: str | None


def line(
    call: Call,
    *,
    description: str | None,
    amount_minor: int,
    currency: str,
    quantity: int | Decimal | None,
    price: Json | None,
    period: tuple[int, int],
    parent: Json,
    **terms: Unpack[LineTerms],
) -> Json:
    """One line, not yet on an invoice. `draft` reckons its discounts and taxes.

    `parent` names a type and its details: `{"type": "subscription_item_details", "subscription_item_details":
    {"subscription": .., "subscription_item": ..}}`; what is missing there is filled in.
    """
    details = full_parent(parent, proration=terms.get("proration", False))
    return {
        "id": new_id("il_1", 23),
        **deepcopy(UNRECKONED),
        "amount": amount_minor,
        "currency": currency,
        "description": description,
        "discountable": discountable(amount_minor, terms),
        "discounts": list(terms.get("discounts", ())),
        "metadata": dict(terms.get("metadata") or {}),
        "parent": details,
        "period": {"start": period[0], "end": period[1]},
        "pricing": pricing(price, currency, terms.get("unit_amount_decimal"), amount_minor, quantity),
        **counted(quantity),
        "subscription": details[details["type"]]["subscription"],
        "subtotal": amount_minor,
        **taxed_as(call, price, currency),
        "_tax_rates": list(terms.get("tax_rates", ())),
    }


def discountable(amount_minor: int, terms: LineTerms) -> bool:
    """Credits and prorations are not discounted unless somebody says so."""
    told = terms.get("discountable")
    return amount_minor >= 0 and not terms.get("proration", False) if told is None else told


def full_parent(parent: Json, *, proration: bool) -> Json:
    """The parent with every field of its kind."""
    kind = parent["type"]
    details = {**DETAILS[kind], **(parent.get(kind) or {})}
    details["proration"] = proration or details["proration"]
    details["proration_details"] = details["proration_details"] or {"credited_items": None}
    return {"type": kind, "invoice_item_details": None, "subscription_item_details": None, kind: details}


def pricing(
    price: Json | None, currency: str, unit: str | None, amount_minor: int, quantity: int | Decimal | None
) -> Json:
    """What one unit costs. Without a price it is the amount divided; with tiers there is no such number."""
    named = {"price": price["id"], "product": price["product"]} if price else None
    if unit is None and price is not None:
        told = terms_in(price, currency)["unit_amount_decimal"]
        unit = None if told is None else str(told)
    elif unit is None and quantity:
        unit = plain(Decimal(amount_minor) / Decimal(quantity))
    return {"type": "price_details", "price_details": named, "unit_amount_decimal": unit}


def counted(quantity: int | Decimal | None) -> Json:
    """The whole number, and the exact one beside it."""
    if quantity is None:
        return {"quantity": None, "quantity_decimal": None}
    return {"quantity": int(quantity), "quantity_decimal": plain(Decimal(quantity))}


def plain(number: Decimal) -> str:
    """A decimal with at most twelve places, without zeros at its end."""
    text = f"{number.quantize(Decimal('1e-12')):f}"
    return text.rstrip("0").rstrip(".") or "0"


def taxed_as(call: Call, price: Json | None, currency: str) -> dict[str, Any]:
    """What automatic tax must know of the thing sold; an unspecified price is taken as without tax."""
    product = call.world.table("product").get(price["product"], {}) if price else {}
    behavior = terms_in(price, currency)["tax_behavior"] if price else "unspecified"
    return {"_tax_behavior": behavior, "_tax_code": product.get("tax_code"), "_product": product.get("id")}
