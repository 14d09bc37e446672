"""Batches of grants in the database: rows, how far they have come, and the accounts they name. Verbs may import it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, case, func, insert, select, update

from billing.rules.console import COUNTED, Listed, cursor, read_cursor
from billing.rules.grant_batches import Batch, BatchState, Row, RowState, Totals
from billing.rules.grant_rows import SEVERAL, Purse
from billing.rules.money import Credits
from billing.store.rowsets import Shape, Statement
from billing.store.tables import accounts
from billing.store.tables_console import WAITING, grant_batch_rows, grant_batches
from billing.store.tables_people import members
from billing.store.writer import Tx

PART = 500
SHOWN = 100

_BATCH = (
    grant_batches.c.id, grant_batches.c.name, grant_batches.c.created_by, grant_batches.c.shown, grant_batches.c.state,
    grant_batches.c.reverses, grant_batches.c.note, grant_batches.c.created_at, grant_batches.c.confirmed_at,
    grant_batches.c.ended_at,
)  # fmt: skip
_ROW = Shape(
    batch_id="text", place="int8", given_account="text", given_amount="text", account_id="text", amount_micro="int8",
    reason="text", reference="text", expires_at="int8", corrects="int8", before_micro="int8", after_micro="int8",
    state="text", problem="text",
)  # fmt: skip
_ADD_ROWS = Statement(
    _ROW, f"INSERT INTO grant_batch_rows ({', '.join(_ROW.names)}) SELECT {', '.join(_ROW.names)} FROM {{rows}}"
)
_MARK = Statement(
    Shape(batch_id="text", place="int8", state="text", problem="text", transfer_id="int8"),
    "UPDATE grant_batch_rows SET state = r.state, problem = r.problem, transfer_id = r.transfer_id FROM {rows}"
    " WHERE grant_batch_rows.batch_id = r.batch_id AND grant_batch_rows.place = r.place",
)


def add(tx: Tx, batch: Batch, key: str, origin: str, rows: Iterable[Row]) -> None:
    """Writes a checked batch with its rows."""
    values = {
        "id": batch.id, "key": key, "name": batch.name, "created_by": batch.created_by, "origin": origin,
        "shown": batch.shown, "state": batch.state, "reverses": batch.reverses, "created_at": batch.created_at,
    }  # fmt: skip
    tx.connection.execute(insert(grant_batches).values(values))
    _ADD_ROWS.run(tx.connection, [_values(batch.id, row) for row in rows])


def get(connection: Connection, batch_id: str) -> Batch | None:
    """The batch with this id."""
    return _one(connection, grant_batches.c.id == batch_id)


def by_key(connection: Connection, key: str) -> Batch | None:
    """The batch its sender gave this name."""
    return _one(connection, grant_batches.c.key == key)


def reversal_of(connection: Connection, batch_id: str) -> Batch | None:
    """The batch that takes this one back."""
    return _one(connection, grant_batches.c.reverses == batch_id)


def running(connection: Connection) -> Batch | None:
    """The batch that is to be worked first."""
    query = select(*_BATCH).where(grant_batches.c.state == BatchState.RUNNING).order_by(grant_batches.c.confirmed_at)
    row = connection.execute(query.limit(1)).first()
    return None if row is None else _batch(row)


def latest(connection: Connection, most: int) -> list[Batch]:
    """The newest batches of everybody."""
    query = select(*_BATCH).order_by(grant_batches.c.created_at.desc()).limit(most)
    return [_batch(row) for row in connection.execute(query)]


def totals(connection: Connection, batch_id: str) -> Totals:
    """How many rows are in which state, and what those move that run or ran."""
    amount = grant_batch_rows.c.amount_micro
    came = func.sum(case((amount > 0, amount), else_=0))
    went = func.sum(case((amount < 0, -amount), else_=0))
    query = select(grant_batch_rows.c.state, func.count(), came, went)
    found = connection.execute(query.where(grant_batch_rows.c.batch_id == batch_id).group_by(grant_batch_rows.c.state))
    rows = {RowState(row[0]): (int(row[1]), int(row[2] or 0), int(row[3] or 0)) for row in found}
    moving = [sums for state, sums in rows.items() if state in (RowState.WAITING, RowState.DONE)]
    return Totals(
        {state: sums[0] for state, sums in rows.items()},
        Credits(sum(sums[1] for sums in moving)),
        Credits(sum(sums[2] for sums in moving)),
    )


def problems(connection: Connection, batch_id: str) -> list[tuple[str, int]]:
    """What is wrong and how often, the most frequent first."""
    own = (grant_batch_rows.c.batch_id == batch_id, grant_batch_rows.c.problem != "")
    query = select(grant_batch_rows.c.problem, func.count()).where(*own).group_by(grant_batch_rows.c.problem)
    return [
        (row[0], row[1]) for row in connection.execute(query.order_by(func.count().desc(), grant_batch_rows.c.problem))
    ]


def page(connection: Connection, batch_id: str, state: RowState | None, after: str) -> Listed[Row]:
    """Rows in the order of the file, of one state or of all."""
    place = read_cursor(after, int)
    query = _rows(batch_id)
    if state is not None:
        query = query.where(grant_batch_rows.c.state == state)
    counted = connection.scalar(select(func.count()).select_from(query.limit(COUNTED + 1).order_by(None).subquery()))
    if place is not None:
        query = query.where(grant_batch_rows.c.place > place[0])
    found = [_row(row) for row in connection.execute(query.limit(SHOWN + 1))]
    rows = found[:SHOWN]
    return Listed(rows, cursor(rows[-1].place) if len(found) > SHOWN else None, counted or 0)


def stream(connection: Connection, batch_id: str) -> Iterator[Row]:
    """Every row, in the order of the file."""
    with connection.execution_options(yield_per=PART).execute(_rows(batch_id)) as rows:
        for row in rows:
            yield _row(row)


def waiting(connection: Connection, batch_id: str, most: int) -> list[Row]:
    """The next rows to be done."""
    return [_row(row) for row in connection.execute(_rows(batch_id).where(WAITING).limit(most))]


def done(connection: Connection, batch_id: str) -> list[Row]:
    """Every row that was done."""
    return [_row(row) for row in connection.execute(_rows(batch_id).where(grant_batch_rows.c.state == RowState.DONE))]


def mark(tx: Tx, batch_id: str, outcomes: Iterable[tuple[int, RowState, str, int | None]]) -> None:
    """Writes what became of rows: (place, state, problem, transfer id)."""
    _MARK.run(tx.connection, [(batch_id, *outcome) for outcome in outcomes])


def confirm(tx: Tx, batch_id: str, now: int) -> None:
    """From now on it runs."""
    _set(tx, batch_id, state=BatchState.RUNNING, confirmed_at=now)


def end(tx: Tx, batch_id: str, state: BatchState, now: int, note: str = "") -> None:
    """It is done, or stopped; then what waits is never tried."""
    _set(tx, batch_id, state=state, ended_at=now, note=note)
    waits = (grant_batch_rows.c.batch_id == batch_id, WAITING)
    tx.connection.execute(update(grant_batch_rows).where(*waits).values(state=RowState.STOPPED))


def purses(
    connection: Connection, names: Iterable[str], actor: str, own_account_id: str | None
) -> dict[str, Purse | str]:
    """The accounts behind what rows call them: their id, the customer's id or a mail address that only one has."""
    wanted = sorted(set(names))
    mine = set(connection.scalars(select(members.c.account_id).where(members.c.person_id == actor)))
    mine |= {own_account_id} if own_account_id else set()
    found: dict[str, Purse | str] = {}
    for column in (accounts.c.email, accounts.c.customer_ref, accounts.c.id):
        for start in range(0, len(wanted), PART):
            named = select(column, *_PURSE).where(column.in_(wanted[start : start + PART]), accounts.c.kind != "system")
            for row in connection.execute(named):
                purse = Purse(row[1], row[2] - row[3], row[4], is_own=row[1] in mine)
                several = row[0] in found and column is accounts.c.email
                found[row[0]] = SEVERAL if several else purse
    return found


_PURSE = (accounts.c.id, accounts.c.balance_micro, accounts.c.held_micro, accounts.c.floor_micro)


def _set(tx: Tx, batch_id: str, **values: Any) -> None:
    tx.connection.execute(update(grant_batches).where(grant_batches.c.id == batch_id).values(values))
    tx.changed.add(batch_id)


def _one(connection: Connection, which: Any) -> Batch | None:
    row = connection.execute(select(*_BATCH).where(which)).first()
    return None if row is None else _batch(row)


def _batch(row: Sequence[Any]) -> Batch:
    return Batch(row[0], row[1], row[2], bool(row[3]), BatchState(row[4]), row[5], row[6], row[7], row[8], row[9])


def _rows(batch_id: str) -> Select[Any]:
    return (
        select(grant_batch_rows)
        .where(grant_batch_rows.c.batch_id == batch_id)
        .order_by(grant_batch_rows.c.batch_id, grant_batch_rows.c.place)
    )


def _row(row: Any) -> Row:
    return Row(
        row.place, row.given_account, row.given_amount, row.reason, row.reference, RowState(row.state), row.problem,
        row.account_id, _credits(row.amount_micro), row.expires_at, row.corrects, _credits(row.before_micro),
        _credits(row.after_micro), row.transfer_id,
    )  # fmt: skip


def _values(batch_id: str, row: Row) -> tuple[Any, ...]:
    return (
        batch_id, row.place, row.given_account, row.given_amount, row.account_id, _micro(row.amount), row.reason,
        row.reference, row.expires_at, row.corrects, _micro(row.before), _micro(row.after), row.state, row.problem,
    )  # fmt: skip


def _credits(micro: int | None) -> Credits | None:
    return None if micro is None else Credits(micro)


def _micro(credits: Credits | None) -> int | None:
    return None if credits is None else credits.micro
