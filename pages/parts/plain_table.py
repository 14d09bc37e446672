"""Tables of plain cells, drawn by the browser from data: one element, however many rows. Only pages import it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nicegui import ui

from billing.rules.moments import iso
from pages.parts import format as written
from pages.parts.halves import half
from pages.words import _


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `href` is an address of ours, `outside` one of the provider's; `title` is what a link or button is
    called aloud, or the whole of what a text shortens; `chip` a tone of status; `tone` a class of the cell; `below` a
    second line. `act` makes it a button, whose word is told with the key of its row.
    """

    text: str
    href: str = ""
    iso: str = ""
    title: str = ""
    code: bool = False
    chip: str = ""
    sign: str = ""
    tone: str = ""
    below: str = ""
    act: str = ""
    outside: str = ""


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears what is pressed: the name of a column to sort by, the keys of chosen rows, the act and key of a row."""

    sort: Callable[..., Any] | None = None
    pick: Callable[..., Any] | None = None
    act: Callable[..., Any] | None = None


class PlainTable(ui.element):
    """`columns` are labels; one that begins with "#" holds numbers and stands to the right, one with "*" holds
    sentences and gets the most room. `quiet`: a heading says the caption already, so that only screen readers get it.

    `sorts` says by which name the column with a label is sorted. What comes back over the socket proves nothing: those
    who hear it ask for everything again by the key.
    """

    def __init__(
        self,
        caption: str,
        columns: Sequence[str],
        *,
        sorts: Mapping[str, str] | None = None,
        ears: Ears | None = None,
        empty: str = "",
        quiet: bool = False,
    ) -> None:
        super().__init__(half("plain_table"))
        heard, self._sorts = ears or Ears(), dict(sorts or {})
        self.props["caption"], self.props["quiet"] = caption, quiet
        self.props["empty"] = _("None yet.")
        self.props["columns"] = [_column(each) for each in columns]
        if empty:
            self.props["empty"] = empty
        if heard.sort is not None:
            self.on("sort", heard.sort)
        if heard.pick is not None:
            self.props["picks"] = {"all": _("Choose all on this page"), "one": _("Choose {name}")}
            self.on("pick", heard.pick)
        if heard.act is not None:
            self.on("act", heard.act)

    def show(self, rows: Iterable[Sequence[Cell | str]], keys: Sequence[str] = (), names: Sequence[str] = ()) -> None:
        """Replaces the rows. `keys` and `names` tell those apart that can be chosen or acted on."""
        self.props["rows"] = [[_plain(cell) for cell in row] for row in rows]
        self.props["keys"], self.props["names"] = list(keys), list(names)
        self.update()

    def mark_sorted(self, name: str, *, descending: bool) -> None:
        """Says which column is sorted now."""
        for column in self.props["columns"]:
            own = self._sorts.get(column["label"])
            if own:
                column["sort"] = own
                column["sorted"] = ("descending" if descending else "ascending") if own == name else "none"
        self.update()


def moment_cell(moment: int, now: int) -> Cell:
    """A moment, short, with the whole of it in its tooltip."""
    return Cell(written.ago(moment, now), iso=iso(moment), title=written.moment_whole(moment))


def _column(label: str) -> dict[str, object]:
    tone = {"#": "num", "*": "prose"}.get(label[:1], "")
    return {"label": label.lstrip("#*"), "tone": tone}


def _plain(cell: Cell | str) -> dict[str, object]:
    full: dict[str, object] = asdict(Cell(cell) if isinstance(cell, str) else cell)
    # where rows are cards, a line that says nothing is left out
    full["blank"] = full["text"] in ("", written.NONE) and not full["below"]
    return {name: value for name, value in full.items() if value or name == "text"}
