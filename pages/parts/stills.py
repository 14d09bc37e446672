"""What a part looks like until its half in the browser draws it. Parts that stand on a page from the beginning say it.

Every value goes through Markup.format, which escapes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from markupsafe import Markup

NOTHING = Markup()
VOID = frozenset({"input", "br", "hr", "img"})


@dataclass(frozen=True, slots=True)
class Still:
    """One element as HTML. It may be put into `Markup(...).format` as it is."""

    tag: str
    attributes: Mapping[str, object] = field(default_factory=dict)
    inner: Markup = NOTHING

    def __html__(self) -> str:
        written = Markup().join(_attribute(name, value) for name, value in self.attributes.items())
        end = NOTHING if self.tag in VOID else Markup("{}</{}>").format(self.inner, self.tag)
        return Markup("<{}{}>{}").format(self.tag, written, end)


@runtime_checkable
class Pictured(Protocol):
    """A part that can say what it looks like; None while it looks like more than it can say."""

    def still(self, inner: Markup) -> Still | None:
        """`inner` is its text and what was built in it."""


def each(pattern: Markup, rows: Iterable[Mapping[str, object]]) -> Markup:
    """The pattern filled with every row."""
    return Markup().join(pattern.format_map(row) for row in rows)


def _attribute(name: str, value: object) -> Markup:
    """As Vue writes it: what is false is left out, but not from what screen readers are told."""
    if isinstance(value, bool) and name.startswith("aria-"):
        value = str(value).lower()
    if value is None or value is False or (value == "" and name in ("class", "style")):
        return NOTHING
    return Markup(" {}").format(name) if value is True else Markup(' {}="{}"').format(name, value)
