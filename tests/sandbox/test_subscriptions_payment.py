"""How a subscription begins, changes and goes on depends on whether its invoices are paid."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import PUBLISHABLE_KEY, Sandbox
from tests.sandbox.subscribers import DAY, FEBRUARY, MARCH, Shop, only_item, open_shop, refusal

HOUR = 3600
INCOMPLETE: Any = {"payment_behavior": "default_incomplete", "expand": ["latest_invoice.confirmation_secret"]}


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return open_shop(sandbox)


def _pay_in_browser(shop: Shop, secret: str, number: str = "4242 4242 4242 4242") -> Any:
    data = {
        "client_secret": secret,
        "key": PUBLISHABLE_KEY,
        "payment_method_data[type]": "card",
        "payment_method_data[card][number]": number,
        "payment_method_data[card][exp_month]": "12",
        "payment_method_data[card][exp_year]": "34",
        "payment_method_data[card][cvc]": "123",
    }
    intent = secret.partition("_secret_")[0]
    path = f"/v1/payment_intents/{intent}/confirm"
    return shop.sandbox.raw("POST", path, data=data, headers={"Authorization": ""}).json()


def test_without_a_card_it_is_refused_and_never_was(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox, card=None)
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source") as caught:
        shop.subscribe()
    assert refusal(caught.value) == (400, "resource_missing", None)
    assert shop.v1.subscriptions.list({"customer": shop.customer, "status": "all"}).data == []
    assert shop.v1.invoices.list().data == []


def test_default_incomplete_waits_for_the_browser(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox, card=None)
    saves: Any = {"save_default_payment_method": "on_subscription"}
    made = shop.subscribe(payment_settings=saves, **INCOMPLETE)
    assert (made.status, made.latest_invoice.status) == ("incomplete", "open")
    assert _pay_in_browser(shop, made.latest_invoice.confirmation_secret.client_secret)["status"] == "succeeded"
    paid = shop.now(made.id, "default_payment_method")
    assert (paid.status, paid.default_payment_method.card.last4) == ("active", "4242")
    told = shop.events("customer.subscription.updated")[-1].data.previous_attributes.to_dict()
    assert told == {"status": "incomplete", "default_payment_method": None}
    shop.until(MARCH + 2 * HOUR)
    assert [invoice.status for invoice in shop.invoices(made.id)] == ["paid", "paid"]


def test_nobody_pays_for_23_hours_and_it_is_over(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox, card=None)
    made = shop.subscribe(**INCOMPLETE)
    shop.until(FEBRUARY + 22 * HOUR)
    assert shop.now(made.id).status == "incomplete"
    shop.until(FEBRUARY + 24 * HOUR)
    over = shop.now(made.id, "latest_invoice")
    assert (over.status, over.latest_invoice.status) == ("incomplete_expired", "void")
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.invoices.pay(over.latest_invoice.id)


def test_a_declined_card_leaves_it_incomplete_until_another_pays(shop: Shop) -> None:
    shop.save("pm_card_chargeCustomerFail")
    made = shop.subscribe(expand=["latest_invoice"])
    assert (made.status, made.latest_invoice.status, made.latest_invoice.attempted) == ("incomplete", "open", True)
    assert shop.events("invoice.payment_failed")[-1].data.object.next_payment_attempt is None
    with pytest.raises(stripe.InvalidRequestError, match="incomplete"):
        shop.v1.subscriptions.update(made.id, {"items": [{"id": only_item(made).id, "quantity": 2}]})
    shop.v1.invoices.pay(made.latest_invoice.id, {"payment_method": shop.save("pm_card_visa")})
    assert shop.now(made.id).status == "active"


def test_error_if_incomplete_leaves_nothing_behind(shop: Shop) -> None:
    shop.save("pm_card_chargeCustomerFail")
    before = len(shop.events("*"))
    with pytest.raises(stripe.CardError) as caught:
        shop.subscribe(shop.price(), payment_behavior="error_if_incomplete")
    assert (caught.value.http_status, caught.value.code) == (402, "card_declined")
    assert shop.v1.subscriptions.list({"customer": shop.customer, "status": "all"}).data == []
    assert {event.type for event in shop.events("*")[before:]} == {"price.created"}


def test_a_card_that_asks_its_holder_leaves_it_incomplete(shop: Shop) -> None:
    shop.save("pm_card_authenticationRequired")
    made = shop.subscribe(expand=["latest_invoice.payments"])
    assert made.status == "incomplete"
    intent = made.latest_invoice.payments.data[0].payment.payment_intent
    assert shop.v1.payment_intents.retrieve(intent).status == "requires_action"
    shop.sandbox.control(f"payments/{intent}/authentication?outcome=complete")
    assert shop.now(made.id).status == "active"


def test_canceled_while_incomplete_it_expires(shop: Shop) -> None:
    made = shop.subscribe(**INCOMPLETE)
    over = shop.v1.subscriptions.cancel(made.id, {"expand": ["latest_invoice"]})
    assert (over.status, over.latest_invoice.status) == ("incomplete_expired", "void")


def test_a_sent_invoice_is_active_at_once_and_past_due_later(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox, card=None)
    made = shop.subscribe(collection_method="send_invoice", days_until_due=7, expand=["latest_invoice"])
    assert (made.status, made.latest_invoice.status) == ("active", "draft")
    shop.until(FEBRUARY + DAY)
    assert shop.v1.invoices.retrieve(made.latest_invoice.id).status == "open"
    shop.until(FEBRUARY + 9 * DAY)
    assert shop.now(made.id).status == "past_due"
    shop.v1.invoices.pay(made.latest_invoice.id, {"paid_out_of_band": True})
    assert shop.now(made.id).status == "active"


def test_renewals_are_drafts_for_an_hour_and_told_ahead(shop: Shop) -> None:
    made = shop.subscribe()
    shop.until(MARCH + HOUR // 2)
    renewed = shop.now(made.id, "latest_invoice")
    assert (renewed.status, renewed.latest_invoice.status) == ("active", "draft")
    assert renewed.latest_invoice.billing_reason == "subscription_cycle"
    assert only_item(renewed).current_period_start == MARCH
    ahead = shop.events("invoice.upcoming")[0]
    assert ("id" in ahead.data.object, ahead.created, ahead.data.object.total) == (False, MARCH - 7 * DAY, 1000)
    shop.until(MARCH + 2 * HOUR)
    assert shop.v1.invoices.retrieve(renewed.latest_invoice.id).status == "paid"
    assert "customer.subscription.updated" in [event.type for event in shop.events("customer.*")]


def test_a_failed_renewal_is_tried_again_and_saved_by_a_new_card(shop: Shop) -> None:
    made = shop.subscribe()
    shop.save("pm_card_chargeCustomerFail")
    shop.until(MARCH + 2 * HOUR)
    owing = shop.now(made.id, "latest_invoice")
    assert (owing.status, owing.latest_invoice.attempt_count) == ("past_due", 1)
    assert owing.latest_invoice.next_payment_attempt > MARCH
    assert shop.events("customer.subscription.updated")[-1].data.previous_attributes.status == "active"
    shop.save("pm_card_visa")
    shop.until(owing.latest_invoice.next_payment_attempt + HOUR)
    assert shop.now(made.id).status == "active"


def test_after_the_last_retry_it_is_canceled(shop: Shop) -> None:
    made = shop.subscribe()
    shop.save("pm_card_chargeCustomerFail")
    shop.until(MARCH + 29 * DAY)
    over = shop.now(made.id, "latest_invoice")
    assert (over.status, over.cancellation_details.reason) == ("canceled", "payment_failed")
    assert (over.latest_invoice.status, over.latest_invoice.next_payment_attempt) == ("open", None)
    failures = shop.events("invoice.payment_failed")
    assert [event.data.object.next_payment_attempt is None for event in failures] == [False] * 4 + [True]


def test_a_change_that_cannot_be_paid_makes_it_past_due(shop: Shop) -> None:
    made = shop.subscribe()
    shop.save("pm_card_chargeCustomerFail")
    more = {"items": [{"id": only_item(made).id, "quantity": 4}], "proration_behavior": "always_invoice"}
    changed = shop.v1.subscriptions.update(made.id, more)
    assert (changed.status, only_item(changed).quantity) == ("past_due", 4)


def test_error_if_incomplete_takes_a_change_back(shop: Shop) -> None:
    made = shop.subscribe()
    shop.save("pm_card_chargeCustomerFail")
    more = {"items": [{"id": only_item(made).id, "quantity": 4}], "proration_behavior": "always_invoice"}
    with pytest.raises(stripe.CardError):
        shop.v1.subscriptions.update(made.id, {**more, "payment_behavior": "error_if_incomplete"})
    assert (shop.now(made.id).status, only_item(shop.now(made.id)).quantity) == ("active", 1)
    assert len(shop.invoices(made.id)) == 1


def _pending(shop: Shop) -> Any:
    made = shop.subscribe()
    shop.save("pm_card_chargeCustomerFail")
    more = {"items": [{"id": only_item(made).id, "quantity": 4}], "proration_behavior": "always_invoice"}
    return shop.v1.subscriptions.update(made.id, {**more, "payment_behavior": "pending_if_incomplete"})


def test_a_pending_update_waits_for_its_payment(shop: Shop) -> None:
    waiting = _pending(shop)
    assert (waiting.status, only_item(waiting).quantity) == ("active", 1)
    assert waiting.pending_update.subscription_items[0].quantity == 4
    assert waiting.pending_update.expires_at == FEBRUARY + 23 * HOUR
    shop.v1.invoices.pay(waiting.latest_invoice, {"payment_method": shop.save("pm_card_visa")})
    applied = shop.now(waiting.id)
    assert (applied.pending_update, only_item(applied).quantity) == (None, 4)
    assert len(shop.events("customer.subscription.pending_update_applied")) == 1
    shop.until(FEBRUARY + 2 * DAY)
    assert shop.events("customer.subscription.pending_update_expired") == []


def test_a_pending_update_nobody_pays_is_dropped(shop: Shop) -> None:
    waiting = _pending(shop)
    shop.until(FEBRUARY + DAY)
    dropped = shop.now(waiting.id, "latest_invoice")
    assert (dropped.pending_update, only_item(dropped).quantity) == (None, 1)
    assert (dropped.status, dropped.latest_invoice.status) == ("active", "void")
    assert len(shop.events("customer.subscription.pending_update_expired")) == 1


def test_a_pending_update_takes_only_what_can_wait(shop: Shop) -> None:
    made = shop.subscribe()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.subscriptions.update(made.id, {"description": "new", "payment_behavior": "pending_if_incomplete"})
    assert refusal(caught.value) == (400, None, "description")


def test_what_a_pending_update_brings_along_comes_with_its_payment(shop: Shop) -> None:
    made = shop.subscribe()
    shop.v1.subscriptions.update(made.id, {"cancel_at_period_end": True, "metadata": {"kept": "1"}})
    shop.save("pm_card_chargeCustomerFail")
    half = shop.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    more: Any = {"items": [{"id": only_item(made).id, "quantity": 4}], "proration_behavior": "always_invoice"}
    more |= {"metadata": {"plan": "big"}, "discounts": [{"coupon": half}], "cancel_at_period_end": False}
    waiting = shop.v1.subscriptions.update(made.id, {**more, "payment_behavior": "pending_if_incomplete"})
    pending = waiting.pending_update
    assert (pending.metadata.to_dict(), pending.cancel_at_period_end) == ({"plan": "big"}, False)
    assert len(pending.discounts) == 1
    assert (waiting.metadata.to_dict(), waiting.cancel_at_period_end, waiting.discounts) == ({"kept": "1"}, True, [])
    shop.v1.invoices.pay(waiting.latest_invoice, {"payment_method": shop.save("pm_card_visa")})
    applied = shop.now(waiting.id)
    assert applied.metadata.to_dict() == {"kept": "1", "plan": "big"}
    assert (applied.cancel_at_period_end, len(applied.discounts)) == (False, 1)
