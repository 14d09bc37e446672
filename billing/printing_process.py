"""`python -m billing.printing_process`: reads a paper as JSON, writes it as a PDF. `printing` starts it."""

from __future__ import annotations

import json
import logging
import sys
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from unicodedata import category

from fpdf import FPDF
from fpdf.enums import TextDirection, XPos, YPos

from billing.printing_fonts import covered, fonts_for
from billing.rules.printouts import Printout, Table

Colour = tuple[int, int, int]

MARGIN, WIDTH, ROW = 18, 210 - 2 * 18, 6
TEXT, MUTED, HAIRLINE = (20, 23, 31), (82, 90, 107), (213, 217, 224)
MISSING = "?"
"""Stands for a letter that no font has."""


class Line(NamedTuple):
    """Texts side by side: how wide each is, in hundredths, and whether it is a number."""

    texts: Sequence[str]
    shares: Sequence[int]
    numbers: Sequence[bool] = ()


class Printer(FPDF):
    """An A4 document with the paper's own words below each page."""

    def __init__(self, paper: Printout, fonts: list[Path]) -> None:
        super().__init__(format="A4")
        self._paper = paper
        self._rtl = paper.direction == "rtl"
        self._known = covered(fonts)
        self.missing = 0
        for place, path in enumerate(fonts):
            self.add_font(f"f{place}", fname=path)
        self.set_font("f0", size=10)
        self.set_fallback_fonts([f"f{place}" for place in range(1, len(fonts))], exact_match=False)
        self.set_text_shaping(True, direction=TextDirection.RTL if self._rtl else TextDirection.LTR)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, 20)
        self.set_title(paper.title)
        self.set_creator(paper.product)

    def footer(self) -> None:
        """The product and the page's number."""
        self.set_y(-14)
        page = self._paper.page.replace("{n}", str(self.page_no()))
        self._line(Line((self._paper.product, page), (70, 30), (False, True)), 4, 8, MUTED)

    def write_paper(self) -> None:
        """All of it, top to bottom."""
        self.add_page()
        self._text(self._paper.product, 5, 10, MUTED)
        self._text(self._paper.title, 13, 20, TEXT)
        for term, text in self._paper.facts:
            self._line(Line((term, text), (20, 80)), 6, 10, TEXT, first=MUTED)
        for table in self._paper.tables:
            self._table(table)
        self.ln(4)
        self._text(self._paper.note, 4, 8, MUTED)
        if self.missing:
            self._text(self._paper.unprintable.replace("{n}", str(self.missing)), 4, 8, MUTED)

    def _table(self, table: Table) -> None:
        self.ln(6)
        self._text(table.caption, 8, 12, TEXT)
        shares = tuple(each.share for each in table.columns)
        numbers = tuple(each.is_number for each in table.columns)
        head = Line(tuple(each.label for each in table.columns), shares, numbers)
        self._row(head, 8, MUTED)
        for place, row in enumerate(table.rows):
            if self.will_page_break(ROW):
                self.add_page()
                self._row(head, 8, MUTED)
            self._row(Line(row, shares, numbers), 10 if place in table.strong else 9, TEXT)

    def _row(self, line: Line, size: int, colour: Colour) -> None:
        self._line(line, ROW, size, colour)
        self.set_draw_color(*HAIRLINE)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())

    def _text(self, text: str, height: int, size: int, colour: Colour) -> None:
        self._line(Line((text,), (100,)), height, size, colour)

    def _line(self, line: Line, height: int, size: int, colour: Colour, first: Colour | None = None) -> None:
        """Texts side by side; where one reads from the right, they stand from the right."""
        cells = list(zip(line.texts, line.shares, line.numbers or [False] * len(line.texts), strict=True))
        inks = [first or colour, *[colour] * (len(cells) - 1)]
        placed = list(zip(cells, inks, strict=True))
        for (text, share, is_number), ink in reversed(placed) if self._rtl else placed:
            width = WIDTH * share // 100
            self.set_text_color(*ink)
            # Said anew for every cell: after a letter from another font, a text from the right would keep its size.
            self.set_font("f0", size=size)
            self.current_font_is_set_on_page = False
            side = "R" if is_number != self._rtl else "L"
            self.cell(width, height, self._fit(text, width), align=side, new_x=XPos.RIGHT, new_y=YPos.TOP)
        self.ln(height)

    def _fit(self, text: str, width: int) -> str:
        """The text with letters that can be drawn, as much of it as fits."""
        # No letter that is drawn is narrower than a quarter of a millimetre.
        drawn = "".join(map(self._drawable, text[: 4 * width]))
        if len(text) <= 4 * width and self.get_string_width(drawn) <= width - 2:
            return drawn
        lengths = range(1, len(drawn))
        fits = bisect_left(lengths, True, key=lambda most: self.get_string_width(_cut(drawn, most)) > width - 2)
        return _cut(drawn, fits) if fits else ""

    def _drawable(self, letter: str) -> str:
        """The letter, or what stands for one that no font has; marks of direction need no drawing."""
        if letter.isspace() or ord(letter) in self._known:
            return letter
        if category(letter) == "Cf":
            return ""
        self.missing += 1
        return MISSING


def _cut(text: str, most: int) -> str:
    return f"{text[:most].rstrip()}…"


def main() -> None:
    """From standard input to standard output."""
    logging.disable(logging.CRITICAL)  # of fonts' tables there is much to say, and nobody to say it to
    given = json.load(sys.stdin)
    letters = set(json.dumps(given, ensure_ascii=False)) | set("…?0123456789")
    printer = Printer(Printout.read(given), list(fonts_for(letters)))
    printer.write_paper()
    sys.stdout.buffer.write(bytes(printer.output()))


if __name__ == "__main__":
    main()
