"""Invoices: create, retrieve, update, delete, list. Registered in `registry`; what is done to them is in `actions`."""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, invalid
from sandbox.events import changed, record
from sandbox.invoices import calendar
from sandbox.invoices.acts import ACTS, REACTIONS
from sandbox.invoices.blanks import living
from sandbox.invoices.drafts import draft
from sandbox.invoices.invoice_terms import FINAL_FIELDS, NEW, UPDATES, check, fill, inherited_discount
from sandbox.invoices.payments import payments_of
from sandbox.invoices.pending import subscription_of
from sandbox.invoices.totals import reckoned
from sandbox.lists import page
from sandbox.routes import PAGING, Resource, Route
from sandbox.search import NUMBER, TEXT, WORD, searching
from sandbox.shapes import take
from sandbox.state import Call, World


def create(call: Call) -> Json:
    """An empty draft, or one with what is pending for the customer or for one subscription."""
    params = call.params
    customer, subscription = _owners(call)
    check(call, params, params, customer["id"])
    return draft(
        call,
        customer=customer,
        currency=params.get("currency") or customer["currency"] or "usd",
        lines=(),
        billing_reason="manual",
        subscription=subscription,
        collection_method=params.get("collection_method") or "charge_automatically",
        days_until_due=params.get("days_until_due"),
        due_date=params.get("due_date"),
        discounts=inherited_discount(call, customer) if "discounts" not in params else (),
        auto_advance=params.get("auto_advance", False),
        automatic_tax=(params.get("automatic_tax") or {}).get("enabled", False),
        pending=subscription is not None or params.get("pending_invoice_items_behavior") == "include",
        dress=lambda made: fill(call, made, params, customer),
        finalizes_at=params.get("automatically_finalizes_at"),
    )


def update(call: Call) -> Json:
    """A draft can change in everything; what was finalized in little."""
    invoice = living(call)
    params = call.params
    before = deepcopy(invoice)
    if invoice["status"] != "draft":
        _refuse_final(params)
    check(call, params, {**invoice, **params}, invoice["customer"])
    customer = call.world.table("customer")[invoice["customer"]]
    fill(call, invoice, params, customer)
    if invoice["status"] == "draft":
        reckoned(call, invoice)
    if {"auto_advance", "automatically_finalizes_at", "days_until_due", "due_date"} & params.keys():
        calendar.replan(call, invoice, params.get("automatically_finalizes_at"))
    if changed(invoice, before):
        record(call, "invoice.updated", invoice, before)
    return invoice


def delete(call: Call) -> Json:
    """Only a draft that no subscription made. Its items wait for the next invoice again."""
    invoice = living(call)
    if invoice["status"] != "draft":
        raise invalid("You can only delete draft invoices.", code="invoice_not_editable")
    if invoice["billing_reason"] != "manual":
        message = "You can't delete invoices created by subscriptions."
        raise invalid(message)
    calendar.strike_all(call, invoice)
    for item in call.world.table("invoiceitem").values():
        if item.get("invoice") == invoice["id"]:
            item["invoice"] = None
    record(call, "invoice.deleted", invoice)
    remains = {"id": invoice["id"], "object": "invoice", "deleted": True}
    call.world.table("invoice")[invoice["id"]] = remains
    return remains


def retrieve(call: Call) -> Json:
    return call.find("invoice", "invoice")


def listing(call: Call) -> Json:
    asked = {name: call.params[name] for name in ("customer", "status", "collection_method") if name in call.params}
    subscription = call.params.get("subscription")
    due = call.params.get("due_date") or {}

    def keep(row: Json) -> bool:
        told = all(row[name] == value for name, value in asked.items())
        return told and calendar.in_span(row["due_date"], due) and subscription in (None, subscription_in(row))

    return page(call, "invoice", "/v1/invoices", keep)


def subscription_in(invoice: Json) -> str | None:
    parent = invoice["parent"] or {}
    found: str | None = (parent.get("subscription_details") or {}).get("subscription")
    return found


def secret_of(world: World, invoice: Json) -> Json | None:
    """What a browser needs to pay the invoice, while it can be paid."""
    intent = world.table("payment_intent").get(str(invoice["_payment"]))
    if intent is None or invoice["status"] != "open":
        return None
    return {"client_secret": intent["client_secret"], "type": "payment_intent"}


def shown_payments(world: World, invoice: Json) -> Json:
    rows = payments_of(world, invoice)
    return {"object": "list", "data": rows, "has_more": False, "url": "/v1/invoice_payments"}


def _owners(call: Call) -> tuple[Json, Json | None]:
    subscription = call.refer("subscription", "subscription")
    customer = call.refer("customer", "customer")
    if customer is None and subscription is not None:
        customer = call.world.table("customer")[subscription["customer"]]
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    if subscription is not None and subscription["customer"] != customer["id"]:
        raise invalid("The subscription does not belong to the customer.", "subscription")
    if subscription is not None and not _anything_pending(call, subscription):
        message = "Nothing to invoice for subscription"
        raise invalid(message, code="invoice_no_subscription_line_items")
    return customer, subscription


def _anything_pending(call: Call, subscription: Json) -> bool:
    items = call.world.table("invoiceitem").values()
    return any(item.get("invoice", "") is None and subscription_of(item) == subscription["id"] for item in items)


def _refuse_final(params: Json) -> None:
    for name in params:
        if name not in FINAL_FIELDS and name != "expand":
            message = f"Finalized invoices can't be updated in this way ({name})."
            raise invalid(message, name, "invoice_not_editable")


SEARCHED = {
    "created": NUMBER,
    "currency": WORD,
    "customer": WORD,
    "number": TEXT,
    "receipt_number": TEXT,
    "status": WORD,
    "total": NUMBER,
}
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/invoices", create, NEW),
        Route(
            "GET",
            "/v1/invoices",
            listing,
            {**PAGING, **take("InvoiceListParams", "collection_method created customer due_date status subscription")},
        ),
        searching("invoice", "invoices", SEARCHED),
        Route("GET", "/v1/invoices/{id}", retrieve),
        Route("POST", "/v1/invoices/{id}", update, UPDATES),
        Route("DELETE", "/v1/invoices/{id}", delete),
    ),
    links={
        "invoice": {
            "confirmation_secret": secret_of,
            "customer": "customer",
            "default_payment_method": "payment_method",
            "discounts": "discount",
            "parent.subscription_details.subscription": "subscription",
            "payments": shown_payments,
            "test_clock": "test_helpers.test_clock",
            "total_discount_amounts.discount": "discount",
        }
    },
    acts=ACTS,
    reactions=REACTIONS,
)
