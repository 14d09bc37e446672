"""Scenarios of the command line about subscriptions, invoices and Checkout; for test_cli_triggers."""

from __future__ import annotations

from tests.witness.scenes import Scene

# a card token of the days before payment methods: the same card, as this API version takes it
CARD_TODAY = (
    *("--remove", "customer:source"),
    *("--add", "customer:payment_method=pm_card_visa"),
    *("--add", "customer:invoice_settings.default_payment_method=pm_card_visa"),
)
NOTED = {"metadata": {"foo": "bar"}}
NOT_YET = {"metadata": {"foo": None}}
PAID_FIRST = "customer.subscription.created invoice.created invoice.finalized payment_intent.succeeded invoice.paid"
SHOP = "product.created price.created"

SUBSCRIPTIONS = (
    Scene(
        "customer.subscription.created",
        PAID_FIRST,
        {"status": ..., "items.data.0.price.unit_amount": 1500, "collection_method": "charge_automatically"},
        {
            "subscriptions": {"status": "active", "items.data.0.quantity": 1, "latest_invoice": ...},
            "invoices": {"status": "paid", "amount_paid": 1500, "billing_reason": "subscription_create"},
            "charges": {"paid": True, "amount": 1500},
        },
    ),
    Scene(
        "customer.subscription.updated", f"{PAID_FIRST} customer.subscription.updated", {"status": "active", **NOTED}
    ),
    Scene(
        "customer.subscription.deleted",
        f"{PAID_FIRST} customer.subscription.deleted",
        {"status": "canceled", "canceled_at": ..., "ended_at": ...},
        {"subscriptions": None, "invoices": {"status": "paid", "amount_paid": 1500}},
    ),
    Scene(
        "customer.subscription.trial_will_end",
        "customer.subscription.created customer.subscription.trial_will_end",
        {"status": "trialing", "trial_end": ...},
        {"invoices": {"amount_due": 0, "status": "paid"}, "charges": None},
    ),
    Scene(
        "customer.subscription.paused",
        "customer.subscription.created customer.subscription.paused",
        {"status": "paused"},
        {"subscriptions": {"status": "paused"}, "charges": None, "payment_intents": None},
    ),
    Scene(
        "subscription.payment_succeeded",
        PAID_FIRST,
        {"status": "paid", "amount_paid": 2000, "amount_remaining": 0},
        {"subscriptions": {"status": "active"}, "payment_intents": {"status": "succeeded", "amount_received": 2000}},
        kind="invoice.payment_succeeded",
    ),
    Scene(
        "subscription.payment_failed",
        "customer.subscription.created invoice.finalized charge.failed invoice.payment_failed",
        {"status": "open", "amount_paid": 0, "amount_remaining": 2000, "attempt_count": 1, "attempted": True},
        {"subscriptions": {"status": "incomplete"}, "payment_intents": {"status": "requires_payment_method"}},
        kind="invoice.payment_failed",
    ),
)
SCHEDULES = (
    Scene(
        "subscription_schedule.aborted",
        "subscription_schedule.created subscription_schedule.canceled",
        {"status": "canceled", "canceled_at": ..., "subscription": None},
        {"subscriptions": None},
        options=CARD_TODAY,
        kind="subscription_schedule.canceled",
    ),
    Scene(
        "subscription_schedule.expiring",
        "test_helpers.test_clock.created subscription_schedule.created customer.subscription.created",
        {"status": "active", "end_behavior": "cancel", "phases.0.end_date": 1580256000},
        {"subscription_schedules": {"status": "active"}, "test_clocks": {"status": "ready"}},
        kind="subscription_schedule.created",
    ),
)
BILLED = "customer.created invoiceitem.created invoice.created"
INVOICES = (
    Scene("invoiceitem.created", "customer.created invoiceitem.created", {"amount": 2000, "currency": "usd"}),
    Scene("invoiceitem.deleted", "invoiceitem.created invoiceitem.deleted", {"amount": 2000}, {"invoiceitems": None}),
    Scene("invoice.created", BILLED, {"status": "draft", "amount_due": 2000, "lines.data.0.amount": 2000}),
    Scene("invoice.updated", f"{BILLED} invoice.updated", {"status": "draft", **NOTED}, was=NOT_YET),
    Scene("invoice.deleted", f"{BILLED} invoice.deleted", {"status": "draft"}, {"invoices": None}),
    Scene(
        "invoice.finalized",
        f"{BILLED} invoice.finalized",
        {"status": "open", "number": ..., "hosted_invoice_url": ..., "invoice_pdf": ..., "amount_remaining": 2000},
        {"payment_intents": {"status": "requires_payment_method", "amount": 2000}},
    ),
    Scene(
        "invoice.paid",
        f"{BILLED} invoice.finalized charge.succeeded payment_intent.succeeded invoice.paid invoice_payment.paid",
        {"status": "paid", "amount_paid": 2000, "amount_remaining": 0, "status_transitions.paid_at": ...},
        {
            "payment_intents": {"status": "succeeded", "amount_received": 2000},
            "invoice_payments": {"status": "paid", "amount_paid": 2000, "payment.type": "payment_intent"},
        },
    ),
    Scene(
        "invoice.payment_failed",
        f"{BILLED} invoice.finalized charge.failed payment_intent.payment_failed invoice.payment_failed",
        {"status": "open", "amount_paid": 0, "attempt_count": 1},
        {"charges": {"status": "failed"}, "invoice_payments": {"status": "open"}},
    ),
    Scene(
        "invoice.payment_action_required",
        f"{BILLED} invoice.finalized payment_intent.requires_action invoice.payment_action_required",
        {"status": "open", "amount_paid": 0},
        {"payment_intents": {"status": "requires_action"}, "charges": None},
    ),
    Scene("invoice.sent", f"{BILLED} invoice.finalized invoice.sent", {"status": "open", "due_date": ...}),
    Scene(
        "invoice.voided",
        f"{BILLED} invoice.finalized invoice.voided",
        {"status": "void", "status_transitions.voided_at": ...},
        {"payment_intents": {"status": "canceled"}},
    ),
    Scene(
        "invoice.marked_uncollectible",
        f"{BILLED} invoice.finalized invoice.marked_uncollectible",
        {"status": "uncollectible", "status_transitions.marked_uncollectible_at": ...},
        {"invoices": {"status": "uncollectible", "amount_remaining": 2000}},
    ),
    Scene(
        "credit_note.created",
        f"{BILLED} invoice.finalized credit_note.created",
        {"status": "issued", "amount": 1000, "total": 1000, "type": "pre_payment"},
        {"invoices": {"pre_payment_credit_notes_amount": 1000, "amount_remaining": 1000, "amount_due": 1000}},
    ),
    Scene("credit_note.updated", "credit_note.created credit_note.updated", NOTED),
    Scene(
        "credit_note.voided",
        "credit_note.created credit_note.voided",
        {"status": "void", "voided_at": ...},
        {"invoices": {"pre_payment_credit_notes_amount": 0, "amount_remaining": 2000}},
    ),
)
CHECKOUT = (
    Scene(
        "checkout.session.completed",
        f"{SHOP} charge.succeeded payment_intent.succeeded checkout.session.completed",
        {
            "status": "complete",
            "payment_status": "paid",
            "amount_total": 3000,
            "mode": "payment",
            "payment_intent": ...,
        },
        {"payment_intents": {"status": "succeeded", "amount_received": 3000, "shipping.name": "Jenny Rosen"}},
    ),
    Scene(
        "checkout.session.expired",
        f"{SHOP} checkout.session.expired",
        {"status": "expired", "payment_status": "unpaid"},
        {"payment_intents": None},
    ),
)
SCENES = (*SUBSCRIPTIONS, *SCHEDULES, *INVOICES, *CHECKOUT)
