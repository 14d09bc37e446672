"""Checkout through the sandbox: what is opened, what it says about itself, and how it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.gateways.contract import CheckoutOpened, CheckoutTerms
from billing.rules.catalog import Package
from billing.rules.errors import GatewayUnavailable, KeyReused, NotFound, PaymentRefused
from billing.rules.facts import CardFact, PaymentState
from billing.rules.moments import SECOND, system_clock
from billing.rules.money import Money
from tests.billing.gateways.counters import BACK, CANCEL, EMBEDDED, EURO, HOSTED, USUAL, Counter

DECLINED = "4000000000009995"
TAXED = replace(HOSTED, automatic_tax=True, collect_tax_ids=True)


def test_a_hosted_checkout_sells_the_orders_price_once_to_the_orders_customer(counter: Counter) -> None:
    payable = counter.payable()
    opened = counter.gateway.open_checkout(payable, replace(HOSTED, invoice=True))
    session = counter.v1.checkout.sessions.retrieve(opened.session_ref, {"expand": ["line_items"]})
    assert (opened.url, opened.client_secret) == (session.url, None)
    assert (session.success_url, session.cancel_url) == (BACK, CANCEL)
    assert [(line.price.id, line.quantity) for line in session.line_items.data] == [(payable.price_ref, 1)]
    assert (session.client_reference_id, session.customer) == ("ord_1", counter.customer)
    assert session.metadata.scrip_order == "ord_1"
    assert session.invoice_creation.enabled
    assert session.url not in repr(opened)


def test_an_embedded_checkout_opens_with_a_secret_and_comes_back_to_the_receipt(counter: Counter) -> None:
    opened = counter.opened(terms=EMBEDDED)
    session = counter.v1.checkout.sessions.retrieve(opened.session_ref)
    assert (opened.url, opened.client_secret) == (None, session.client_secret)
    assert (session.return_url, session.ui_mode) == (BACK, "embedded_page")
    assert str(opened.client_secret) not in repr(opened)


def test_only_the_methods_of_the_order_are_offered(counter: Counter) -> None:
    opened = counter.gateway.open_checkout(counter.payable(methods=("us_bank_account",)), HOSTED)
    assert counter.v1.checkout.sessions.retrieve(opened.session_ref).payment_method_types == ["us_bank_account"]


BANKS = {
    USUAL: {"type": "us_bank_transfer", "eu_bank_transfer": None},
    EURO: {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "NL"}},
}


@pytest.mark.parametrize("package", [USUAL, EURO])
def test_a_customers_balance_is_filled_by_a_transfer_of_the_currencys_kind(counter: Counter, package: Package) -> None:
    payable = counter.payable(package=package, methods=("card", "customer_balance"), bank_country="NL")
    opened = counter.gateway.open_checkout(payable, HOSTED)
    session = counter.v1.checkout.sessions.retrieve(opened.session_ref).to_dict()
    told = session["payment_method_options"]["customer_balance"]
    assert (told["funding_type"], {"eu_bank_transfer": None} | told["bank_transfer"]) == (
        "bank_transfer", BANKS[package],
    )  # fmt: skip
    assert counter.pay(opened) is None
    assert counter.gateway.checkout(opened.session_ref).state is PaymentState.SUCCEEDED


def test_the_same_key_opens_the_same_checkout_and_never_another(counter: Counter) -> None:
    opened = counter.opened()
    assert counter.opened() == opened
    with pytest.raises(KeyReused):
        counter.opened(terms=EMBEDDED)


def test_a_checkout_nobody_finished_is_open_and_can_be_resumed(counter: Counter) -> None:
    opened = counter.opened()
    fact = counter.gateway.checkout(opened.session_ref)
    assert (fact.state, fact.session_ref, fact.payment_ref) == (PaymentState.OPEN, opened.session_ref, "")
    assert (fact.amount, fact.received, fact.tax_minor) == (Money(1800, "USD"), Money(0, "USD"), 0)
    assert counter.gateway.resume_checkout(opened.session_ref) == opened


def test_a_paid_checkout_says_what_was_sold_and_who_paid_what(counter: Counter) -> None:
    opened, payable = counter.opened(), counter.payable()
    assert counter.pay(opened) is None
    fact = counter.gateway.checkout(opened.session_ref)
    assert (fact.state, fact.amount, fact.received) == (PaymentState.SUCCEEDED, Money(1800, "USD"), Money(1800, "USD"))
    assert (fact.items, fact.customer_ref, fact.order_hint) == (((payable.price_ref, 1),), counter.customer, "ord_1")
    assert (fact.tax_minor, fact.livemode) == (0, False)
    assert fact.payment_ref.startswith("pi_")
    assert abs(fact.happened_at - system_clock()) < 60 * SECOND
    intent = counter.v1.payment_intents.retrieve(fact.payment_ref)
    assert (intent.metadata.scrip_order, intent.description) == ("ord_1", "Usual: 2000 credits")


@pytest.mark.parametrize("terms", [HOSTED, EMBEDDED])
def test_a_finished_checkout_has_no_door_any_more(counter: Counter, terms: CheckoutTerms) -> None:
    opened = counter.opened(terms=terms)
    counter.pay(opened)
    assert counter.gateway.resume_checkout(opened.session_ref) == CheckoutOpened(opened.session_ref)


def test_a_declined_card_leaves_the_checkout_open(counter: Counter) -> None:
    opened = counter.opened()
    assert counter.pay(opened, DECLINED)["decline_code"] == "insufficient_funds"
    fact = counter.gateway.checkout(opened.session_ref)
    assert (fact.state, fact.failure_code) == (PaymentState.OPEN, "insufficient_funds")
    assert counter.gateway.resume_checkout(opened.session_ref) == opened


@pytest.mark.parametrize(
    ("outcome", "state", "received"), [("succeed", PaymentState.SUCCEEDED, 1800), ("fail", PaymentState.FAILED, 0)]
)
def test_a_bank_debit_is_under_way_for_days_and_then_paid_or_failed(
    counter: Counter, outcome: str, state: PaymentState, received: int
) -> None:
    opened = counter.opened(package=EURO)
    counter.debit(opened, "AT321904300235473204")
    fact = counter.gateway.checkout(opened.session_ref)
    assert (fact.state, fact.received) == (PaymentState.PROCESSING, Money(0, "EUR"))
    counter.sandbox.told(f"payments/{fact.payment_ref}/debit?outcome={outcome}")
    fact = counter.gateway.checkout(opened.session_ref)
    assert (fact.state, fact.received) == (state, Money(received, "EUR"))
    assert bool(fact.failure_code and fact.failure_text) is (state is PaymentState.FAILED)


def test_tax_on_top_is_told_apart_from_the_goods(counter: Counter) -> None:
    opened = counter.opened(terms=TAXED)
    counter.lives_in("DE", "10117")
    counter.type(opened, **{"billing_address[address][country]": "DE", "billing_address[name]": "Ann"})
    assert counter.pay(opened) is None
    fact = counter.gateway.checkout(opened.session_ref)
    assert (fact.amount, fact.tax_minor, fact.received) == (Money(2142, "USD"), 342, Money(2142, "USD"))


def test_a_discount_can_not_pass_as_the_full_price(counter: Counter) -> None:
    payable, coupon = counter.payable(), counter.v1.coupons.create({"percent_off": 10, "duration": "once"})
    session = counter.v1.checkout.sessions.create({
        "mode": "payment", "line_items": [{"price": payable.price_ref, "quantity": 1}], "success_url": BACK,
        "customer": counter.customer, "discounts": [{"coupon": coupon.id}],
    })  # fmt: skip
    fact = counter.gateway.checkout(session.id)
    assert (fact.amount, fact.tax_minor) == (Money(1620, "USD"), 0)


def test_a_price_that_changed_under_the_order_is_not_offered(counter: Counter) -> None:
    stale = replace(counter.payable(), amount=Money(1700, "USD"))
    with pytest.raises(PaymentRefused, match="price was changed"):
        counter.gateway.open_checkout(stale, HOSTED)
    assert [session.status for session in counter.v1.checkout.sessions.list().data] == ["expired"]


def test_an_unpaid_checkout_is_expired_and_a_paid_one_says_so(counter: Counter) -> None:
    unpaid, paid = counter.opened("ord_1"), counter.opened("ord_2")
    counter.pay(paid)
    gateway = counter.gateway
    assert [gateway.expire_checkout(unpaid.session_ref).state for _ in range(2)] == [PaymentState.CANCELED] * 2
    assert gateway.expire_checkout(paid.session_ref).state is PaymentState.SUCCEEDED
    assert gateway.resume_checkout(unpaid.session_ref) == CheckoutOpened(unpaid.session_ref)


def test_a_checkout_stripe_does_not_know_is_not_found(counter: Counter) -> None:
    with pytest.raises(NotFound):
        counter.gateway.checkout("cs_test_unknown")


def test_a_card_is_proven_without_a_charge(counter: Counter) -> None:
    gateway = counter.gateway
    opened = gateway.verify_card(counter.customer, BACK, CANCEL, "verify:1")
    assert gateway.verify_card(counter.customer, BACK, CANCEL, "verify:1") == opened
    assert gateway.verified_card(opened.session_ref) is None
    assert counter.pay(opened) is None
    card = gateway.verified_card(opened.session_ref)
    assert isinstance(card, CardFact)
    assert (card.session_ref, card.customer_ref, card.livemode) == (opened.session_ref, counter.customer, False)
    assert counter.v1.payment_intents.list().data == []


def test_the_same_card_has_the_same_fingerprint_for_everybody(counter: Counter) -> None:
    gateway, prints = counter.gateway, []
    other = gateway.ensure_customer("acc_2", "Bob", "bob@example.org", "customer:acc_2")
    for customer in (counter.customer, other):
        opened = gateway.verify_card(customer, BACK, CANCEL, f"verify:{customer}")
        counter.pay(opened)
        card = gateway.verified_card(opened.session_ref)
        prints.append(card.fingerprint if card else None)
    assert prints[0] == prints[1] is not None


def test_a_purchase_proves_no_card_and_a_proof_is_no_purchase(counter: Counter) -> None:
    bought = counter.opened()
    counter.pay(bought)
    assert counter.gateway.verified_card(bought.session_ref) is None
    proof = counter.gateway.verify_card(counter.customer, BACK, CANCEL, "verify:1")
    with pytest.raises(GatewayUnavailable) as refused:
        counter.gateway.checkout(proof.session_ref)
    assert refused.value.details["field"] == "mode is not payment"
