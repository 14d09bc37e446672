"""The gateway against the sandbox, through the real SDK over real HTTP."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import stripe

from billing.gateways.contract import Gateway, Payable
from billing.gateways.stripe import StripeGateway
from billing.rules.catalog import Package
from billing.rules.errors import GatewayUnavailable, KeyReused, NotFound
from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.moments import HOUR, SECOND, system_clock
from billing.rules.money import Credits, Money
from tests.billing.gateways.counters import HOOK, KEY, PRODUCT, Sandbox, options

SMALL = Package("small", "", "Small", "To try.", Money(500, "USD"), Credits.whole(500))
USUAL = Package("usual", "", "Usual", "For most.", Money(1800, "USD"), Credits.whole(2000), default=True)
HALF = Package("half", "", "Half", "", Money(7, "JPY"), Credits(500_000))
PRICES = f"/v1/prices?product={PRODUCT}&limit=100"


def sold(sandbox: Sandbox) -> list[Package]:
    return [replace(package, price_ref="") for package in sandbox.gateway.packages(fresh=True)]


def payable(order: str, customer: str, minor: int = 1800) -> Payable:
    return Payable(order, "price_1", Money(minor, "USD"), customer, "Usual", f"scrip:{order}")


def started(sandbox: Sandbox, order: str = "ord_1") -> tuple[str, str]:
    customer = sandbox.gateway.ensure_customer("acc_1", "Ann", "ann@example.org", "customer:acc_1")
    payment = sandbox.gateway.start_payment(payable(order, customer))
    return payment.payment_ref, customer


def test_what_is_published_is_what_is_sold(sandbox: Sandbox) -> None:
    assert sandbox.gateway.publish_packages([USUAL, HALF, SMALL]) == PRODUCT
    assert sold(sandbox) == [HALF, SMALL, USUAL]
    made = {price["metadata"]["key"]: price for price in sandbox.asked(PRICES)["data"]}
    assert made["usual"]["transform_quantity"] == {"divide_by": 2000, "round": "up"}
    assert sandbox.asked(f"/v1/products/{PRODUCT}")["default_price"] == made["usual"]["id"]
    assert (made["usual"]["unit_amount"], made["half"]["transform_quantity"]) == (1800, None)


def test_publishing_again_changes_nothing(sandbox: Sandbox) -> None:
    gateway: Gateway = sandbox.gateway
    gateway.publish_packages([USUAL, SMALL])
    before = gateway.packages(), len(sandbox.asked("/v1/events?limit=100")["data"])
    gateway.publish_packages([USUAL, SMALL])
    assert (gateway.packages(), len(sandbox.asked("/v1/events?limit=100")["data"])) == before


def test_a_changed_package_gets_a_new_price_and_the_old_one_is_retired(sandbox: Sandbox) -> None:
    sandbox.gateway.publish_packages([USUAL, SMALL])
    old = {package.key: package.price_ref for package in sandbox.gateway.packages()}
    dearer, renamed = replace(USUAL, amount=Money(1900, "USD")), replace(SMALL, name="Little")
    sandbox.gateway.publish_packages([dearer, renamed])
    assert sold(sandbox) == [renamed, dearer]
    new = {package.key: package.price_ref for package in sandbox.gateway.packages()}
    assert new["small"] == old["small"]
    assert new["usual"] != old["usual"]
    sandbox.gateway.publish_packages([USUAL])
    assert sold(sandbox) == [USUAL]
    assert sandbox.gateway.packages()[0].price_ref != old["usual"]


def test_a_price_made_by_hand_is_left_alone(sandbox: Sandbox) -> None:
    sandbox.gateway.publish_packages([USUAL])
    client = stripe.StripeClient(KEY, base_addresses={"api": sandbox.url})
    hand = client.v1.prices.create(
        {"product": PRODUCT, "currency": "usd", "unit_amount": 100, "metadata": {"credits": "7"}}
    )
    sandbox.gateway.publish_packages([USUAL])
    assert sandbox.gateway.packages()[0].price_ref == hand.id


def test_the_same_key_gives_the_same_customer_and_the_same_payment(sandbox: Sandbox) -> None:
    payment, customer = started(sandbox)
    assert started(sandbox) == (payment, customer)
    with pytest.raises(KeyReused):
        sandbox.gateway.start_payment(payable("ord_1", customer, minor=1))


def test_a_payment_is_opened_for_its_order_and_can_be_resumed(sandbox: Sandbox) -> None:
    payment, customer = started(sandbox)
    fact = sandbox.gateway.payment(payment)
    assert (fact.state, fact.amount, fact.received) == (PaymentState.OPEN, Money(1800, "USD"), Money(0, "USD"))
    assert (fact.customer_ref, fact.order_hint, fact.livemode) == (customer, "ord_1", False)
    resumed = sandbox.gateway.resume_payment(payment)
    assert (resumed.payment_ref, resumed.state) == (payment, PaymentState.OPEN)
    assert resumed.client_secret.startswith(payment)
    assert resumed.client_secret not in repr(resumed)


def test_a_paid_payment_reads_as_paid(sandbox: Sandbox) -> None:
    payment, _customer = started(sandbox)
    sandbox.told(f"payments/{payment}/pay")
    fact = sandbox.gateway.payment(payment)
    assert (fact.state, fact.received) == (PaymentState.SUCCEEDED, Money(1800, "USD"))
    assert abs(fact.happened_at - system_clock()) < 60 * SECOND


def test_a_declined_card_reads_as_failed_with_its_reason(sandbox: Sandbox) -> None:
    payment, _customer = started(sandbox)
    sandbox.told(f"payments/{payment}/pay", card="4000000000009995")
    fact = sandbox.gateway.payment(payment)
    assert (fact.state, fact.failure_code) == (PaymentState.FAILED, "insufficient_funds")
    assert fact.failure_text
    assert sandbox.gateway.resume_payment(payment).state is PaymentState.OPEN


def test_an_unpaid_payment_is_cancelled_and_a_paid_one_says_so(sandbox: Sandbox) -> None:
    unpaid, _customer = started(sandbox)
    assert sandbox.gateway.cancel_payment(unpaid).state is PaymentState.CANCELED
    assert sandbox.gateway.cancel_payment(unpaid).state is PaymentState.CANCELED
    paid, _customer = started(sandbox, "ord_2")
    sandbox.told(f"payments/{paid}/pay")
    assert sandbox.gateway.cancel_payment(paid).state is PaymentState.SUCCEEDED


def test_what_stripe_does_not_know_is_not_found(sandbox: Sandbox) -> None:
    with pytest.raises(NotFound):
        sandbox.gateway.payment("pi_unknown")


def test_saved_cards_open_for_their_customer(sandbox: Sandbox) -> None:
    _payment, customer = started(sandbox)
    assert sandbox.gateway.customer_session(customer).startswith("cuss_")


def test_events_come_oldest_first_and_only_the_types_asked_for(sandbox: Sandbox) -> None:
    payments = [started(sandbox, f"ord_{number}")[0] for number in range(120)]
    for payment in payments[:3]:
        sandbox.told(f"payments/{payment}/pay")
    created = list(sandbox.gateway.events_since(system_clock() - HOUR, ["payment_intent.created"]))
    assert [sandbox.gateway.read_event(raw).object_id for raw in created] == payments
    paid = [sandbox.gateway.read_event(raw) for raw in sandbox.gateway.events_since(0, ["payment_intent.succeeded"])]
    assert [one.fact.payment_ref for one in paid if isinstance(one.fact, PaymentFact)] == payments[:3]


def test_more_types_than_stripe_takes_are_picked_out_here(sandbox: Sandbox) -> None:
    started(sandbox)
    types = ["payment_intent.created", *(f"invented.type_{number}" for number in range(25))]
    assert len(list(sandbox.gateway.events_since(system_clock() - HOUR, types))) == 1


def test_an_event_of_the_sandbox_is_received_with_its_signature(sandbox: Sandbox) -> None:
    payment, _customer = started(sandbox)
    sandbox.told(f"payments/{payment}/pay")
    raw = next(sandbox.gateway.events_since(system_clock() - HOUR, ["payment_intent.succeeded"]))
    now = system_clock()
    header = stripe.WebhookSignature.generate_signature_header(raw.decode(), HOOK, now // SECOND)
    envelope = sandbox.gateway.receive(raw, header, now)
    assert isinstance(envelope.fact, PaymentFact)
    assert (envelope.fact.payment_ref, envelope.fact.state) == (payment, PaymentState.SUCCEEDED)
    assert json.loads(envelope.body)["id"] == envelope.event_id


def test_an_answer_lost_on_the_way_does_not_make_a_second_payment(sandbox: Sandbox) -> None:
    customer = sandbox.gateway.ensure_customer("acc_1", "Ann", None, "customer:acc_1")
    sandbox.told("faults", lose_next=1)
    payment = sandbox.gateway.start_payment(payable("ord_1", customer))
    found = sandbox.asked("/v1/payment_intents?limit=100")["data"]
    assert [intent["id"] for intent in found] == [payment.payment_ref]


def test_packages_stay_on_show_while_stripe_is_away(sandbox: Sandbox) -> None:
    gateway = StripeGateway(options(api_base=sandbox.url, cache_seconds=0, max_retries=0))
    gateway.publish_packages([USUAL])
    shown = gateway.packages()
    sandbox.told("faults", fail_next=1, fail_status=503)
    assert gateway.packages() == shown
    sandbox.told("faults", fail_next=1, fail_status=503)
    with pytest.raises(GatewayUnavailable):
        gateway.packages(fresh=True)
    gateway.close()


def test_a_wrong_key_is_told_plainly(sandbox: Sandbox) -> None:
    gateway = StripeGateway(options(api_key="sk_test_sandbox_other", api_base=sandbox.url))
    with pytest.raises(GatewayUnavailable, match="does not admit this portal"):
        gateway.packages()
    gateway.close()
