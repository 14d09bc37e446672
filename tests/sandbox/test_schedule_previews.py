"""A preview of a schedule says what its subscription will cost next, also with phases it does not have yet."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.subscribers import DAY, FEBRUARY, MARCH, Shop, only_item, open_shop, refusal

HOUR = 3600


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return open_shop(sandbox)


def _planned(shop: Shop, made: Any, price: str, **more: Any) -> Any:
    """A schedule that leads this subscription to another price."""
    schedule = shop.v1.subscription_schedules.create({"from_subscription": made.id})
    return shop.v1.subscription_schedules.update(schedule.id, {"phases": _phases(made, price, **more)})


def _phases(made: Any, price: str, **more: Any) -> Any:
    current = {"items": [{"price": only_item(made).price.id}], "start_date": FEBRUARY, "end_date": MARCH}
    return [current, {"items": [{"price": price}], "duration": {"interval": "month"}, **more}]


def _preview(shop: Shop, schedule: str, **details: Any) -> Any:
    wish: Any = {"schedule": schedule, **({"schedule_details": details} if details else {})}
    return shop.v1.invoices.create_preview(wish)


def test_it_tells_the_phase_that_is_planned_and_another_one_that_might_be(shop: Shop) -> None:
    made = shop.subscribe(shop.price(5000))
    schedule = _planned(shop, made, shop.price(1000))
    assert _preview(shop, schedule.id).total == 1000
    other = _preview(shop, schedule.id, phases=_phases(made, shop.price(700)))
    assert (other.total, other.lines.data[0].period.start) == (700, MARCH)
    assert shop.v1.subscription_schedules.retrieve(schedule.id).phases[1]["items"][0].price != other.id
    shop.until(MARCH + 2 * HOUR)
    assert [invoice.total for invoice in shop.invoices(made.id)] == [5000, 1000]


def test_what_changes_in_the_phase_that_runs_is_prorated_as_asked(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    schedule = _planned(shop, made, shop.price(1000))
    shop.until(FEBRUARY + 19 * DAY)
    alone: Any = [{"items": [{"price": shop.price(5800)}], "start_date": FEBRUARY, "end_date": MARCH}]
    totals = {
        behavior: _preview(shop, schedule.id, phases=alone, proration_behavior=behavior).total
        for behavior in ("none", "create_prorations", "always_invoice")
    }
    assert totals == {"none": 5800, "create_prorations": 6800, "always_invoice": 1000}
    assert only_item(shop.now(made.id)).price.id == only_item(made).price.id


def test_a_schedule_and_a_subscription_are_not_asked_for_together(shop: Shop) -> None:
    made = shop.subscribe()
    schedule = _planned(shop, made, shop.price(700))
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.invoices.create_preview({"schedule": schedule.id, "subscription": made.id})
    assert refusal(caught.value)[2] == "schedule"


def test_a_coupon_in_a_preview_takes_from_the_proration_as_it_does_in_the_update(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    coupon = shop.v1.coupons.create({"percent_off": 50, "duration": "forever", "name": "Half"}).id
    shop.until(FEBRUARY + 19 * DAY)
    change: Any = {
        "items": [{"id": only_item(made).id, "price": shop.price(5800)}],
        "proration_behavior": "always_invoice",
        "proration_date": FEBRUARY + 19 * DAY,
    }
    discounts: Any = [{"coupon": coupon}]
    wish: Any = {"subscription": made.id, "subscription_details": change, "discounts": discounts}
    preview = shop.v1.invoices.create_preview({**wish, "expand": ["discounts.source.coupon"]})
    real = shop.v1.subscriptions.update(made.id, {**change, "discounts": discounts, "expand": ["latest_invoice"]})
    assert preview.total == real.latest_invoice.total == 0
    assert preview.discounts[0].source.coupon.name == "Half"


def test_a_phase_may_be_paid_by_invoice_and_the_next_update_by_card_again(shop: Shop) -> None:
    made = shop.subscribe(shop.price(5000))
    sent = {"collection_method": "send_invoice", "invoice_settings": {"days_until_due": 14}}
    _planned(shop, made, shop.price(1000), **sent)
    shop.until(MARCH + 2 * HOUR)
    now = shop.now(made.id, "latest_invoice")
    assert (now.collection_method, now.days_until_due, now.latest_invoice.status) == ("send_invoice", 14, "open")
    assert now.latest_invoice.due_date == MARCH + 14 * DAY
    back = shop.v1.subscriptions.update(made.id, {"collection_method": "charge_automatically"})
    assert back.days_until_due is None
