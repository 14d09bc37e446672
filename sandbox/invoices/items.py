"""Invoice items: create, retrieve, update, delete, list. Registered in `registry`."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal

from sandbox.catalogue.coupons import Line
from sandbox.errors import Json, invalid, missing
from sandbox.events import changed, record
from sandbox.fields import lay, lay_metadata
from sandbox.invoices.blanks import customer_of
from sandbox.invoices.calendar import in_span
from sandbox.invoices.item_terms import PRICED, QUANTITIES, inside, refuse_rates, take_discounts, terms_of
from sandbox.invoices.lines import counted, pricing
from sandbox.invoices.pending import add_item, line_of_item
from sandbox.invoices.totals import put_lines, reckoned
from sandbox.lists import envelope
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call


def create(call: Call) -> Json:
    """Waits for the customer's next invoice, or goes on the named draft at once."""
    customer = call.refer("customer", "customer")
    invoice = _draft(call)
    if customer is None and invoice is not None:
        customer = customer_of(call, invoice)
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    subscription = call.refer("subscription", "subscription")
    for owned, param in ((invoice, "invoice"), (subscription, "subscription")):
        if owned is not None and owned["customer"] != customer["id"]:
            raise missing(param, owned["id"], param, status=400)
    return new_item(call, call.params, customer, invoice, subscription=subscription)


def new_item(
    call: Call, given: Json, customer: Json, invoice: Json | None, *, subscription: Json | None = None, at: str = ""
) -> Json:
    """An item from the parameters of this route, or from an entry of `lines` (which stands `at` there)."""
    usual = invoice["currency"] if invoice else customer["currency"]
    terms = terms_of(call, given, usual, at)
    _refuse_mixture(invoice, terms.currency)
    refuse_rates(call, given.get("tax_rates") or (), "tax_rates")
    period = given.get("period") or {"start": call.now, "end": call.now}
    product = call.world.table("product").get(terms.price["product"], {}) if terms.price else {}
    item = add_item(
        call,
        customer=customer,
        currency=terms.currency,
        amount_minor=terms.amount_minor,
        description=given.get("description") or product.get("name"),
        period=(period["start"], period["end"]),
        price=terms.price,
        quantity=terms.quantity,
        subscription=subscription["id"] if subscription else None,
        discountable=given.get("discountable"),
        tax_rates=given.get("tax_rates") or (),
        metadata=given.get("metadata"),
        unit_amount_decimal=terms.unit_amount_decimal,
    )
    _fill(call, item, given, at)
    if invoice is not None:
        put(call, item, invoice)
    return item


def update(call: Call) -> Json:
    item = living(call)
    change(call, item, call.params)
    return item


def change(call: Call, item: Json, given: Json, at: str = "") -> None:
    """Changes an item, and its line when it is on a draft already."""
    invoice = call.world.table("invoice").get(str(item["invoice"]))
    refuse_final(invoice)
    before = deepcopy(item)
    if any(name in given for name in (*PRICED, *QUANTITIES)):
        _reprice(call, item, given, at)
    lay(item, given, ("description", "discountable", "period"))
    if "tax_rates" in given:
        rates = given["tax_rates"] or []
        refuse_rates(call, rates, "tax_rates")
        item["tax_rates"] = [dict(call.world.table("tax_rate")[rate]) for rate in rates]
    lay_metadata(item, given)
    _fill(call, item, given, at)
    if invoice is not None and changed(item, before):
        put(call, item, invoice)


def remove(call: Call, item: Json) -> None:
    """Deletes an item for good."""
    record(call, "invoiceitem.deleted", item)
    call.world.table("invoiceitem")[item["id"]] = {"id": item["id"], "object": "invoiceitem", "deleted": True}


def delete(call: Call) -> Json:
    item = living(call)
    invoice = call.world.table("invoice").get(str(item["invoice"]))
    refuse_final(invoice)
    if invoice is not None:
        before = deepcopy(invoice)
        put_lines(invoice, [row for row in invoice["lines"]["data"] if item_of(row) != item["id"]])
        record(call, "invoice.updated", reckoned(call, invoice), before)
    remove(call, item)
    return call.world.table("invoiceitem")[item["id"]]


def retrieve(call: Call) -> Json:
    return call.find("invoiceitem", "invoiceitem")


def listing(call: Call) -> Json:
    asked = {name: call.params[name] for name in ("customer", "invoice") if name in call.params}
    pending = call.params.get("pending")
    span = call.params.get("created") or {}

    def keep(row: Json) -> bool:
        told = all(row[name] == value for name, value in asked.items())
        return told and pending in (None, row["invoice"] is None) and in_span(row["date"], span)

    rows = [row for row in call.world.table("invoiceitem").values() if not row.get("deleted") and keep(row)]
    return envelope(call, rows[::-1], "invoiceitem", "/v1/invoiceitems")


def living(call: Call) -> Json:
    item = call.find("invoiceitem", "invoiceitem")
    if item.get("deleted"):
        raise missing("invoiceitem", item["id"], "invoiceitem")
    return item


def item_of(row: Json) -> str | None:
    """The item a line came from."""
    found: str | None = row["parent"][row["parent"]["type"]]["invoice_item"]
    return found


def refuse_final(invoice: Json | None) -> None:
    if invoice is not None and invoice["status"] != "draft":
        message = "Invoice items can't be changed once they are attached to a finalized invoice."
        raise invalid(message, code="invoice_not_editable")


def put(call: Call, item: Json, invoice: Json) -> None:
    """The item's line on a draft: a new one, or the old one rewritten in its place."""
    before = deepcopy(invoice)
    rows = invoice["lines"]["data"]
    item["invoice"] = invoice["id"]
    fresh = line_of_item(call, item)
    places = [place for place, row in enumerate(rows) if item_of(row) == item["id"]]
    if places:
        rows[places[0]] = fresh | {"id": rows[places[0]]["id"]}
    else:
        rows.append(fresh)
    put_lines(invoice, rows)
    record(call, "invoice.updated", reckoned(call, invoice), before)


def _reprice(call: Call, item: Json, given: Json, at: str) -> None:
    """A new quantity alone keeps the price; a new price alone keeps the quantity."""
    wanted = dict(given)
    if not any(name in given for name in PRICED):
        named = item["pricing"]["price_details"]
        kept = {"pricing": {"price": named["price"]}} if named else _unit(item)
        wanted |= kept
    elif "amount" not in given and not any(name in given for name in QUANTITIES):
        wanted["quantity_decimal"] = item["quantity_decimal"]
    terms = terms_of(call, wanted, item["currency"], at)
    item |= {
        "amount": terms.amount_minor,
        "net_amount": terms.amount_minor,
        "pricing": pricing(terms.price, terms.currency, terms.unit_amount_decimal, terms.amount_minor, terms.quantity),
        **counted(terms.quantity),
    }


def _unit(item: Json) -> Json:
    return {"unit_amount_decimal": Decimal(item["pricing"]["unit_amount_decimal"])}


def _fill(call: Call, item: Json, given: Json, at: str) -> None:
    for name in ("tax_behavior", "tax_code"):
        if name in given:
            item[f"_{name}"] = given[name]
    if "discounts" in given:
        customer = call.world.table("customer")[item["customer"]]
        row = line_of_item(call, item)
        item["discounts"] = take_discounts(
            call,
            given["discounts"],
            customer=customer,
            owner=item,
            lines=[Line(item["amount"], row["_product"], item["discountable"])],
            currency=item["currency"],
            param=inside(at, "discounts"),
        )


def _draft(call: Call) -> Json | None:
    invoice = call.refer("invoice", "invoice")
    refuse_final(invoice)
    return invoice


def _refuse_mixture(invoice: Json | None, currency: str) -> None:
    if invoice is not None and invoice["currency"] != currency:
        message = (
            f"The currency of the invoice item ({currency}) does not match that of the invoice ({invoice['currency']})."
        )
        raise invalid(message, "currency")


EDITS = (
    "amount description discountable discounts metadata period price_data pricing quantity quantity_decimal "
    "tax_behavior tax_code tax_rates unit_amount_decimal"
)
RESOURCE = Resource(
    routes=(
        Route(
            "POST",
            "/v1/invoiceitems",
            create,
            take("InvoiceItemCreateParams", f"{EDITS} currency customer invoice subscription"),
        ),
        Route(
            "GET",
            "/v1/invoiceitems",
            listing,
            {**PAGING, **take("InvoiceItemListParams", "created customer invoice pending")},
        ),
        Route("GET", "/v1/invoiceitems/{id}", retrieve),
        Route("POST", "/v1/invoiceitems/{id}", update, take("InvoiceItemUpdateParams", EDITS)),
        Route("DELETE", "/v1/invoiceitems/{id}", delete),
    ),
    links={
        "invoiceitem": {
            "customer": "customer",
            "discounts": "discount",
            "invoice": "invoice",
            "pricing.price_details.price": "price",
            "test_clock": "test_helpers.test_clock",
        },
        "line_item": {"discounts": "discount", "pricing.price_details.price": "price", "subscription": "subscription"},
    },
)
