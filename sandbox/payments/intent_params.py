"""What each call upon a PaymentIntent takes: the parts of the SDK's parameters that are built here.
Used by `payment_intents`; `METHOD` also by whoever else takes a new payment method along with a call.
"""

from __future__ import annotations

from sandbox.fields import SHIPPING
from sandbox.params import Group, Kind, Many, Text, Whole
from sandbox.payments.method_parts import METHOD_DATA
from sandbox.routes import LISTING
from sandbox.shapes import take

OPTIONS = (
    "payment_method_options.card.capture_method payment_method_options.card.network "
    "payment_method_options.card.request_multicapture payment_method_options.card.request_three_d_secure "
    "payment_method_options.card.setup_future_usage payment_method_options.sepa_debit.setup_future_usage "
    "payment_method_options.us_bank_account.setup_future_usage "
    "payment_method_options.us_bank_account.verification_method"
)
AMOUNTS = "amount_details.discount_amount amount_details.shipping amount_details.tax.total_tax_amount"
COMMON = (
    "allowed_payment_method_types capture_method excluded_payment_method_types hooks.inputs.tax.calculation "
    f"payment_details payment_method receipt_email setup_future_usage {OPTIONS} {AMOUNTS}"
)
CONFIRMING = "confirmation_token error_on_requires_action mandate_data off_session return_url use_stripe_sdk"
NOTES = "customer description metadata statement_descriptor statement_descriptor_suffix transfer_group"
# The types are read by `offering`, in Stripe's own words.
TYPES: dict[str, Kind] = {"payment_method_types": Many(of=Text(unset=False), unset=False)}
# Alone a payment method is refused without its type in the words of `make`; inside another call by its shape.
METHOD = Group(names={**METHOD_DATA, "type": METHOD_DATA["type"].having(required=True, unset=False)})
OURS: dict[str, Kind] = {**TYPES, "payment_method_data": METHOD, "shipping": SHIPPING}
SUFFIX: dict[str, Kind] = {"statement_descriptor_suffix": Text(longest=22), "statement_descriptor": Text(longest=22)}
NEW: dict[str, Kind] = {
    **take(
        "PaymentIntentCreateParams",
        f"currency confirm confirmation_method automatic_payment_methods {COMMON} {CONFIRMING} {NOTES}",
    ),
    **OURS,
    **SUFFIX,
    "amount": Whole(required=True, least=1),
    "description": Text(longest=1000),
}
EDIT: dict[str, Kind] = {
    **take("PaymentIntentUpdateParams", f"currency {COMMON} {NOTES}"),
    **OURS,
    **SUFFIX,
    "amount": Whole(least=1),
    "description": Text(longest=1000),
}
CONFIRM: dict[str, Kind] = {**take("PaymentIntentConfirmParams", f"{COMMON} {CONFIRMING}"), **OURS}
CAPTURE: dict[str, Kind] = {
    **take(
        "PaymentIntentCaptureParams",
        "final_capture hooks.inputs.tax.calculation metadata statement_descriptor statement_descriptor_suffix",
    ),
    "amount_to_capture": Whole(least=1),
}
CANCEL: dict[str, Kind] = take("PaymentIntentCancelParams", "cancellation_reason")
FILTERS: dict[str, Kind] = {**LISTING, "customer": Text(unset=False)}
