"""A subscription and its items with every field Stripe shows. Used by `creation` and `items`."""

from __future__ import annotations

from sandbox.errors import Json
from sandbox.expand import bare
from sandbox.state import Call, new_id

EMPTY_AT_FIRST = (
    "application",
    "application_fee_percent",
    "billing_cycle_anchor_config",
    "billing_thresholds",
    "cancel_at",
    "canceled_at",
    "customer_account",
    "days_until_due",
    "default_payment_method",
    "default_source",
    "description",
    "ended_at",
    "latest_invoice",
    "managed_payments",
    "next_pending_invoice_item_invoice",
    "on_behalf_of",
    "pause_collection",
    "pending_invoice_item_interval",
    "pending_setup_intent",
    "pending_update",
    "schedule",
    "status_details",
    "test_clock",
    "transfer_data",
    "trial_end",
    "trial_start",
)
INVOICE_SETTINGS = ("account_tax_ids", "custom_fields", "description", "footer")
NO_OPTIONS: Json = {"payment_method_options": None, "payment_method_types": None}
NO_REASON: Json = {"comment": None, "feedback": None, "feedback_option": None, "reason": None}


def blank(call: Call, customer: Json, currency: str) -> Json:
    """Nothing chosen yet: no items, active, billed from now on."""
    subscription_id = new_id("sub_1", 23)
    return {
        **dict.fromkeys(EMPTY_AT_FIRST),
        "id": subscription_id,
        "object": "subscription",
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": call.now,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
        "billing_schedules": [],
        "cancel_at_period_end": False,
        "cancellation_details": dict(NO_REASON),
        "collection_method": "charge_automatically",
        "created": call.now,
        "currency": currency,
        "customer": customer["id"],
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {**dict.fromkeys(INVOICE_SETTINGS), "issuer": {"type": "self"}},
        "items": {
            "object": "list",
            "data": [],
            "has_more": False,
            "total_count": 0,
            "url": f"/v1/subscription_items?subscription={subscription_id}",
        },
        "livemode": False,
        "metadata": {},
        "payment_settings": {**NO_OPTIONS, "save_default_payment_method": "off"},
        "start_date": call.now,
        "status": "active",
        "test_clock": customer["test_clock"],
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    }


def blank_item(call: Call, subscription: str, price: Json, quantity: int | None) -> Json:
    """An item whose period its subscription sets. `_debits` is what was charged for it, for credits later on;
    `_used_from` the moment from which usage is not billed yet.
    """
    return {
        "id": new_id("si_"),
        "object": "subscription_item",
        "billed_until": None,
        "billing_thresholds": None,
        "created": call.now,
        "current_period_end": call.now,
        "current_period_start": call.now,
        "current_trial": None,
        "discounts": [],
        "metadata": {},
        "plan": plan_of(price),
        "price": bare(price),
        "quantity": quantity,
        "subscription": subscription,
        "tax_rates": [],
        "_debits": [],
        "_used_from": call.now,
    }


def plan_of(price: Json) -> Json:
    """The older twin of a price, which items still carry."""
    recurring = price["recurring"]
    transform = price["transform_quantity"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": dict(price["metadata"]),
        "meter": recurring["meter"],
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": price["tiers_mode"],
        "transform_usage": dict(transform) if transform else None,
        "trial_period_days": None,
        "usage_type": recurring["usage_type"],
    }
