"""A PaymentIntent with every field Stripe shows, and the part of it a browser may see.
Used by `payment_intents`, `frames`.
"""

from __future__ import annotations

from sandbox.errors import Json
from sandbox.expand import bare
from sandbox.payments.offering import offer
from sandbox.state import Call, new_id

HIDDEN_FROM_BROWSERS = (
    "amount_capturable",
    "amount_received",
    "application",
    "application_fee_amount",
    "customer",
    "customer_account",
    "hooks",
    "latest_charge",
    "metadata",
    "on_behalf_of",
    "payment_method_options",
    "review",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)


EMPTY_AT_FIRST = (
    "allowed_payment_method_types",
    "application",
    "application_fee_amount",
    "canceled_at",
    "cancellation_reason",
    "customer",
    "customer_account",
    "description",
    "excluded_payment_method_types",
    "hooks",
    "last_payment_error",
    "latest_charge",
    "next_action",
    "on_behalf_of",
    "payment_details",
    "payment_method",
    "payment_method_configuration_details",
    "processing",
    "receipt_email",
    "review",
    "setup_future_usage",
    "shipping",
    "source",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)


def shown_to_browser(intent: Json) -> Json:
    """Without the customer, the metadata and whatever else is the merchant's own business."""
    return {name: value for name, value in bare(intent).items() if name not in HIDDEN_FROM_BROWSERS}


def blank(call: Call) -> Json:
    """A new intent with this call's amount and currency, waiting for a payment method."""
    intent_id = new_id("pi_3", 23)
    given: Json = call.params.get("automatic_payment_methods") or {"enabled": True}
    intent: Json = {
        **dict.fromkeys(EMPTY_AT_FIRST),
        "id": intent_id,
        "object": "payment_intent",
        "amount": call.params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": "always", **given},
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{new_id('', 25)}",
        "confirmation_method": "automatic",
        "created": call.now,
        "currency": call.params["currency"],
        "livemode": False,
        "metadata": {},
        "payment_method_options": {},
        "payment_method_types": [],
        "status": "requires_payment_method",
    }
    offer(intent, call.params)
    return intent
