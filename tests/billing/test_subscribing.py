"""Beginning, ending and resuming: once for a double click, never twice, and nothing believed but a fresh reading."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from billing import subscribing, subscriptions
from billing.recording import record_now
from billing.rules.errors import Conflict, GatewayUnavailable, NotFound
from billing.rules.moments import DAY, HOUR, SECOND
from tests.world.shops import Shop


def session_of(url: str) -> str:
    """The checkout's id in its address."""
    return "cs_" + url.partition("cs_")[2].partition("#")[0].partition("?")[0]


def alive(shop: Shop, customer: str) -> list[str]:
    found = shop.stripe(f"subscriptions?customer={customer}", "GET")["data"]
    return [each["id"] for each in found]


def test_a_double_click_opens_one_checkout(shop: Shop) -> None:
    account, _ = shop.customer()
    with ThreadPoolExecutor(4) as pool:
        urls = set(pool.map(lambda _: subscribing.subscribe(shop.portal, account, "team"), range(4)))
    assert len(urls) == 1
    assert len(shop.stripe("checkout/sessions", "GET")["data"]) == 1


def test_a_checkout_that_expired_is_not_offered_again(shop: Shop) -> None:
    account, _ = shop.customer()
    first = subscribing.subscribe(shop.portal, account, "team")
    shop.stripe(f"checkout/sessions/{session_of(first)}/expire")
    second = subscribing.subscribe(shop.portal, account, "team")
    assert session_of(second) != session_of(first)


def test_what_was_bought_in_the_checkout_opens_the_gate(shop: Shop) -> None:
    account, _ = shop.customer()
    url = subscribing.subscribe(shop.portal, account, "team")
    assert subscriptions.current(shop.portal, account) is None
    shop.told(f"sessions/{session_of(url)}/complete")
    subscriptions.assert_open(shop.portal, account)


def test_who_is_subscribed_cannot_subscribe_again_even_before_the_webhook_came(shop: Shop) -> None:
    account, customer = shop.customer()
    shop.subscribed(customer)
    for begin in (subscribing.subscribe, subscribing.subscribe_in_page):
        for plan in ("team", "yearly"):
            with pytest.raises(Conflict):
                begin(shop.portal, account, plan)
    assert len(alive(shop, customer)) == 1


def test_a_plan_that_is_not_on_offer_is_not_found(shop: Shop) -> None:
    account, _ = shop.customer()
    with pytest.raises(NotFound):
        subscribing.subscribe(shop.portal, account, "gold")


def test_a_subscription_begun_in_the_page_waits_for_its_payment_and_is_the_same_again(shop: Shop) -> None:
    account, _ = shop.customer(card=None)
    first = subscribing.subscribe_in_page(shop.portal, account, "team")
    again = subscribing.subscribe_in_page(shop.portal, account, "team")
    assert first.client_secret
    assert (again.subscription_ref, again.client_secret) == (first.subscription_ref, first.client_secret)
    seen = subscriptions.current(shop.portal, account)
    assert seen is not None
    assert seen.status == "incomplete"
    with pytest.raises(Conflict):
        subscribing.subscribe_in_page(shop.portal, account, "yearly")
    with pytest.raises(Conflict):
        subscribing.subscribe(shop.portal, account, "team")


def test_one_that_was_never_paid_makes_room_for_a_new_one(shop: Shop) -> None:
    account, _ = shop.customer(card=None)
    first = subscribing.subscribe_in_page(shop.portal, account, "team")
    # It ended after 23 hours; the provider still remembers the key of its beginning.
    shop.told("time", seconds=23 * HOUR // SECOND + 60)
    second = subscribing.subscribe_in_page(shop.portal, account, "team")
    assert second.subscription_ref != first.subscription_ref


def test_cancelling_keeps_what_is_paid_and_twice_is_once(shop: Shop) -> None:
    account, customer = shop.customer()
    shop.subscribed(customer)
    first = subscribing.cancel(shop.portal, account)
    again = subscribing.cancel(shop.portal, account)
    assert (first.is_ending, first.status, first.ends_at) == (True, "active", first.period_end)
    assert (again.is_ending, again.period_end) == (True, first.period_end)
    subscriptions.assert_open(shop.portal, account)
    assert len([each for each in shop.asked() if each["type"] == "customer.subscription.updated"]) == 1


def test_every_change_of_mind_within_a_day_takes_effect(shop: Shop) -> None:
    """The keys of the second round must not replay the answers of the first."""
    account, customer = shop.customer()
    made = shop.subscribed(customer)["id"]
    for _ in range(3):
        assert subscribing.cancel(shop.portal, account).is_ending
        assert shop.stripe(f"subscriptions/{made}", "GET")["cancel_at_period_end"] is True
        assert not subscribing.resume(shop.portal, account).is_ending
        assert shop.stripe(f"subscriptions/{made}", "GET")["cancel_at_period_end"] is False


def test_nothing_to_do_is_not_said_from_an_old_snapshot(shop: Shop) -> None:
    account, customer = shop.customer()
    made = shop.subscribed(customer)["id"]
    subscribing.cancel(shop.portal, account)
    shop.stripe(f"subscriptions/{made}", cancel_at_period_end="false")  # in the customer portal, and no webhook came
    subscribing.cancel(shop.portal, account)
    assert shop.stripe(f"subscriptions/{made}", "GET")["cancel_at_period_end"] is True


def test_clicks_at_the_same_moment_all_succeed(shop: Shop) -> None:
    account, customer = shop.customer()
    shop.subscribed(customer)
    subscriptions.refresh(shop.portal, account)
    with ThreadPoolExecutor(6) as pool:
        ended = list(pool.map(lambda _: subscribing.cancel(shop.portal, account), range(6)))
    assert all(each.is_ending for each in ended)


def test_an_answer_that_was_lost_is_no_lost_change(shop: Shop) -> None:
    account, customer = shop.customer()
    shop.subscribed(customer)
    subscriptions.refresh(shop.portal, account)
    shop.told("faults", lose_next=1)
    with pytest.raises(GatewayUnavailable):
        subscribing.cancel(shop.portal, account)
    assert subscribing.cancel(shop.portal, account).is_ending


def test_what_has_ended_is_not_resumed(shop: Shop) -> None:
    account, customer = shop.customer()
    made = shop.subscribed(customer)["id"]
    subscriptions.refresh(shop.portal, account)
    shop.stripe(f"subscriptions/{made}", "DELETE")
    with pytest.raises(Conflict, match="has ended"):
        subscribing.resume(shop.portal, account)


def test_somebody_elses_subscription_looks_like_none(shop: Shop) -> None:
    account, _ = shop.customer()
    _, other = shop.customer("Bo")
    theirs = shop.portal.gateway.subscription(shop.subscribed(other)["id"])
    record_now(shop.portal, theirs)
    for change in (subscribing.cancel, subscribing.resume):
        for named in (theirs.subscription_ref, "sub_none", None):
            with pytest.raises(NotFound):
                change(shop.portal, account, named)
    assert shop.portal.gateway.subscription(theirs.subscription_ref).cancel_at_period_end is False


def test_a_period_that_ends_closes_the_gate(shop: Shop) -> None:
    account, customer = shop.customer()
    shop.subscribed(customer)
    subscribing.cancel(shop.portal, account)
    shop.told("time", seconds=32 * DAY // SECOND)
    shop.world.clock.pass_by(32 * DAY)
    with pytest.raises(Exception, match="It was cancelled"):
        subscriptions.assert_open(shop.portal, account)


def test_the_shop_is_a_real_one(shop: Shop) -> None:
    """A control: without it a sandbox that answers nothing would make most claims here true."""
    assert httpx.get(f"{shop.url}/_sandbox/health", timeout=5).status_code == httpx.codes.OK
    assert {each.key for each in shop.portal.gateway.plans()} == {"team", "yearly"}
