"""Figures with their names: a line that adds up, or stats side by side. Only pages import it.

It is one element, however many figures it has: a page of single elements costs the server memory for every visitor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from nicegui import ui

from pages.parts.halves import half


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: its name, the finished text, and the sign between it and the one before. `hint` stands below.

    `href` leads to the list that it sums up.
    """

    term: str
    text: str
    sign: str = ""
    hint: str = ""
    href: str = ""


class SumLine(ui.element):
    """A description list. Use it as a sum, whose last figure is the result, or as `stats`."""

    def __init__(self, label: str | None = None, *, stats: bool = False, large: bool = False) -> None:
        super().__init__(half("sum_line"))
        self.props["look"] = "stats" if stats else "sum large" if large else "sum"
        if label is not None:
            self.props["aria-label"] = label

    def show(self, figures: Iterable[Figure]) -> None:
        """Replaces the figures."""
        told = [asdict(each) for each in figures]
        self.props["terms"] = [{**each, "last": place == len(told)} for place, each in enumerate(told, 1)]
        self.update()

    @property
    def text(self) -> str:
        """All of it as one reads it."""
        parts = (part for each in self.props.get("terms", []) for part in (each["sign"], each["term"], each["text"]))
        return " ".join(filter(None, parts))
