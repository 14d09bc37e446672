"""A small PDF writer: pages of text in Helvetica, nothing else. Pure calculation, used by `hosted`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

# An A4 page, in points.
WIDTH, HEIGHT = 595, 842
MARGIN = 56
ROW = 18
SLIM = frozenset("1.:i,'! |-;l)(")


@dataclass(frozen=True)
class Text:
    """One line of the sheet: words on the left, words on the right, and how it is set."""

    left: str
    right: str = ""
    bold: bool = False
    size: int = 10


def document(rows: Sequence[Text], title: str) -> bytes:
    """The bytes of a PDF 1.4 file with as many A4 pages as the rows need."""
    per_page = (HEIGHT - 2 * MARGIN) // ROW
    sheets = [rows[start : start + per_page] for start in range(0, len(rows), per_page)] or [()]
    pages = [5 + 2 * place for place in range(len(sheets))]
    kids = " ".join(f"{page} 0 R" for page in pages)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        _font("Helvetica"),
        _font("Helvetica-Bold"),
    ]
    for page, sheet in zip(pages, sheets, strict=True):
        content = _content(sheet)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {page + 1} 0 R "
            "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    objects.append(b"<< /Title (%s) /Producer (Scrip sandbox) >>" % _escaped(title))
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    """Header, objects, the table of where each begins, and the trailer."""
    made = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    starts = []
    for number, body in enumerate(objects, start=1):
        starts.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for start in starts:
        made += b"%010d 00000 n \n" % start
    size = len(objects) + 1
    made += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, size - 1, table)
    return bytes(made)


def _content(rows: Sequence[Text]) -> bytes:
    parts = []
    for place, row in enumerate(rows):
        height = HEIGHT - MARGIN - row.size - place * ROW
        parts.append(_shown(row, row.left, MARGIN, height))
        if row.right:
            parts.append(_shown(row, row.right, WIDTH - MARGIN - _width(row.right, row.size), height))
    return b"\n".join(parts)


def _shown(row: Text, words: str, across: int, height: int) -> bytes:
    font = b"F2" if row.bold else b"F1"
    return b"BT /%s %d Tf %d %d Td (%s) Tj ET" % (font, row.size, across, height, _escaped(words))


def _width(words: str, size: int) -> int:
    slim = sum(letter in SLIM for letter in words)
    return (slim * 30 + (len(words) - slim) * 57) * size // 100


def _escaped(words: str) -> bytes:
    """Text in the font's own encoding; letters it does not have become question marks."""
    plain = "".join(islice((letter if letter.isprintable() else " " for letter in words), 200))
    encoded = plain.encode("cp1252", "replace")
    return encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _font(name: str) -> bytes:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()
