"""Who bought, or could not pay, is told once and afterwards, on both engines."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text, update

from billing import receipts
from billing.recording import record_now
from billing.rules.facts import PaymentFact, PaymentState, SubscriptionFact
from billing.rules.moments import DAY, HOUR
from billing.rules.money import Money
from billing.store.tables import accounts
from tests.world.groups import person
from tests.world.mails import owed, post, with_mail
from tests.world.portals import World
from tests.world.watchers import account_of


def known_to_the_provider(world: World, account_id: str) -> str:
    """The account's customer."""
    named = update(accounts).where(accounts.c.id == account_id).values(customer_ref=f"cus_{account_id}")
    world.portal.till.write(lambda tx: tx.connection.execute(named).rowcount)
    return f"cus_{account_id}"


def buys(world: World, person_id: str, number: int, *, by: str | None = None) -> None:
    """A purchase that is paid, by a person or in the name of a key."""
    account_id = account_of(world, person_id)
    order = world.order(account_id, f"pi_{number}", known_to_the_provider(world, account_id))
    bought_by = text("UPDATE orders SET person_id = :who WHERE id = :id").bindparams(who=by or person_id, id=order.id)
    world.portal.till.write(lambda tx: tx.connection.execute(bought_by).rowcount)
    paid = PaymentFact(
        PaymentState.SUCCEEDED, f"pi_{number}", order.amount, order.amount, world.clock(),
        customer_ref=order.customer_ref, order_hint=order.id,
    )  # fmt: skip
    record_now(world.portal, paid)


def test_a_purchase_is_told_once_to_whoever_bought(world: World) -> None:
    box, ada = with_mail(world), person(world, email="ada@example.org")
    buys(world, ada, 1)
    world.clock.pass_by(HOUR)
    assert receipts.tell(world.portal) == 0
    buys(world, ada, 2)
    assert [receipts.tell(world.portal) for _ in range(3)] == [1, 0, 0]
    post(world)
    assert box.told == [("ada@example.org", "500 credits for 5.00 USD")]
    assert "/receipt/ord_" in box.letters[0].text


def test_a_purchase_that_commits_late_is_told_as_well(sqlite_world: World) -> None:
    box, ada = with_mail(sqlite_world), person(sqlite_world, email="ada@example.org")
    receipts.tell(sqlite_world.portal)
    begun = sqlite_world.clock.now
    sqlite_world.clock.pass_by(receipts.OVERLAP - 1)
    receipts.tell(sqlite_world.portal)
    sqlite_world.clock.now = begun
    buys(sqlite_world, ada, 1)
    sqlite_world.clock.pass_by(receipts.OVERLAP)
    receipts.tell(sqlite_world.portal)
    post(sqlite_world)
    assert len(box.letters) == 1


def test_what_a_program_bought_is_told_to_whose_account_it_is(sqlite_world: World) -> None:
    box, ada = with_mail(sqlite_world), person(sqlite_world, email="ada@example.org")
    receipts.tell(sqlite_world.portal)
    sqlite_world.clock.pass_by(HOUR)
    buys(sqlite_world, ada, 1, by="key_shop")
    receipts.tell(sqlite_world.portal)
    post(sqlite_world)
    assert [to for to, _ in box.told] == ["ada@example.org"]


PERIODS = ((1, "past_due", 0), (2, "past_due", 0), (3, "active", 0), (4, "past_due", 30 * DAY))
"""When it was read, what it was, and when the period began."""


def test_a_plan_that_is_not_paid_is_told_once_for_each_period(sqlite_world: World) -> None:
    box, ada = with_mail(sqlite_world), person(sqlite_world, email="ada@example.org")
    customer = known_to_the_provider(sqlite_world, account_of(sqlite_world, ada))
    now = sqlite_world.clock()
    fact = SubscriptionFact(
        "sub_1", customer, "past_due", "prod_1", "price_1", 1, Money(4900, "EUR"), "month", 1, now, now + DAY, now, now
    )
    for read_at, status, period in PERIODS:
        seen = replace(fact, status=status, read_at=now + read_at, period_start=now + period)
        record_now(sqlite_world.portal, seen)
        receipts.tell(sqlite_world.portal)
    post(sqlite_world)
    assert box.told == [("ada@example.org", "A payment for your plan did not work")] * 2
    record_now(
        sqlite_world.portal, replace(fact, status="past_due", read_at=now + 9, ended_at=now, period_start=now + DAY)
    )
    assert receipts.tell(sqlite_world.portal) == 0


def test_without_mail_nothing_is_looked_for(sqlite_world: World) -> None:
    buys(sqlite_world, person(sqlite_world, email="ada@example.org"), 1)
    assert receipts.tell(sqlite_world.portal) == 0
    assert owed(sqlite_world) == []


def test_looking_for_receipts_reads_an_index(world: World) -> None:
    query = "SELECT id FROM orders WHERE state = 'credited' AND updated_at > 5 ORDER BY updated_at"
    with world.portal.database.read() as connection:
        if world.portal.database.is_sqlite:
            told = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
        else:
            connection.exec_driver_sql("SET enable_seqscan = off")
            told = connection.exec_driver_sql(f"EXPLAIN {query}").all()
            connection.exec_driver_sql("SET enable_seqscan = on")
    assert "orders_credited" in str(told)
