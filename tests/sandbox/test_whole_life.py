"""A whole life on one test clock: trial, invoices, credits, a card that fails and recovers, an upgrade, the end, and
what comes after it.
"""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import Sandbox
from tests.sandbox.subscribers import DAY, FEBRUARY, Shop, open_shop

HOUR = 3600
FIRST_PAID = FEBRUARY + 14 * DAY
SECOND = FIRST_PAID + 29 * DAY  # 15 March
THIRD = SECOND + 31 * DAY  # 15 April
BROKE = "pm_card_chargeCustomerFail"


def test_a_whole_life_on_the_clock(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox)
    calls = _metered(shop)
    items = [{"price": shop.price(1000)}, {"price": calls}]
    born = shop.v1.subscriptions.create({"customer": shop.customer, "items": items, "trial_period_days": 14})
    assert (born.status, shop.invoices(born.id)[0].total) == ("trialing", 0)

    shop.until(FIRST_PAID + 2 * HOUR)
    assert shop.now(born.id).status == "active"
    assert [(invoice.total, invoice.status) for invoice in shop.invoices(born.id)] == [(0, "paid"), (1000, "paid")]

    _renewal_with_credits(shop, born.id)
    _decline_dunning_recovery(shop, born.id)
    _upgrade_as_previewed(shop, born.id)
    last_charge = _cancellation_and_refund(shop, born.id)
    _dispute_lost(shop, last_charge)


def _renewal_with_credits(shop: Shop, subscription: str) -> None:
    """Five calls of 1.00 are used and 3.00 of credits are there: the renewal costs 10.00 and the 2.00 that are left."""
    monetary = {"type": "monetary", "monetary": {"currency": "usd", "value": 300}}
    scope = {"applicability_config": {"scope": {"price_type": "metered"}}, "category": "paid"}
    shop.v1.billing.credit_grants.create({"customer": shop.customer, "amount": monetary, **scope})
    payload = {"stripe_customer_id": shop.customer, "value": "5"}
    shop.v1.billing.meter_events.create({"event_name": "calls", "payload": payload, "timestamp": FIRST_PAID + HOUR})
    shop.until(SECOND + 2 * HOUR)
    renewed = shop.invoices(subscription)[-1]
    assert (renewed.billing_reason, renewed.subtotal, renewed.total) == ("subscription_cycle", 1500, 1200)
    assert (renewed.status, renewed.amount_paid) == ("paid", 1200)


def _decline_dunning_recovery(shop: Shop, subscription: str) -> None:
    shop.save(BROKE)
    shop.until(THIRD + 2 * HOUR)
    owed = shop.invoices(subscription)[-1]
    assert (shop.now(subscription).status, owed.status, owed.attempt_count) == ("past_due", "open", 1)
    shop.until(THIRD + 2 * DAY)
    tried = shop.v1.invoices.retrieve(owed.id)
    assert (tried.attempt_count, tried.status) == (2, "open")
    shop.save("pm_card_mastercard")
    shop.until(THIRD + 5 * DAY)
    assert shop.v1.invoices.retrieve(owed.id).status == "paid"
    assert shop.now(subscription).status == "active"


def _upgrade_as_previewed(shop: Shop, subscription: str) -> None:
    """What the preview showed is what the change costs, to the cent."""
    at = THIRD + 10 * DAY
    shop.until(at)
    now = shop.now(subscription)
    item = next(row.id for row in now["items"].data if row.price.recurring.usage_type == "licensed")
    wanted: dict[str, Any] = {
        "items": [{"id": item, "price": shop.price(3000)}],
        "proration_behavior": "always_invoice",
        "proration_date": at,
    }
    shown = shop.v1.invoices.create_preview({"subscription": subscription, "subscription_details": wanted})
    shop.v1.subscriptions.update(subscription, wanted)
    charged = shop.invoices(subscription)[-1]
    assert charged.billing_reason == "subscription_update"
    assert charged.total == shown.total > 0
    assert charged.status == "paid"


def _cancellation_and_refund(shop: Shop, subscription: str) -> str:
    """Ended at once, and the upgrade is paid back. Returns the payment of the April invoice."""
    ended = shop.v1.subscriptions.cancel(subscription)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "cancellation_requested")
    upgrade, april = (shop.invoices(subscription)[place] for place in (-1, -2))
    refund = shop.v1.refunds.create({"payment_intent": _payment(shop, upgrade.id)})
    assert (refund.amount, refund.status) == (upgrade.amount_paid, "succeeded")
    return _payment(shop, april.id)


def _dispute_lost(shop: Shop, payment: str) -> None:
    dispute = shop.sandbox.control(f"payments/{payment}/dispute")["dispute"]
    assert (dispute["status"], dispute["reason"]) == ("needs_response", "fraudulent")
    shop.v1.disputes.update(dispute["id"], {"evidence": {"uncategorized_text": "losing_evidence"}, "submit": True})
    shop.until(THIRD + 20 * DAY)
    lost = shop.v1.disputes.retrieve(dispute["id"])
    assert (lost.status, [row.amount for row in lost.balance_transactions]) == ("lost", [-dispute["amount"]])
    told = [event.type for event in shop.events("charge.dispute.*")]
    assert [told[0], told[-1]] == ["charge.dispute.created", "charge.dispute.closed"]


def _metered(shop: Shop) -> str:
    counting = {"default_aggregation": {"formula": "sum"}, "display_name": "Calls", "event_name": "calls"}
    meter = shop.v1.billing.meters.create(counting)
    return shop.price(100, recurring={"usage_type": "metered", "meter": meter.id})


def _payment(shop: Shop, invoice: str) -> str:
    (paid,) = shop.v1.invoice_payments.list({"invoice": invoice}).data
    return str(paid.payment.payment_intent)
