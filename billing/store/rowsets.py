"""Sends many rows to the database in one statement. Only `billing/store` may import it.

PostgreSQL unfolds binary arrays, SQLite a VALUES list; the statement around them is the same. That is several times
faster than a statement per row, because the interpreter lock is free while the engine works. The lock is also why
SQLite answers a whole batch as one JSON text: the driver lets go of the lock and takes it back at every row, and a busy
event loop makes it wait for it each time.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Connection

from billing.store.arrays import Packed, packer

Row = Sequence[Any]
Places = tuple[int, ...]

SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
"""Lengths of VALUES lists that SQLite prepares: few enough to be remembered, so near that a batch fills its list."""


class Shape:
    """Names and types of the columns of a batch. `columns` maps names to PostgreSQL's types; SQLite needs none."""

    def __init__(self, **columns: str) -> None:
        self.names = tuple(columns)
        self._types = tuple(columns.values())
        self._packers = [packer(kind) for kind in self._types]

    def postgres(self) -> str:
        """The FROM item for any number of rows: `%b` asks psycopg for binary arrays, text ones take twice the time."""
        arrays = ", ".join(f"%b::{kind}[]" for kind in self._types)
        return f"unnest({arrays}) AS r({', '.join(self.names)})"

    def packed(self, rows: Sequence[Row]) -> list[Packed]:
        """The rows as PostgreSQL's parameters, one a column."""
        return [pack(column) for pack, column in zip(self._packers, zip(*rows, strict=True), strict=True)]

    def sqlite(self, most: int, same: Places) -> str:
        """The FROM item for up to `most` rows; how many of them count is the last parameter.

        The columns at the places `same` have one value for all rows; these are the first parameters.
        """
        others = [name for place, name in enumerate(self.names) if place not in same]
        named = [f"? AS {self.names[place]}" for place in same]
        named += [f"column{number} AS {name}" for number, name in enumerate(others, 1)]
        values = ", ".join([f"({', '.join('?' * len(others))})"] * most)
        return f"(SELECT {', '.join(named)} FROM (VALUES {values}) LIMIT ?) AS r"


class Statement:
    """A write over a batch. `sql` holds {rows} where the batch stands."""

    def __init__(self, shape: Shape, sql: str) -> None:
        self._shape = shape
        self._template = sql
        self._postgres = sql.replace("{rows}", shape.postgres())
        self._sqlite: dict[tuple[int, Places], str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of its rows."""
        return self._shape.names

    def run(self, connection: Connection, rows: Iterable[Row]) -> None:
        """Runs it over `rows`, each in the order of the shape's names."""
        for cursor in self._executed(connection, list(rows)):
            cursor.close()

    def _executed(self, connection: Connection, rows: list[Row]) -> Iterator[Any]:
        """A cursor after each execution: one on PostgreSQL, one for every 512 rows on SQLite."""
        if not rows:
            return
        if connection.dialect.name != "sqlite":
            cursor = connection.connection.cursor()
            cursor.execute(self._postgres, self._shape.packed(rows))
            yield cursor
            return
        for start in range(0, len(rows), SIZES[-1]):
            part = rows[start : start + SIZES[-1]]
            size = SIZES[bisect_left(SIZES, len(part))]
            same, once, part = _same(part) if size == SIZES[-1] else ((), (), part)
            padded = chain(part, repeat(part[-1], size - len(part)))
            cursor = connection.connection.cursor()
            cursor.execute(self._for(size, same), (*once, *chain.from_iterable(padded), len(part)))
            yield cursor

    def _for(self, size: int, same: Places) -> str:
        if (size, same) not in self._sqlite:
            self._sqlite[size, same] = self._template.replace("{rows}", self._shape.sqlite(size, same))
        return self._sqlite[size, same]


class Query(Statement):
    """A read over a batch: the `columns` it returns, then `sql` from the FROM on. {lock} is for PostgreSQL alone.

    Rows come in no order; columns hold texts and whole numbers.
    """

    def __init__(self, shape: Shape, columns: str, sql: str, lock: str = "") -> None:
        super().__init__(shape, f"SELECT json_group_array(json_array({columns})) {sql}")
        self._postgres = f"SELECT {columns} {sql} {lock}".replace("{rows}", shape.postgres())

    def read(self, connection: Connection, rows: Iterable[Row]) -> list[Any]:
        """What it finds for all of `rows`."""
        return self.ask(connection, rows)()

    def ask(self, connection: Connection, rows: Iterable[Row]) -> Callable[[], list[Any]]:
        """The same in two steps: what is returned gets the answer. `together`, many questions are one journey."""
        cursors = list(self._executed(connection, list(rows)))
        return partial(_answers, cursors, connection.dialect.name == "sqlite")


def _same(rows: list[Row]) -> tuple[Places, Row, list[Row]]:
    """The places of the columns that say the same in every row, what they say, and the rows without them.

    Nine of seventeen columns of a thousand debits are such: bound once, a row takes SQLite 2 microseconds less. Only
    the longest lists are looked at, so that there stay few texts to be prepared.
    """
    columns = list(zip(*rows, strict=True))
    same = [
        place for place, column in enumerate(columns)
        if column[0] == column[-1] and column.count(column[0]) == len(column)
    ][: len(columns) - 1]  # fmt: skip
    others = [column for place, column in enumerate(columns) if place not in same]
    return tuple(same), [columns[place][0] for place in same], list(zip(*others, strict=True))


def _answers(cursors: Sequence[Any], sqlite: bool) -> list[Any]:
    found: list[Any] = []
    for cursor in cursors:
        found.extend(json.loads(cursor.fetchone()[0]) if sqlite else cursor.fetchall())
        cursor.close()
    return found


def together(connection: Connection) -> AbstractContextManager[Any]:
    """Inside it PostgreSQL gets one statement after the other without waiting for answers; errors come late."""
    if connection.dialect.name == "sqlite":
        return nullcontext()
    driver: Any = connection.connection.driver_connection
    pipeline: AbstractContextManager[Any] = driver.pipeline()
    return pipeline
