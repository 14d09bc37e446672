"""Payments in our own page with tax, with chosen methods, and given back, through the sandbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.rules.errors import NotFound, PaymentRefused
from billing.rules.facts import PaymentState
from billing.rules.money import Money
from billing.rules.tax import Address, TaxQuote
from tests.billing.gateways.counters import EURO, Counter


def quoted(counter: Counter, country: str, key: str) -> TaxQuote:
    return counter.gateway.tax(replace(counter.payable(), idempotency_key=key), Address(country))


def paid(counter: Counter, order: str = "ord_1") -> str:
    reference = counter.gateway.start_payment(counter.payable(order)).payment_ref
    counter.sandbox.told(f"payments/{reference}/pay")
    return reference


def test_the_tax_is_charged_and_linked_to_its_calculation(counter: Counter) -> None:
    quote = quoted(counter, "DE", "quote:1")
    payable = counter.payable(tax_minor=quote.added.minor, tax_ref=quote.tax_ref)
    started = counter.gateway.start_payment(payable)
    counter.sandbox.told(f"payments/{started.payment_ref}/pay")
    fact = counter.gateway.payment(started.payment_ref)
    assert (fact.state, fact.amount, fact.received) == (PaymentState.SUCCEEDED, Money(2142, "USD"), Money(2142, "USD"))
    assert (fact.tax_minor, fact.session_ref, fact.items) == (None, None, None)
    linked = counter.v1.tax.associations.find({"payment_intent": started.payment_ref})
    assert linked.calculation == quote.tax_ref


def test_another_address_changes_the_same_payment(counter: Counter) -> None:
    german, french = quoted(counter, "DE", "quote:1"), quoted(counter, "FR", "quote:2")
    begun = counter.payable(tax_minor=german.added.minor, tax_ref=german.tax_ref)
    started = counter.gateway.start_payment(begun)
    changed = replace(begun, tax_minor=french.added.minor, tax_ref=french.tax_ref)
    again = counter.gateway.retax_payment(started.payment_ref, changed)
    assert again == started
    assert counter.gateway.payment(started.payment_ref).amount == Money(2160, "USD")
    assert counter.gateway.retax_payment(started.payment_ref, changed) == started
    back = counter.gateway.retax_payment(started.payment_ref, begun)
    assert (back, counter.gateway.payment(back.payment_ref).amount) == (started, Money(2142, "USD"))


def test_a_payment_can_lose_its_tax_again(counter: Counter) -> None:
    quote = quoted(counter, "DE", "quote:1")
    taxed = counter.payable(tax_minor=quote.added.minor, tax_ref=quote.tax_ref)
    reference = counter.gateway.start_payment(taxed).payment_ref
    counter.gateway.retax_payment(reference, replace(taxed, tax_minor=0, tax_ref=None))
    assert counter.gateway.payment(reference).amount == Money(1800, "USD")
    assert counter.v1.payment_intents.retrieve(reference).hooks is None


def test_a_paid_payment_is_not_changed_any_more(counter: Counter) -> None:
    reference, quote = paid(counter), quoted(counter, "DE", "quote:1")
    changed = counter.payable(tax_minor=quote.added.minor, tax_ref=quote.tax_ref)
    with pytest.raises(PaymentRefused):
        counter.gateway.retax_payment(reference, changed)


def test_only_the_methods_of_the_order_can_pay_it(counter: Counter) -> None:
    payable = counter.payable(package=EURO, methods=("sepa_debit",))
    reference = counter.gateway.start_payment(payable).payment_ref
    assert counter.v1.payment_intents.retrieve(reference).payment_method_types == ["sepa_debit"]


def test_the_whole_payment_is_given_back_once_and_says_why(counter: Counter) -> None:
    reference = paid(counter)
    refund = counter.gateway.refund(reference, "duty_1", "The order was paid before.")
    assert counter.gateway.refund(reference, "duty_1", "The order was paid before.") == refund
    found = counter.v1.refunds.retrieve(refund)
    assert (found.amount, found.payment_intent, found.status) == (1800, reference, "succeeded")
    assert found.metadata.scrip_reason == "The order was paid before."


def test_a_payment_refunded_by_hand_is_no_error(counter: Counter) -> None:
    reference = paid(counter)
    by_hand = counter.v1.refunds.create({"payment_intent": reference}).id
    assert counter.gateway.refund(reference, "duty_1", "The order was paid before.") == by_hand


def test_the_rest_of_a_payment_refunded_in_part_is_given_back(counter: Counter) -> None:
    reference = paid(counter)
    counter.v1.refunds.create({"payment_intent": reference, "amount": 800})
    refund = counter.gateway.refund(reference, "duty_1", "The order was paid before.")
    assert counter.v1.refunds.retrieve(refund).amount == 1000


def test_what_was_never_paid_cannot_be_given_back(counter: Counter) -> None:
    unpaid = counter.gateway.start_payment(counter.payable()).payment_ref
    with pytest.raises(PaymentRefused):
        counter.gateway.refund(unpaid, "duty_1", "The order was paid before.")
    with pytest.raises((NotFound, PaymentRefused)):
        counter.gateway.refund("pi_unknown", "duty_2", "The order was paid before.")
