"""What waits for a subscription's next invoice: credits and debits of a change, and usage nobody invoices now. Used
across this room.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sandbox.errors import Json
from sandbox.invoices.lines import line
from sandbox.invoices.pending import add_item
from sandbox.state import Call
from sandbox.subscriptions.billing import customer_of, parent_of
from sandbox.subscriptions.prorations import Proration


def pend(call: Call, subscription: Json, prorations: Sequence[Proration]) -> None:
    """Lets prorations wait for the next invoice."""
    for one in prorations:
        credited = {"invoice": one.credited[0], "invoice_line_items": [one.credited[1]]} if one.credited else None
        add_item(
            call,
            customer=customer_of(call.world, subscription),
            currency=subscription["currency"],
            amount_minor=one.amount_minor,
            description=one.description,
            period=(one.start, one.end),
            price=one.price,
            quantity=1 if one.quantity is None else one.quantity,
            proration=True,
            proration_details={"credited_items": _credited(credited)},
            subscription=subscription["id"],
            subscription_item=one.item,
            tax_rates=one.tax_rates,
        )


def pend_lines(call: Call, subscription: Json, rows: Sequence[Json]) -> None:
    """Lets lines (usage that nobody invoices now) wait for the next invoice."""
    for row in rows:
        details = row["parent"]["subscription_item_details"]
        add_item(
            call,
            customer=customer_of(call.world, subscription),
            currency=subscription["currency"],
            amount_minor=row["amount"],
            description=row["description"],
            period=(row["period"]["start"], row["period"]["end"]),
            price=call.world.table("price").get(row["pricing"]["price_details"]["price"]),
            quantity=Decimal(row["quantity_decimal"]),
            subscription=subscription["id"],
            subscription_item=details["subscription_item"],
        )


def proration_line(call: Call, subscription: Json, proration: Proration) -> Json:
    """A proration as it will stand on the invoice, for previews."""
    return line(
        call,
        description=proration.description,
        amount_minor=proration.amount_minor,
        currency=subscription["currency"],
        quantity=proration.quantity,
        price=proration.price,
        period=(proration.start, proration.end),
        proration=True,
        parent=parent_of(subscription["id"], proration.item),
        tax_rates=proration.tax_rates,
    )


def _credited(of_lines: Json | None) -> Json | None:
    return {"type": "invoice_line_items", "invoice_line_item_details": of_lines} if of_lines else None
