"""What the ledger promises, on both engines."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from billing import check
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import DAY
from billing.rules.money import MICRO
from billing.rules.postings import NotPosted, Outcome, Posted, Posting, Refusal
from billing.store import ledger
from billing.store.writer import Tx
from tests.world.portals import World


def credit(world: World, account_id: str, key: str, credits: int, terms: LotTerms | None = None) -> Posting:
    return Posting(
        account_id, Kind.GRANT, "grant", key, credits * MICRO, "usr_test", world.clock(),
        terms=terms or LotTerms(LotSource.GRANT),
    )  # fmt: skip


def debit(world: World, account_id: str, key: str, credits: int, **changes: object) -> Posting:
    return Posting(
        account_id, Kind.USAGE, "usage", f"{account_id}:{key}", -credits * MICRO, "key_test", world.clock(), **changes  # type: ignore[arg-type]
    )  # fmt: skip


def post(world: World, *postings: Posting) -> list[Outcome]:
    def work(tx: Tx) -> list[Outcome]:
        return ledger.post(tx, postings, world.clock())

    return world.portal.till.write(work)


def lots(world: World, account_id: str) -> list[tuple[str, int]]:
    with world.portal.database.read() as connection:
        rows = connection.execute(
            text("SELECT source, remaining_micro FROM lots WHERE account_id = :id ORDER BY id"), {"id": account_id}
        )
        return [(row[0], row[1] // MICRO) for row in rows]


def test_the_same_cause_posts_once_and_answers_the_same_for_ever(world: World) -> None:
    account = world.account()
    first = post(world, credit(world, account, "g", 10))[0]
    world.clock.pass_by(DAY)
    again = post(world, credit(world, account, "g", 10))[0]
    assert isinstance(first, Posted)
    assert isinstance(again, Posted)
    assert (first.transfer_id, first.balance_after_micro, first.recorded_at) == (
        again.transfer_id,
        again.balance_after_micro,
        again.recorded_at,
    )
    assert first.fresh
    assert not again.fresh
    assert world.balance(account).micro == 10 * MICRO


def test_a_duplicate_inside_one_batch_posts_once(world: World) -> None:
    account = world.account()
    outcomes = post(world, credit(world, account, "g", 10), credit(world, account, "g", 10))
    assert [outcome.fresh for outcome in outcomes if isinstance(outcome, Posted)] == [True, False]
    assert world.balance(account).micro == 10 * MICRO


def test_a_key_with_other_content_is_refused(world: World) -> None:
    account = world.account()
    post(world, credit(world, account, "g", 10))
    post(world, debit(world, account, "k", 1, input_hash="a"))
    outcome = post(world, debit(world, account, "k", 2, input_hash="b"))[0]
    assert outcome == NotPosted(Refusal.KEY_REUSED)
    assert world.balance(account).micro == 9 * MICRO


def test_a_debit_beyond_what_is_there_changes_nothing_and_says_how_much_is_missing(world: World) -> None:
    account = world.account()
    post(world, credit(world, account, "g", 10))
    before = world.dump()
    outcome = post(world, debit(world, account, "k", 11))[0]
    assert outcome == NotPosted(Refusal.INSUFFICIENT, available_micro=10 * MICRO, needed_micro=11 * MICRO)
    assert world.dump() == before


def test_a_batch_decides_each_posting_on_what_the_ones_before_left(world: World) -> None:
    account = world.account()
    outcomes = post(
        world, credit(world, account, "g", 10), debit(world, account, "a", 6), debit(world, account, "b", 6),
        debit(world, account, "c", 4),
    )  # fmt: skip
    assert [isinstance(outcome, Posted) for outcome in outcomes] == [True, True, False, True]
    assert world.balance(account).micro == 0


def test_expiring_lots_burn_first_then_by_priority_then_oldest(world: World) -> None:
    account = world.account()
    soon = world.clock() + DAY
    post(
        world,
        credit(world, account, "bought", 5, LotTerms(LotSource.PURCHASE)),
        credit(world, account, "plan", 5, LotTerms(LotSource.PLAN)),
        credit(world, account, "expiring", 5, LotTerms(LotSource.PURCHASE, expires_at=soon)),
    )
    post(world, debit(world, account, "k", 7))
    assert lots(world, account) == [("purchase", 5), ("plan", 3), ("purchase", 0)]


def test_an_expired_lot_cannot_be_spent(world: World) -> None:
    account = world.account()
    post(world, credit(world, account, "g", 5, LotTerms(LotSource.GRANT, expires_at=world.clock() + DAY)))
    world.clock.pass_by(DAY)
    outcome = post(world, debit(world, account, "k", 1))[0]
    assert isinstance(outcome, NotPosted)
    assert outcome.available_micro == 0


def test_a_debit_reaches_through_more_lots_than_are_read_at_first(world: World) -> None:
    account = world.account()
    post(world, *(credit(world, account, f"g{each}", 1) for each in range(100)))
    outcome = post(world, debit(world, account, "k", 99))[0]
    assert isinstance(outcome, Posted)
    assert world.balance(account).micro == MICRO
    assert check.run(world.portal.database) == []


def test_a_forced_debit_leaves_a_visible_debt_that_new_credits_repay_first(world: World) -> None:
    account = world.account()
    post(world, credit(world, account, "g", 10))
    post(world, debit(world, account, "refund", 15, forced=True))
    assert world.balance(account).micro == -5 * MICRO
    post(world, credit(world, account, "h", 8))
    assert lots(world, account) == [("grant", 0), ("overdraft", 0), ("grant", 3)]
    assert world.balance(account).micro == 3 * MICRO
    assert check.run(world.portal.database) == []


@pytest.mark.parametrize("table", ["transfers", "entries", "audit"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_history(world: World, table: str, verb: str) -> None:
    account = world.account()
    post(world, credit(world, account, "g", 10))
    column = {"transfers": "reason", "entries": "account_id", "audit": "reason"}[table]
    if table == "audit":
        world.portal.till.write(
            lambda tx: tx.connection.execute(
                text("INSERT INTO audit (id, actor, action, recorded_at) VALUES ('aud_1', 'x', 'y', 1)")
            )
        )
    with pytest.raises(Exception, match="append-only"):
        world.portal.till.write(lambda tx: tx.connection.execute(text(verb.format(table, column, column))))


FORGED = """
INSERT INTO transfers (id, account_id, version, kind, cause_type, cause_id, amount_micro, balance_after_micro, actor,
  happened_at, recorded_at, chain)
 SELECT id + n, owner, version + n, kind, cause_type, cause_id || n, amount_micro, 1, actor, 1, 1, ''
  FROM transfers CROSS JOIN (SELECT 1 AS n, '{}' AS owner UNION ALL SELECT 2, '{}') AS two
"""
"""Writes two transfers past all our code."""


def test_the_database_itself_knows_no_transfer_without_its_account(world: World) -> None:
    account = world.account()
    post(world, credit(world, account, "g", 10))

    def refused(statement: str) -> None:
        with pytest.raises(IntegrityError, match=r"(?i)foreign.?key"):
            world.portal.till.write(lambda tx: tx.connection.execute(text(statement)))

    refused(FORGED.format(account, "acc_nobody"))
    refused("UPDATE accounts SET id = 'acc_other' WHERE kind <> 'system'")
    refused("DELETE FROM accounts WHERE kind <> 'system'")
    assert check.run(world.portal.database) == []
    world.portal.till.write(lambda tx: tx.connection.execute(text(FORGED.format(account, account))))
    assert check.run(world.portal.database), "nothing else stood in the way of the forgery"


def test_the_bell_rings_for_what_was_committed(world: World) -> None:
    account = world.account()
    post(world, credit(world, account, "g", 10))
    if world.portal.database.is_sqlite:
        assert world.rung == [account]
