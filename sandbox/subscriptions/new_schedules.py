"""A subscription schedule with every field Stripe shows, and the parameters that are built. Used by `schedules`."""

from __future__ import annotations

from sandbox.errors import Json
from sandbox.shapes import take
from sandbox.state import Call, new_id
from sandbox.subscriptions.phases import NOUN
from sandbox.subscriptions.settings import billing_mode


def blank(call: Call, customer: str, params: Json) -> Json:
    """Not started, without phases."""
    return {
        **dict.fromkeys(("application", "canceled_at", "completed_at", "current_phase", "customer_account")),
        **dict.fromkeys(("released_at", "released_subscription", "subscription")),
        "id": new_id("sub_sched_1", 23),
        "object": NOUN,
        "billing_mode": billing_mode(params),
        "created": call.now,
        "customer": customer,
        "default_settings": {
            "application_fee_percent": None,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": "automatic",
            "billing_thresholds": None,
            "collection_method": "charge_automatically",
            "default_payment_method": None,
            "description": None,
            "invoice_settings": {
                **dict.fromkeys(("account_tax_ids", "custom_fields", "days_until_due", "description", "footer")),
                "issuer": {"type": "self"},
            },
            "on_behalf_of": None,
            "transfer_data": None,
        },
        "end_behavior": params.get("end_behavior", "release"),
        "livemode": False,
        "metadata": {},
        "pause_schedules": [],
        "phases": [],
        "status": "not_started",
        "test_clock": call.test_clock,
    }


PARTS = (
    "items.price items.quantity items.metadata items.tax_rates items.price_data automatic_tax.enabled "
    "billing_cycle_anchor collection_method currency default_payment_method default_tax_rates description discounts "
    "duration end_date invoice_settings.days_until_due metadata proration_behavior trial trial_end"
)
PHASES = " ".join(f"phases.{part}" for part in PARTS.split())
LISTED = "canceled_at completed_at created customer ending_before limit released_at scheduled starting_after"
NEW = take(
    "SubscriptionScheduleCreateParams",
    f"{PHASES} billing_mode.type billing_mode.flexible customer end_behavior from_subscription metadata start_date",
)
EDIT = take(
    "SubscriptionScheduleUpdateParams",
    f"{PHASES} phases.start_date end_behavior metadata proration_behavior",
)
FILTERS = take("SubscriptionScheduleListParams", LISTED)
RELEASE = take("SubscriptionScheduleReleaseParams", "preserve_cancel_date")
CANCEL = take("SubscriptionScheduleCancelParams", "invoice_now prorate")
