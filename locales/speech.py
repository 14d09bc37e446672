"""How one person is spoken to: their language and their time zone. auth finds out which, pages say everything so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import Decimal
from functools import cache
from unicodedata import bidirectional
from zoneinfo import ZoneInfo, available_timezones

from billing.rules.money import Credits, Money
from billing.rules.sentences import Sentence, filled
from locales import figures
from locales.catalogues import LOCALES, RIGHT_TO_LEFT, SOURCE, catalogue

# They keep a name or an id, whichever way it is written, from turning the words around it.
_APART, _TOGETHER = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_BEGINS = (_APART, "\N{LEFT-TO-RIGHT ISOLATE}", "\N{RIGHT-TO-LEFT ISOLATE}")
_TURNING = frozenset("R AL AN RLE RLO LRE LRO PDF RLI LRI FSI PDI".split())
"""Classes of characters of which one is enough to turn what stands beside it."""


@dataclass(frozen=True, slots=True)
class Speech:
    """`zone_name` is one of `zone_names()`. Both are plain values: anything may be said with them, anywhere."""

    language: str = SOURCE
    zone_name: str = "UTC"

    @property
    def locale(self) -> str:
        """Whose conventions numbers and dates follow."""
        return LOCALES[self.language]

    @property
    def direction(self) -> str:
        """Which way it is written: ltr or rtl, as HTML says it."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    @property
    def zone(self) -> tzinfo:
        """The zone moments are told in."""
        return zone(self.zone_name)

    def say(self, template: str, /, **values: object) -> str:
        """The template in this language, its places filled."""
        # gettext answers an empty text with the head of the catalogue
        return self._fill(catalogue(self.language).gettext(template), values) if template else ""

    def count(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The form that fits the number, which fills the place {n}."""
        return self._fill(catalogue(self.language).ngettext(one, many, n), {"n": n, **values})

    def say_of(self, context: str, template: str, /, **values: object) -> str:
        """The same as `say` for a word that means something else elsewhere."""
        return self._fill(catalogue(self.language).pgettext(context, template), values)

    def tell(self, said: str) -> str:
        """What a lower room said: a `Sentence` in this language, a plain text as far as the catalogue has it."""
        return self.say(said.template, **said.values) if isinstance(said, Sentence) else self.say(said)

    def apart(self, text: str) -> str:
        """A name, an id or somebody's own words, so that they do not turn what stands around them."""
        return f"{_APART}{_closed(text)}{_TOGETHER}" if text and (self.direction == "rtl" or _turns(text)) else text

    def _fill(self, template: str, values: Mapping[str, object]) -> str:
        return filled(template, {name: self._shown(value) for name, value in values.items()}) if values else template

    def _shown(self, value: object) -> str:
        if isinstance(value, Sentence):
            return self.tell(value)
        if isinstance(value, Credits):
            return figures.credits(value, self.language)
        if isinstance(value, Money):
            return figures.money(value, self.language)
        if isinstance(value, (int, Decimal)):
            return figures.number(value, self.language)
        return self.apart(str(value))


def _turns(text: str) -> bool:
    """Whether something in it is written from right to left, or asks for it."""
    return not text.isascii() and any(bidirectional(each) in _TURNING for each in text)


def _closed(text: str) -> str:
    """Without signs that would end what the text stands in, and with an end to whatever it begins."""
    kept, depth = [], 0
    for each in text:
        depth += (each in _BEGINS) - (each == _TOGETHER)
        if depth < 0:
            depth = 0
            continue
        kept.append(each)
    return "".join(kept) + _TOGETHER * depth


@cache
def zone_names() -> frozenset[str]:
    """Every zone that can be chosen, by its name in the IANA database."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


@cache
def zone(name: str) -> tzinfo:
    """The zone of that name; UTC for a name nobody knows, as it may come from a browser."""
    return ZoneInfo(name) if name in zone_names() and name != "UTC" else UTC
