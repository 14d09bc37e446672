"""Invoice payments: retrieve and list, also by the PaymentIntent. Registered in `registry`; written by `payments`."""

from __future__ import annotations

from sandbox.errors import Json, not_done
from sandbox.lists import page
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call

FILTERS = "created invoice payment.payment_intent payment.payment_record payment.type status"


def retrieve(call: Call) -> Json:
    return call.find("invoice_payment", "invoice_payment")


def listing(call: Call) -> Json:
    """`payment` finds the invoice of a PaymentIntent, which no longer names it itself."""
    invoice = call.params.get("invoice")
    status = call.params.get("status")
    sought = call.params.get("payment") or {}
    if sought.get("type") == "payment_record" or "payment_record" in sought:
        raise not_done("payment records")
    intent = sought.get("payment_intent")

    def keep(row: Json) -> bool:
        told = invoice in (None, row["invoice"]) and status in (None, row["status"])
        return told and intent in (None, row["payment"]["payment_intent"])

    return page(call, "invoice_payment", "/v1/invoice_payments", keep)


RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/invoice_payments", listing, {**PAGING, **take("InvoicePaymentListParams", FILTERS)}),
        Route("GET", "/v1/invoice_payments/{id}", retrieve),
    ),
    links={"invoice_payment": {"invoice": "invoice", "payment.payment_intent": "payment_intent"}},
)
