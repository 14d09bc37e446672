"""An invoice with every field Stripe shows. Used inside this room only."""

from __future__ import annotations

from copy import deepcopy

from sandbox.customers.tax_ids import held_by
from sandbox.errors import Json, missing
from sandbox.state import Call, new_id

EMPTY_AT_FIRST = (
    "account_tax_ids",
    "application",
    "automatically_finalizes_at",
    "custom_fields",
    "customer_account",
    "default_payment_method",
    "default_source",
    "description",
    "due_date",
    "effective_at",
    "ending_balance",
    "footer",
    "from_invoice",
    "hosted_invoice_url",
    "invoice_pdf",
    "last_finalization_error",
    "latest_revision",
    "next_payment_attempt",
    "number",
    "on_behalf_of",
    "parent",
    "receipt_number",
    "rendering",
    "shipping_cost",
    "shipping_details",
    "statement_descriptor",
    "status_details",
    "threshold_reason",
)
NOTHING_YET = (
    "amount_due",
    "amount_overpaid",
    "amount_paid",
    "amount_paid_off_stripe",
    "amount_remaining",
    "amount_shipping",
    "attempt_count",
    "post_payment_credit_notes_amount",
    "pre_payment_credit_notes_amount",
    "starting_balance",
    "subtotal",
    "subtotal_excluding_tax",
    "total",
    "total_excluding_tax",
)
ALIKE: Json = {
    "object": "invoice",
    "account_country": "US",
    "account_name": "Scrip sandbox",
    "attempted": False,
    "auto_advance": False,
    "automatic_tax": {
        "disabled_reason": None,
        "enabled": False,
        "liability": {"type": "self"},
        "provider": None,
        "status": None,
    },
    "collection_method": "charge_automatically",
    "default_tax_rates": [],
    "discounts": [],
    "issuer": {"type": "self"},
    "livemode": False,
    "metadata": {},
    "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
    "status": "draft",
    "status_transitions": {"finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None},
    "total_discount_amounts": [],
    "total_pretax_credit_amounts": [],
    "total_taxes": [],
    "_default_tax_rates": [],
    "_payment": None,
    "_secret": None,
}


def blank(call: Call, customer: Json, currency: str, billing_reason: str, *, preview: bool) -> Json:
    """A draft without lines. `_payment` will be the id of the PaymentIntent that collects it, `_secret` the secret of
    its page.
    """
    invoice_id = ("upcoming_in_" if preview else "in_") + new_id("1", 23)
    settings = customer["invoice_settings"]
    return {
        **dict.fromkeys(EMPTY_AT_FIRST),
        **dict.fromkeys(NOTHING_YET, 0),
        **deepcopy(ALIKE),
        "id": invoice_id,
        "billing_reason": billing_reason,
        "created": call.now,
        "currency": currency,
        "custom_fields": deepcopy(settings.get("custom_fields")),
        "customer": customer["id"],
        "footer": settings.get("footer"),
        "lines": {"object": "list", "data": [], "has_more": False, "url": f"/v1/invoices/{invoice_id}/lines"},
        "period_start": call.now,
        "period_end": call.now,
        "rendering": deepcopy(settings.get("rendering_options")),
        "test_clock": call.test_clock,
        "webhooks_delivered_at": call.now,
    }


def living(call: Call) -> Json:
    """The invoice in the path, unless it was deleted: such a one can be read but not worked on."""
    invoice = call.find("invoice", "invoice")
    if invoice.get("deleted"):
        raise missing("invoice", invoice["id"], "invoice")
    return invoice


def customer_of(call: Call, invoice: Json) -> Json:
    """The customer who is billed; 400 when he was deleted since."""
    customer = call.world.table("customer")[invoice["customer"]]
    if customer.get("deleted"):
        raise missing("customer", customer["id"], "customer", status=400)
    return customer


def copy_customer(call: Call, invoice: Json) -> None:
    """The customer as he is now; a finalized invoice keeps what it had."""
    customer = call.world.table("customer")[invoice["customer"]]
    if customer.get("deleted"):
        return
    invoice |= {
        "customer_address": deepcopy(customer["address"]),
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": deepcopy(customer["shipping"]),
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": held_by(call.world, customer["id"]),
        "starting_balance": customer["balance"] if customer["currency"] in (None, invoice["currency"]) else 0,
    }
