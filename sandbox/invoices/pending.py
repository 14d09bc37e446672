"""Invoice items: amounts that wait for the customer's next invoice, and the lines they become there.
Subscriptions write their prorations with `add_item`; the routes are in `items`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Unpack

from sandbox.errors import Json
from sandbox.events import record
from sandbox.invoices.lines import LineTerms, counted, discountable, line, pricing
from sandbox.state import Call, new_id

ALIKE: Json = {
    "object": "invoiceitem",
    "customer_account": None,
    "frozen_fields": None,
    "invoice": None,
    "invoicing_rules": None,
    "livemode": False,
}


class ItemTerms(LineTerms, total=False):
    """What an item may be told beside its amount. A `preview` is neither kept nor told."""

    price: Json | None
    quantity: int | Decimal
    proration_details: Json | None
    subscription: str | None
    subscription_item: str | None
    preview: bool


def add_item(
    call: Call,
    *,
    customer: Json,
    currency: str,
    amount_minor: int,
    description: str | None,
    period: tuple[int, int],
    **terms: Unpack[ItemTerms],
) -> Json:
    """A pending item, told with `invoiceitem.created`."""
    quantity = terms.get("quantity", 1)
    unit = terms.get("unit_amount_decimal")
    item = {
        "id": new_id("ii_1", 23),
        **ALIKE,
        "amount": amount_minor,
        "currency": currency,
        "customer": customer["id"],
        "date": call.now,
        "description": description,
        "discountable": discountable(amount_minor, terms),
        "discounts": list(terms.get("discounts", ())),
        "metadata": dict(terms.get("metadata") or {}),
        "net_amount": amount_minor,
        "parent": _subscribed(terms),
        "period": {"start": period[0], "end": period[1]},
        "pricing": pricing(terms.get("price"), currency, unit, amount_minor, quantity),
        "proration": terms.get("proration", False),
        "proration_details": {
            "credited_items": None,
            "discount_amounts": [],
            **(terms.get("proration_details") or {}),
        },
        **counted(quantity),
        "tax_rates": [dict(call.world.table("tax_rate")[rate]) for rate in terms.get("tax_rates", ())],
        "test_clock": call.test_clock,
    }
    return item if terms.get("preview") else _kept(call, customer, item)


def _kept(call: Call, customer: Json, item: Json) -> Json:
    customer["currency"] = customer["currency"] or item["currency"]
    record(call, "invoiceitem.created", call.world.add(item))
    return item


def _subscribed(terms: ItemTerms) -> Json | None:
    if not terms.get("subscription"):
        return None
    details = {name: terms.get(name) for name in ("subscription", "subscription_item")}
    return {"type": "subscription_details", "subscription_details": details}


def lines_of_pending(call: Call, invoice: Json, *, keep: bool = True) -> list[Json]:
    """The lines of the items that wait for this invoice. With `keep` they now belong to it."""
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    wanted = (None, details.get("subscription"))
    rows = []
    for item in call.world.table("invoiceitem").values():
        waits = not item.get("deleted") and item["invoice"] is None and item["customer"] == invoice["customer"]
        if waits and item["currency"] == invoice["currency"] and subscription_of(item) in wanted:
            rows.append(line_of_item(call, item))
            if keep:
                item["invoice"] = invoice["id"]
    return rows


def line_of_item(call: Call, item: Json) -> Json:
    named = item["pricing"]["price_details"] or {}
    price = call.world.table("price").get(str(named.get("price")))
    row = line(
        call,
        description=item["description"],
        amount_minor=item["amount"],
        currency=item["currency"],
        quantity=Decimal(item["quantity_decimal"]),
        price=price,
        period=(item["period"]["start"], item["period"]["end"]),
        proration=item["proration"],
        parent=_parent(item),
        metadata=item["metadata"],
        discounts=item["discounts"],
        tax_rates=[rate["id"] for rate in item["tax_rates"]],
        discountable=item["discountable"],
        unit_amount_decimal=item["pricing"]["unit_amount_decimal"],
    )
    return row | {key: item[key] for key in ("_tax_behavior", "_tax_code", "_product") if key in item}


def subscription_of(item: Json) -> str | None:
    parent = item["parent"] or {}
    found: str | None = (parent.get("subscription_details") or {}).get("subscription")
    return found


def _parent(item: Json) -> Json:
    details = (item["parent"] or {}).get("subscription_details") or {}
    kind = "subscription_item_details" if details.get("subscription_item") else "invoice_item_details"
    names = ("subscription", "subscription_item") if details.get("subscription_item") else ("subscription",)
    credited = item["proration_details"]["credited_items"]
    of_lines = (credited or {}).get("invoice_line_item_details")
    told = {name: details.get(name) for name in names}
    return {
        "type": kind,
        kind: {**told, "invoice_item": item["id"], "proration_details": {"credited_items": of_lines}},
    }
