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

from billing.store.arrays import packer, single

Row = Sequence[Any]
Column = Sequence[Any]
Places = tuple[int, ...]

SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
"""Lengths of VALUES lists that SQLite prepares: few enough to be remembered, so near that a batch fills its list."""


class Shape:
    """Names and types of the columns of a batch. `columns` maps names to PostgreSQL's types; SQLite needs none."""

    def __init__(self, **columns: str) -> None:
        self.names = tuple(columns)
        self._types = tuple(columns.values())
        self._packers = [packer(kind) for kind in self._types]

    def postgres(self, same: Places = ()) -> str:
        """The FROM item for any number of rows: `%b` asks psycopg for binary arrays, text ones take twice the time.

        The columns at the places `same` have one value for all rows; these are the first parameters.
        """
        others = [name for place, name in enumerate(self.names) if place not in same]
        arrays = ", ".join([self.arrays()[name] for name in others])
        names = ", ".join(others)
        if not same:
            return f"unnest({arrays}) AS r({names})"
        once = ", ".join(f"%b::{self._types[place]} AS {self.names[place]}" for place in same)
        return f"(SELECT {once}, {names} FROM unnest({arrays}) AS u({names})) AS r"

    def arrays(self) -> dict[str, str]:
        """Each column's place as an array, by its name."""
        return {name: f"%b::{kind}[]" for name, kind in zip(self.names, self._types, strict=True)}

    def packed(self, columns: Sequence[Column], same: Places = ()) -> list[Any]:
        """The columns as PostgreSQL's parameters, those of one value first."""
        once = [single(self._types[place], columns[place][0]) for place in same]
        return [*once, *(self._packers[place](each) for place, each in enumerate(columns) if place not in same)]

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
        self._postgres: dict[Places, str] = {}
        self._sqlite: dict[tuple[int, Places], str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of its rows."""
        return self._shape.names

    def run(self, connection: Connection, rows: Iterable[Row]) -> None:
        """Runs it over `rows`, each in the order of the shape's names."""
        self.run_columns(connection, list(zip(*rows, strict=True)))

    def run_columns(self, connection: Connection, columns: Sequence[Column]) -> None:
        """The same over columns, for who has them at hand: no row is made only to be taken apart again."""
        for cursor in self._executed(connection, columns):
            cursor.close()

    def _executed(self, connection: Connection, columns: Sequence[Column]) -> Iterator[Any]:
        """A cursor after each execution: one on PostgreSQL, one for every 512 rows on SQLite."""
        if not columns:
            return
        if connection.dialect.name != "sqlite":
            cursor = connection.connection.cursor()
            cursor.execute(*self._for_postgres(columns))
            yield cursor
            return
        for start in range(0, len(columns[0]), SIZES[-1]):
            part = [column[start : start + SIZES[-1]] for column in columns]
            count, same = len(part[0]), _same(part)
            size = SIZES[bisect_left(SIZES, count)]
            others = [column for place, column in enumerate(part) if place not in same]
            padding = repeat([column[-1] for column in others], size - count)
            values = chain.from_iterable(chain(zip(*others, strict=True), padding))
            cursor = connection.connection.cursor()
            cursor.execute(self._for_sqlite(size, same), (*[part[place][0] for place in same], *values, count))
            yield cursor

    def _for_postgres(self, columns: Sequence[Column]) -> tuple[str, list[Any]]:
        same = _same(columns)
        if same not in self._postgres:
            self._postgres[same] = self._template.replace("{rows}", self._shape.postgres(same))
        return self._postgres[same], self._shape.packed(columns, same)

    def _for_sqlite(self, size: int, same: Places) -> str:
        if (size, same) not in self._sqlite:
            self._sqlite[size, same] = self._template.replace("{rows}", self._shape.sqlite(size, same))
        return self._sqlite[size, same]


class Query(Statement):
    """A read over a batch: the `columns` it returns, then `sql` from the FROM on. {lock} is for PostgreSQL alone.

    Rows come in no order; columns hold texts and whole numbers. `within`, if given, is for PostgreSQL instead of `sql`:
    it names each column once, in their order, as {name}, and that is an array of the values asked for. It may find what
    has values of two rows: whoever asks must look again.
    """

    def __init__(self, shape: Shape, columns: str, sql: str, lock: str = "", within: str = "") -> None:
        super().__init__(shape, f"SELECT json_group_array(json_array({columns})) {sql}")
        self._within = bool(within)
        self._asked = f"SELECT {columns} {within or sql} {lock}".format(rows=shape.postgres(), **shape.arrays())

    def _for_postgres(self, columns: Sequence[Column]) -> tuple[str, list[Any]]:
        """Always arrays: with a cause's type as one value, PostgreSQL seemed to read all causes of it for each row."""
        wanted = [tuple(dict.fromkeys(column)) for column in columns] if self._within else columns
        return self._asked, self._shape.packed(wanted)

    def read(self, connection: Connection, rows: Iterable[Row]) -> list[Any]:
        """What it finds for all of `rows`."""
        return self.ask(connection, rows)()

    def ask(self, connection: Connection, rows: Iterable[Row]) -> Callable[[], list[Any]]:
        """The same in two steps: what is returned gets the answer. `together`, many questions are one journey."""
        cursors = list(self._executed(connection, list(zip(*rows, strict=True))))
        return partial(_answers, cursors, connection.dialect.name == "sqlite")


def _same(columns: Sequence[Column]) -> Places:
    """The places of the columns that say the same in every row; but for one column at least.

    Eleven of seventeen columns of a thousand debits may be such. Bound once, a row takes SQLite 2 microseconds less and
    PostgreSQL one. Only the longest lists are looked at, so that there stay few texts to be prepared.
    """
    if len(columns[0]) <= SIZES[-2]:
        return ()
    same = [
        place for place, column in enumerate(columns)
        if column[0] == column[-1] and column.count(column[0]) == len(column)
    ]  # fmt: skip
    return tuple(same[: len(columns) - 1])


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
