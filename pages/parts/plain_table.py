"""Tables of plain cells, drawn by the browser from data: one element, however many rows. Only pages import it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from nicegui import ui

from billing.rules.moments import iso
from pages.parts import format as written
from pages.words import _


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `href` is an address of ours or the payment provider's, and then `title` what the link is called aloud;
    `chip` a tone of status; `tone` a class of the cell.
    """

    text: str
    href: str = ""
    iso: str = ""
    title: str = ""
    code: bool = False
    chip: str = ""
    sign: str = ""
    tone: str = ""


class PlainTable(ui.element, component="plain_table.js"):
    """`columns` are labels; one that begins with "#" holds numbers and stands to the right."""

    def __init__(self, caption: str, columns: Sequence[str]) -> None:
        super().__init__()
        self.props["caption"] = caption
        self.props["empty"] = _("None yet.")
        self.props["columns"] = [{"label": each.lstrip("#"), "num": each.startswith("#")} for each in columns]

    def show(self, rows: Iterable[Sequence[Cell | str]]) -> None:
        """Replaces the rows."""
        self.props["rows"] = [[_plain(cell) for cell in row] for row in rows]
        self.update()


def moment_cell(moment: int, now: int) -> Cell:
    """A moment, short, with the whole of it in its tooltip."""
    return Cell(written.ago(moment, now), iso=iso(moment), title=written.moment_whole(moment))


def _plain(cell: Cell | str) -> dict[str, object]:
    full = asdict(Cell(cell) if isinstance(cell, str) else cell)
    return {name: value for name, value in full.items() if value or name == "text"}
