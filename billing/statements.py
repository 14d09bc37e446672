"""Statements: what happened to an account's credits, as pages and as a file. Doors call it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from billing.portal import Portal
from billing.rules.errors import NotFound
from billing.rules.moments import iso
from billing.rules.views import Filters, Line, Listing, StatementPage
from billing.store import statements as rows

CSV_COLUMNS = ("recorded_at", "happened_at", "type", "amount", "balance_after", "by", "reason", "order", "transaction")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def page(portal: Portal, account_id: str, filters: Filters) -> StatementPage:
    """One page of an account's statement, newest first."""
    with portal.database.read() as connection:
        return rows.page(connection, account_id, filters)


def listing(portal: Portal, asked: Listing) -> tuple[list[Line], bool]:
    """The lines at their place in the list, newest first, and whether others follow."""
    with portal.database.read() as connection:
        found = rows.listed(connection, asked)
    return found[: asked.limit], len(found) > asked.limit


def line(portal: Portal, transfer_id: int) -> Line:
    """One line by the id of its transfer. Raises NotFound."""
    with portal.database.read() as connection:
        found = rows.line(connection, transfer_id)
    if found is None:
        raise NotFound("There is no such transaction.")
    return found


def csv_rows(portal: Portal, account_id: str, filters: Filters) -> Iterator[str]:
    """The matching lines as CSV text, piece by piece: UTF-8, a header line, times in UTC, stable columns."""
    yield csv_line(CSV_COLUMNS)
    with portal.database.read() as connection:
        for line in rows.stream(connection, account_id, filters):
            yield csv_line(_cells(line))


def _cells(line: Line) -> tuple[str, ...]:
    numbers = (str(line.amount), str(line.balance_after))
    texts = (harmless(line.actor), harmless(line.reason), line.order_id or "", str(line.id))
    return (iso(line.recorded_at), iso(line.happened_at), line.kind, *numbers, *texts)


def harmless(text: str) -> str:
    """Text that a spreadsheet will not run as a formula: a leading = + - @ is quoted with an apostrophe."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS) else text


def csv_line(cells: tuple[str, ...]) -> str:
    """One line of a file; whoever writes texts that people chose makes them `harmless` first."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
