"""The catalogues: every sentence of the portal by language, and the choice between them. Speech and auth use it.

A catalogue is read from its .po file when somebody first needs it. Nothing is compiled beforehand: what a translator
edits is what is shown after a restart, and no binary file can lag behind it.
"""

from __future__ import annotations

import re
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

HERE = Path(__file__).parent
DOMAIN = "scrip"
SOURCE = "en"
"""The language the code is written in; it needs no catalogue."""

LANGUAGES: dict[str, str] = {
    "en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "ja": "日本語", "ar": "العربية",
}  # fmt: skip
"""Every language by its code, each in its own words."""

LOCALES = {**{each: each for each in LANGUAGES}, SOURCE: "en_GB"}
"""Whose conventions numbers and dates follow. English is read all over the world: 20 Nov 2026, 15:04."""

RIGHT_TO_LEFT = frozenset({"ar"})

_WISH = re.compile(r"\s*([A-Za-z]{2,3}|\*)(?:-[A-Za-z0-9]+)*\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.ASCII)
_HEADER_MOST = 1_000


@cache
def catalogue(language: str) -> NullTranslations:
    """The sentences of one language; those of the source for a language nobody knows."""
    if language == SOURCE or language not in LANGUAGES:
        return NullTranslations()
    compiled = BytesIO()
    with po_file(language).open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def po_file(language: str) -> Path:
    """Where the sentences of a language are kept."""
    return HERE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def wished(accept_language: str) -> str:
    """The language a browser asks for most, of those there are: de for "pt, de-CH;q=0.9, en;q=0.5"."""
    wishes: list[tuple[float, str]] = []
    for part in accept_language[:_HEADER_MOST].split(","):
        found = _WISH.fullmatch(part)
        if found is not None:
            wishes.append((float(found[2] or 1), found[1].lower()))
    liked = [(weight, SOURCE if language == "*" else language) for weight, language in wishes if weight > 0]
    # sorting is stable: of two wishes alike the first one counts
    ranked = sorted(liked, key=lambda wish: -wish[0])
    return next((language for _, language in ranked if language in LANGUAGES), SOURCE)
