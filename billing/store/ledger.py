"""The ledger: the only writer of transfers, entries, lots and balances. Verbs may import it.

`post` takes many postings and writes them with a fixed number of statements. It locks the accounts first, reads the
causes under that lock, lets `rules` decide, and writes what was decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from billing.rules.kinds import COUNTER
from billing.rules.lots import Lot, LotSource
from billing.rules.postings import AccountState, Book, Outcome, Posted, Posting, Transfer
from billing.store import ledger_sql as sql
from billing.store.rowsets import together
from billing.store.writer import Tx

_SPENDING_ORDER = attrgetter("spending_order")


def post(tx: Tx, postings: Sequence[Posting], now: int) -> list[Outcome]:
    """Posts each posting once for ever, or says why not, in order. `now`: microseconds UTC."""
    accounts = _lock(tx, sorted({posting.account_id for posting in postings}))
    book = Book(accounts, _causes(tx, postings))
    _read_lots(tx, accounts, postings, now)
    ids = tx.database.next_ids(tx.connection, 2 * len(postings))
    outcomes = [book.decide(posting, next(ids), next(ids), now) for posting in postings]
    if book.transfers:
        with together(tx.connection):
            _write(tx, book)
    return outcomes


def _lock(tx: Tx, ids: Sequence[str]) -> dict[str, AccountState]:
    rows = sql.LOCK_ACCOUNTS.read(tx.connection, [(each,) for each in ids])
    return {row[0]: AccountState(*row) for row in rows}


def _causes(tx: Tx, postings: Sequence[Posting]) -> dict[tuple[str, str], tuple[Posted, str]]:
    rows = sql.FIND_CAUSES.read(tx.connection, {posting.cause for posting in postings})
    return {(row[0], row[1]): (Posted(row[2], row[3], row[4], row[5], row[6], fresh=False), row[7]) for row in rows}


def _read_lots(tx: Tx, accounts: dict[str, AccountState], postings: Sequence[Posting], now: int) -> None:
    """Loads the lots that the batch may touch: for debits the first to be spent, for credits only what is owed."""
    wanted: dict[str, int] = {}
    for posting in postings:
        account = accounts.get(posting.account_id)
        if account is not None and posting.amount_micro < 0:
            wanted[account.id] = wanted.get(account.id, account.held_micro) - posting.amount_micro
    _load(accounts, sql.FIRST_LOTS.read(tx.connection, [(each,) for each in wanted]))
    _load(accounts, sql.OVERDRAFT_LOTS.read(tx.connection, [(each.id,) for each in accounts.values()]))
    short = [
        each for each, needed in wanted.items()
        if len(accounts[each].lots) == sql.LOTS_READ and sum(lot.spendable(now) for lot in accounts[each].lots) < needed
    ]  # fmt: skip
    for each in short:
        accounts[each].lots.clear()
    _load(accounts, sql.ALL_LOTS.read(tx.connection, [(each,) for each in short]))
    for each in wanted:
        accounts[each].lots.sort(key=_SPENDING_ORDER)


def _load(accounts: dict[str, AccountState], rows: Sequence[Any]) -> None:
    for row in rows:
        lot = Lot(row[0], row[1], LotSource(row[2]), row[3], row[4], row[5], row[6], bool(row[7]))
        account = accounts[lot.account_id]
        if lot.source is LotSource.OVERDRAFT:
            account.overdraft = lot
        else:
            account.lots.append(lot)


def _write(tx: Tx, book: Book) -> None:
    fresh = {lot.id for lot in book.new_lots}
    sql.INSERT_TRANSFERS.run(tx.connection, map(_transfer_row, book.transfers))
    sql.INSERT_LOTS.run(tx.connection, map(_lot_row, book.new_lots))
    sql.UPDATE_LOTS.run(tx.connection, [
        (lot.id, lot.remaining_micro)
        for lot in _moved_lots(book) if lot.id not in fresh
    ])  # fmt: skip
    sql.INSERT_ENTRIES.run(tx.connection, (leg for transfer in book.transfers for leg in _legs(transfer)))
    sql.UPDATE_ACCOUNTS.run(tx.connection, [
        (each.id, each.balance_micro, each.debt_micro, each.version, each.chain)
        for each in book.touched.values()
    ])  # fmt: skip
    tx.changed.update(book.touched)


def _moved_lots(book: Book) -> list[Lot]:
    moved = {draw.lot_id for transfer in book.transfers for draw in transfer.draws}
    every = (lot for each in book.touched.values() for lot in (*each.lots, each.overdraft) if lot is not None)
    return [lot for lot in every if lot.id in moved]


def _transfer_row(transfer: Transfer) -> tuple[Any, ...]:
    posting = transfer.posting
    return (
        transfer.id, posting.account_id, transfer.version, posting.kind, posting.cause_type, posting.cause_id,
        posting.amount_micro, transfer.balance_after_micro, posting.actor, posting.reason, posting.details,
        posting.order_id, posting.corrects, posting.happened_at, transfer.recorded_at, posting.input_hash,
        transfer.chain,
    )  # fmt: skip


def _lot_row(lot: Lot) -> tuple[Any, ...]:
    return (
        lot.id, lot.account_id, lot.source, lot.priority, lot.expires_at,
        lot.granted_micro, lot.remaining_micro, lot.order_id, lot.created_at,
    )  # fmt: skip


def _legs(transfer: Transfer) -> list[tuple[Any, ...]]:
    """Double entry: each lot that moved, and the system account on the other side."""
    posting = transfer.posting
    legs: list[tuple[Any, ...]] = [
        (transfer.id, leg, posting.account_id, draw.lot_id, draw.amount_micro)
        for leg, draw in enumerate(transfer.draws, 1)
    ]
    return [(transfer.id, 0, COUNTER[posting.kind], None, -posting.amount_micro), *legs]
