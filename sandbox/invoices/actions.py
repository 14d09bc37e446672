"""What is done to an invoice: finalize, pay, send, void, mark uncollectible, attach a payment. Registered in
`registry`.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, invalid, not_done
from sandbox.events import record
from sandbox.invoices.blanks import living
from sandbox.invoices.collection import attempt, refuse_foreign
from sandbox.invoices.endings import mark_uncollectible, pay_out_of_band, refuse_moving, refuse_unless, void
from sandbox.invoices.finalization import finalize, refuse_unless_draft
from sandbox.invoices.payments import ask_for_less, join, payment_by, receive
from sandbox.routes import Resource, Route
from sandbox.shapes import take
from sandbox.state import Call

PAYABLE = ("open", "uncollectible")


def finalize_route(call: Call) -> Json:
    invoice = living(call)
    refuse_unless_draft(invoice)
    if "auto_advance" in call.params:
        invoice["auto_advance"] = call.params["auto_advance"]
    return finalize(call, invoice)


def pay(call: Call) -> Json:
    """A draft is finalized first, as Stripe does. What the card says comes back as an error."""
    invoice = living(call)
    method = call.params.get("payment_method")
    if method is not None:
        refuse_foreign(call, invoice["customer"], method, "payment_method")
    if invoice["status"] == "draft":
        finalize(call, invoice)
        if invoice["status"] == "paid":
            return invoice
    refusal = refuse_unless(invoice, PAYABLE, "pay")
    if refusal is not None:
        raise refusal
    if call.params.get("paid_out_of_band"):
        moving = refuse_moving(call.world, invoice)
        if moving is not None:
            raise moving
        return pay_out_of_band(call, invoice)
    off_session = call.params.get("off_session", True)
    return attempt(call, invoice, payment_method=method, off_session=off_session, raises=True)


def send(call: Call) -> Json:
    """Finalizes a draft first. No mail leaves a sandbox; the event tells that it would have."""
    invoice = living(call)
    if invoice["collection_method"] != "send_invoice":
        message = "You can only manually send an invoice if its `collection_method` is `send_invoice`."
        raise invalid(message)
    if invoice["status"] == "draft":
        finalize(call, invoice)
    refusal = refuse_unless(invoice, ("open", "paid", "uncollectible"), "send")
    if refusal is not None:
        raise refusal
    record(call, "invoice.sent", invoice)
    return invoice


def void_route(call: Call) -> Json:
    invoice = living(call)
    refusal = refuse_unless(invoice, PAYABLE, "void") or refuse_moving(call.world, invoice)
    if refusal is not None:
        raise refusal
    return void(call, invoice)


def mark_route(call: Call) -> Json:
    invoice = living(call)
    refusal = refuse_unless(invoice, ("open",), "mark uncollectible")
    if refusal is not None:
        raise refusal
    return mark_uncollectible(call, invoice)


def attach_payment(call: Call) -> Json:
    """A PaymentIntent made elsewhere pays for this invoice, now or once it succeeds."""
    invoice = living(call)
    refusal = refuse_unless(invoice, ("open",), "attach a payment to")
    if refusal is not None:
        raise refusal
    intent = call.refer("payment_intent", "payment_intent")
    if intent is None:
        raise invalid("Missing required param: payment_intent.", "payment_intent", "parameter_missing")
    _refuse_intent(call, invoice, intent)
    before = deepcopy(invoice)
    payment = join(call, invoice, intent, intent["amount"], default=False)
    if intent["status"] == "succeeded":
        receive(call, invoice, payment, intent["amount_received"])
        ask_for_less(call, invoice)
    elif invoice != before:
        record(call, "invoice.updated", invoice, before)
    return invoice


def _refuse_intent(call: Call, invoice: Json, intent: Json) -> None:
    if intent["customer"] != invoice["customer"]:
        raise invalid("The PaymentIntent's customer must be the customer of the invoice.", "payment_intent")
    if intent["currency"] != invoice["currency"]:
        raise invalid("The PaymentIntent's currency must be the currency of the invoice.", "payment_intent")
    if intent["status"] == "canceled" or payment_by(call.world, intent) is not None:
        raise invalid("This PaymentIntent cannot be attached to the invoice.", "payment_intent")
    if intent["amount"] > invoice["amount_remaining"]:
        raise not_done("payments of more than an invoice's remaining amount")


RESOURCE = Resource(
    routes=(
        Route(
            "POST", "/v1/invoices/{id}/finalize", finalize_route, take("InvoiceFinalizeInvoiceParams", "auto_advance")
        ),
        Route(
            "POST",
            "/v1/invoices/{id}/pay",
            pay,
            take("InvoicePayParams", "off_session paid_out_of_band payment_method"),
        ),
        Route("POST", "/v1/invoices/{id}/send", send),
        Route("POST", "/v1/invoices/{id}/void", void_route),
        Route("POST", "/v1/invoices/{id}/mark_uncollectible", mark_route),
        Route(
            "POST",
            "/v1/invoices/{id}/attach_payment",
            attach_payment,
            take("InvoiceAttachPaymentParams", "payment_intent"),
        ),
    ),
)
