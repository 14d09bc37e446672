"""Packs a column of values into PostgreSQL's binary array form. Only `rowsets` and `database` may import it.

psycopg packs arrays too, but looks at each element to learn its type; here the type is known, and the loops run in C.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, repeat
from struct import Struct
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types.numeric import Int2, Int8

_HEAD = Struct("!iiIii")
_LENGTH = Struct("!i")
_NULL = _LENGTH.pack(-1)

Pack = Callable[[Sequence[Any]], bytes]


class Packed:
    """A packed column, ready to be sent; one subclass for each array type."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


def register() -> None:
    """Lets psycopg send packed columns. Must come before an engine is made: it copies what psycopg knows by then."""
    for made, _, _, sender in _KINDS.values():
        psycopg.adapters.register_dumper(made, sender)


def packer(kind: str) -> Callable[[Sequence[Any]], Packed]:
    """What packs columns of this type ("int8", "int2", "bool", "text"); None becomes NULL."""
    made, oid, pack, _ = _KINDS[kind]

    def column(values: Sequence[Any]) -> Packed:
        holes = None in values
        if values.count(values[0]) == len(values):  # half of a ledger's columns say the same in every row
            parts = (_NULL if holes else pack(values[:1])) * len(values)
        elif holes:
            parts = b"".join([_NULL if each is None else pack((each,)) for each in values])
        else:
            parts = pack(values)
        return made(_HEAD.pack(1, holes, oid, len(values), 1) + parts)

    return column


def single(kind: str, value: Any) -> Any:
    """One value of this type, for a column that says the same in every row. A number's type does not depend on it."""
    made = _SINGLE.get(kind)
    return value if made is None or value is None else made(value)


def _fixed(code: str) -> Pack:
    one = Struct(f"!i{code}")
    width = one.size - _LENGTH.size
    return lambda values: b"".join(map(one.pack, repeat(width), values))


def _texts(values: Sequence[str]) -> bytes:
    encoded = list(map(str.encode, values))
    return b"".join(chain.from_iterable(zip(map(_LENGTH.pack, map(len, encoded)), encoded, strict=True)))


def _kind(oid: int, array_oid: int, pack: Pack) -> tuple[type[Packed], int, Pack, type[Dumper]]:
    """A class of packed columns, and how they are sent: as they are."""
    made = type("PackedColumn", (Packed,), {"__slots__": ()})

    class Sender(Dumper):
        format = Format.BINARY
        oid = array_oid

        def dump(self, obj: Packed) -> Buffer:
            return obj.data

    return made, oid, pack, Sender


# Type numbers from PostgreSQL's catalogue, the same in every version: of the element, of its array.
_KINDS = {
    "bool": _kind(16, 1000, _fixed("?")),
    "int8": _kind(20, 1016, _fixed("q")),
    "int2": _kind(21, 1005, _fixed("h")),
    "text": _kind(25, 1009, _texts),
}
_SINGLE: dict[str, Callable[[Any], Any]] = {"int8": Int8, "int2": Int2, "text": str}
