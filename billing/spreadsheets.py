"""Spreadsheets: lists as CSV text that no program runs as a formula. Verbs call it.

UTF-8 without a mark, a header line, stable columns, times in UTC.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from billing.rules.moments import iso
from billing.statements import harmless

Cell = str | int | None


def sheet(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The header, then each row as its own piece of text. Numbers that are texts already stay as they are."""
    yield line(columns)
    for row in rows:
        yield line(row)


def line(cells: Sequence[Cell]) -> str:
    """One line; what somebody wrote is made harmless, numbers are left alone."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_text(cell) for cell in cells])
    return out.getvalue()


def moment(at: int | None) -> str:
    """A moment as a cell; nothing for none."""
    return "" if at is None else iso(at)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    text = str(cell)
    is_number = text.removeprefix("-").replace(".", "", 1).isdecimal()
    return text if is_number else harmless(text)
