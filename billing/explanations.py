"""Explanations: why a balance is what it is, what a line was paid from, what became of a lot. Doors call it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from billing.portal import Portal
from billing.rules.errors import BadInput, NotFound
from billing.rules.explanations import Explanation, LineStory, LotStory, Part
from billing.rules.kinds import Kind
from billing.rules.lots import Lot, LotSource
from billing.rules.moments import iso
from billing.rules.money import Credits
from billing.statements import csv_line
from billing.store import accounts, periods, statements, uses
from billing.store import explanations as rows

CSV_COLUMNS = ("since", "until", "type", "lines", "credits_in", "credits_out", "amount")


def balance(portal: Portal, account_id: str, since: int | None = None, until: int | None = None) -> Explanation:
    """How the balance at one moment became that at another: opening + by type = closing. Raises NotFound, BadInput.

    Without `since` from the beginning, without `until` up to now; `until` is not included. Microseconds UTC.
    """
    now = portal.clock()
    if since is not None and until is not None and since > until:
        raise BadInput("The period must begin before it ends.", field="since")
    with portal.database.read() as connection:
        if accounts.balance(connection, account_id) is None:
            raise NotFound("There is no such account.")
        found = periods.span(connection, account_id, since, until)
        parts = rows.parts(connection, found)
    return Explanation(account_id, since, now if until is None else until, found.opening, found.closing, parts)


def line(portal: Portal, account_id: str, transfer_id: int, whose: tuple[str, ...] | None = None) -> LineStory:
    """One line of the account with the lots it moved and its relatives. Raises NotFound.

    To somebody who sees no uses but those of `whose`, no other use exists.
    """
    with portal.database.read() as connection:
        found = statements.line(connection, transfer_id)
        if found is None or found.account_id != account_id or not uses.is_shown(connection, found, whose):
            raise NotFound("There is no such transaction.")
        said = rows.details(connection, transfer_id) if found.kind is Kind.USAGE else None
        return LineStory(
            found, rows.drawn(connection, transfer_id), rows.related(connection, found, whose),
            json.loads(said or "{}"), rows.event_of(connection, found),
        )  # fmt: skip


def lot(portal: Portal, account_id: str, lot_id: int) -> LotStory:
    """One lot of the account: where it came from and where it went. Raises NotFound.

    It reads the account's lines from the lot's own on, and stops when the lot is accounted for.
    """
    with portal.database.read() as connection:
        found = rows.lot(connection, account_id, lot_id)
        if found is None:
            raise NotFound("There is no such lot.")
        opening = rows.opened_by(connection, found)
        repaid = Credits(0) if opening is None else rows.repaid(connection, opening, lot_id)
        newest = periods.span(connection, account_id, None, None).end
        told = rows.uses(connection, found, 0 if opening is None else opening.version, newest)
        parts, times = _until_accounted_for(found, repaid, told)
    return LotStory(found, opening, repaid, parts, min(times, default=None), max(times, default=None))


def csv_rows(told: Explanation) -> Iterator[str]:
    """An explanation as CSV text: the opening balance, a row for each type, the closing balance. Times in UTC."""
    since, until = "" if told.since is None else iso(told.since), iso(told.until)
    yield csv_line(CSV_COLUMNS)
    yield csv_line((since, until, "opening", "", "", "", str(told.opening)))
    for part in told.parts:
        numbers = (str(part.lines), str(part.credits_in), str(part.credits_out), str(part.amount))
        yield csv_line((since, until, part.kind, *numbers))
    yield csv_line((since, until, "closing", "", "", "", str(told.closing)))


def _until_accounted_for(
    lot: Lot, repaid: Credits, told: Iterator[tuple[Part, int, int]]
) -> tuple[tuple[Part, ...], list[int]]:
    """The parts of all chunks together, up to the one after which nothing is left to tell."""
    missing = Credits(lot.granted_micro - lot.remaining_micro) - repaid
    found: dict[Kind, Part] = {}
    times: list[int] = []
    # What is owed goes up and down for ever; any other lot only goes down.
    while missing.micro or lot.source is LotSource.OVERDRAFT:
        piece = next(told, None)
        if piece is None:
            break
        part, *moments = piece
        known = found.get(part.kind)
        found[part.kind] = part if known is None else known + part
        missing = missing + part.amount
        times += moments
    return tuple(found[kind] for kind in Kind if kind in found), times
