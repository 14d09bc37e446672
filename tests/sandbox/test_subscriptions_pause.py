"""Two ways to rest: a pause that stops everything, and a pause of collection only."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.subscribers import DAY, FEBRUARY, MARCH, Shop, only_item, open_shop

HOUR = 3600


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return open_shop(sandbox)


def test_a_pause_stops_billing_and_keeps_the_rest_as_credit(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    now = FEBRUARY + 9 * DAY
    shop.until(now)
    resting = shop.v1.subscriptions.pause(made.id)
    details = resting.status_details.paused
    assert (resting.status, details.type, details.transitioned_at) == ("paused", "subscription", now)
    assert details.subscription.type == "pause_requested"
    waiting = shop.v1.invoice_items.list({"customer": shop.customer, "pending": True}).data
    assert [item.amount for item in waiting] == [-2000]
    shop.until(MARCH + 20 * DAY)
    assert len(shop.invoices(made.id)) == 1
    back = shop.v1.subscriptions.resume(made.id, {"expand": ["latest_invoice"]})
    assert (back.status, back.status_details) == ("active", None)
    assert (back.latest_invoice.total, back.billing_cycle_anchor) == (2900 - 2000, MARCH + 20 * DAY)
    kinds = [event.type for event in shop.events("customer.subscription.*")]
    assert kinds.index("customer.subscription.paused") < kinds.index("customer.subscription.resumed")


def test_a_pause_can_be_billed_at_once_or_for_nothing(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    shop.until(FEBRUARY + 9 * DAY)
    shop.v1.subscriptions.pause(made.id, {"invoicing_behavior": "invoice"})
    assert shop.now(made.id, "latest_invoice").latest_invoice.total == -2000
    other = shop.subscribe(shop.price(2900))
    shop.v1.subscriptions.pause(other.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    assert shop.v1.invoice_items.list({"customer": shop.customer, "pending": True}).data == []


def test_resumed_in_step_with_its_anchor_it_costs_the_time_left(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    shop.v1.subscriptions.pause(made.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    shop.until(MARCH + 21 * DAY)
    wish: Any = {"billing_cycle_anchor": {"type": "unchanged"}, "proration_behavior": "always_invoice"}
    back = shop.v1.subscriptions.resume(made.id, {**wish, "expand": ["latest_invoice"]})
    assert (back.status, only_item(back).current_period_end) == ("active", MARCH + 31 * DAY)
    assert back.latest_invoice.total == (2900 * 10 * 2 + 31) // 62


def test_it_can_wait_for_its_payment_before_it_goes_on(shop: Shop) -> None:
    made = shop.subscribe()
    shop.v1.subscriptions.pause(made.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    shop.save("pm_card_chargeCustomerFail")
    still = shop.v1.subscriptions.resume(made.id, {"payment_behavior": "resume_on_payment_success"})
    assert still.status == "paused"
    shop.v1.invoices.pay(still.latest_invoice, {"payment_method": shop.save("pm_card_visa")})
    assert shop.now(made.id).status == "active"
    assert len(shop.events("customer.subscription.resumed")) == 1


def test_a_payment_that_fails_on_resuming_makes_it_past_due(shop: Shop) -> None:
    made = shop.subscribe()
    shop.v1.subscriptions.pause(made.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    shop.save("pm_card_chargeCustomerFail")
    assert shop.v1.subscriptions.resume(made.id).status == "past_due"


def test_only_what_is_paused_resumes(shop: Shop) -> None:
    made = shop.subscribe()
    with pytest.raises(stripe.InvalidRequestError, match="paused"):
        shop.v1.subscriptions.resume(made.id)
    shop.v1.subscriptions.pause(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="status of paused"):
        shop.v1.subscriptions.pause(made.id)


@pytest.mark.parametrize(
    ("behavior", "status"), [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")]
)
def test_while_collection_rests_nothing_is_charged(shop: Shop, behavior: str, status: str) -> None:
    made = shop.subscribe()
    resting = shop.v1.subscriptions.update(
        made.id, {"pause_collection": {"behavior": behavior, "resumes_at": MARCH + 5 * DAY}}
    )
    assert (resting.status, resting.pause_collection.behavior) == ("active", behavior)
    shop.until(MARCH + 2 * HOUR)
    assert [invoice.status for invoice in shop.invoices(made.id)] == ["paid", status]
    assert shop.now(made.id).status == "active"
    shop.until(MARCH + 6 * DAY)
    assert shop.now(made.id).pause_collection is None
    shop.until(MARCH + 31 * DAY + 2 * HOUR)
    assert [invoice.status for invoice in shop.invoices(made.id)] == ["paid", status, "paid"]


def test_collection_goes_on_when_it_is_told_to(shop: Shop) -> None:
    made = shop.subscribe()
    shop.v1.subscriptions.update(made.id, {"pause_collection": {"behavior": "void"}})
    assert shop.v1.subscriptions.update(made.id, {"pause_collection": ""}).pause_collection is None


@pytest.mark.parametrize(("told", "billed"), [(("30",), 30), (("30", "-10"), 20), (("30", "-40"), 0)])
def test_use_is_billed_when_the_period_is_over_and_none_is_paid_out(
    shop: Shop, told: tuple[str, ...], billed: int
) -> None:
    meter = shop.v1.billing.meters.create(
        {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
    )
    price = shop.price(5, recurring={"usage_type": "metered", "meter": meter.id})
    made = shop.subscribe(price)
    assert (made.status, made.latest_invoice, only_item(made).to_dict().get("quantity")) == ("active", None, None)
    for value in told:
        use = {"event_name": "calls", "payload": {"stripe_customer_id": shop.customer, "value": value}}
        shop.v1.billing.meter_events.create({**use, "timestamp": FEBRUARY})
    shop.until(MARCH + 2 * HOUR)
    invoice = shop.now(made.id, "latest_invoice").latest_invoice
    line = invoice.lines.data[0]
    assert (invoice.total, line.quantity, line.period.start, line.period.end) == (5 * billed, billed, FEBRUARY, MARCH)
