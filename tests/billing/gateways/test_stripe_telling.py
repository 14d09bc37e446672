"""Events that only say that something changed: what they are about, and what is read of it then."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing.gateways.stripe_events import ASKED_FOR, ECHO, LISTED, PASSING, READERS, read_event
from billing.gateways.stripe_telling import MOST_TYPES
from billing.rules.errors import GatewayUnavailable, NotFound
from billing.rules.facts import (
    About,
    CardFact,
    Envelope,
    InvoiceFact,
    PaymentFact,
    PaymentState,
    SubscriptionFact,
    Thing,
)
from billing.rules.moments import HOUR, system_clock
from tests.billing.gateways.counters import BACK, CANCEL, HOSTED, MONTHLY, Counter

CHECKOUT = {"id": "cs_test_1", "object": "checkout.session", "mode": "payment", "payment_status": "paid"}
SUBSCRIPTION = {"id": "sub_1", "object": "subscription", "status": "dreamt"}
INVOICE = {"id": "in_1", "object": "invoice", "parent": {"subscription_details": {"subscription": "sub_1"}}}


def event(kind: str, thing: dict[str, Any]) -> Envelope:
    shell = {"id": "evt_1", "object": "event", "type": kind, "livemode": False, "created": 1_700_000_000}
    return read_event(json.dumps({**shell, "data": {"object": thing}}).encode())


@pytest.mark.parametrize("what", ["completed", "async_payment_succeeded", "async_payment_failed", "expired"])
@pytest.mark.parametrize("mode", ["payment", "setup", "subscription"])
def test_an_event_of_a_checkout_is_about_the_checkout_and_says_no_more(what: str, mode: str) -> None:
    envelope = event(f"checkout.session.{what}", {**CHECKOUT, "mode": mode})
    assert (envelope.about, envelope.fact, envelope.malformed) == (About(Thing.CHECKOUT, "cs_test_1"), None, None)


@pytest.mark.parametrize("prefix", ["customer.subscription", "subscription"])
@pytest.mark.parametrize("what", ["created", "updated", "deleted", "paused", "resumed", "trial_will_end"])
def test_an_event_of_a_subscription_is_about_it_by_its_long_name_and_its_short_one(prefix: str, what: str) -> None:
    envelope = event(f"{prefix}.{what}", SUBSCRIPTION)
    assert (envelope.about, envelope.fact, envelope.malformed) == (About(Thing.SUBSCRIPTION, "sub_1"), None, None)


@pytest.mark.parametrize("what", ["updated", "released", "canceled", "completed", "aborted"])
def test_an_event_of_a_schedule_is_about_the_subscription_it_leads_or_let_go(what: str) -> None:
    led = {
        "id": "sub_sched_1",
        "object": "subscription_schedule",
        "subscription": "sub_1",
        "released_subscription": None,
    }
    assert event(f"subscription_schedule.{what}", led).about == About(Thing.SUBSCRIPTION, "sub_1")
    let_go = {**led, "subscription": None, "released_subscription": "sub_1"}
    assert event(f"subscription_schedule.{what}", let_go).about == About(Thing.SUBSCRIPTION, "sub_1")
    assert event(f"subscription_schedule.{what}", {**led, "subscription": None}).about is None


@pytest.mark.parametrize(
    "what", ["created", "paid", "payment_succeeded", "payment_failed", "finalized", "voided", "marked_uncollectible"]
)
def test_an_invoice_is_about_itself_whatever_it_belongs_to(what: str) -> None:
    expanded = {"subscription_details": {"subscription": {"id": "sub_1", "object": "subscription"}}}
    parents: tuple[Any, ...] = (
        None,
        {},
        {"subscription_details": None},
        {"subscription_details": {"subscription": None}},
        "sub_1",
    )
    for parent in (INVOICE["parent"], expanded, *parents):
        envelope = event(f"invoice.{what}", {**INVOICE, "parent": parent})
        assert (envelope.about, envelope.fact, envelope.malformed) == (About(Thing.INVOICE, "in_1"), None, None)


@pytest.mark.parametrize("what", ["created", "updated", "deleted"])
def test_an_event_of_a_customer_is_about_the_customer(what: str) -> None:
    envelope = event(f"customer.{what}", {"id": "cus_1", "object": "customer", "email": 7})
    assert (envelope.about, envelope.fact, envelope.malformed) == (About(Thing.CUSTOMER, "cus_1"), None, None)


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("checkout.session.completed", {**CHECKOUT, "id": "pi_1"}),
        ("checkout.session.completed", {**CHECKOUT, "id": None}),
        ("checkout.session.completed", {**CHECKOUT, "object": "payment_intent"}),
        ("customer.subscription.updated", {**SUBSCRIPTION, "id": "sub_\n"}),
        ("customer.subscription.updated", {**SUBSCRIPTION, "object": ["subscription"]}),
        ("invoice.paid", {**INVOICE, "object": None}),
        ("invoice.paid", {**INVOICE, "parent": {"subscription_details": {"subscription": "in_1"}}}),
    ],
)
def test_an_event_about_nothing_that_can_be_read_is_parked(kind: str, thing: dict[str, Any]) -> None:
    envelope = event(kind, thing)
    assert (envelope.about, envelope.fact) == (None, None)
    assert envelope.malformed


def test_stripes_list_is_asked_for_all_that_matters_in_one_question() -> None:
    assert set(LISTED) == {kind for kind in READERS if not kind.startswith("subscription.")} - {ECHO}
    assert set(ASKED_FOR) == set(LISTED) - PASSING
    assert set(LISTED) > PASSING
    assert len(ASKED_FOR) <= MOST_TYPES


def about(counter: Counter, kind: str) -> About:
    """What the newest event of this type is about."""
    raw = list(counter.gateway.events_since(system_clock() - HOUR, [kind]))[-1]
    found = counter.gateway.read_event(raw).about
    assert found is not None
    return found


def test_a_purchase_is_read_again_with_its_payment(counter: Counter) -> None:
    opened = counter.opened()
    counter.pay(opened)
    fact = counter.gateway.read_about(about(counter, "checkout.session.completed"))
    assert isinstance(fact, PaymentFact)
    assert (fact.state, fact.session_ref) == (PaymentState.SUCCEEDED, opened.session_ref)
    assert fact == counter.gateway.checkout(opened.session_ref)


def test_an_expired_purchase_is_read_as_cancelled(counter: Counter) -> None:
    counter.sandbox.told(f"sessions/{counter.opened().session_ref}/expire")
    fact = counter.gateway.read_about(about(counter, "checkout.session.expired"))
    assert isinstance(fact, PaymentFact)
    assert fact.state is PaymentState.CANCELED


def test_a_proof_of_a_card_is_read_as_the_card(counter: Counter) -> None:
    opened = counter.gateway.verify_card(counter.customer, BACK, CANCEL, "verify:1")
    assert counter.gateway.read_about(About(Thing.CHECKOUT, opened.session_ref)) is None
    counter.pay(opened)
    fact = counter.gateway.read_about(about(counter, "checkout.session.completed"))
    assert isinstance(fact, CardFact)
    assert fact.customer_ref == counter.customer


def test_a_checkout_of_a_plan_is_read_as_the_subscription_it_began(counter: Counter) -> None:
    counter.gateway.publish_plans([MONTHLY])
    plan = counter.gateway.plans()[0]
    opened = counter.gateway.subscribe_by_checkout(plan, counter.customer, HOSTED, "subscribe:1")
    assert counter.gateway.read_about(About(Thing.CHECKOUT, opened.session_ref)) is None
    counter.pay(opened)
    kinds = ("checkout.session.completed", "customer.subscription.created", "invoice.paid")
    *facts, invoice = (counter.gateway.read_about(about(counter, kind)) for kind in kinds)
    assert isinstance(invoice, InvoiceFact)
    assert (invoice.status, invoice.billing_reason, len(invoice.lines)) == ("paid", "subscription_create", 1)
    facts.append(invoice.subscription)
    assert all(isinstance(fact, SubscriptionFact) and fact.status == "active" for fact in facts)
    found = {fact.subscription_ref for fact in facts if isinstance(fact, SubscriptionFact)}
    assert found == {invoice.subscription_ref} == {line.subscription_ref for line in invoice.lines}


def test_without_types_every_event_that_matters_comes_and_no_other(counter: Counter) -> None:
    counter.gateway.publish_plans([MONTHLY])
    plan = counter.gateway.plans()[0]
    counter.pay(counter.gateway.subscribe_by_checkout(plan, counter.customer, HOSTED, "subscribe:1"))
    told = [counter.gateway.read_event(raw).type for raw in counter.gateway.events_since(0)]
    assert told == [kind for kind in counter.kinds() if kind in ASKED_FOR]
    assert {"checkout.session.completed", "customer.subscription.created", "invoice.paid"} <= set(told)


@pytest.mark.parametrize("thing", [About(Thing.CHECKOUT, "cs_test_unknown"), About(Thing.SUBSCRIPTION, "sub_unknown")])
def test_what_stripe_does_not_know_is_not_found(counter: Counter, thing: About) -> None:
    with pytest.raises(NotFound):
        counter.gateway.read_about(thing)


def test_an_answer_not_as_documented_is_no_answer_and_names_the_field(counter: Counter) -> None:
    opened = counter.opened()
    counter.sandbox.told(
        "faults/routes", kind="replace", method="GET", path="/v1/checkout/sessions/*", field="amount_total", value=True
    )
    with pytest.raises(GatewayUnavailable) as refused:
        counter.gateway.read_about(About(Thing.CHECKOUT, opened.session_ref))
    assert refused.value.details["field"] == "amount_total is not a whole number"
