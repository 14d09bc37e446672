"""A change in the middle of a period costs what its time is worth, to the cent."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.subscriptions.periods import Rhythm
from sandbox.subscriptions.prorations import share
from tests.sandbox.conftest import Sandbox
from tests.sandbox.subscribers import DAY, FEBRUARY, MARCH, Shop, only_item, open_shop, refusal

HOUR = 3600


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return open_shop(sandbox)


def _amounts(invoice: Any) -> list[int]:
    return [line.amount for line in invoice.lines.data]


def test_an_upgrade_halfway_costs_half_of_the_difference(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    shop.until(FEBRUARY + 19 * DAY)
    change = {"items": [{"id": only_item(made).id, "price": shop.price(5800)}]}
    changed = shop.v1.subscriptions.update(made.id, change)
    assert (only_item(changed).current_period_end, changed.latest_invoice) == (MARCH, made.latest_invoice)
    waiting = shop.v1.invoice_items.list({"customer": shop.customer, "pending": True}).data
    assert {(item.amount, item.proration, item.description) for item in waiting} == {
        (-1000, True, "Unused time on Gold after 20 Feb 2024"),
        (2000, True, "Remaining time on Gold after 20 Feb 2024"),
    }
    shop.until(MARCH + 2 * HOUR)
    renewed = shop.now(made.id, "latest_invoice").latest_invoice
    assert (renewed.total, sorted(_amounts(renewed))) == (6800, [-1000, 2000, 5800])
    details = [line.parent.subscription_item_details for line in renewed.lines.data]
    assert sorted(one.proration for one in details) == [False, True, True]


def test_always_invoice_bills_the_difference_at_once(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900), quantity=1)
    shop.until(FEBRUARY + 19 * DAY)
    change = {"items": [{"id": only_item(made).id, "quantity": 3}], "proration_behavior": "always_invoice"}
    changed = shop.v1.subscriptions.update(made.id, {**change, "expand": ["latest_invoice"]})
    invoice = changed.latest_invoice
    assert (invoice.total, invoice.status, _amounts(invoice)) == (2000, "paid", [-1000, 3000])
    assert invoice.billing_reason == "subscription_update"
    assert invoice.lines.data[1].description == "Remaining time on 3 × Gold after 20 Feb 2024"
    credited = invoice.lines.data[0].parent.subscription_item_details.proration_details.credited_items
    assert credited.invoice == made.latest_invoice


def test_none_moves_no_money_until_the_renewal(shop: Shop) -> None:
    made = shop.subscribe(quantity=1)
    change = {"items": [{"id": only_item(made).id, "quantity": 3}], "proration_behavior": "none"}
    shop.v1.subscriptions.update(made.id, change)
    assert shop.v1.invoice_items.list({"customer": shop.customer}).data == []
    shop.until(MARCH + 2 * HOUR)
    assert [invoice.total for invoice in shop.invoices(made.id)] == [1000, 3000]


def test_a_downgrade_credits_the_next_invoices(shop: Shop) -> None:
    made = shop.subscribe(shop.price(29000))
    shop.until(FEBRUARY + 9 * DAY)
    change = {"items": [{"id": only_item(made).id, "price": shop.price(2900)}], "proration_behavior": "always_invoice"}
    shop.v1.subscriptions.update(made.id, change)
    assert shop.v1.customers.retrieve(shop.customer).balance == -18000
    shop.until(MARCH + 2 * HOUR)
    renewed = shop.now(made.id, "latest_invoice").latest_invoice
    assert (renewed.total, renewed.amount_due, renewed.ending_balance) == (2900, 0, -15100)


def test_another_interval_begins_anew_and_is_billed_at_once(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    now = FEBRUARY + 19 * DAY
    shop.until(now)
    change = {"items": [{"id": only_item(made).id, "price": shop.price(30000, "year")}]}
    changed = shop.v1.subscriptions.update(made.id, {**change, "expand": ["latest_invoice"]})
    assert (changed.latest_invoice.total, changed.billing_cycle_anchor) == (29000, now)
    assert only_item(changed).current_period_end == Rhythm("year").boundary(now, 1)


def test_from_free_to_paid_is_billed_at_once(shop: Shop) -> None:
    made = shop.subscribe(shop.price(0))
    shop.until(FEBRUARY + 19 * DAY)
    change = {"items": [{"id": only_item(made).id, "price": shop.price(2900)}]}
    changed = shop.v1.subscriptions.update(made.id, {**change, "expand": ["latest_invoice"]})
    assert (changed.latest_invoice.total, changed.billing_cycle_anchor) == (2900, FEBRUARY + 19 * DAY)


def test_an_anchor_of_now_begins_anew(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    shop.until(FEBRUARY + 19 * DAY)
    wish = {"billing_cycle_anchor": {"type": "now"}, "expand": ["latest_invoice"]}
    changed = shop.v1.subscriptions.update(made.id, wish)
    assert (changed.latest_invoice.total, only_item(changed).current_period_start) == (1900, FEBRUARY + 19 * DAY)


def test_a_seat_that_is_gone_again_costs_only_its_time(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    seat = shop.v1.subscription_items.create({"subscription": made.id, "price": shop.price(2900), "quantity": 1})
    shop.until(FEBRUARY + 10 * DAY)
    shop.v1.subscription_items.delete(seat.id)
    shop.until(MARCH + 2 * HOUR)
    assert shop.now(made.id, "latest_invoice").latest_invoice.total == 2900 + 1000


def test_flexible_billing_credits_what_was_really_debited(shop: Shop) -> None:
    coupon = shop.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    paid = {}
    for mode in ("flexible", "classic"):
        discounted: Any = {"discounts": [{"coupon": coupon}], "billing_mode": {"type": mode}}
        paid[mode] = shop.subscribe(shop.price(2900), **discounted)
    shop.until(FEBRUARY + 9 * DAY)
    now: Any = {"prorate": True, "invoice_now": True, "expand": ["latest_invoice"]}
    credited = {mode: shop.v1.subscriptions.cancel(made.id, now).latest_invoice.total for mode, made in paid.items()}
    assert credited == {"flexible": -1000, "classic": -2000}


def test_a_first_period_up_to_an_anchor_costs_its_share(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900), billing_cycle_anchor=FEBRUARY + 10 * DAY, expand=["latest_invoice"])
    item = only_item(made)
    assert item.current_period_end == FEBRUARY + 10 * DAY
    # The whole period would be 11 January to 11 February: 31 days.
    assert made.latest_invoice.total == share(2900, 10, 31)
    free = shop.subscribe(shop.price(2900), billing_cycle_anchor=FEBRUARY + 10 * DAY, proration_behavior="none")
    assert (free.latest_invoice, free.status) == (None, "active")
    shop.until(FEBRUARY + 10 * DAY + 2 * HOUR)
    assert [shop.now(one.id, "latest_invoice").latest_invoice.total for one in (made, free)] == [2900, 2900]


def test_a_backdated_start_is_billed_too(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900), backdate_start_date=FEBRUARY - 10 * DAY, expand=["latest_invoice"])
    assert (made.start_date, made.latest_invoice.total) == (FEBRUARY - 10 * DAY, 2900 + 1000)


def test_a_proration_date_outside_the_period_is_refused(shop: Shop) -> None:
    made = shop.subscribe()
    change = {"items": [{"id": only_item(made).id, "quantity": 2}], "proration_date": FEBRUARY - DAY}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.subscriptions.update(made.id, change)
    assert refusal(caught.value) == (400, None, "proration_date")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**8), st.lists(st.integers(1, 31 * DAY), min_size=2, max_size=2))
def test_shares_are_never_more_than_the_whole_and_off_by_half_a_cent(amount: int, spans: list[int]) -> None:
    part, whole = sorted(spans)
    found = share(amount, part, whole)
    assert 0 <= found <= amount
    assert abs(2 * (found * whole - amount * part)) <= whole
    assert share(-amount, part, whole) == -found


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2 * 10**9),
    st.integers(0, 5 * 10**7),
    st.sampled_from(["day", "week", "month", "year"]),
    st.integers(1, 12),
)
def test_every_moment_is_in_one_period(anchor: int, later: int, interval: str, count: int) -> None:
    rhythm = Rhythm(interval, count)
    start, end = rhythm.around(anchor, anchor + later)
    assert start <= anchor + later < end
    assert rhythm.around(anchor, end)[0] == end


def test_anchors_at_the_end_of_a_month_come_back() -> None:
    january_31, leap_day = 1_706_659_200, FEBRUARY + 28 * DAY
    days = [Rhythm("month").boundary(january_31, number) for number in range(5)]
    assert [round((b - a) / DAY) for a, b in pairwise(days)] == [29, 31, 30, 31]
    years = [Rhythm("year").boundary(leap_day, number) for number in range(5)]
    assert [round((b - a) / DAY) for a, b in pairwise(years)] == [365, 365, 365, 366]
