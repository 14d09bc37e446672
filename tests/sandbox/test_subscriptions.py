"""Subscriptions are made, changed, listed and ended as Stripe makes, changes, lists and ends them."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.subscribers import DAY, FEBRUARY, MARCH, Shop, only_item, open_shop, refusal


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return open_shop(sandbox)


def test_a_subscription_is_billed_at_once_and_active(shop: Shop) -> None:
    made = shop.subscribe(quantity=3, metadata={"org": "7"}, expand=["latest_invoice"])
    item = only_item(made)
    assert (made.status, made.latest_invoice.status, made.latest_invoice.total) == ("active", "paid", 3000)
    assert (item.current_period_start, item.current_period_end) == (FEBRUARY, MARCH)
    assert "current_period_end" not in made
    assert (made.billing_mode.type, made.collection_method) == ("flexible", "charge_automatically")
    invoice = made.latest_invoice
    assert (invoice.billing_reason, invoice.parent.subscription_details.subscription) == (
        "subscription_create",
        made.id,
    )
    assert invoice.parent.subscription_details.metadata.org == "7"
    line = invoice.lines.data[0]
    assert (line.description, line.amount) == ("3 × Gold (at $10.00 / month)", 3000)
    assert line.parent.subscription_item_details.subscription_item == item.id


def test_its_creation_is_told_first_and_with_its_outcome(shop: Shop) -> None:
    made = shop.subscribe()
    told = [event for event in shop.events("*") if event.created >= FEBRUARY]
    kinds = [event.type for event in told]
    assert kinds.index("customer.subscription.created") < kinds.index("invoice.created") < kinds.index("invoice.paid")
    created = shop.events("customer.subscription.created")[0].data.object
    assert (created.id, created.status, created.latest_invoice) == (made.id, "active", made.latest_invoice)
    assert "customer.subscription.updated" not in kinds


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"items": []}, "items", "parameter_missing"),
        ({"items": [{"price": "price_none"}]}, "items[0][price]", "resource_missing"),
        ({"customer": "cus_none"}, "customer", "resource_missing"),
        ({"default_payment_method": "pm_none"}, "default_payment_method", "resource_missing"),
        ({"trial_end": FEBRUARY - 1}, "trial_end", "parameter_invalid_integer"),
        ({"payment_behavior": "pending_if_incomplete"}, "payment_behavior", None),
        ({"collection_method": "send_invoice"}, "days_until_due", "parameter_missing"),
        ({"billing_cycle_anchor": FEBRUARY + 60 * DAY}, "billing_cycle_anchor", None),
        ({"wrong": 1}, "wrong", "parameter_unknown"),
    ],
)
def test_what_does_not_fit_is_refused(shop: Shop, params: Any, param: str, code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.subscribe(**params)
    assert refusal(caught.value) == (400, code, param)
    assert shop.v1.subscriptions.list({"customer": shop.customer, "status": "all"}).data == []


def test_one_time_prices_and_mixed_currencies_are_refused(shop: Shop) -> None:
    once = shop.v1.prices.create({"product": shop.product, "currency": "usd", "unit_amount": 5}).id
    with pytest.raises(stripe.InvalidRequestError, match="type=recurring"):
        shop.subscribe(once)
    euros = shop.price(currency="eur")
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.subscriptions.create({"customer": shop.customer, "items": [{"price": shop.price()}, {"price": euros}]})


def test_mixed_intervals_are_refused_in_classic_and_not_done_in_flexible_billing(shop: Shop) -> None:
    items = [{"price": shop.price()}, {"price": shop.price(9000, "year")}]
    with pytest.raises(stripe.InvalidRequestError, match="Found mismatch in interval field"):
        shop.v1.subscriptions.create({"customer": shop.customer, "items": items, "billing_mode": {"type": "classic"}})
    with pytest.raises(stripe.APIError) as caught:
        shop.v1.subscriptions.create({"customer": shop.customer, "items": items})
    assert caught.value.http_status == 501


def test_more_than_twenty_items_are_refused(shop: Shop) -> None:
    data = {"currency": "usd", "product": shop.product, "unit_amount": 100, "recurring": {"interval": "month"}}
    items = [{"price_data": data} for _ in range(21)]
    with pytest.raises(stripe.InvalidRequestError, match="20 items"):
        shop.v1.subscriptions.create({"customer": shop.customer, "items": items})
    made = shop.v1.subscriptions.create({"customer": shop.customer, "items": items[:2]})
    assert (len(made["items"].data), only_item(made).price.active) == (2, False)


def test_one_off_charges_come_on_the_first_invoice(shop: Shop) -> None:
    fee = shop.v1.prices.create({"product": shop.product, "currency": "usd", "unit_amount": 500}).id
    made = shop.subscribe(add_invoice_items=[{"price": fee, "quantity": 2}], expand=["latest_invoice"])
    assert (made.latest_invoice.total, len(made.latest_invoice.lines.data)) == (2000, 2)


def test_a_coupon_once_works_once(shop: Shop) -> None:
    coupon = shop.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    made = shop.subscribe(discounts=[{"coupon": coupon}], expand=["latest_invoice"])
    assert (made.latest_invoice.total, made.discounts) == (500, [])
    shop.until(MARCH + 2 * 3600)
    assert [invoice.total for invoice in shop.invoices(made.id)] == [500, 1000]


def test_a_coupon_for_good_stays_and_can_be_taken_away(shop: Shop) -> None:
    coupon = shop.v1.coupons.create({"amount_off": 300, "currency": "usd", "duration": "forever"}).id
    made = shop.subscribe(discounts=[{"coupon": coupon}], expand=["discounts"])
    assert made.discounts[0].source.coupon == coupon
    shop.until(MARCH + 2 * 3600)
    assert shop.v1.subscriptions.update(made.id, {"discounts": ""}).discounts == []
    shop.until(MARCH + 31 * DAY + 2 * 3600)
    assert [invoice.total for invoice in shop.invoices(made.id)] == [700, 700, 1000]


def test_settings_change_without_money(shop: Shop) -> None:
    made = shop.subscribe(metadata={"a": "1", "b": "2"})
    method = shop.save("pm_card_mastercard")
    changed = shop.v1.subscriptions.update(
        made.id, {"metadata": {"a": ""}, "description": "Gold for Ada", "default_payment_method": method}
    )
    assert (changed.metadata.to_dict(), changed.description) == ({"b": "2"}, "Gold for Ada")
    assert (changed.default_payment_method, changed.latest_invoice) == (method, made.latest_invoice)
    before = shop.events("customer.subscription.updated")[-1].data.previous_attributes.to_dict()
    assert before == {"metadata": {"a": "1"}, "description": None, "default_payment_method": None}


def test_ending_at_the_end_of_the_period_can_be_taken_back(shop: Shop) -> None:
    made = shop.subscribe()
    ending = shop.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    assert (ending.cancel_at_period_end, ending.cancel_at, ending.status) == (True, MARCH, "active")
    assert ending.cancellation_details.reason == "cancellation_requested"
    kept = shop.v1.subscriptions.update(made.id, {"cancel_at_period_end": False})
    assert (kept.cancel_at, kept.canceled_at, kept.cancellation_details.reason) == (None, None, None)
    told = shop.events("customer.subscription.updated")[-1].data.previous_attributes.to_dict()
    assert told["cancel_at_period_end"] is True
    shop.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    shop.until(MARCH + DAY)
    over = shop.now(made.id)
    assert (over.status, over.ended_at, over.cancel_at_period_end) == ("canceled", MARCH, True)
    assert len(shop.invoices(made.id)) == 1
    assert len(shop.events("customer.subscription.deleted")) == 1


def test_a_date_inside_a_later_period_cuts_that_period_short(shop: Shop) -> None:
    made = shop.subscribe(shop.price(3100), cancel_at=MARCH + 10 * DAY)
    shop.until(MARCH + 2 * 3600)
    assert [invoice.total for invoice in shop.invoices(made.id)] == [3100, 1000]
    shop.until(MARCH + 10 * DAY + 1)
    assert (shop.now(made.id).status, shop.now(made.id).ended_at) == ("canceled", MARCH + 10 * DAY)


def test_canceled_now_it_is_over_and_can_only_be_read(shop: Shop) -> None:
    made = shop.subscribe()
    details = {"comment": "too dear", "feedback": "too_expensive"}
    over = shop.v1.subscriptions.cancel(made.id, {"cancellation_details": details})
    assert (over.status, over.ended_at, over.canceled_at) == ("canceled", FEBRUARY, FEBRUARY)
    told = over.cancellation_details
    assert (told.reason, told.comment, told.feedback) == ("cancellation_requested", "too dear", "too_expensive")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.subscriptions.cancel(made.id)
    assert refusal(caught.value) == (404, "resource_missing", "id")
    with pytest.raises(stripe.InvalidRequestError, match="canceled subscription can only update"):
        shop.v1.subscriptions.update(made.id, {"description": "late"})
    assert shop.v1.subscriptions.update(made.id, {"metadata": {"why": "dear"}}).metadata.why == "dear"
    shop.until(MARCH + DAY)
    assert len(shop.invoices(made.id)) == 1


def test_canceled_with_proration_the_rest_is_credited(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    shop.until(FEBRUARY + 10 * DAY)
    over = shop.v1.subscriptions.cancel(made.id, {"prorate": True, "invoice_now": True, "expand": ["latest_invoice"]})
    assert (over.latest_invoice.total, over.latest_invoice.status) == (-1900, "paid")
    assert shop.v1.customers.retrieve(shop.customer).balance == -1900


def test_lists_filter_and_leave_out_what_is_over(shop: Shop) -> None:
    price = shop.price()
    kept, gone = shop.subscribe(price), shop.subscribe()
    shop.v1.subscriptions.cancel(gone.id)

    def ids(**filters: Any) -> set[str]:
        return {row.id for row in shop.v1.subscriptions.list({"customer": shop.customer, **filters}).data}

    assert ids() == {kept.id}
    assert ids(status="all") == {kept.id, gone.id}
    assert ids(status="canceled") == ids(status="ended") == {gone.id}
    assert ids(price=price, status="all") == {kept.id}
    assert ids(current_period_end={"gt": MARCH}) == set()
    assert {row.id for row in shop.v1.subscriptions.list({"test_clock": shop.clock}).data} == {kept.id}
    assert shop.v1.subscriptions.list().data == []
    found = shop.v1.subscriptions.search({"query": "status:'active'"}).data
    assert [row.id for row in found] == [kept.id]


def test_items_come_and_go_by_their_own_routes(shop: Shop) -> None:
    made = shop.subscribe()
    seat = shop.v1.subscription_items.create({"subscription": made.id, "price": shop.price(500), "quantity": 2})
    assert (seat.quantity, seat.current_period_end) == (2, MARCH)
    more = shop.v1.subscription_items.update(seat.id, {"quantity": 5, "proration_behavior": "none"})
    assert (more.id, more.quantity) == (seat.id, 5)
    rows = shop.v1.subscription_items.list({"subscription": made.id}).data
    assert {row.id for row in rows} == {seat.id, only_item(made).id}
    assert shop.v1.subscription_items.delete(seat.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.subscription_items.retrieve(seat.id)
    assert caught.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError, match="at least one active plan"):
        shop.v1.subscription_items.delete(only_item(made).id)


def test_a_deleted_customer_ends_his_subscriptions(shop: Shop) -> None:
    made = shop.subscribe()
    shop.v1.customers.delete(shop.customer)
    assert shop.now(made.id).status == "canceled"


def test_money_never_flows_through_what_is_not_built(shop: Shop) -> None:
    with pytest.raises(stripe.APIError) as caught:
        shop.subscribe(transfer_data={"destination": "acct_1"})
    assert caught.value.http_status == 501
