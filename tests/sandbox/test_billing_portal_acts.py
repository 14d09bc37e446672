"""What a customer does on the portal's page, asked as the page asks it and read back through the SDK."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.portal_guests import CANCEL, CARDS, DETAILS, HISTORY, PAUSE, Guest, invite
from tests.sandbox.subscribers import DAY, FEBRUARY, MARCH, only_item, open_shop

AT_ONCE: dict[str, Any] = {
    "subscription_cancel": {"enabled": True, "mode": "immediately", "proration_behavior": "create_prorations"}
}
REASON: dict[str, Any] = {
    "subscription_cancel": {"enabled": True, "cancellation_reason": {"enabled": True, "options": ["unused", "other"]}}
}
HALF = FEBRUARY + 29 * DAY // 2


@pytest.fixture
def guest(sandbox: Sandbox) -> Guest:
    return invite(sandbox)


def _silver(guest: Guest, amount: int = 500) -> tuple[str, str]:
    """Another product and its price a month."""
    product = guest.v1.products.create({"name": "Silver"}).id
    return product, guest.shop.price(amount, product=product)


def test_a_subscription_is_cancelled_at_its_end_with_a_reason_and_kept_again(guest: Guest) -> None:
    subscription = guest.shop.subscribe().id
    guest.enter(REASON)
    done = guest.do("cancel", subscription=subscription, feedback="unused", comment="No time")
    now = guest.shop.now(subscription)
    assert (done["id"], now.cancel_at_period_end, now.cancel_at, now.status) == (subscription, True, MARCH, "active")
    details = now.cancellation_details
    assert (details.feedback, details.comment, details.reason) == ("unused", "No time", "cancellation_requested")
    guest.do("keep", subscription=subscription)
    assert (guest.shop.now(subscription).cancel_at_period_end, guest.shop.now(subscription).cancel_at) == (False, None)


def test_a_reason_that_is_not_offered_is_refused_and_nothing_is_cancelled(guest: Guest) -> None:
    subscription = guest.shop.subscribe().id
    guest.enter(REASON)
    status, param, _ = guest.refused("cancel", subscription=subscription, feedback="too_expensive")
    assert (status, param) == (400, "feedback")
    assert guest.shop.now(subscription).cancel_at_period_end is False


def test_a_cancellation_at_once_pays_back_what_is_left_when_so_configured(guest: Guest) -> None:
    subscription = guest.shop.subscribe().id
    guest.shop.until(HALF)
    guest.enter(AT_ONCE)
    assert guest.do("cancel", subscription=subscription)["status"] == "canceled"
    pending = guest.v1.invoice_items.list({"customer": guest.shop.customer}).data
    assert [row.amount for row in pending] == [-500]
    assert guest.shop.now(subscription).ended_at == HALF


def test_a_pause_ends_by_itself_or_when_it_is_lifted(guest: Guest) -> None:
    subscription = guest.shop.subscribe().id
    guest.enter(PAUSE)
    guest.do("pause", subscription=subscription, option=0)
    paused = guest.shop.now(subscription).pause_collection
    assert (paused.behavior, paused.resumes_at) == ("void", FEBRUARY + 30 * DAY)
    guest.do("resume", subscription=subscription)
    assert guest.shop.now(subscription).pause_collection is None
    guest.do("pause", subscription=subscription, option=0)
    guest.shop.until(FEBRUARY + 31 * DAY)
    assert guest.shop.now(subscription).pause_collection is None
    assert guest.refused("pause", subscription=subscription, option=7)[:2] == (400, "option")


def test_a_pause_without_end_is_a_real_one(guest: Guest) -> None:
    subscription = guest.shop.subscribe().id
    guest.enter({"subscription_pause": {"enabled": True, "duration": {"type": "indefinite"}}})
    guest.do("pause", subscription=subscription)
    assert guest.shop.now(subscription).status == "paused"
    guest.do("resume", subscription=subscription)
    assert guest.shop.now(subscription).status == "active"


def test_the_previewed_amount_is_what_the_change_costs(guest: Guest) -> None:
    shop = guest.shop
    small = shop.price(1000)
    product, big = _silver(guest, 3000)
    subscription = shop.subscribe(small).id
    shop.until(HALF)
    guest.enter(guest.plans((shop.product, [small]), (product, [big])))
    told = guest.do("preview", subscription=subscription, price=big)
    assert (told["takes_effect"], told["invoice"]["amount_due"], told["proration_date"]) == ("now", 1000, HALF)
    guest.do("change", subscription=subscription, price=big, proration_date=told["proration_date"])
    assert [row.amount_paid for row in shop.invoices(subscription)] == [1000, 1000]
    assert only_item(shop.now(subscription)).price.id == big


def test_a_cheaper_plan_waits_for_the_end_of_the_period_when_so_configured(guest: Guest) -> None:
    shop = guest.shop
    gold = shop.price(1000)
    product, silver = _silver(guest)
    subscription = shop.subscribe(gold).id
    waits = {"conditions": [{"type": "decreasing_item_amount"}]}
    guest.enter(guest.plans((shop.product, [gold]), (product, [silver]), schedule_at_period_end=waits))
    told = guest.do("preview", subscription=subscription, price=silver)
    assert (told["takes_effect"], told["invoice"]["amount_due"]) == ("period_end", 500)
    guest.do("change", subscription=subscription, price=silver)
    now = shop.now(subscription)
    assert (only_item(now).price.id, now.schedule is not None) == (gold, True)
    assert guest.refused("change", subscription=subscription, price=silver)[0] == 400
    shop.until(MARCH + DAY)
    assert only_item(shop.now(subscription)).price.id == silver
    assert shop.invoices(subscription)[-1].total == 500


def test_only_offered_plans_and_quantities_within_bounds_are_taken(guest: Guest) -> None:
    shop = guest.shop
    gold, (_, silver) = shop.price(1000), _silver(guest)
    subscription = shop.subscribe(gold).id
    bounds = {"enabled": True, "minimum": 1, "maximum": 3}
    guest.enter(
        guest.plans((shop.product, [gold]), adjustable_quantity=bounds, default_allowed_updates=["price", "quantity"])
    )
    assert guest.refused("change", subscription=subscription, price=silver)[:2] == (400, "items[0][price]")
    for wrong in (0, 4):
        assert guest.refused("change", subscription=subscription, quantity=wrong)[:2] == (400, "items[0][quantity]")
    guest.do("change", subscription=subscription, quantity=3)
    assert only_item(shop.now(subscription)).quantity == 3
    assert guest.refused("change", subscription=subscription, quantity=2, promotion_code="X")[1] == "promotion_code"


def test_the_last_card_of_a_living_subscription_stays(guest: Guest) -> None:
    subscription = guest.shop.subscribe().id
    guest.enter(CARDS, CANCEL)
    (first,) = [card["id"] for card in guest.shown()["payment_methods"]]
    assert guest.refused("remove-card", payment_method=first)[:2] == (400, "payment_method")
    second = guest.v1.payment_methods.attach("pm_card_mastercard", {"customer": guest.shop.customer}).id
    guest.do("prefer-card", payment_method=second)
    assert guest.shown()["customer"]["default_payment_method"] == second
    guest.do("remove-card", payment_method=first)
    guest.do("cancel", subscription=subscription)
    guest.do("remove-card", payment_method=second)
    assert guest.shown()["payment_methods"] == []


def test_details_and_tax_ids_change_as_far_as_they_are_listed(guest: Guest) -> None:
    guest.enter(DETAILS)
    guest.do("details", details={"name": "Ada L.", "address": {"line1": "1 Main St", "country": "US"}})
    customer = guest.v1.customers.retrieve(guest.shop.customer)
    assert (customer.name, customer.address.line1) == ("Ada L.", "1 Main St")
    assert guest.refused("details", details={"phone": "+1"})[:2] == (400, "phone")
    made = guest.do("tax-id", details={"type": "eu_vat", "value": "DE123456789"})
    assert [row["value"] for row in guest.shown()["customer"]["tax_ids"]] == ["DE123456789"]
    guest.do("remove-tax-id", tax_id=made["id"])
    assert guest.v1.customers.tax_ids.list(guest.shop.customer).data == []


def test_somebody_elses_subscription_and_card_do_not_exist(guest: Guest) -> None:
    other = open_shop(guest.sandbox)
    theirs = other.subscribe().id
    card = other.v1.customers.payment_methods.list(other.customer).data[0].id
    guest.enter(CANCEL, CARDS)
    assert guest.refused("cancel", subscription=theirs)[0] == 404
    assert guest.refused("remove-card", payment_method=card)[0] == 404
    assert other.now(theirs).cancel_at_period_end is False


def test_what_is_not_allowed_is_refused_by_the_server_too(guest: Guest) -> None:
    subscription = guest.shop.subscribe().id
    (card,) = [row.id for row in guest.v1.customers.payment_methods.list(guest.shop.customer).data]
    guest.enter(HISTORY)
    wish = {"subscription": subscription, "payment_method": card, "price": "price_none", "details": {"name": "Eve"}}
    for act in ("cancel", "keep", "pause", "resume", "preview", "change", "new-card", "prefer-card", "remove-card"):
        status, _, words = guest.refused(act, **wish)
        assert (act, status, "disabled" in words) == (act, 400, True)
    for act in ("details", "tax-id", "remove-tax-id"):
        assert guest.refused(act, **wish)[0] == 400
    assert guest.ask("everything").status_code == 404
    assert guest.shown()["subscriptions"][0]["status"] == "active"
