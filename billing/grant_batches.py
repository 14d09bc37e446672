"""Grant batches: many grants and removals from one file, checked, confirmed, reversed. Doors and pages call it.

A file is judged whole before anything moves; batch_work does what was confirmed. Everything lives in the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from billing import grants, spreadsheets
from billing.portal import Portal
from billing.rules.console import Listed
from billing.rules.errors import BadInput, Conflict, Forbidden, KeyReused, NotFound
from billing.rules.grant_batches import NONE, Batch, BatchState, Row, RowState, Totals
from billing.rules.grant_rows import GivenRow, Limits, judge, read
from billing.rules.money import Credits
from billing.rules.sentences import sentence
from billing.rules.texts import clean, new_id
from billing.rules.texts import key as clean_key
from billing.store import audit
from billing.store import grant_batches as rows
from billing.store.writer import Tx

QUEUE = "grant_batches"
"""Whoever works batches listens to this word on the bell."""

NAME_MOST = 120
NOTHING_USUAL = GivenRow(0, "", "")
LATEST = 20
COLUMNS = (
    "row", "account", "amount", "reason", "reference", "expires", "state", "problem", "account_id", "before", "after",
    "transaction",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as somebody sends it. `key` makes sending it twice send it once; `usual` fills cells that are empty.

    `shown`: the owners read the reasons in their statements. `own_account_id` is the sender's own.
    """

    text: str
    by: str
    key: str
    name: str = ""
    usual: GivenRow = NOTHING_USUAL
    shown: bool = False
    own_account_id: str | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A batch with its sums, what is wrong with its rows and how often, and the batch that takes it back."""

    batch: Batch
    totals: Totals
    problems: tuple[tuple[str, int], ...]
    reversed_by: str | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Who says that a batch shall run: `total` is the sum as they typed it."""

    total: Credits
    by: str
    skip_bad: bool = False
    origin: str = ""


def check(portal: Portal, sent: Sent) -> Seen:
    """Reads and judges the file and keeps what came of it; nothing moves. The same key answers with the same batch.

    Raises BadInput for a file that cannot be read, KeyReused for a key of somebody else.
    """
    key = clean_key(sent.key)
    given = read(sent.text, sent.usual)
    now = portal.clock()
    batch = Batch(
        new_id("bat"), clean(sent.name, "name", most=NAME_MOST), sent.by, sent.shown, BatchState.CHECKED, None, "", now,
        None, None,
    )  # fmt: skip

    def work(tx: Tx) -> str:
        tx.database.serialize(tx.connection, f"batch:{key}")
        known = rows.by_key(tx.connection, key)
        if known is not None:
            return _same_sender(known, sent.by)
        purses = rows.purses(tx.connection, (row.account for row in given), sent.by, sent.own_account_id)
        limits = Limits(portal.settings.grants.max_credits_per_grant, now)
        rows.add(tx, batch, key, sent.origin, judge(given, purses, limits))
        return batch.id

    return view(portal, portal.till.write(work))


def view(portal: Portal, batch_id: str) -> Seen:
    """The batch as it stands. Raises NotFound."""
    with portal.database.read() as connection:
        batch = rows.get(connection, batch_id)
        if batch is None:
            raise NotFound("There is no such batch.")
        back = rows.reversal_of(connection, batch_id)
        totals, problems = rows.totals(connection, batch_id), rows.problems(connection, batch_id)
    return Seen(batch, totals, tuple(problems), back.id if back else None)


def latest(portal: Portal) -> list[Batch]:
    """The newest batches of everybody."""
    with portal.database.read() as connection:
        return rows.latest(connection, LATEST)


def page(portal: Portal, batch_id: str, state: RowState | None = None, after: str = "") -> Listed[Row]:
    """Rows in the order of the file, of one state or of all. Raises BadInput for a page that never was."""
    with portal.database.read() as connection:
        return rows.page(connection, batch_id, state, after)


def csv_rows(portal: Portal, batch_id: str) -> Iterator[str]:
    """Every row with what was found or what became of it: the dry run, and later the result. Raises NotFound."""
    view(portal, batch_id)
    with portal.database.read() as connection:
        yield from spreadsheets.sheet(COLUMNS, map(_cells, rows.stream(connection, batch_id)))


def confirm(portal: Portal, batch_id: str, said: Confirmed) -> Seen:
    """From now on it runs, whatever happens to this process. Confirming it again changes nothing.

    Raises BadInput (another total, bad rows that nobody said to skip, more than a day's grants), Forbidden, NotFound,
    Conflict for a batch that was stopped.
    """
    seen = view(portal, batch_id)
    if seen.batch.created_by != said.by:
        raise Forbidden("Only who checked a batch can confirm it.")
    if seen.batch.state is BatchState.STOPPED:
        raise Conflict("This batch was stopped.")
    if seen.batch.state is BatchState.CHECKED:
        _assert_runnable(portal, seen, said)
        portal.till.write(lambda tx: _confirm(tx, seen, said, portal.clock()))
    return view(portal, batch_id)


def stop(portal: Portal, batch_id: str, by: str, origin: str = "") -> Seen:
    """What is not done yet is never done. Raises NotFound."""

    def work(tx: Tx) -> None:
        tx.database.serialize(tx.connection, f"batch:{batch_id}")
        batch = rows.get(tx.connection, batch_id)
        if batch is None:
            raise NotFound("There is no such batch.")
        if batch.state is BatchState.RUNNING:
            now = portal.clock()
            rows.end(tx, batch_id, BatchState.STOPPED, now)
            audit.add(tx, actor=by, action="batch.stopped", now=now, origin=origin, reference=batch_id)

    portal.till.write(work)
    return view(portal, batch_id)


def reverse(portal: Portal, batch_id: str, by: str, *, own_account_id: str | None = None, origin: str = "") -> Seen:
    """A batch, to be confirmed like any other, that takes back each row that was done. There is one for each batch.

    Raises NotFound, Conflict for one that runs or did nothing.
    """

    def work(tx: Tx) -> str:
        tx.database.serialize(tx.connection, f"batch:{batch_id}")
        batch, back = rows.get(tx.connection, batch_id), rows.reversal_of(tx.connection, batch_id)
        if batch is None:
            raise NotFound("There is no such batch.")
        if back is not None:
            return _same_sender(back, by)
        done = rows.done(tx.connection, batch_id)
        if batch.state not in (BatchState.DONE, BatchState.STOPPED) or not done:
            raise Conflict("Only a batch that is over and did something can be reversed.")
        return _reverse(tx, portal, batch, done, by, own_account_id, origin)

    return view(portal, portal.till.write(work))


def _reverse(
    tx: Tx, portal: Portal, batch: Batch, done: list[Row], by: str, own_account_id: str | None, origin: str
) -> str:
    """Judged like any file: a balance may be too small by now. Raised limits do not matter, it gives nothing new."""
    amounts = {row.place: Credits(-(row.amount or NONE).micro) for row in done}
    given = [
        GivenRow(row.place, row.account_id or "", str(amounts[row.place]), f"Reverses row {row.place} of {batch.id}")
        for row in done
    ]
    purses = rows.purses(tx.connection, (row.account for row in given), by, own_account_id)
    judged = judge(given, purses, Limits(portal.settings.grants.max_credits_per_grant, portal.clock()))
    transfers = {row.place: row.transfer_id for row in done}
    back = Batch(
        new_id("bat"), batch.name, by, batch.shown, BatchState.CHECKED, batch.id, "", portal.clock(), None, None
    )
    rows.add(tx, back, back.id, origin, [replace(row, corrects=transfers[row.place]) for row in judged])
    return back.id


def _assert_runnable(portal: Portal, seen: Seen, said: Confirmed) -> None:
    totals, bad = seen.totals, seen.totals.of(RowState.BAD)
    if not totals.of(RowState.WAITING):
        raise BadInput("No row of it can run.", field="total")
    if bad and not said.skip_bad:
        raise BadInput(
            sentence("{n} rows have a problem: mend the file, or say that they are skipped.", n=bad), field="skip"
        )
    if said.total != totals.moved:
        raise BadInput("This is not the total. Look at it again.", field="total")
    left = grants.left_today(portal, said.by)
    if totals.granted > left:
        raise BadInput(sentence("You can grant {left} more credits today.", left=left), field="total")


def _confirm(tx: Tx, seen: Seen, said: Confirmed, now: int) -> None:
    batch_id = seen.batch.id
    tx.database.serialize(tx.connection, f"batch:{batch_id}")
    found = rows.get(tx.connection, batch_id)
    if found is None or found.state is not BatchState.CHECKED:
        return
    rows.confirm(tx, batch_id, now)
    count = seen.totals.of(RowState.WAITING)
    audit.add(
        tx, actor=said.by, action="batch.confirmed", now=now, origin=said.origin, reference=batch_id,
        reason=seen.batch.name, after=f"{count} rows, {seen.totals.moved} credits",
    )  # fmt: skip
    tx.changed.add(QUEUE)


def _same_sender(known: Batch, by: str) -> str:
    if known.created_by != by:
        raise KeyReused("This idempotency key was already used for something else.")
    return known.id


def _cells(row: Row) -> tuple[spreadsheets.Cell, ...]:
    return (
        row.place, row.given_account, row.given_amount, row.reason, row.reference,
        spreadsheets.moment(row.expires_at), row.state, row.problem, row.account_id, _plain(row.before),
        _plain(row.after), row.transfer_id,
    )  # fmt: skip


def _plain(credits: Credits | None) -> str | None:
    return None if credits is None else str(credits)
