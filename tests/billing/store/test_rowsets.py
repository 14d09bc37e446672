"""Batches arrive as they were sent, whatever is in them and however many there are; a refused one leaves nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from billing import check
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.postings import Posted, Posting
from billing.store import ledger
from billing.store.database import DBAPI_ERRORS
from billing.store.rowsets import SIZES, Query, Shape, Statement
from billing.store.writer import Tx
from tests.world.portals import World

SHAPE = Shape(number="int8", small="int2", words="text", sure="bool")
INSERT = Statement(SHAPE, "INSERT INTO odd (number, small, words, sure) SELECT number, small, words, sure FROM {rows}")
FIND = Query(Shape(number="int8"), "o.number, o.small, o.words", "FROM {rows} JOIN odd o ON o.number = r.number")

ODD_TEXTS: list[str | None] = [
    "",
    " ",
    "'",
    '"',
    "\\",
    "{}",
    "{NULL}",
    "NULL",
    "a,b",
    "é ü 漢 😀",
    "%s %b :x ?",
    "\t\n",
    "x" * 5000,
    None,
]
NUMBERS = [0, -1, 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63)]


@pytest.fixture
def odd(world: World) -> World:
    make = "CREATE TABLE odd (number BIGINT, small SMALLINT, words TEXT, sure BOOLEAN)"
    world.portal.till.write(lambda tx: tx.connection.execute(text(make)))
    return world


def sent_and_found(
    world: World, rows: Sequence[tuple[int, int, str | None, bool]]
) -> list[tuple[int, int, str | None]]:
    def work(tx: Tx) -> list[tuple[int, int, str | None]]:
        INSERT.run(tx.connection, rows)
        return [tuple(row) for row in FIND.read(tx.connection, [(row[0],) for row in rows])]

    return world.portal.till.write(work)


def test_odd_texts_and_nothing_arrive_as_they_were(odd: World) -> None:
    rows = [(place, place, words, True) for place, words in enumerate(ODD_TEXTS)]
    assert sorted(sent_and_found(odd, rows)) == [row[:3] for row in rows]


def test_numbers_arrive_whole_up_to_the_last_bit(odd: World) -> None:
    rows = [(number, 7, None, False) for number in NUMBERS]
    assert sorted(row[0] for row in sent_and_found(odd, rows)) == sorted(NUMBERS)


@pytest.mark.parametrize(("small", "words"), [(-7, "the same"), (7, None)])
def test_a_long_batch_keeps_what_every_row_says(odd: World, small: int, words: str | None) -> None:
    rows = [(number, small, words, True) for number in range(SIZES[-1])]
    assert sorted(sent_and_found(odd, rows)) == [row[:3] for row in rows]


@pytest.mark.parametrize(
    "size", sorted({size + step for size in SIZES[-3:] for step in (-1, 0, 1)} | {1, 2, 5, 7, 1025})
)
def test_no_row_is_lost_or_doubled_at_any_size(odd: World, size: int) -> None:
    rows = [(number, 1, str(number), True) for number in range(size)]
    assert len(sent_and_found(odd, rows)) == size
    with odd.portal.database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM odd")) == size


def test_an_empty_batch_is_nothing(odd: World) -> None:
    assert sent_and_found(odd, []) == []


def test_a_constraint_broken_in_the_middle_of_the_writes_undoes_them_all(world: World) -> None:
    """The floor of the database itself: whatever the rules decided, a balance below it does not commit."""
    account = world.account()
    terms = LotTerms(LotSource.GRANT)
    gift = Posting(account, Kind.GRANT, "grant", "g", 5, "usr_t", world.clock(), terms=terms)
    world.portal.till.write(lambda tx: ledger.post(tx, [gift], world.clock()))
    before = world.dump()

    def overspend(tx: Tx) -> object:
        # as if the rules had been wrong about what is there
        tx.connection.execute(text("UPDATE accounts SET floor_micro = 0 - 100 WHERE id = :id"), {"id": account})
        spend = Posting(account, Kind.USAGE, "usage", "u", -50, "key_t", world.clock())
        outcome = ledger.post(tx, [spend], world.clock())
        tx.connection.execute(text("UPDATE accounts SET floor_micro = 0 WHERE id = :id"), {"id": account})
        return outcome

    with pytest.raises(DBAPI_ERRORS, match="floor"):
        world.portal.till.write(overspend)
    assert world.dump() == before
    assert check.run(world.portal.database) == []


def test_a_cause_that_another_account_took_is_refused_by_the_index_alone(world: World) -> None:
    """Two accounts cannot share a cause: the look under lock finds it, and the unique index stands behind it."""
    one, other = world.account("one"), world.account("other")
    terms = LotTerms(LotSource.GRANT)
    postings = [
        Posting(account, Kind.GRANT, "grant", "same", 5, "usr_t", world.clock(), input_hash=account, terms=terms)
        for account in (one, other)
    ]
    outcomes = world.portal.till.write(lambda tx: ledger.post(tx, postings, world.clock()))
    assert [isinstance(outcome, Posted) for outcome in outcomes] == [True, False]

    def twice(tx: Tx) -> None:
        copy = "INSERT INTO transfers SELECT id + 1000, account_id, version + 1, kind, cause_type, cause_id,"
        copy += " amount_micro, balance_after_micro, actor, reason, details, order_id, corrects, happened_at,"
        copy += " recorded_at, input_hash, chain FROM transfers"
        tx.connection.execute(text(copy))

    with pytest.raises(DBAPIError, match=r"cause_id|transfers_cause"):
        world.portal.till.write(twice)
    assert world.balance(one).micro == 5


def test_a_long_batch_may_say_the_same_in_some_columns_or_in_all(world: World) -> None:
    """Such columns reach SQLite once; a NULL, an empty text and a last short list are no exceptions."""
    shape = Shape(number="int8", word="text", absent="text", empty="text")
    query = Query(shape, "number, word, absent, empty", "FROM {rows}")
    for rows in ([(number, "same", None, "") for number in range(1030)], [(7, "all", None, "")] * 600):
        found = world.portal.till.write(lambda tx, rows=rows: query.read(tx.connection, rows))  # type: ignore[misc]
        assert sorted(map(tuple, found)) == sorted(rows)
