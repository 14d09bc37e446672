"""Settling when a checkout and a payment of our own form speak of the same order: one credit, the other goes back."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import UniqueViolation

from billing import check
from billing.recording import record, record_now
from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.money import Credits, Money
from billing.rules.orders import Order, OrderState, Surface, Verdict
from billing.rules.postings import Posting
from billing.rules.rewards import Rewards
from billing.settling import ELSEWHERE, Settlement
from billing.store import duties, ledger
from billing.store import orders as rows
from billing.store.inbox import EventState
from tests.world.portals import World

PREFIXES = ("pi", "cs", "pi", "cus")


class Sold:
    """An order that was open in our own form (its payment `form`) and is open in a checkout (`session`) now."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.form, self.session, self.through, customer = (f"{each}_{uuid4().hex}" for each in PREFIXES)
        self.account = world.account("Ada", customer)
        moved = replace(world.order(self.account, self.form, customer), surface=Surface.HOSTED)
        world.clock.pass_by(1)
        world.portal.till.write(lambda tx: rows.opened(tx, moved, world.clock(), session_ref=self.session))
        self.order = self.now()

    def now(self) -> Order:
        with self.world.portal.database.read() as connection:
            return next(iter(rows.of_account(connection, self.account, tuple(OrderState), 1)))

    def by_form(self, state: PaymentState = PaymentState.SUCCEEDED, **changes: Any) -> PaymentFact:
        amount = self.order.amount
        received = amount if state is PaymentState.SUCCEEDED else Money(0, amount.currency)
        fact = PaymentFact(state, self.form, amount, received, 1, False, self.order.customer_ref, self.order.id)
        return fact._replace(**changes)

    def by_checkout(self, state: PaymentState = PaymentState.SUCCEEDED, **changes: Any) -> PaymentFact:
        items = ((self.order.price_ref, 1),)
        told = {"payment_ref": self.through, "session_ref": self.session, "tax_minor": 0, "items": items}
        return self.by_form(state, **(told | changes))

    def record(self, *facts: PaymentFact) -> list[Settlement]:
        return self.world.portal.till.write(lambda tx: record(tx, facts, self.world.clock(), Rewards()))

    @property
    def owed(self) -> list[str]:
        with self.world.portal.database.read() as connection:
            return [duty.body["payment_ref"] for duty in duties.due(connection, self.world.clock(), 10)]

    @property
    def balance(self) -> Credits:
        return self.world.balance(self.account)


@pytest.fixture
def sold(world: World) -> Sold:
    return Sold(world)


def test_a_paid_checkout_credits_its_order_and_names_the_payment(sold: Sold) -> None:
    assert [each.state for each in sold.record(sold.by_checkout(tax_minor=0))] == [EventState.HANDLED]
    assert (sold.now().state, sold.now().payment_ref, sold.balance) == (
        OrderState.CREDITED,
        sold.through,
        Credits.whole(500),
    )


def test_tax_on_top_is_kept_and_changes_no_credits(sold: Sold) -> None:
    total = Money(sold.order.amount.minor + 95, "USD")
    sold.record(sold.by_checkout(amount=total, received=total, tax_minor=95))
    assert (sold.now().tax_minor, sold.now().total, sold.balance) == (95, total, Credits.whole(500))


def test_the_bare_payment_of_a_checkout_waits_for_the_checkout(sold: Sold) -> None:
    bare = sold.by_checkout(session_ref=None, items=None, tax_minor=None)
    assert sold.record(bare) == [Settlement(EventState.HANDLED, ELSEWHERE, sold.account)]
    assert sold.balance == Credits(0)
    sold.record(sold.by_checkout())
    assert sold.record(bare)[0] == Settlement(EventState.HANDLED, account_id=sold.account)
    assert sold.balance == Credits.whole(500)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("form_first", [True, False])
def test_of_two_payments_one_credits_and_the_other_is_owed_back(sold: Sold, form_first: bool, at_once: bool) -> None:
    facts = [sold.by_form(), sold.by_checkout()]
    facts = facts if form_first else facts[::-1]
    settled = sold.record(*facts) if at_once else [*sold.record(facts[0]), *sold.record(facts[1])]
    assert settled[1] == Settlement(EventState.PARKED, Verdict.PAID_TWICE.value, sold.account)
    assert (sold.balance, sold.owed) == (Credits.whole(500), [facts[1].payment_ref])
    sold.record(*facts, *facts)
    assert (sold.balance, sold.owed) == (Credits.whole(500), [facts[1].payment_ref])
    assert check.run(sold.world.portal.database) == []


def test_the_closed_door_says_nothing_about_the_order(sold: Sold) -> None:
    """Our own form was cancelled so that the checkout could open; the news of that must not end the order."""
    sold.record(sold.by_form(PaymentState.CANCELED), sold.by_form(PaymentState.FAILED, failure_code="x"))
    assert (sold.now().state, sold.now().failure_code) == (OrderState.OPEN, None)
    sold.record(sold.by_checkout(PaymentState.CANCELED, payment_ref=""))
    assert sold.now().state is OrderState.CANCELED


def test_a_slow_bank_is_told_by_the_checkout(sold: Sold) -> None:
    sold.record(sold.by_checkout(PaymentState.PROCESSING))
    assert sold.now().state is OrderState.PROCESSING
    sold.record(sold.by_checkout(PaymentState.FAILED, failure_code="insufficient_funds"))
    assert (sold.now().state, sold.now().failure_code) == (OrderState.FAILED, "insufficient_funds")


@pytest.mark.parametrize(
    ("verdict", "changes"),
    [
        (Verdict.OTHER_AMOUNT, {"amount": Money(499, "USD"), "received": Money(499, "USD")}),
        (Verdict.OTHER_AMOUNT, {"amount": Money(595, "USD"), "received": Money(595, "USD")}),
        (Verdict.OTHER_AMOUNT, {"received": Money(1, "USD")}),
        (Verdict.OTHER_CURRENCY, {"amount": Money(500, "EUR"), "received": Money(500, "EUR")}),
        (Verdict.OTHER_CUSTOMER, {"customer_ref": "cus_2"}),
        (Verdict.OTHER_CUSTOMER, {"customer_ref": None}),
        (Verdict.OTHER_GOODS, {"items": (("price_other", 1),)}),
        (Verdict.OTHER_GOODS, {"items": ()}),
        (Verdict.OTHER_MODE, {"livemode": True}),
        (Verdict.NO_PAYMENT, {"payment_ref": ""}),
    ],
)
def test_a_checkout_that_is_not_the_order_credits_nothing(
    sold: Sold, verdict: Verdict, changes: dict[str, Any]
) -> None:
    assert sold.record(sold.by_checkout(**changes)) == [Settlement(EventState.PARKED, verdict.value, sold.account)]
    assert (sold.balance, sold.owed) == (Credits(0), [])


def test_twice_the_price_is_not_one_order_paid(sold: Sold) -> None:
    items = ((sold.order.price_ref, 2),)
    double = Money(sold.order.amount.minor * 2, "USD")
    assert sold.record(sold.by_checkout(items=items, amount=double, received=double))[0].state is EventState.PARKED


def test_the_database_refuses_a_second_purchase_of_one_order(sold: Sold) -> None:
    """Whatever the code believes: the last resort is a unique index."""
    sold.record(sold.by_checkout())
    again = Posting(
        sold.account, Kind.PURCHASE, "stripe_pi", "pi_3", 1, "test", 1, order_id=sold.order.id,
        terms=LotTerms(LotSource.PURCHASE, order_id=sold.order.id),
    )  # fmt: skip
    with pytest.raises((sqlite3.IntegrityError, UniqueViolation)):
        sold.world.portal.till.write(lambda tx: ledger.post(tx, [again], 1))


EVERYTHING = st.permutations(
    [
        ("form", PaymentState.CANCELED), ("form", PaymentState.FAILED), ("checkout", PaymentState.PROCESSING),
        ("checkout", PaymentState.SUCCEEDED), ("checkout", PaymentState.SUCCEEDED), ("bare", PaymentState.SUCCEEDED),
        ("bare", PaymentState.PROCESSING), ("checkout", PaymentState.OPEN),
    ]
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(news=EVERYTHING)
def test_in_whatever_order_news_come_a_paid_checkout_is_one_credit(world: World, news: list[Any]) -> None:
    sold = Sold(world)
    for which, state in news:
        fact = sold.by_form(state) if which == "form" else sold.by_checkout(state)
        if which == "bare":
            fact = fact._replace(session_ref=None, items=None, tax_minor=None)
        record_now(world.portal, fact)
    assert (sold.balance, sold.now().state, sold.owed) == (Credits.whole(500), OrderState.CREDITED, [])
