"""A printout: a document on paper, as finished texts in one language. Anyone may import it.

It knows nothing of fonts or millimetres; who prints it knows nothing of credits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; `share` is how wide it is beside the others. Numbers stand at its far end."""

    label: str
    share: int
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. `strong` are places of rows that stand out: the first and last of what adds up."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    strong: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Printout:
    """A document. `page` is what stands below each page, {n} its number; `unprintable` what is said where letters are
    missing, {n} how many. `direction` is ltr or rtl.
    """

    title: str
    product: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    note: str
    page: str
    unprintable: str
    direction: str = "ltr"

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """The same again."""
        tables = tuple(
            Table(
                each["caption"], tuple(Column(**column) for column in each["columns"]),
                tuple(map(tuple, each["rows"])), tuple(each["strong"]),
            )
            for each in given["tables"]
        )  # fmt: skip
        facts = tuple((term, text) for term, text in given["facts"])
        return cls(**{**given, "facts": facts, "tables": tables})
