"""The lines of an invoice: list, add, change, remove. Registered in `registry`; each line that is added is an invoice
item too.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from sandbox.errors import Json, invalid, missing
from sandbox.events import record
from sandbox.fields import lay, lay_metadata
from sandbox.invoices import items
from sandbox.invoices.blanks import customer_of, living
from sandbox.invoices.item_terms import PRICED, QUANTITIES, refuse_rates, take_discounts
from sandbox.invoices.totals import put_lines, reckoned
from sandbox.lists import envelope
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World

PARTS = (
    "amount description discountable discounts metadata period price_data pricing quantity quantity_decimal tax_rates"
)


def add(call: Call) -> Json:
    invoice = _draft(call)
    customer = customer_of(call, invoice)
    for place, given in enumerate(call.params["lines"]):
        at = f"lines[{place}]"
        if given.get("invoice_item") is None:
            items.new_item(call, given, customer, invoice, at=at)
            continue
        item = call.world.table("invoiceitem").get(given["invoice_item"])
        if item is None or item.get("deleted") or item["invoice"] or item["customer"] != customer["id"]:
            raise missing("invoiceitem", given["invoice_item"], f"{at}[invoice_item]", status=400)
        items.put(call, item, invoice)
    return _noted(call, invoice)


def update_many(call: Call) -> Json:
    invoice = _draft(call)
    for place, given in enumerate(call.params["lines"]):
        at = f"lines[{place}]"
        _change(call, invoice, _row(invoice, given["id"], f"{at}[id]"), given, at)
    return _noted(call, invoice)


def update_one(call: Call) -> Json:
    invoice = _draft(call)
    row = _row(invoice, call.ids["line"], "line_item_id", status=404)
    _change(call, invoice, row, call.params)
    return _row(invoice, row["id"], "line_item_id")


def remove(call: Call) -> Json:
    """`delete` takes the item away with its line, `unassign` lets it wait for the next invoice."""
    invoice = _draft(call)
    before = deepcopy(invoice)
    for place, given in enumerate(call.params["lines"]):
        row = _row(invoice, given["id"], f"lines[{place}][id]")
        item = call.world.table("invoiceitem").get(str(items.item_of(row)))
        if item is None:
            raise invalid("Only lines that come from invoice items can be removed.", f"lines[{place}][id]")
        put_lines(invoice, [other for other in invoice["lines"]["data"] if other is not row])
        item["invoice"] = None
        if given["behavior"] == "delete":
            items.remove(call, item)
    record(call, "invoice.updated", reckoned(call, invoice), before)
    return _noted(call, invoice)


def listing(call: Call) -> Json:
    """In the order of the invoice."""
    invoice = living(call)
    rows = invoice["lines"]["data"]
    # Cursors find their place in a table, oldest first; lines have none of their own.
    table = {row["id"]: row for row in reversed(rows)}
    here = Call(World(tables={"line_item": table}), call.params)
    return envelope(here, rows, "line_item", f"/v1/invoices/{invoice['id']}/lines")


def _change(call: Call, invoice: Json, row: Json, given: Json, at: str = "") -> None:
    item = call.world.table("invoiceitem").get(str(items.item_of(row)))
    told = {name: value for name, value in given.items() if name not in ("id", "expand")}
    if item is not None:
        items.change(call, item, told, at)
        return
    fixed = [name for name in (*PRICED, *QUANTITIES) if name in told]
    if fixed:
        message = "The amount, price and quantity of a subscription's line cannot be changed on the invoice."
        raise invalid(message, fixed[0])
    before = deepcopy(invoice)
    lay(row, told, ("description", "discountable", "period"))
    lay_metadata(row, told)
    if "tax_rates" in told:
        refuse_rates(call, told["tax_rates"] or (), "tax_rates")
        row["_tax_rates"] = told["tax_rates"] or []
    if "discounts" in told:
        row["discounts"] = _discounts(call, invoice, told["discounts"])
    record(call, "invoice.updated", reckoned(call, invoice), before)


def _discounts(call: Call, invoice: Json, specs: Any) -> list[str]:
    customer = call.world.table("customer")[invoice["customer"]]
    return take_discounts(call, specs, customer=customer, owner=invoice, lines=None, currency=invoice["currency"])


def _noted(call: Call, invoice: Json) -> Json:
    if "invoice_metadata" in call.params:
        lay_metadata(invoice, {"metadata": call.params["invoice_metadata"]})
    return invoice


def _draft(call: Call) -> Json:
    invoice = living(call)
    items.refuse_final(invoice)
    return invoice


def _row(invoice: Json, line_id: str, param: str, status: int = 400) -> Json:
    found: Json | None = next((row for row in invoice["lines"]["data"] if row["id"] == line_id), None)
    if found is None:
        raise missing("invoice line item", line_id, param, status=status)
    return found


def _inner(parts: str) -> str:
    return "invoice_metadata " + " ".join(f"lines.{part}" for part in parts.split())


RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/invoices/{id}/lines", listing, PAGING),
        Route(
            "POST",
            "/v1/invoices/{id}/add_lines",
            add,
            take("InvoiceAddLinesParams", _inner(f"{PARTS} invoice_item")),
        ),
        Route(
            "POST",
            "/v1/invoices/{id}/update_lines",
            update_many,
            take("InvoiceUpdateLinesParams", _inner(f"{PARTS} id")),
        ),
        Route(
            "POST",
            "/v1/invoices/{id}/remove_lines",
            remove,
            take("InvoiceRemoveLinesParams", _inner("behavior id")),
        ),
        Route(
            "POST",
            "/v1/invoices/{id}/lines/{line}",
            update_one,
            take("InvoiceLineItemUpdateParams", PARTS),
        ),
    ),
)
