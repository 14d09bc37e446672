"""Batch work: does what was confirmed, part by part, until it is done. background runs it, and the command line.

A part is one transaction: its postings, its marks and its lines of the audit log are there together or not at all, and
a row's cause is unique. So a killed process, two of them at once or a part that is tried again move each row once.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from billing.grants import CAUSE, assert_within_day, not_reversible, posted_or_raise
from billing.portal import Portal
from billing.rules.errors import Forbidden, Refused
from billing.rules.grant_batches import NONE, Batch, BatchState, Row, RowState
from billing.rules.grant_rows import OWN
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import NEVER
from billing.rules.money import Credits
from billing.rules.postings import NotPosted, Outcome, Posted, Posting, chain_hash
from billing.rules.texts import new_id
from billing.rules.views import AuditLine
from billing.store import audit, ledger
from billing.store import grant_batches as rows
from billing.store.writer import Tx

PART = 250
"""Rows of one transaction: enough to be fast, few enough that others' writes wait a moment only."""

Mark = tuple[int, RowState, str, int | None]

log = structlog.get_logger("batches")


def work(portal: Portal) -> None:
    """Works all that is confirmed. Raises LedgerUnavailable."""
    while work_part(portal):
        pass


def work_part(portal: Portal) -> bool:
    """Works the next part; whether there was anything to do. Raises LedgerUnavailable."""
    with portal.database.read() as connection:
        batch = rows.running(connection)
    if batch is None:
        return False
    try:
        portal.till.write(lambda tx: _part(tx, portal, batch))
    except Forbidden as limit:
        # The day's limit was reached by other grants meanwhile: the part is undone and nothing more is tried.
        note, now = limit.sentence, portal.clock()
        log.warning("batch_stopped", batch=batch.id, why=limit.code)
        portal.till.write(lambda tx: rows.end(tx, batch.id, BatchState.STOPPED, now, note))
    return True


def _part(tx: Tx, portal: Portal, asked: Batch) -> None:
    tx.database.serialize(tx.connection, f"batch:{asked.id}")
    batch = rows.get(tx.connection, asked.id)
    if batch is None or batch.state is not BatchState.RUNNING:
        return
    now = portal.clock()
    tx.database.serialize(tx.connection, f"grants:{batch.created_by}")
    waiting = rows.waiting(tx.connection, batch.id, PART)
    if not waiting:
        rows.end(tx, batch.id, BatchState.DONE, now)
        return
    rows.mark(tx, batch.id, _posted(tx, batch, waiting, now))
    assert_within_day(tx, portal, batch.created_by, now)
    tx.changed.add(batch.id)


def _posted(tx: Tx, batch: Batch, waiting: Sequence[Row], now: int) -> list[Mark]:
    """Posts the rows that may be posted, with their lines of the audit log; what became of each."""
    postings = [_posting(batch, row, now) for row in waiting]
    own = rows.purses(tx.connection, {each.account_id for each in postings}, batch.created_by, None)
    stands = not_reversible(tx, postings)
    problems = [
        OWN if getattr(own.get(posting.account_id), "is_own", False) else why
        for posting, why in zip(postings, stands, strict=True)
    ]
    good = [posting for posting, problem in zip(postings, problems, strict=True) if not problem]
    outcomes = iter(ledger.post(tx, good, now) if good else [])
    marks: list[Mark] = []
    lines: list[AuditLine] = []
    for row, posting, problem in zip(waiting, postings, problems, strict=True):
        if problem:
            marks.append((row.place, RowState.REFUSED, problem, None))
            continue
        outcome = next(outcomes)
        marks.append(_mark(row, outcome))
        if isinstance(outcome, Posted) and outcome.fresh:
            lines.append(_line(batch, row, posting, outcome, now))
    audit.add_many(tx, lines)
    return marks


def _posting(batch: Batch, row: Row, now: int) -> Posting:
    account_id, amount = row.account_id or "", row.amount or NONE
    expires_at = row.expires_at or NEVER
    grants = amount.micro > 0
    return Posting(
        account_id=account_id,
        kind=Kind.GRANT if grants else Kind.REMOVAL,
        cause_type=CAUSE,
        cause_id=f"{batch.id}:{row.place}",
        amount_micro=amount.micro,
        actor=batch.created_by,
        happened_at=now,
        reason=row.reason if batch.shown else "",
        corrects=row.corrects,
        input_hash=chain_hash(account_id, amount.micro, row.reason, expires_at),
        terms=LotTerms(LotSource.GRANT, expires_at=expires_at) if grants else None,
    )


def _mark(row: Row, outcome: Outcome) -> Mark:
    if isinstance(outcome, NotPosted):
        return row.place, RowState.REFUSED, _why(outcome), None
    return row.place, RowState.DONE, "", outcome.transfer_id


def _why(refused: NotPosted) -> str:
    """The sentence a single grant would have been refused with."""
    try:
        posted_or_raise(refused)
    except Refused as error:
        return error.sentence
    return refused.refusal.value


def _line(batch: Batch, row: Row, posting: Posting, outcome: Posted, now: int) -> AuditLine:
    before = outcome.balance_after_micro - outcome.amount_micro
    return AuditLine(
        new_id("aud"), batch.created_by, f"credits.{posting.kind}", posting.account_id, row.reason,
        str(Credits(before)), str(Credits(outcome.balance_after_micro)), now,
        reference=row.reference or batch.id, transfer_id=outcome.transfer_id,
    )  # fmt: skip
