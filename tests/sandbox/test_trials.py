"""Trials cost nothing, are told of in time, and end as their settings say."""

from __future__ import annotations

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.subscribers import DAY, FEBRUARY, Shop, only_item, open_shop, refusal

HOUR = 3600
TRIAL_END = FEBRUARY + 14 * DAY


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return open_shop(sandbox)


def test_a_trial_costs_nothing_and_then_the_price(shop: Shop) -> None:
    made = shop.subscribe(trial_period_days=14, expand=["latest_invoice"])
    assert (made.status, made.trial_start, made.trial_end) == ("trialing", FEBRUARY, TRIAL_END)
    assert made.billing_cycle_anchor == only_item(made).current_period_end == TRIAL_END
    invoice = made.latest_invoice
    assert (invoice.total, invoice.status, invoice.lines.data[0].description) == (0, "paid", "Trial period for Gold")
    assert made.pending_setup_intent is None
    shop.until(TRIAL_END + 2 * HOUR)
    running = shop.now(made.id, "latest_invoice")
    assert (running.status, running.latest_invoice.total, running.latest_invoice.status) == ("active", 1000, "paid")
    assert running.latest_invoice.billing_reason == "subscription_cycle"
    assert only_item(running).current_period_start == TRIAL_END


def test_three_days_ahead_it_is_told(shop: Shop) -> None:
    shop.subscribe(trial_end=TRIAL_END)
    shop.until(TRIAL_END - 3 * DAY - HOUR)
    assert shop.events("customer.subscription.trial_will_end") == []
    shop.until(TRIAL_END + DAY)
    told = shop.events("customer.subscription.trial_will_end")
    assert [event.created for event in told] == [TRIAL_END - 3 * DAY]


def test_without_a_card_there_is_an_intent_to_save_one(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox, card=None)
    saves = {"save_default_payment_method": "on_subscription"}
    made = shop.subscribe(trial_period_days=14, payment_settings=saves, expand=["pending_setup_intent"])
    intent = made.pending_setup_intent
    assert (intent.customer, intent.usage, intent.status) == (shop.customer, "off_session", "requires_payment_method")
    shop.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    ready = shop.now(made.id)
    assert ready.pending_setup_intent is None
    assert ready.default_payment_method is not None
    shop.until(TRIAL_END + 2 * HOUR)
    assert shop.now(made.id).status == "active"


@pytest.mark.parametrize(
    ("behavior", "status"), [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")]
)
def test_a_trial_without_a_card_ends_as_it_was_set(sandbox: Sandbox, behavior: str, status: str) -> None:
    shop = open_shop(sandbox, card=None)
    settings = {"end_behavior": {"missing_payment_method": behavior}}
    made = shop.subscribe(trial_period_days=14, trial_settings=settings)
    shop.until(TRIAL_END + 2 * HOUR)
    over = shop.now(made.id)
    assert over.status == status
    if behavior == "pause":
        details = over.status_details.paused
        assert (details.subscription.type, details.transitioned_at) == ("trial_end_without_payment_method", TRIAL_END)
        assert len(shop.events("customer.subscription.paused")) == 1


def test_a_trial_ends_now_and_is_billed_now(shop: Shop) -> None:
    made = shop.subscribe(trial_period_days=14)
    shop.until(FEBRUARY + 5 * DAY)
    running = shop.v1.subscriptions.update(made.id, {"trial_end": "now", "expand": ["latest_invoice"]})
    assert (running.status, running.latest_invoice.total) == ("active", 1000)
    assert running.latest_invoice.billing_reason == "subscription_update"
    assert only_item(running).current_period_start == running.billing_cycle_anchor == FEBRUARY + 5 * DAY


@pytest.mark.parametrize(("behavior", "status", "bills"), [("cancel", "canceled", 1), ("pause", "paused", 1)])
def test_a_trial_ended_by_hand_without_a_card_ends_as_it_was_set(
    sandbox: Sandbox, behavior: str, status: str, bills: int
) -> None:
    shop = open_shop(sandbox, card=None)
    settings = {"end_behavior": {"missing_payment_method": behavior}}
    made = shop.subscribe(trial_period_days=14, trial_settings=settings)
    shop.until(FEBRUARY + 5 * DAY)
    over = shop.v1.subscriptions.update(made.id, {"trial_end": "now"})
    assert (over.status, over.trial_end, len(shop.invoices(made.id))) == (status, FEBRUARY + 5 * DAY, bills)
    if behavior == "pause":
        assert over.status_details.paused.subscription.type == "trial_end_without_payment_method"
        assert len(shop.events("customer.subscription.paused")) == 1
        card = shop.v1.payment_methods.attach("pm_card_visa", {"customer": shop.customer}).id
        shop.v1.customers.update(shop.customer, {"invoice_settings": {"default_payment_method": card}})
        again = shop.v1.subscriptions.resume(made.id, {"expand": ["latest_invoice"]})
        assert (again.status, again.latest_invoice.amount_paid) == ("active", 1000)


def test_a_trial_can_be_made_longer(shop: Shop) -> None:
    made = shop.subscribe(trial_period_days=14)
    longer = shop.v1.subscriptions.update(made.id, {"trial_end": TRIAL_END + 7 * DAY})
    assert (longer.status, only_item(longer).current_period_end) == ("trialing", TRIAL_END + 7 * DAY)
    shop.until(TRIAL_END + 2 * HOUR)
    assert shop.now(made.id).status == "trialing"


def test_changes_during_a_trial_move_no_money(shop: Shop) -> None:
    made = shop.subscribe(trial_period_days=14)
    item = only_item(made).id
    change = {"items": [{"id": item, "quantity": 9}], "proration_behavior": "always_invoice"}
    assert shop.v1.subscriptions.update(made.id, change).latest_invoice == made.latest_invoice
    shop.until(TRIAL_END + 2 * HOUR)
    assert [invoice.total for invoice in shop.invoices(made.id)] == [0, 9000]


def test_a_trial_on_a_running_subscription_gives_back_what_was_paid(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    shop.until(FEBRUARY + 9 * DAY)
    free = shop.v1.subscriptions.update(made.id, {"trial_end": TRIAL_END, "expand": ["latest_invoice"]})
    assert (free.status, free.latest_invoice.total) == ("trialing", -2000)


def test_a_coupon_once_is_kept_for_the_first_real_invoice(shop: Shop) -> None:
    coupon = shop.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    made = shop.subscribe(trial_period_days=14, discounts=[{"coupon": coupon}])
    assert len(made.discounts) == 1
    shop.until(TRIAL_END + 2 * HOUR)
    assert [invoice.total for invoice in shop.invoices(made.id)] == [0, 500]


def test_a_trial_can_be_canceled_without_a_bill(shop: Shop) -> None:
    made = shop.subscribe(trial_period_days=14)
    shop.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    shop.until(TRIAL_END + 2 * HOUR)
    assert (shop.now(made.id).status, len(shop.invoices(made.id))) == ("canceled", 1)


def test_both_ways_to_name_a_trial_at_once_are_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.subscribe(trial_period_days=14, trial_end=TRIAL_END)
    assert refusal(caught.value) == (400, None, "trial_end")
