"""Figures with their names: a line that adds up, or stats side by side. Only pages import it.

It is one element, however many figures it has: a page of single elements costs the server memory for every visitor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from markupsafe import Markup
from nicegui import ui

from pages.parts.halves import half
from pages.parts.stills import Still, each


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


_SIGN = Markup('<span class="op" aria-hidden="true">{sign}</span>')
_HINT = Markup('<dd class="caption">{hint}</dd>')
_LINK = Markup('<a class="link" href="{href}">{text}</a>')
_TERM = Markup('{sign}<div class="{class}"><dt>{term}</dt><dd class="number">{text}</dd>{hint}</div>')


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

    def still(self, _inner: Markup) -> Still:
        """The same."""
        look, terms = self.props["look"], self.props.get("terms", [])
        rows = [
            {**term, "class": f"{'stat' if look == 'stats' else 'term'} {'result' if term['last'] else ''}",
             "sign": each(_SIGN, [term] if term["sign"] else []), "hint": each(_HINT, [term] if term["hint"] else []),
             "text": each(_LINK, [term]) if term["href"] else term["text"]}
            for term in terms
        ]  # fmt: skip
        return Still("dl", {"class": look, "aria-label": self.props.get("aria-label")}, each(_TERM, rows))

    @property
    def text(self) -> str:
        """All of it as one reads it."""
        parts = (part for each in self.props.get("terms", []) for part in (each["sign"], each["term"], each["text"]))
        return " ".join(filter(None, parts))
