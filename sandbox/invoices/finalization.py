"""From draft to open: number, links, balance, PaymentIntent. Others import `finalize` from `drafts`."""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import DOCS, Json, Refusal, invalid
from sandbox.events import record
from sandbox.invoices import balances, calendar
from sandbox.invoices.blanks import customer_of
from sandbox.invoices.metered_credits import spend_credits
from sandbox.invoices.payments import close_paid, open_payment
from sandbox.invoices.places import hosted_links, remember_origin
from sandbox.invoices.totals import reckoned
from sandbox.state import Call

NO_PLACE = "customer_tax_location_invalid"
NO_PLACE_MESSAGE = (
    "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax."
)


def finalize(call: Call, invoice: Json) -> Json:
    """Closes a draft for changes and opens it for payment; with nothing to pay it is paid at once.

    Raises Refusal 400 when its tax cannot be reckoned; the invoice then stays a draft and tells why.
    """
    remember_origin(call)
    customer = customer_of(call, invoice)
    reckoned(call, invoice)
    if invoice["automatic_tax"]["status"] == "requires_location_inputs":
        raise _failed(call, invoice)
    if spend_credits(call, invoice):
        reckoned(call, invoice)
    balances.apply(call, customer, invoice)
    calendar.strike_finalization(call, invoice)
    invoice |= {
        "effective_at": invoice["effective_at"] or call.now,
        "last_finalization_error": None,
        "number": invoice["number"] or _number(customer),
        "status": "open",
        **hosted_links(call, invoice),
    }
    invoice["status_transitions"]["finalized_at"] = call.now
    if invoice["amount_due"]:
        open_payment(call, invoice, invoice["amount_due"])
        calendar.plan_collection(call, invoice)
    record(call, "invoice.finalized", invoice)
    if not invoice["amount_due"]:
        before = deepcopy(invoice)
        invoice["attempted"] = True
        close_paid(call, invoice, before)
    return invoice


def refuse_unless_draft(invoice: Json) -> None:
    if invoice["status"] != "draft":
        message = "This invoice is already finalized, you can't re-finalize a non-draft invoice."
        raise invalid(message, code="invoice_not_editable")


def _number(customer: Json) -> str:
    """The next of this customer: his prefix and a running number."""
    sequence = customer["next_invoice_sequence"]
    customer["next_invoice_sequence"] = sequence + 1
    return f"{customer['invoice_prefix']}-{sequence:04d}"


def _failed(call: Call, invoice: Json) -> Refusal:
    before = deepcopy(invoice)
    invoice["last_finalization_error"] = {
        "code": NO_PLACE,
        "doc_url": DOCS + NO_PLACE.replace("_", "-"),
        "message": NO_PLACE_MESSAGE,
        "type": "invalid_request_error",
    }
    record(call, "invoice.updated", invoice, before)
    record(call, "invoice.finalization_failed", invoice)
    return invalid(NO_PLACE_MESSAGE, code=NO_PLACE)
