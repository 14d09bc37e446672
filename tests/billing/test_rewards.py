"""Rewards on both engines: a first purchase and a proven card earn once for ever, whatever comes twice or at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from billing import check, statements
from billing.recording import record, record_now, rewards_of
from billing.rules.facts import CardFact, PaymentFact, PaymentState
from billing.rules.kinds import Kind
from billing.rules.money import Credits
from billing.rules.orders import Order
from billing.rules.postings import Posted
from billing.rules.rewards import first_purchase
from billing.rules.views import Filters
from billing.settling import Settlement
from billing.store import ledger
from billing.store.inbox import EventState
from tests.world.databases import Databases, migrated
from tests.world.portals import World, open_world

MATCHED: dict[str, Any] = {"SCRIP_CREDITS__FIRST_PURCHASE_MATCH_UP_TO": "300", "SCRIP_CREDITS__VERIFICATION": "5"}


@pytest.fixture
def giving(databases: Databases) -> Iterator[World]:
    """A portal that matches first purchases up to 300 and gives 5 for a proven card."""
    with open_world(databases.prepared("schema", migrated), **MATCHED) as made:
        yield made
        assert check.run(made.portal.database) == []


def paid(order: Order) -> PaymentFact:
    """That this order was paid, as the provider would say it."""
    assert order.payment_ref is not None
    return PaymentFact(
        PaymentState.SUCCEEDED, order.payment_ref, order.amount, order.amount, order.created_at,
        customer_ref=order.customer_ref, order_hint=order.id,
    )  # fmt: skip


def proven(customer_ref: str, fingerprint: str = "fp_1", session_ref: str = "cs_1") -> CardFact:
    """That this customer's card was proven."""
    return CardFact(session_ref, customer_ref, fingerprint, 1)


def tell(world: World, *facts: PaymentFact | CardFact) -> list[Settlement]:
    """Records facts as one batch."""
    rewards = rewards_of(world.portal.settings)
    return world.portal.till.write(lambda tx: record(tx, facts, world.clock(), rewards))


def bonuses(world: World, account_id: str) -> list[str]:
    """What the account was given for what it did, newest first."""
    page = statements.page(world.portal, account_id, Filters(kinds=(Kind.BONUS,)))
    return [str(line.amount) for line in page.lines]


@pytest.mark.parametrize(("bought", "matched"), [(1, "1"), (300, "300"), (301, "300"), (5000, "300")])
def test_the_first_purchase_is_matched_up_to_the_limit(giving: World, bought: int, matched: str) -> None:
    ada = giving.account(customer_ref="cus_1")
    tell(giving, paid(giving.order(ada, "pi_1", "cus_1", credits=bought)))
    assert bonuses(giving, ada) == [matched]
    assert giving.balance(ada) == Credits.whole(bought) + Credits.of(matched)


def test_the_second_purchase_is_not_matched_although_the_first_was_small(giving: World) -> None:
    ada = giving.account(customer_ref="cus_1")
    for number in (1, 2):
        tell(giving, paid(giving.order(ada, f"pi_{number}", "cus_1", credits=10)))
    assert bonuses(giving, ada) == ["10"]


def test_two_first_purchases_in_one_batch_are_matched_once_for_the_earlier(giving: World) -> None:
    ada = giving.account(customer_ref="cus_1")
    first, second = (giving.order(ada, f"pi_{number}", "cus_1", credits=number * 10) for number in (1, 2))
    tell(giving, paid(first), paid(second))
    assert bonuses(giving, ada) == ["10"]
    assert giving.balance(ada) == Credits.whole(40)


def test_a_first_purchase_told_ten_times_is_matched_once(giving: World) -> None:
    ada = giving.account(customer_ref="cus_1")
    fact = paid(giving.order(ada, "pi_1", "cus_1", credits=10))
    tell(giving, *[fact] * 5)
    for _ in range(5):
        record_now(giving.portal, fact)
    assert bonuses(giving, ada) == ["10"]


def test_each_buyer_of_one_batch_has_a_first_purchase_of_their_own(giving: World) -> None:
    accounts = [giving.account(customer_ref=f"cus_{number}") for number in range(3)]
    tell(giving, *(paid(giving.order(each, f"pi_{each}", f"cus_{n}", credits=7)) for n, each in enumerate(accounts)))
    assert [bonuses(giving, each) for each in accounts] == [["7"]] * 3


def test_a_payment_that_failed_is_no_first_purchase(giving: World) -> None:
    ada = giving.account(customer_ref="cus_1")
    order = giving.order(ada, "pi_1", "cus_1", credits=10)
    tell(giving, paid(order)._replace(state=PaymentState.FAILED))
    assert bonuses(giving, ada) == []
    tell(giving, paid(order))
    assert bonuses(giving, ada) == ["10"]


def test_who_bought_before_there_was_a_match_has_no_first_purchase_left(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url) as before:
        ada = before.account(customer_ref="cus_1")
        tell(before, paid(before.order(ada, "pi_1", "cus_1", credits=10)))
    with open_world(url, **MATCHED) as after:
        tell(after, paid(after.order(ada, "pi_2", "cus_1", credits=10)))
        assert bonuses(after, ada) == []


def test_the_ledger_itself_knows_the_bonus_of_an_account_whichever_purchase_brings_it(giving: World) -> None:
    """Two processes may both find that nothing was bought yet; then only the unique cause stands between."""
    ada, rewards = giving.account(customer_ref="cus_1"), rewards_of(giving.portal.settings)
    orders = [giving.order(ada, f"pi_{number}", "cus_1", credits=10) for number in range(2)]
    gifts = [first_purchase(order, rewards, 1) for order in orders]
    outcomes = giving.portal.till.write(lambda tx: ledger.post(tx, gifts, giving.clock()))
    assert [isinstance(each, Posted) and each.fresh for each in outcomes] == [True, False]


@pytest.mark.race
def test_first_purchases_raced_by_two_processes_are_matched_once(databases: Databases) -> None:
    """Two portals stand for two processes: each has a till of its own, so only the database can decide."""
    url = databases.prepared("schema", migrated)
    with open_world(url, **MATCHED) as here, open_world(url, **MATCHED) as there, ThreadPoolExecutor(8) as pool:
        for number in range(8):
            ada = here.account(customer_ref=f"cus_{number}")
            facts = [paid(here.order(ada, f"pi_{number}_{one}", f"cus_{number}", credits=10)) for one in range(4)]
            jobs = [pool.submit(record_now, w.portal, fact) for fact in facts for w in (here, there)]
            for job in jobs:
                job.result()
            assert bonuses(here, ada) == ["10"]
            assert here.balance(ada) == Credits.whole(50)


def test_a_proven_card_earns_once_and_a_second_one_of_the_account_nothing(giving: World) -> None:
    ada = giving.account(customer_ref="cus_1")
    told = tell(giving, proven("cus_1"), proven("cus_1"), proven("cus_1", "fp_2", "cs_2"))
    assert {each.state for each in told} == {EventState.HANDLED}
    assert bonuses(giving, ada) == ["5"]


def test_the_same_card_under_another_account_earns_nothing(giving: World) -> None:
    ada, bo = giving.account(customer_ref="cus_1"), giving.account("Bo", customer_ref="cus_2")
    first, second = tell(giving, proven("cus_1"), proven("cus_2", session_ref="cs_2"))
    assert (bonuses(giving, ada), bonuses(giving, bo)) == (["5"], [])
    assert "another account" not in first.reason
    assert "another account" in second.reason
    tell(giving, proven("cus_2", "fp_of_bo", "cs_3"))
    assert bonuses(giving, bo) == ["5"]


@pytest.mark.race
def test_one_card_raced_by_many_accounts_earns_for_one_of_them(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url, **MATCHED) as here, open_world(url, **MATCHED) as there, ThreadPoolExecutor(8) as pool:
        accounts = [here.account(customer_ref=f"cus_{number}") for number in range(6)]
        facts = [proven(f"cus_{number}", "fp_shared", f"cs_{number}") for number in range(6)]
        for job in [pool.submit(record_now, w.portal, fact) for fact in facts for w in (here, there)]:
            job.result()
        assert sorted(len(bonuses(here, each)) for each in accounts) == [0, 0, 0, 0, 0, 1]


def test_a_card_of_a_stranger_earns_nothing(giving: World) -> None:
    (told,) = tell(giving, proven("cus_nobody"))
    assert told.state is EventState.FOREIGN


def test_a_setting_of_zero_gives_nothing(world: World) -> None:
    ada = world.account(customer_ref="cus_1")
    tell(world, paid(world.order(ada, "pi_1", "cus_1", credits=10)), proven("cus_1"))
    assert bonuses(world, ada) == []
    assert world.balance(ada) == Credits.whole(10)
