"""Scenarios of the command line about money coming in and going back, and about the payer; for test_cli_triggers."""

from __future__ import annotations

from tests.witness.scenes import Scene

# Stripe's own scenarios confirm with every method of the account; this account has methods that redirect
WAY_BACK = ("--add", "setup_intent:return_url=http://127.0.0.1/back")
NOTED = {"metadata": {"foo": "bar"}}
PAID = "payment_intent.created charge.succeeded payment_intent.succeeded"

INTENTS = (
    Scene("payment_intent.created", "payment_intent.created", {"status": "requires_payment_method", "amount": 2000}),
    Scene(
        "payment_intent.succeeded",
        f"{PAID} charge.updated",
        {"status": "succeeded", "amount_received": 2000, "latest_charge": ...},
        {
            "charges": {"paid": True, "amount_captured": 2000, "payment_method_details.card.last4": "4242"},
            "balance_transactions": {"type": "charge", "amount": 2000, "currency": "usd"},
        },
    ),
    Scene(
        "payment_intent.payment_failed",
        "payment_intent.created charge.failed payment_intent.payment_failed",
        {"status": "requires_payment_method", "amount_received": 0, "last_payment_error.code": "card_declined"},
        {"charges": {"status": "failed", "paid": False, "failure_code": "card_declined"}, "balance_transactions": None},
    ),
    Scene(
        "payment_intent.requires_action",
        "payment_intent.created payment_intent.requires_action",
        {"status": "requires_action", "amount_received": 0, "next_action.type": "use_stripe_sdk"},
        {"charges": None},
    ),
    Scene(
        "payment_intent.canceled",
        "payment_intent.created payment_intent.canceled",
        {"status": "canceled", "cancellation_reason": "requested_by_customer", "canceled_at": ...},
    ),
    Scene(
        "payment_intent.processing",
        "payment_intent.created charge.pending payment_intent.processing",
        {"status": "processing", "amount_received": 0},
        {"charges": {"status": "pending", "paid": False}},
    ),
    Scene(
        "payment_intent.amount_capturable_updated",
        "payment_intent.created charge.succeeded payment_intent.amount_capturable_updated",
        {"status": "requires_capture", "amount_capturable": 2000, "amount_received": 0},
        {"charges": {"captured": False, "amount_captured": 0, "paid": True}},
    ),
)
CHARGES = (
    Scene("charge.succeeded", PAID, {"status": "succeeded", "paid": True, "captured": True}),
    Scene(
        "charge.failed",
        "payment_intent.created charge.failed payment_intent.payment_failed",
        {"status": "failed", "paid": False, "outcome.type": "issuer_declined"},
        {"payment_intents": {"status": "requires_payment_method"}},
    ),
    Scene(
        "charge.captured",
        "payment_intent.created charge.succeeded payment_intent.amount_capturable_updated charge.captured",
        {"captured": True, "amount_captured": 2000},
        {"payment_intents": {"status": "succeeded", "amount_received": 2000, "amount_capturable": 0}},
    ),
    Scene(
        "charge.refunded",
        f"{PAID} refund.created charge.refunded",
        {"amount_refunded": 100, "refunded": True, "amount_captured": 100},
        {
            "refunds": {"status": "succeeded", "amount": 100},
            "balance_transactions": {"type": "refund", "amount": -100, "net": -100},
            "payment_intents": {"status": "succeeded", "amount_received": 100},
        },
        was={"amount_refunded": 0, "refunded": False},
    ),
    Scene(
        "charge.refund.updated",
        f"{PAID} refund.created charge.refunded charge.refund.updated",
        {"object": "refund", "metadata": {"order_id": "6735"}, "status": "succeeded"},
        {"refunds": {"metadata.order_id": "6735"}},
    ),
)
DISPUTES = (
    Scene(
        "charge.dispute.created",
        "charge.succeeded charge.dispute.created",
        {"status": "warning_needs_response", "amount": 100, "balance_transactions": [], "is_charge_refundable": True},
        {"charges": {"disputed": True, "amount": 100}},
    ),
    Scene(
        "charge.dispute.created",
        "charge.succeeded charge.dispute.created charge.dispute.funds_withdrawn",
        {"status": "needs_response", "reason": "fraudulent", "amount": 100},
        {"disputes": {"balance_transactions.0.amount": -100, "balance_transactions.0.fee": 1500}},
        options=("--override", "payment_intent:payment_method=pm_card_createDispute"),
    ),
    Scene("charge.dispute.updated", "charge.dispute.created charge.dispute.updated", NOTED),
    Scene(
        "charge.dispute.closed",
        "charge.dispute.created charge.dispute.closed",
        {"status": "warning_closed"},
        {"disputes": {"status": "warning_closed", "balance_transactions": []}},
    ),
)
PAYERS = (
    Scene("customer.created", "customer.created", {"object": "customer", "livemode": False}),
    Scene(
        "customer.updated",
        "customer.created customer.updated",
        {"metadata": {"foo": "bar"}},
        was={"metadata": {"foo": None}},
    ),
    Scene("customer.deleted", "customer.created customer.deleted", {"object": "customer"}, {"customers": None}),
    Scene(
        "payment_method.attached",
        "customer.created payment_method.attached",
        {"type": "card", "customer": ..., "card.last4": "4242"},
    ),
    Scene(
        "payment_method.detached",
        "payment_method.attached payment_method.detached",
        {"customer": None},
        was={"customer": ...},
    ),
    Scene(
        "payment_method.updated",
        "setup_intent.succeeded payment_method.updated",
        {"customer": ..., **NOTED},
        options=WAY_BACK,
    ),
)
SETUPS = (
    Scene("setup_intent.created", "setup_intent.created", {"status": "requires_payment_method"}),
    Scene("setup_intent.canceled", "setup_intent.created setup_intent.canceled", {"status": "canceled"}),
    Scene(
        "setup_intent.succeeded",
        "setup_intent.created setup_intent.succeeded",
        {"status": "succeeded", "payment_method": ..., "usage": "off_session"},
    ),
    Scene(
        "setup_intent.setup_failed",
        "setup_intent.created setup_intent.setup_failed",
        {"status": "requires_payment_method", "last_setup_error.code": "card_declined"},
    ),
    Scene(
        "setup_intent.requires_action",
        "setup_intent.created setup_intent.requires_action",
        {"status": "requires_action", "next_action": ...},
        options=WAY_BACK,
    ),
)
SCENES = (*INTENTS, *CHARGES, *DISPUTES, *PAYERS, *SETUPS)
