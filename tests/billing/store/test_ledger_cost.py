"""A batch stays as cheap as it was made, and a batch of many parts is decided like one."""

from __future__ import annotations

from sqlalchemy import text

from billing import check
from billing.rules.kinds import Kind
from billing.rules.lots import Draw, LotSource, LotTerms
from billing.rules.postings import NotPosted, Outcome, Posted, Posting, Refusal, chain_hash, link
from billing.store import ledger, ledger_sql
from billing.store.rowsets import Shape, Statement
from billing.store.tables import transfers
from billing.store.writer import Tx
from tests.world.portals import World


def grant(world: World, account_id: str, micro: int, key: str = "g") -> Posting:
    terms = LotTerms(LotSource.GRANT)
    return Posting(account_id, Kind.GRANT, "grant", f"{account_id}:{key}", micro, "usr_1", world.clock(), terms=terms)


def use(world: World, account_id: str, key: str, micro: int) -> Posting:
    return Posting(account_id, Kind.USAGE, "usage", f"{account_id}:{key}", -micro, "key_1", world.clock())


def post(world: World, *postings: Posting) -> list[Outcome]:
    return world.portal.till.write(lambda tx: ledger.post(tx, postings, world.clock()))


def test_a_debit_finds_its_lots_by_the_index_of_what_is_unspent(world: World) -> None:
    account = world.account()
    post(world, grant(world, account, 10))
    query = "SELECT id FROM lots WHERE account_id = 'x' AND NOT spent ORDER BY account_id, expires_at, priority, id"
    explain = "EXPLAIN QUERY PLAN" if world.portal.database.is_sqlite else "EXPLAIN"

    def plan(tx: Tx) -> str:
        return str(tx.connection.execute(text(f"{explain} {query}")).all())

    assert "lots_spending" in world.portal.till.write(plan)


def test_a_debit_leaves_every_index_of_its_lot_alone(world: World) -> None:
    if world.portal.database.is_sqlite:
        return  # it changes only the index entries that differ
    account = world.account()
    post(world, grant(world, account, 10))

    def work(tx: Tx) -> tuple[int, int]:
        ledger.post(tx, [use(world, account, "a", 4)], world.clock())
        counted = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'lots'"
        updated, in_place = tx.connection.execute(text(counted)).one()
        return updated, in_place

    assert world.portal.till.write(work) == (1, 1)


def test_a_lot_is_spent_when_nothing_remains_and_no_longer_when_something_does(world: World) -> None:
    account = world.account()
    post(world, grant(world, account, 10), use(world, account, "a", 10))
    post(world, grant(world, account, 5, "h"))
    with world.portal.database.read() as connection:
        found = connection.execute(text("SELECT remaining_micro, spent FROM lots ORDER BY id")).all()
    assert [(remaining, bool(spent)) for remaining, spent in found] == [(0, True), (5, False)]


def test_a_batch_of_many_parts_is_decided_like_one(world: World) -> None:
    poor, rich = world.account("Poor"), world.account("Rich")
    enough = ledger.PART + 5
    post(world, grant(world, poor, enough), grant(world, rich, 10**6))
    debits = [use(world, each, str(number), 1) for number in range(ledger.PART + 10) for each in (poor, rich)]
    again = debits[0]._replace(input_hash="other")
    outcomes = post(world, *debits, debits[0], again)
    ours = outcomes[:-2:2]
    assert [isinstance(each, Posted) for each in ours] == [True] * enough + [False] * 5
    assert all(isinstance(each, Posted) for each in outcomes[1:-2:2])
    first = outcomes[0]
    assert isinstance(first, Posted)
    assert outcomes[-2:] == [first._replace(fresh=False), NotPosted(Refusal.KEY_REUSED)]
    assert (world.balance(poor).micro, world.balance(rich).micro) == (0, 10**6 - len(debits) // 2)
    assert check.run(world.portal.database) == []


def test_columns_that_say_the_same_in_every_row_arrive_in_every_row(world: World) -> None:
    shape = Shape(number="int8", same="int8", words="text", empty="text", sure="bool")
    insert = Statement(shape, "INSERT INTO same SELECT number, same, words, empty, sure FROM {rows}")
    rows = [(number, 7, "é", None, True) for number in range(700)]

    def work(tx: Tx) -> list[tuple[object, ...]]:
        columns = "number BIGINT, same BIGINT, words TEXT, empty TEXT, sure BOOLEAN"
        tx.connection.execute(text(f"CREATE TABLE same ({columns})"))
        insert.run(tx.connection, rows)
        return [tuple(row) for row in tx.connection.execute(text("SELECT * FROM same ORDER BY number"))]

    assert world.portal.till.write(work) == rows


def test_a_row_of_a_transfer_ends_with_the_fields_of_its_posting() -> None:
    names = ledger_sql.INSERT_TRANSFERS.names
    assert names[-ledger_sql.POSTING_FIELDS :] == Posting._fields[: ledger_sql.POSTING_FIELDS]
    assert set(names) == set(transfers.c.keys())


def test_the_chain_is_the_hash_that_old_ledgers_hold() -> None:
    posting = Posting("acc_1", Kind.USAGE, "usage", "acc_1:a", -7, "key_1", 11, reason="ü", input_hash="cd")
    drawn = [Draw(3, -4), Draw(5, -3)]
    fields = ("ab", "acc_1", 2, "usage", "usage", "acc_1:a", -7, 93, "key_1", "ü", 11, 12, "cd", "3:-4,5:-3")
    assert link("ab", "acc_1", 2, posting, 93, 12, drawn) == chain_hash(*fields)
