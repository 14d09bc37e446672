"""Schedules lead a subscription through their phases, and then let it go or end it."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.subscribers import DAY, FEBRUARY, MARCH, Shop, only_item, open_shop

HOUR = 3600
APRIL = MARCH + 31 * DAY


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return open_shop(sandbox)


def _scheduled(shop: Shop, first: str, second: str, **more: Any) -> Any:
    phases = [
        {"items": [{"price": first, "quantity": 1}], "duration": {"interval": "month", "interval_count": 1}},
        {"items": [{"price": second, "quantity": 2}], "duration": {"interval": "month", "interval_count": 1}},
    ]
    wish: Any = {"customer": shop.customer, "start_date": "now", "phases": phases, **more}
    return shop.v1.subscription_schedules.create(wish)


def test_phases_follow_each_other_and_then_it_is_released(shop: Shop) -> None:
    first, second = shop.price(1000), shop.price(2000)
    schedule = _scheduled(shop, first, second)
    assert (schedule.status, schedule.current_phase.end_date) == ("active", MARCH)
    made = shop.now(schedule.subscription)
    assert (made.schedule, made.status, only_item(made).price.id) == (schedule.id, "active", first)
    shop.until(MARCH + 2 * HOUR)
    item = only_item(shop.now(made.id))
    assert (item.price.id, item.quantity) == (second, 2)
    assert [invoice.total for invoice in shop.invoices(made.id)] == [1000, 4000]
    assert shop.v1.subscription_schedules.retrieve(schedule.id).current_phase.start_date == MARCH
    shop.until(APRIL + 2 * HOUR)
    over = shop.v1.subscription_schedules.retrieve(schedule.id)
    assert (over.status, over.released_subscription, over.subscription) == ("released", made.id, None)
    free = shop.now(made.id)
    assert (free.status, free.schedule) == ("active", None)
    assert [invoice.total for invoice in shop.invoices(made.id)] == [1000, 4000, 4000]
    kinds = [event.type for event in shop.events("subscription_schedule.*")]
    assert (kinds[0], kinds[-1]) == ("subscription_schedule.created", "subscription_schedule.released")


def test_it_can_end_the_subscription_with_its_last_phase(shop: Shop) -> None:
    schedule = _scheduled(shop, shop.price(1000), shop.price(2000), end_behavior="cancel")
    shop.until(MARCH + 2 * HOUR)
    shop.until(APRIL + 2 * HOUR)
    assert shop.v1.subscription_schedules.retrieve(schedule.id).status == "completed"
    assert shop.now(schedule.subscription).status == "canceled"


def test_it_begins_at_once_also_without_a_card(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox, card=None)
    schedule = _scheduled(shop, shop.price(1000), shop.price(2000))
    made = shop.now(schedule.subscription, "latest_invoice")
    assert (schedule.status, made.status, made.latest_invoice.status) == ("active", "active", "draft")
    shop.until(FEBRUARY + 2 * HOUR)
    owing = shop.now(made.id, "latest_invoice")
    assert (owing.status, owing.latest_invoice.status) == ("past_due", "open")


def test_its_first_invoice_waits_an_hour_like_any_renewal(shop: Shop) -> None:
    schedule = _scheduled(shop, shop.price(1000), shop.price(2000))
    assert shop.now(schedule.subscription, "latest_invoice").latest_invoice.status == "draft"
    shop.until(FEBRUARY + 2 * HOUR)
    paid = shop.now(schedule.subscription, "latest_invoice")
    assert (paid.status, paid.latest_invoice.status, paid.latest_invoice.amount_paid) == ("active", "paid", 1000)


def test_it_starts_later(shop: Shop) -> None:
    phases = [{"items": [{"price": shop.price()}], "duration": {"interval": "month"}}]
    wish: Any = {"customer": shop.customer, "start_date": FEBRUARY + 3 * DAY, "phases": phases}
    schedule = shop.v1.subscription_schedules.create(wish)
    assert (schedule.status, schedule.subscription) == ("not_started", None)
    shop.until(FEBRUARY + 4 * DAY)
    started = shop.v1.subscription_schedules.retrieve(schedule.id, {"expand": ["subscription"]})
    assert (started.status, started.subscription.start_date) == ("active", FEBRUARY + 3 * DAY)


def test_a_running_subscription_gets_a_downgrade_for_later(shop: Shop) -> None:
    dear, cheap = shop.price(5000), shop.price(1000)
    made = shop.subscribe(dear)
    schedule = shop.v1.subscription_schedules.create({"from_subscription": made.id})
    current = schedule.phases[0]
    assert (current.start_date, current.end_date, current["items"][0].price) == (FEBRUARY, MARCH, dear)
    phases: Any = [
        {"items": [{"price": dear}], "start_date": FEBRUARY, "end_date": MARCH},
        {"items": [{"price": cheap}], "duration": {"interval": "month"}},
    ]
    shop.v1.subscription_schedules.update(schedule.id, {"phases": phases})
    assert only_item(shop.now(made.id)).price.id == dear
    ahead = shop.v1.invoices.create_preview({"subscription": made.id})
    assert ahead.total == 1000
    shop.until(MARCH + 2 * HOUR)
    assert [invoice.total for invoice in shop.invoices(made.id)] == [5000, 1000]


def test_a_phase_in_the_middle_of_a_period_is_prorated(shop: Shop) -> None:
    phases = [
        {"items": [{"price": shop.price(2900)}], "end_date": FEBRUARY + 19 * DAY},
        {"items": [{"price": shop.price(5800)}], "end_date": MARCH + 31 * DAY},
    ]
    wish: Any = {"customer": shop.customer, "start_date": "now", "phases": phases}
    schedule = shop.v1.subscription_schedules.create(wish)
    shop.until(FEBRUARY + 20 * DAY)
    waiting = shop.v1.invoice_items.list({"customer": shop.customer, "pending": True}).data
    assert sorted(item.amount for item in waiting) == [-1000, 2000]
    shop.until(MARCH + 2 * HOUR)
    assert [invoice.total for invoice in shop.invoices(schedule.subscription)] == [2900, 6800]


def test_released_or_canceled_by_hand(shop: Shop) -> None:
    kept = _scheduled(shop, shop.price(1000), shop.price(2000))
    released = shop.v1.subscription_schedules.release(kept.id)
    assert (released.status, shop.now(kept.subscription).schedule) == ("released", None)
    gone = _scheduled(shop, shop.price(2900), shop.price(2000))
    shop.until(FEBRUARY + 9 * DAY)
    assert shop.v1.subscription_schedules.cancel(gone.id).status == "canceled"
    over = shop.now(gone.subscription, "latest_invoice")
    assert (over.status, over.latest_invoice.total) == ("canceled", -2000)
    with pytest.raises(stripe.InvalidRequestError, match="canceled"):
        shop.v1.subscription_schedules.release(gone.id)
    rows = shop.v1.subscription_schedules.list({"customer": shop.customer}).data
    assert [row.id for row in rows] == [gone.id, kept.id]


def test_a_scheduled_subscription_is_canceled_through_its_schedule(shop: Shop) -> None:
    schedule = _scheduled(shop, shop.price(1000), shop.price(2000))
    with pytest.raises(stripe.InvalidRequestError, match="managed by the subscription schedule"):
        shop.v1.subscriptions.update(schedule.subscription, {"cancel_at_period_end": True})
