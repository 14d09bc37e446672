"""Subscriptions, items, schedules and test clocks have the fields and values the installed SDK's types promise."""

from __future__ import annotations

from typing import Any

import stripe
from stripe.test_helpers import TestClock as Clock

from tests.sandbox.conftest import Sandbox
from tests.sandbox.contract import differences
from tests.sandbox.subscribers import DAY, FEBRUARY, only_item, open_shop


def _objects(sandbox: Sandbox) -> dict[str, Any]:
    """One of each, in the states that show the most."""
    shop = open_shop(sandbox)
    v1 = shop.v1
    coupon = v1.coupons.create({"percent_off": 10, "duration": "forever"}).id
    active = shop.subscribe(quantity=2, discounts=[{"coupon": coupon}])
    ending = v1.subscriptions.update(shop.subscribe().id, {"cancel_at_period_end": True})
    paused = v1.subscriptions.pause(shop.subscribe().id)
    classic = shop.subscribe(billing_mode={"type": "classic"}, trial_end=FEBRUARY + 9 * DAY)
    resting = v1.subscriptions.update(shop.subscribe().id, {"pause_collection": {"behavior": "void"}})
    shop.save("pm_card_chargeCustomerFail")
    change = {"items": [{"id": only_item(active).id, "quantity": 9}], "proration_behavior": "always_invoice"}
    pending = v1.subscriptions.update(active.id, {**change, "payment_behavior": "pending_if_incomplete"})
    scheduled = v1.subscription_schedules.create({"from_subscription": ending.id})
    anchored: Any = {"billing_cycle_anchor_config": {"day_of_month": 31}, "payment_behavior": "default_incomplete"}
    found: dict[str, Any] = {
        "subscription active": active,
        "subscription ending": ending,
        "subscription paused": paused,
        "subscription classic": classic,
        "subscription resting": resting,
        "subscription pending": pending,
        "subscription anchored": shop.subscribe(**anchored),
        "subscription canceled": v1.subscriptions.cancel(paused.id),
        "subscription_item": v1.subscription_items.retrieve(only_item(active).id),
        "subscription_schedule active": scheduled,
        "subscription_schedule canceled": v1.subscription_schedules.cancel(scheduled.id),
        "invoice preview": v1.invoices.create_preview({"subscription": active.id}),
        "test_clock": v1.test_helpers.test_clocks.advance(shop.clock, {"frozen_time": FEBRUARY + 10 * DAY}),
    }
    return {name: thing.to_dict(for_json=True) for name, thing in found.items()}


CLASSES = {
    "subscription": stripe.Subscription,
    "subscription_item": stripe.SubscriptionItem,
    "subscription_schedule": stripe.SubscriptionSchedule,
    "invoice": stripe.Invoice,
    "test_clock": Clock,
}


def test_every_object_of_recurring_billing_keeps_the_sdks_contract(sandbox: Sandbox) -> None:
    found = _objects(sandbox)
    wrong = {name: differences(thing, CLASSES[name.split()[0]], name) for name, thing in found.items()}
    assert {name: lines for name, lines in wrong.items() if lines} == {}


def test_the_period_is_on_the_items_only(sandbox: Sandbox) -> None:
    made = open_shop(sandbox).subscribe().to_dict(for_json=True)
    item = made["items"]["data"][0]
    assert {"current_period_start", "current_period_end"} <= item.keys()
    assert not {"current_period_start", "current_period_end", "discount", "plan", "quantity"} & made.keys()
    assert [key for thing in (made, item) for key in thing if key.startswith("_")] == []


def test_what_it_holds_can_be_expanded(sandbox: Sandbox) -> None:
    made = open_shop(sandbox).subscribe()
    wanted = ("customer", "latest_invoice.payments", "items.data.price.product", "test_clock", "default_payment_method")
    shown = sandbox.client.v1.subscriptions.retrieve(made.id, {"expand": list(wanted)}).to_dict()
    assert (shown["customer"]["object"], shown["test_clock"]["object"]) == ("customer", "test_helpers.test_clock")
    assert shown["latest_invoice"]["payments"]["data"][0]["object"] == "invoice_payment"
    assert shown["items"]["data"][0]["price"]["product"]["name"] == "Gold"


def test_events_tell_what_was_before(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox)
    made = shop.subscribe()
    shop.v1.subscriptions.update(made.id, {"items": [{"id": only_item(made).id, "quantity": 2}]})
    told = shop.events("customer.subscription.updated")[-1].to_dict(for_json=True)["data"]
    assert told["previous_attributes"].keys() == {"items"}
    assert told["previous_attributes"]["items"]["data"][0]["quantity"] == 1
    assert told["object"]["items"]["data"][0]["quantity"] == 2
    assert "_debits" not in str(told)
