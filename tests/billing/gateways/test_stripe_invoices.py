"""Invoices at Stripe: made once, read whole and strictly, and prices of credits by any name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from billing.gateways.dummy import DummyGateway
from billing.gateways.invoicing import Claim
from billing.gateways.stripe_invoice_facts import invoice_of, line_of
from billing.gateways.stripe_values import Malformed
from billing.rules.errors import NotFound, PaymentRefused
from billing.rules.facts import About, InvoiceFact, InvoiceLine, Thing
from billing.rules.moments import DAY, SECOND, system_clock
from billing.rules.money import Credits, Money
from billing.rules.overdraft import CreditPrice
from tests.billing.gateways.counters import MONTHLY, USUAL, YEARLY, Counter


def claim(counter: Counter, **changes: Any) -> Claim:
    usual = Claim("odi_1", counter.customer, Money(1234, "USD"), "62 credits", 30 * DAY, 60 * DAY, 14)
    return replace(usual, **changes)


def test_an_invoice_is_made_closed_and_read_as_it_is(counter: Counter) -> None:
    before = system_clock()
    fact = counter.gateway.send_invoice(claim(counter), "out_1")
    (line,) = fact.lines
    assert (fact.status, fact.goods, fact.total_minor, fact.due_minor, fact.paid_minor) == (
        "open", Money(1234, "USD"), 1234, 1234, 0,
    )  # fmt: skip
    assert (fact.customer_ref, fact.subscription_ref, fact.hint) == (counter.customer, None, "odi_1")
    assert (line.amount_minor, line.period_start, line.period_end) == (1234, 30 * DAY, 60 * DAY)
    assert fact.due_at is not None
    assert (fact.due_at - before) // DAY in (13, 14)
    assert fact.read_at >= before
    assert fact.url
    again = counter.gateway.read_about(About(Thing.INVOICE, fact.invoice_ref))
    assert isinstance(again, InvoiceFact)
    assert replace(again, read_at=fact.read_at) == fact


@pytest.mark.parametrize("key", ["out_1", "out_2"])
def test_the_same_claim_has_one_invoice_whatever_the_key(counter: Counter, key: str) -> None:
    first = counter.gateway.send_invoice(claim(counter), "out_1")
    again = counter.gateway.send_invoice(claim(counter), key)
    assert (again.invoice_ref, again.goods) == (first.invoice_ref, first.goods)
    assert len(counter.v1.invoices.list({"customer": counter.customer}).data) == 1


def test_what_else_waits_for_the_customer_comes_on_no_claim(counter: Counter) -> None:
    counter.v1.invoice_items.create({"customer": counter.customer, "amount": 999, "currency": "usd"})
    fact = counter.gateway.send_invoice(claim(counter), "out_1")
    assert (fact.goods.minor, len(fact.lines)) == (1234, 1)


def test_what_was_paid_elsewhere_is_told(counter: Counter) -> None:
    made = counter.gateway.send_invoice(claim(counter), "out_1")
    counter.v1.invoices.pay(made.invoice_ref, {"paid_out_of_band": True})
    fact = counter.gateway.invoice(made.invoice_ref)
    assert (fact.status, fact.paid_minor, fact.elsewhere_minor) == ("paid", 1234, 1234)


def test_every_line_of_a_long_invoice_is_read(counter: Counter) -> None:
    for number in range(23):
        counter.v1.invoice_items.create({"customer": counter.customer, "amount": 100 + number, "currency": "usd"})
    made = counter.v1.invoices.create({"customer": counter.customer, "pending_invoice_items_behavior": "include"})
    fact = counter.gateway.invoice(made.id)
    assert sorted(line.amount_minor for line in fact.lines) == list(range(100, 123))


def test_a_line_says_whether_it_is_a_share_and_of_which_subscription(counter: Counter) -> None:
    """Of an invoice made at once, of one that waited for the renewal, and of one a person wrote by hand."""
    counter.gateway.publish_plans([MONTHLY, YEARLY])
    prices = {plan.key: plan.price_ref for plan in counter.gateway.plans()}
    card = counter.card()
    made = counter.v1.subscriptions.create(
        {"customer": counter.customer, "items": [{"price": prices["monthly"]}], "default_payment_method": card}
    )
    (whole,) = counter.gateway.invoice(made.latest_invoice).lines
    assert (whole.proration, whole.subscription_ref, whole.amount_minor) == (False, made.id, 2000)
    item = made["items"].data[0].id
    change = {"items": [{"id": item, "quantity": 7}], "proration_behavior": "always_invoice"}
    changed = counter.v1.subscriptions.update(made.id, change)
    at_once = counter.gateway.invoice(changed.latest_invoice).lines
    assert [(line.proration, line.subscription_ref, line.amount_minor > 0) for line in at_once] == [
        (True, made.id, False), (True, made.id, True)
    ]  # fmt: skip
    counter.v1.subscriptions.update(made.id, {"items": [{"id": item, "quantity": 3}]})
    counter.v1.invoice_items.create({"customer": counter.customer, "amount": 5, "currency": "usd"})
    asked = {"customer": counter.customer, "pending_invoice_items_behavior": "include", "subscription": made.id}
    waited = counter.gateway.invoice(counter.v1.invoices.create(asked).id)
    assert {(line.proration, line.subscription_ref) for line in waited.lines} == {(True, made.id), (False, None)}
    assert counter.gateway.subscription(made.id).anchor == whole.period_start


LINE = {
    "object": "line_item", "amount": 4, "quantity": 1, "period": {"start": 1, "end": 2},
    "pricing": {"price_details": {"price": "price_1", "product": "prod_1"}},
    "parent": {"subscription_item_details": {"proration": True, "subscription": "sub_1"}},
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [{"proration": "true"}, {"proration": None}, {"subscription": "in_1"}],
    ids=str,
)
def test_a_line_that_is_not_as_documented_is_not_believed(change: dict[str, Any]) -> None:
    details = {"proration": True, "subscription": "sub_1"}
    assert line_of(LINE) == InvoiceLine("price_1", "prod_1", 1, 4, SECOND, 2 * SECOND, True, "sub_1")
    assert line_of(LINE | {"parent": None}).proration is False
    with pytest.raises(Malformed):
        line_of(LINE | {"parent": {"invoice_item_details": details | change}})


def test_an_unknown_invoice_is_not_found(counter: Counter) -> None:
    with pytest.raises(NotFound):
        counter.gateway.invoice("in_nobody")


def test_credits_are_priced_by_price_lookup_key_or_product(counter: Counter) -> None:
    product = counter.gateway.publish_packages([USUAL])
    price = counter.gateway.packages()[0].price_ref
    counter.v1.prices.update(price, {"lookup_key": "on_account"})
    told = CreditPrice(price, "Usual", Money(1800, "USD"), Credits.whole(2000))
    for name in (price, "on_account", product):
        assert counter.gateway.credit_prices(name) == (told,)
    for name in ("price_nobody", "nothing"):
        assert counter.gateway.credit_prices(name) == ()


GOOD = {
    "id": "in_1", "object": "invoice", "customer": "cus_1", "status": "open", "billing_reason": "manual",
    "currency": "usd", "subtotal": 4, "total": 4, "amount_due": 4, "amount_paid": 0, "amount_paid_off_stripe": 0,
    "pre_payment_credit_notes_amount": 0, "post_payment_credit_notes_amount": 0, "period_start": 1, "period_end": 2,
    "livemode": False,
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [{"subtotal": "4"}, {"subtotal": True}, {"status": None}, {"customer": None}, {"id": "x"}, {"livemode": 1},
     {"currency": "USD1"}, {"pre_payment_credit_notes_amount": None}, {"object": "charge"},
     {"amount_paid_off_stripe": "4"}],
    ids=str,
)  # fmt: skip
def test_an_invoice_that_is_not_as_documented_is_not_believed(change: dict[str, Any]) -> None:
    assert invoice_of(GOOD, [], 5).goods == Money(4, "USD")
    with pytest.raises(Malformed):
        invoice_of(GOOD | change, [], 5)


def test_the_dummy_prices_credits_and_sends_no_invoice(counter: Counter) -> None:
    dummy = DummyGateway(Money(5000, "USD"), system_clock)
    assert dummy.credit_prices("whatever")[0].of(Credits.whole(2)) == Money(200, "USD")
    with pytest.raises(PaymentRefused):
        dummy.send_invoice(claim(counter), "out_1")
