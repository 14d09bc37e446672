"""Statements: what happened to an account's credits, as pages and as a file. Doors call it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, tzinfo

from billing.portal import Portal
from billing.rules.errors import NotFound
from billing.rules.moments import iso, to_datetime
from billing.rules.views import Filters, Line, Listing, StatementPage
from billing.store import statements as rows

COLUMNS = (
    "recorded_at", "happened_at", "type", "amount", "balance_after", "by", "reason", "order", "transaction",
    "local_time",
)  # fmt: skip
LATELY = 2_000
"""So many of the newest lines are asked who moved them; all of a million would be."""
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


def actors(portal: Portal, account_id: str) -> list[str]:
    """Who moved something in the account lately, by id: persons, keys and the portal's own names for itself."""
    with portal.database.read() as connection:
        return rows.actors(connection, account_id, LATELY)


def line(portal: Portal, transfer_id: int) -> Line:
    """One line by the id of its transfer. Raises NotFound."""
    with portal.database.read() as connection:
        found = rows.line(connection, transfer_id)
    if found is None:
        raise NotFound("There is no such transaction.")
    return found


def csv_rows(portal: Portal, account_id: str, filters: Filters, zone: tzinfo = UTC) -> Iterator[str]:
    """The matching lines as CSV text, piece by piece: UTF-8, a header line, stable columns, no cell a formula.

    Times are in UTC; the last column tells when it was recorded by the clocks of `zone`, with their offset.
    """
    yield csv_line(COLUMNS)
    with portal.database.read() as connection:
        for line in rows.stream(connection, account_id, filters):
            yield csv_line(_cells(line, zone, harmless))


def json_rows(portal: Portal, account_id: str, filters: Filters, zone: tzinfo = UTC) -> Iterator[str]:
    """The same as one JSON document, piece by piece: the account and its lines, amounts as decimal strings."""
    yield f'{{"account": {json.dumps(account_id)}, "transactions": ['
    comma = ""
    with portal.database.read() as connection:
        for line in rows.stream(connection, account_id, filters):
            told = dict(zip(COLUMNS, _cells(line, zone, str), strict=True))
            yield comma + json.dumps(told | {"order": line.order_id}, ensure_ascii=False)
            comma = ",\n"
    yield "]}\n"


def _cells(line: Line, zone: tzinfo, written: Callable[[str], str]) -> tuple[str, ...]:
    """One line by COLUMNS; `written` makes texts that people chose fit for the file."""
    numbers = (str(line.amount), str(line.balance_after))
    texts = (written(line.actor), written(line.reason), line.order_id or "", str(line.id))
    local = to_datetime(line.recorded_at).astimezone(zone).isoformat(timespec="seconds")
    return (iso(line.recorded_at), iso(line.happened_at), line.kind, *numbers, *texts, local)


def harmless(text: str) -> str:
    """Text that a spreadsheet will not run as a formula: a leading = + - @ is quoted with an apostrophe."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS) else text


def csv_line(cells: tuple[str, ...]) -> str:
    """One line of a file; whoever writes texts that people chose makes them `harmless` first."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
