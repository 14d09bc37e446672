"""The parameters of subscriptions that are built here; the rest of Stripe's answer 501. Used by the routes."""

from __future__ import annotations

from sandbox.shapes import take
from sandbox.subscriptions.new_schedules import PHASES

PRICE_DATA = "currency product recurring tax_behavior unit_amount unit_amount_decimal"


def _parts(name: str, parts: str) -> str:
    return " ".join(f"{name}.{part}" for part in parts.split())


ITEM = f"metadata price quantity tax_rates discounts {_parts('price_data', PRICE_DATA)}"
OLD_ITEM = f"{ITEM} id deleted clear_usage"
ADD_ON = "discountable metadata price quantity tax_rates price_data"
SETTINGS = (
    f"automatic_tax.enabled cancel_at cancel_at_period_end collection_method days_until_due default_payment_method "
    f"default_tax_rates description discounts metadata off_session payment_behavior proration_behavior "
    f"payment_settings.save_default_payment_method payment_settings.payment_method_types "
    f"trial_settings.end_behavior.missing_payment_method trial_end {_parts('add_invoice_items', ADD_ON)}"
)
MODE = "billing_mode.type billing_mode.flexible"

NEW = take(
    "SubscriptionCreateParams",
    f"{SETTINGS} {MODE} {_parts('items', ITEM)} backdate_start_date billing_cycle_anchor billing_cycle_anchor_config "
    "currency customer trial_period_days",
)
EDIT = take(
    "SubscriptionUpdateParams",
    f"{SETTINGS} {_parts('items', OLD_ITEM)} billing_cycle_anchor cancellation_details.comment "
    "cancellation_details.feedback pause_collection proration_date",
)
CANCEL = take(
    "SubscriptionCancelParams",
    "cancellation_details.comment cancellation_details.feedback invoice_now prorate",
)
PAUSE = take("SubscriptionPauseParams", "bill_for invoicing_behavior type")
RESUME = take("SubscriptionResumeParams", "billing_cycle_anchor payment_behavior proration_behavior proration_date")
MIGRATE = take("SubscriptionMigrateParams", "billing_mode.type")

ITEM_CHANGE = "payment_behavior proration_behavior proration_date"
NEW_ITEM = take("SubscriptionItemCreateParams", f"{ITEM} {ITEM_CHANGE} subscription")
EDIT_ITEM = take("SubscriptionItemUpdateParams", f"{ITEM} {ITEM_CHANGE} off_session")
DROP_ITEM = take("SubscriptionItemDeleteParams", "clear_usage payment_behavior proration_behavior proration_date")

DETAILS = (
    "billing_cycle_anchor billing_mode.type billing_mode.flexible cancel_at cancel_at_period_end cancel_now "
    f"default_tax_rates proration_behavior proration_date start_date trial_end {_parts('items', OLD_ITEM)}"
)
SCHEDULE = f"end_behavior proration_behavior phases.start_date {PHASES}"
PREVIEW = take(
    "InvoiceCreatePreviewParams",
    "automatic_tax.enabled currency customer customer_details.address customer_details.shipping "
    "customer_details.tax_exempt discounts preview_mode schedule subscription "
    f"{_parts('schedule_details', SCHEDULE)} {_parts('subscription_details', DETAILS)} "
    + _parts(
        "invoice_items",
        "amount currency description discountable metadata period price price_data quantity tax_rates unit_amount",
    ),
)
