"""Subscriptions through the sandbox: what can be subscribed to, and how one lives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.gateways.contract import CheckoutTerms
from billing.gateways.stripe_lifecycles import snapshot
from billing.rules.errors import BadInput, KeyReused, NotFound, PaymentRefused
from billing.rules.facts import SubscriptionFact
from billing.rules.moments import DAY, SECOND, from_seconds, system_clock
from billing.rules.money import Money
from tests.billing.gateways.counters import (
    EMBEDDED,
    HOSTED,
    MONTHLY,
    SUBSCRIPTIONS,
    YEARLY,
    Counter,
)


def subscribed(counter: Counter, card: str = "4242424242424242") -> str:
    """A subscription whose first payment was made in our page."""
    counter.gateway.publish_plans([MONTHLY])
    started = counter.gateway.subscribe(counter.gateway.plans()[0], counter.customer, "subscribe:1")
    payment = str(started.client_secret).partition("_secret")[0]
    counter.sandbox.told(f"payments/{payment}/pay", card=card)
    return started.subscription_ref


def now(counter: Counter, reference: str) -> SubscriptionFact:
    return counter.gateway.subscription(reference)


def test_what_is_published_can_be_subscribed_to_cheapest_first(counter: Counter) -> None:
    assert counter.gateway.publish_plans([YEARLY, MONTHLY]) == SUBSCRIPTIONS
    found = counter.gateway.plans()
    assert [replace(plan, price_ref="") for plan in found] == [
        replace(MONTHLY, product_ref=SUBSCRIPTIONS),
        replace(YEARLY, product_ref=SUBSCRIPTIONS),
    ]
    assert counter.gateway.packages() == ()


def test_publishing_plans_again_changes_nothing_and_a_dearer_one_is_a_new_price(counter: Counter) -> None:
    gateway = counter.gateway
    gateway.publish_plans([MONTHLY])
    before, told = gateway.plans(), len(counter.kinds())
    gateway.publish_plans([MONTHLY])
    assert (gateway.plans(), len(counter.kinds())) == (before, told)
    gateway.publish_plans([replace(MONTHLY, amount=Money(2500, "USD"))])
    assert [plan.amount for plan in gateway.plans()] == [Money(2500, "USD")]
    assert gateway.plans()[0].price_ref != before[0].price_ref


def test_without_a_product_there_are_no_plans_and_none_are_published(counter: Counter) -> None:
    gateway = counter.other()
    assert gateway.plans() == ()
    assert gateway.publish_plans([]) == ""
    with pytest.raises(BadInput, match=r"stripe\.subscription_product"):
        gateway.publish_plans([MONTHLY])


def test_plans_are_found_by_their_lookup_keys_too(counter: Counter) -> None:
    counter.gateway.publish_plans([MONTHLY, YEARLY])
    gateway = counter.other(plan_lookup_keys=(f"{SUBSCRIPTIONS}:yearly",))
    assert [plan.key for plan in gateway.plans()] == ["yearly"]


def test_a_subscription_waits_for_its_first_payment_and_is_active_after_it(counter: Counter) -> None:
    counter.gateway.publish_plans([MONTHLY])
    plan = counter.gateway.plans()[0]
    started = counter.gateway.subscribe(plan, counter.customer, "subscribe:1")
    assert counter.gateway.subscribe(plan, counter.customer, "subscribe:1") == started
    assert str(started.client_secret) not in repr(started)
    fact = now(counter, started.subscription_ref)
    assert (fact.status, fact.price_ref, fact.product_ref) == ("incomplete", plan.price_ref, SUBSCRIPTIONS)
    assert (fact.customer_ref, fact.quantity, fact.amount) == (counter.customer, 1, Money(2000, "USD"))
    counter.sandbox.told(f"payments/{str(started.client_secret).partition('_secret')[0]}/pay")
    fact = now(counter, started.subscription_ref)
    assert (fact.status, fact.interval, fact.interval_count) == ("active", "month", 1)
    assert fact.period_start == fact.started_at < fact.read_at < fact.period_end
    assert 27 * DAY < fact.period_end - fact.period_start < 32 * DAY
    assert (fact.cancel_at_period_end, fact.cancel_at, fact.ended_at, fact.trial_end) == (False, None, None, None)
    method = counter.v1.subscriptions.retrieve(started.subscription_ref).default_payment_method
    assert method, "the card of the first payment pays the next ones"


def test_a_key_that_subscribed_once_never_subscribes_to_another_plan(counter: Counter) -> None:
    counter.gateway.publish_plans([MONTHLY, YEARLY])
    monthly, yearly = counter.gateway.plans()
    counter.gateway.subscribe(monthly, counter.customer, "subscribe:1")
    with pytest.raises(KeyReused):
        counter.gateway.subscribe(yearly, counter.customer, "subscribe:1")


@pytest.mark.parametrize("terms", [HOSTED, EMBEDDED])
def test_a_plan_can_be_had_through_checkout(counter: Counter, terms: CheckoutTerms) -> None:
    counter.gateway.publish_plans([MONTHLY])
    plan = counter.gateway.plans()[0]
    opened = counter.gateway.subscribe_by_checkout(plan, counter.customer, terms, "subscribe:2")
    assert bool(opened.url) is (terms is HOSTED)
    assert bool(opened.client_secret) is (terms is EMBEDDED)
    assert counter.gateway.subscriptions_of(counter.customer) == ()
    assert counter.pay(opened) is None
    assert [fact.status for fact in counter.gateway.subscriptions_of(counter.customer)] == ["active"]


def test_a_taxed_plan_needs_an_address_and_says_so(counter: Counter) -> None:
    counter.gateway.publish_plans([MONTHLY])
    plan, taxed = counter.gateway.plans()[0], counter.other(automatic_tax=True)
    with pytest.raises(PaymentRefused, match="billing address"):
        taxed.subscribe(plan, counter.customer, "subscribe:1")
    counter.lives_in("DE", "10117")
    started = taxed.subscribe(plan, counter.customer, "subscribe:2")
    payment = str(started.client_secret).partition("_secret")[0]
    assert counter.gateway.payment(payment).amount == Money(2380, "USD")


def test_a_cancelled_subscription_runs_out_and_can_be_taken_back_until_then(counter: Counter) -> None:
    reference = subscribed(counter)
    cancelled = counter.gateway.cancel_subscription(reference, "cancel:1")
    assert (cancelled.status, cancelled.cancel_at_period_end) == ("active", True)
    assert cancelled.cancel_at == cancelled.period_end
    resumed = counter.gateway.resume_subscription(reference, "resume:1")
    assert (resumed.status, resumed.cancel_at_period_end, resumed.cancel_at) == ("active", False, None)


def test_an_end_on_a_day_is_taken_back_as_well(counter: Counter) -> None:
    reference = subscribed(counter)
    day = now(counter, reference).period_end // SECOND - 86_400
    counter.v1.subscriptions.update(reference, {"cancel_at": day})
    assert now(counter, reference).cancel_at == from_seconds(day)
    assert counter.gateway.resume_subscription(reference, "resume:2").cancel_at is None


def test_a_paused_subscription_is_resumed(counter: Counter) -> None:
    reference = subscribed(counter)
    counter.v1.subscriptions.pause(reference, {"type": "subscription"})
    assert now(counter, reference).status == "paused"
    assert counter.gateway.resume_subscription(reference, "resume:1").status == "active"


def test_every_subscription_of_the_customer_is_told_ended_ones_too(counter: Counter) -> None:
    reference = subscribed(counter)
    counter.sandbox.told(f"subscriptions/{reference}/cancel")
    counter.gateway.subscribe(counter.gateway.plans()[0], counter.customer, "subscribe:2")
    found = counter.gateway.subscriptions_of(counter.customer)
    assert sorted(fact.status for fact in found) == ["canceled", "incomplete"]
    ended = next(fact for fact in found if fact.status == "canceled")
    assert ended.ended_at is not None
    assert abs(ended.ended_at - system_clock()) < 60 * SECOND


def test_a_subscription_stripe_does_not_know_is_not_found(counter: Counter) -> None:
    for ask in (counter.gateway.subscription, lambda ref: counter.gateway.resume_subscription(ref, "resume:1")):
        with pytest.raises(NotFound):
            ask("sub_unknown")


def test_it_was_read_before_stripe_was_asked(counter: Counter) -> None:
    reference, ticks = subscribed(counter), iter(range(100, 200))
    gateway = counter.other(clock=lambda: next(ticks))
    assert gateway.subscription(reference).read_at == 100
    assert gateway.cancel_subscription(reference, "cancel:9").read_at == 101


def test_a_status_of_tomorrow_passes_as_its_own_word(counter: Counter) -> None:
    found = counter.v1.subscriptions.retrieve(subscribed(counter)).to_dict(for_json=True)
    assert snapshot({**found, "status": "hibernating"}, 1).status == "hibernating"
