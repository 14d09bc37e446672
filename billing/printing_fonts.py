"""Fonts for printing: those NiceGUI brings along, and for letters they lack what this machine has.

NiceGUI's Roboto covers Latin, Greek and Cyrillic everywhere. For all other scripts the usual folders of fonts are
looked through, the likeliest first, and only when a letter asks for it; so nothing is bundled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

FOLDERS = (
    Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts",
    Path("/System/Library/Fonts"), Path("/Library/Fonts"), Path("C:/Windows/Fonts"),
)  # fmt: skip
LIKELY = ("notosans", "dejavusans.", "ipapgothic", "ipagp", "wqy", "freesans.", "arialuni", "unifont.")
"""Beginnings of the names of fonts that cover much, the finest first; what is not among them comes last."""
SUFFIXES = {".ttf", ".otf", ".ttc", ".woff2"}
LOOKED_AT_MOST = 400
_BESIDES = ("bold", "italic", "oblique", "condensed", "mono", "light", "thin", "black", "serif", "symbols", "emoji")


def fonts_for(letters: set[str]) -> Iterator[Path]:
    """Files that together have as many of the letters as can be had; those every portal has come first."""
    missing = {ord(each) for each in letters if not each.isspace()}
    for number, path in enumerate(_candidates()):
        if not missing or number == LOOKED_AT_MOST:
            return
        found = missing & _covered(path)
        if found:
            missing -= found
            yield path


def covered(paths: Iterable[Path]) -> set[int]:
    """Every letter that these fonts have, by its code point."""
    return {code for path in paths for code in _covered(path)}


def _candidates() -> Iterator[Path]:
    yield from sorted(path for path in _own() if _seen(path)[0].startswith("Roboto"))
    elsewhere = [path for folder in FOLDERS for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES]
    plain = [path for path in elsewhere if not any(word in path.stem.lower() for word in _BESIDES)]
    yield from sorted(plain, key=_likelihood)


def _own() -> Iterator[Path]:
    found = find_spec("nicegui")
    if found is not None and found.origin is not None:
        yield from (Path(found.origin).parent / "static" / "fonts").glob("*.woff2")


def _likelihood(path: Path) -> tuple[int, str]:
    name = path.name.lower()
    place = next((place for place, begin in enumerate(LIKELY) if name.startswith(begin)), len(LIKELY))
    return place, str(path)


def _covered(path: Path) -> frozenset[int]:
    return _seen(path)[1]


@cache
def _seen(path: Path) -> tuple[str, frozenset[int]]:
    """A font's name, and the letters it has; nothing of a file that is none."""
    try:
        with path.open("rb") as file, TTFont(file, lazy=True, fontNumber=0) as font:
            return font["name"].getDebugName(4) or "", frozenset(font.getBestCmap() or ())
    except (OSError, TTLibError):  # a broken file among hundreds is not worth a paper
        return "", frozenset()
