"""The ledger: the only writer of transfers, entries, lots and balances. Verbs may import it.

`post` takes many postings and writes them with few statements. It locks the accounts first, reads the causes under that
lock, lets `rules` decide, and writes what was decided: part by part, so that PostgreSQL is at work on one part while
the next is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import text

from billing.rules.kinds import COUNTER
from billing.rules.lots import Lot, LotSource
from billing.rules.postings import AccountState, Book, Outcome, Posted, Posting, Transfer
from billing.store import ledger_sql as sql
from billing.store.rowsets import together
from billing.store.writer import Tx

PART = 512
"""How many postings are decided before they are written."""

_SPENDING_ORDER = attrgetter("spending_order")
_CAUSE = itemgetter(*map(Posting._fields.index, ("cause_type", "cause_id")))


def post(tx: Tx, postings: Sequence[Posting], now: int) -> list[Outcome]:
    """Posts each posting once for ever, or says why not, in order. `now`: microseconds UTC.

    An account's postings are decided in the order they came. The accounts take turns, because then rows that are
    written together stand together in every index: over 200 accounts a transfer costs SQLite 6 microseconds, not 15.
    """
    turns: dict[str, list[int]] = {}
    for place, posting in enumerate(postings):
        turns.setdefault(posting.account_id, []).append(place)
    places = list(chain.from_iterable(turns.values()))
    grouped = [postings[place] for place in places]
    account_ids = sorted(turns)
    # At most: each posting is a transfer, each credit opens a lot, each account opens an overdraft.
    needed = len(postings) + len(account_ids) + sum([posting.amount_micro > 0 for posting in postings])
    ids = tx.database.next_ids(tx.connection, needed)
    decided: list[Outcome] = []
    with together(tx.connection):
        book = _open(tx, account_ids, grouped, now)
        for start in range(0, len(grouped), PART):
            written = len(book.transfers)
            decided += [book.decide(posting, ids, now) for posting in grouped[start : start + PART]]
            _write_transfers(tx, book.transfers[written:])
        _write_states(tx, book)
    outcomes = decided.copy()
    for place, outcome in zip(places, decided, strict=True):
        outcomes[place] = outcome
    return outcomes


def knows(tx: Tx, posting: Posting) -> bool:
    """Whether something was posted for this cause already."""
    return bool(sql.FIND_CAUSES.read(tx.connection, [posting.cause]))


def expired(tx: Tx, now: int, most: int) -> list[Lot]:
    """Lots whose time is over with something left in them, the longest ago first, their accounts locked.

    What is frozen stays as it is: a dispute decides about it.
    """
    rows = tx.connection.execute(text(sql.EXPIRED_LOTS), {"now": now, "most": most}).all()
    sql.LOCK_ACCOUNTS.read(tx.connection, [(each,) for each in sorted({row.account_id for row in rows})])
    # Read again under the lock: a debit may have been faster.
    return [_lot(row) for row in sql.NAMED_LOTS.read(tx.connection, [(row.id,) for row in rows])]


def _open(tx: Tx, account_ids: Sequence[str], postings: Sequence[Posting], now: int) -> Book:
    """Locks and reads all that the postings may touch: of lots, the first to be spent and what is owed."""
    wanted: dict[str, int] = {}
    for posting in postings:
        if posting.amount_micro < 0:
            wanted[posting.account_id] = wanted.get(posting.account_id, 0) - posting.amount_micro
    locked = sql.LOCK_ACCOUNTS.ask(tx.connection, [(each,) for each in account_ids])
    causes = sql.FIND_CAUSES.ask(tx.connection, dict.fromkeys(map(_CAUSE, postings)))
    lots = sql.FIRST_LOTS.ask(tx.connection, [(each,) for each in wanted])
    named = sql.NAMED_LOTS.ask(tx.connection, [(each.lot_id,) for each in postings if each.lot_id is not None])
    overdrafts = sql.OVERDRAFT_LOTS.ask(tx.connection, [(each,) for each in account_ids])
    accounts = {row[0]: AccountState(*row) for row in locked()}
    known = {(row[0], row[1]): (Posted._make((*row[2:7], False)), row[7]) for row in causes()}
    first = lots()
    _load(accounts, first)
    _load(accounts, _others(first, named()))
    _load(accounts, overdrafts())
    _load_more(tx, [accounts[each] for each in wanted if each in accounts], wanted, now)
    return Book(accounts, known)


def _load_more(tx: Tx, spenders: Sequence[AccountState], wanted: dict[str, int], now: int) -> None:
    """Reads all lots of those whose first ones may not do, then puts everybody's in order."""
    short = [
        each for each in spenders
        if len(each.lots) >= sql.LOTS_READ
        and sum(lot.spendable(now) for lot in each.lots) < wanted[each.id] + each.held_micro
    ]  # fmt: skip
    for each in short:
        each.lots.clear()
    _load({each.id: each for each in short}, sql.ALL_LOTS.read(tx.connection, [(each.id,) for each in short]))
    for each in spenders:
        each.lots.sort(key=_SPENDING_ORDER)


def _others(read: Sequence[Any], named: Sequence[Any]) -> list[Any]:
    known = {row[0] for row in read} if named else ()
    return [row for row in named if row[0] not in known]


def _lot(row: Sequence[Any]) -> Lot:
    return Lot(row[0], row[1], LotSource(row[2]), row[3], row[4], row[5], row[6], bool(row[7]))


def _load(accounts: dict[str, AccountState], rows: Sequence[Any]) -> None:
    for row in rows:
        lot = _lot(row)
        account = accounts[lot.account_id]
        if lot.source is LotSource.OVERDRAFT:
            account.overdraft = lot
        else:
            account.lots.append(lot)


def _write_transfers(tx: Tx, transfers: Sequence[Transfer]) -> None:
    """Writes them with their double entry: each lot that moved, and the system account on the other side."""
    if not transfers:
        return
    ids, postings, versions, balances, moments, chains, _ = zip(*transfers, strict=True)
    told = list(zip(*postings, strict=True))[: sql.POSTING_FIELDS]
    sql.INSERT_TRANSFERS.run_columns(tx.connection, [ids, versions, balances, moments, chains, *told])
    sql.INSERT_BOTH_LEGS.run(tx.connection, [
        (each.id, each.posting.account_id, each.draws[0].lot_id, COUNTER[each.posting.kind], each.posting.amount_micro)
        for each in transfers if len(each.draws) == 1
    ])  # fmt: skip
    sql.INSERT_LEGS.run(tx.connection, [
        leg for each in transfers if len(each.draws) != 1 for leg in _legs(each)
    ])  # fmt: skip


def _legs(transfer: Transfer) -> list[tuple[Any, ...]]:
    """Its double entry, row by row: the system account's side is leg 0."""
    posting = transfer.posting
    return [(transfer.id, 0, COUNTER[posting.kind], None, -posting.amount_micro)] + [
        (transfer.id, leg, posting.account_id, lot_id, amount) for leg, (lot_id, amount) in enumerate(transfer.draws, 1)
    ]


def _write_states(tx: Tx, book: Book) -> None:
    """Writes what lots and accounts have come to, once for all that moved them."""
    fresh = {lot.id for lot in book.new_lots}
    sql.INSERT_LOTS.run(tx.connection, map(_lot_row, book.new_lots))
    sql.UPDATE_LOTS.run(tx.connection, [
        (lot.id, lot.remaining_micro)
        for lot in _moved_lots(book) if lot.id not in fresh
    ])  # fmt: skip
    sql.UPDATE_ACCOUNTS.run(tx.connection, [
        (each.id, each.balance_micro, each.debt_micro, each.version, each.chain)
        for each in book.touched.values()
    ])  # fmt: skip
    tx.changed.update(book.touched)


def _moved_lots(book: Book) -> list[Lot]:
    moved = {lot_id for transfer in book.transfers for lot_id, _ in transfer.draws}
    every = (lot for each in book.touched.values() for lot in (*each.lots, each.overdraft) if lot is not None)
    return [lot for lot in every if lot.id in moved]


def _lot_row(lot: Lot) -> tuple[Any, ...]:
    return (
        lot.id, lot.account_id, lot.source, lot.priority, lot.expires_at,
        lot.granted_micro, lot.remaining_micro, lot.order_id, lot.created_at,
    )  # fmt: skip
