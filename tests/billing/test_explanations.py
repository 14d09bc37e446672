"""Every balance is explained: for any account and any two moments, to the last millionth, from lines and from lots."""

from __future__ import annotations

import csv
import io
import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from billing import accounts, explanations, grants, reverts, statements, webhooks
from billing.grants import Grant
from billing.reverts import Revert
from billing.rules.errors import BadInput, NotFound
from billing.rules.explanations import Tie
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import DAY, HOUR, NEVER
from billing.rules.money import Credits
from billing.rules.postings import Posting
from billing.rules.texts import new_id
from billing.rules.views import Filters
from billing.store import ledger
from billing.store.writer import Tx
from billing.usage import Debit, debit
from tests.world.databases import Databases, migrated
from tests.world.portals import START, World, open_world, paid_event, rounds, signed

ACCOUNTS, ROUNDS, AT_ONCE = 1000, 20, 150
CREDITS = {
    Kind.PURCHASE: LotSource.PURCHASE, Kind.GRANT: LotSource.GRANT, Kind.PLAN: LotSource.PLAN,
    Kind.USAGE_REVERT: LotSource.USAGE_REFUND, Kind.BONUS: LotSource.BONUS,
}  # fmt: skip
DEBITS = (Kind.USAGE, Kind.USAGE, Kind.USAGE, Kind.REMOVAL, Kind.REFUND)


@dataclass
class Past:
    """Random lives of many accounts, and what stands in the entries of each, oldest first: when, kind, lot, amount."""

    world: World
    engine: str
    accounts: list[str]
    end: int
    legs: dict[str, list[tuple[int, Kind, int, int]]] = field(default_factory=dict)


@pytest.fixture
def past(databases: Databases) -> Iterator[Past]:
    """Some 2,000 lines, credits that expire, and debts; several lines often share a moment."""
    dice = random.Random(20)
    with open_world(databases.prepared("schema", migrated)) as world:
        past = Past(world, databases.engine, [new_id("acc") for _ in range(ACCOUNTS)], 0)
        world.portal.till.write(lambda tx: _open_all(tx, past))
        for number in range(ROUNDS):
            drawn = [_posting(dice, past, f"{number}-{place}") for place in range(AT_ONCE)]
            now = world.clock()
            world.portal.till.write(lambda tx, drawn=drawn, now=now: ledger.post(tx, drawn, now))  # type: ignore[misc]
            world.clock.pass_by(dice.choice((0, 1, HOUR, DAY)))
        past.end = world.clock()
        _read_legs(past)
        yield past


def _open_all(tx: Tx, past: Past) -> None:
    for account_id in past.accounts:
        accounts.open_account(tx, past.world.portal, account_id=account_id, kind="person", name=account_id, email=None)


def _posting(dice: random.Random, past: Past, key: str) -> Posting:
    """Of some accounts there is much to tell, of most a little, of many nothing."""
    now = past.world.clock()
    account = past.accounts[int(ACCOUNTS * dice.random() ** 3)]
    if dice.random() < 0.4:
        kind = dice.choice(list(CREDITS))
        order = key if kind is Kind.PURCHASE else None
        terms = LotTerms(CREDITS[kind], dice.choice((NEVER, now + 3 * DAY)))
        return Posting(
            account, kind, "tests", key, dice.randint(1, 10**8), "usr_tests", now, order_id=order, terms=terms
        )
    kind = dice.choice(DEBITS)
    return Posting(account, kind, "tests", key, -dice.randint(1, 10**8), "key_tests", now, forced=kind is Kind.REFUND)


def _read_legs(past: Past) -> None:
    query = (
        "SELECT e.account_id, t.recorded_at, t.kind, e.lot_id, e.amount_micro FROM entries e"
        " JOIN transfers t ON t.id = e.transfer_id WHERE e.lot_id IS NOT NULL ORDER BY e.transfer_id, e.leg"
    )
    with past.world.portal.database.read() as connection:
        for row in connection.exec_driver_sql(query):
            past.legs.setdefault(row[0], []).append((row[1], Kind(row[2]), row[3], row[4]))


@pytest.mark.campaign
def test_the_explanation_adds_up_for_a_thousand_accounts_and_dates_and_agrees_with_the_entries(past: Past) -> None:
    dice = random.Random(1000)
    # PostgreSQL takes four times as long for each, so here it is asked about every fourth
    for account in past.accounts[:: rounds(4, 1) if past.engine == "postgres" else 1]:
        legs = past.legs.get(account, [])
        times = [leg[0] for leg in legs]
        # often the very moment of a line, or the one after it: that is where a bound goes wrong
        near = [moment + step for moment in times for step in (0, 1)] or [START]
        since, until = sorted(
            dice.choice(near) if dice.random() < 0.7 else dice.randint(START - DAY, past.end + DAY) for _ in range(2)
        )
        told = explanations.balance(past.world.portal, account, since, until)
        assert told.unexplained == Credits(0)
        first, last = bisect_left(times, since), bisect_left(times, until)
        assert told.opening.micro == sum(leg[3] for leg in legs[:first])
        assert told.closing.micro == sum(leg[3] for leg in legs[:last])
        by_kind: Counter[Kind] = Counter()
        for _, kind, _, amount in legs[first:last]:
            by_kind[kind] += amount
        assert {part.kind: part.amount.micro for part in told.parts} == dict(by_kind)


def test_every_lot_is_followed_to_what_remains_of_it(past: Past) -> None:
    for account in past.accounts[4:14]:
        moved: dict[int, Counter[Kind]] = {}
        for _, kind, lot_id, amount in past.legs.get(account, []):
            moved.setdefault(lot_id, Counter())[kind] += amount
        for lot_id, kinds in moved.items():
            story = explanations.lot(past.world.portal, account, lot_id)
            assert story.unexplained == Credits(0)
            told = Counter({part.kind: part.amount.micro for part in story.parts})
            if story.opened_by is None:
                assert story.lot.source is LotSource.OVERDRAFT
            else:
                assert story.opened_by.amount.micro == story.lot.granted_micro
                told[story.opened_by.kind] += story.lot.granted_micro - story.repaid.micro
            assert +told == +kinds
            assert -told == -kinds


@pytest.fixture
def world(tmp_path: Path, sqlite_templates: Path) -> Iterator[World]:
    """A fresh world; what is read here was read on both engines above."""
    with open_world(f"sqlite:///{tmp_path}/scrip.db") as made:
        yield made


async def uses(world: World, account: str, amount: str, key: str, **dimensions: str) -> int:
    posted = await debit(world.portal, Debit(account, Credits.of(amount), key, "key_1", dimensions=dimensions))
    return posted.transfer_id  # type: ignore[union-attr]


async def test_a_debit_names_the_lots_it_was_paid_from_in_the_order_in_which_it_was(world: World) -> None:
    account = world.account()
    for number, credits in enumerate((3, 5)):
        grants.give(world.portal, Grant(account, Credits.whole(credits), "a lot for a test", "usr_x", f"g{number}"))
    told = explanations.line(world.portal, account, await uses(world, account, "4.5", "u", model="large"))
    assert [(str(each.amount), each.source) for each in told.drawn] == [("-3", "grant"), ("-1.5", "grant")]
    assert told.dimensions == {"model": "large"}
    first = explanations.lot(world.portal, account, told.drawn[0].lot_id)
    assert (str(Credits(first.lot.remaining_micro)), first.opened_by is not None) == ("0", True)
    assert first.first_used_at == first.last_used_at == world.clock()


async def test_what_was_given_back_and_its_use_know_each_other(world: World) -> None:
    account = world.account()
    grants.give(world.portal, Grant(account, Credits.whole(9), "credits for a test", "usr_x", "g"))
    used = await uses(world, account, "4", "job")
    back = reverts.revert(world.portal, Revert(account, "job", Credits.whole(1), "back", "key_1")).transfer_id
    (of_use,) = explanations.line(world.portal, account, used).related
    (of_back,) = explanations.line(world.portal, account, back).related
    assert (of_use.tie, of_use.line.id) == (Tie.CORRECTED_BY, back)
    assert (of_back.tie, of_back.line.id) == (Tie.CORRECTS, used)


def test_nothing_of_somebody_elses_account_is_explained(world: World) -> None:
    ada, bob = world.account("Ada"), world.account("Bob")
    posted = grants.give(world.portal, Grant(ada, Credits.whole(1), "credits for a test", "usr_x", "g"))
    lot_id = explanations.line(world.portal, ada, posted.transfer_id).drawn[0].lot_id
    for ask in (explanations.line, explanations.lot):
        with pytest.raises(NotFound):
            ask(world.portal, bob, posted.transfer_id if ask is explanations.line else lot_id)
    with pytest.raises(NotFound):
        explanations.balance(world.portal, "acc_none")
    with pytest.raises(BadInput):
        explanations.balance(world.portal, ada, 2, 1)


def test_what_no_line_accounts_for_is_said_and_not_hidden_in_another_sum(world: World) -> None:
    account = world.account()
    for number in range(3):
        grants.give(world.portal, Grant(account, Credits.whole(1), "credits for a test", "usr_x", f"g{number}"))
    with world.portal.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER transfers_no_update")
        connection.exec_driver_sql("UPDATE transfers SET amount_micro = 700000 WHERE version = 2")
    assert str(explanations.balance(world.portal, account).unexplained) == "0.3"


def test_the_file_of_an_explanation_adds_up_as_well(world: World) -> None:
    account = world.account()
    for number, removal in enumerate((False, False, True)):
        grants.give(world.portal, Grant(account, Credits.whole(2), "moved for a test", "usr_x", f"g{number}", removal))
    told = explanations.balance(world.portal, account, START, None)
    rows = list(csv.DictReader(io.StringIO("".join(explanations.csv_rows(told)))))
    assert [(row["type"], row["amount"]) for row in rows] == [
        ("opening", "0"), ("grant", "4"), ("removal", "-2"), ("closing", "2"),
    ]  # fmt: skip


async def test_a_purchase_names_the_event_that_brought_it_and_a_grant_names_none(world: World) -> None:
    account = world.account("Ada", "cus_1")
    order = world.order(account, "pi_1", "cus_1")
    await webhooks.receive(world.portal, *signed(paid_event(order, world.clock(), "evt_paid"), world.clock()))
    grants.give(world.portal, Grant(account, Credits.whole(1), "credits for a test", "usr_x", "g"))
    granted, bought = statements.page(world.portal, account, Filters()).lines
    assert explanations.line(world.portal, account, bought.id).event_id == "evt_paid"
    assert explanations.line(world.portal, account, granted.id).event_id is None
