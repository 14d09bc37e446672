"""Sends many rows to the database in one statement. Only `billing/store` may import it.

PostgreSQL unfolds binary arrays, SQLite a VALUES list; the statement around them is the same. That is several times
faster than a statement per row, because the interpreter lock is free while the engine works.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection

Row = Sequence[Any]

CHUNK_MOST = 512
"""Longest VALUES list; SQLite takes 32,766 parameters in a statement."""


class Shape:
    """Names and types of the columns of a batch. `columns` maps names to PostgreSQL's types; SQLite needs none."""

    def __init__(self, **columns: str) -> None:
        self.names = tuple(columns)
        self._types = tuple(columns.values())

    def postgres(self) -> str:
        """The FROM item for any number of rows: `%b` asks psycopg for binary arrays, text ones take twice the time."""
        arrays = ", ".join(f"%b::{kind}[]" for kind in self._types)
        return f"unnest({arrays}) AS r({', '.join(self.names)})"

    def sqlite(self, count: int) -> str:
        """The FROM item for exactly `count` rows."""
        named = ", ".join(f"column{place} AS {name}" for place, name in enumerate(self.names, 1))
        values = ", ".join([f"({', '.join('?' * len(self.names))})"] * count)
        return f"(SELECT {named} FROM (VALUES {values})) AS r"


class Statement:
    """One statement over a batch. `sql` holds {rows} where the batch stands, and {lock} where PostgreSQL locks rows."""

    def __init__(self, shape: Shape, sql: str) -> None:
        self._shape = shape
        self._template = sql
        self._postgres = sql.replace("{rows}", shape.postgres()).replace("{lock}", "FOR NO KEY UPDATE")
        self._sqlite: dict[int, str] = {}

    def run(self, connection: Connection, rows: Iterable[Row]) -> list[Any]:
        """Runs it over `rows`, each in the order of the shape's names; returns what the statement returns."""
        listed = list(rows)
        if not listed:
            return []
        cursor = connection.connection.cursor()
        try:
            if connection.dialect.name != "sqlite":
                cursor.execute(self._postgres, tuple(list(column) for column in zip(*listed, strict=True)))
                return list(cursor.fetchall()) if cursor.description else []
            found: list[Any] = []
            for part in _chunks(listed):
                cursor.execute(self._for(len(part)), tuple(chain.from_iterable(part)))
                found.extend(cursor.fetchall())
            return found
        finally:
            cursor.close()

    def _for(self, count: int) -> str:
        if count not in self._sqlite:
            self._sqlite[count] = self._template.replace("{rows}", self._shape.sqlite(count)).replace("{lock}", "")
        return self._sqlite[count]


def _chunks(rows: list[Row]) -> Iterator[list[Row]]:
    """Powers of two, largest first: any batch is a few statements that SQLite has prepared before."""
    start, size = 0, CHUNK_MOST
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        yield rows[start : start + size]
        start += size
