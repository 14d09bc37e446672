"""Sentences that people read, kept so that they can be said in another language. Anyone may import it.

The lower rooms speak English and know no catalogue. What they say to a person is a `Sentence`: plain English text to
everybody who only wants text (the API, the command line, the log), and beside it the template and the values it was
made of, with which pages say the same in the language of whoever looks. `make words` finds every template by the name
of this function, so it stands in the call as a literal:

    raise BadInput(sentence("At most {most} credits can be moved at once.", most=most), field="amount")

A sentence without values needs no call where it is raised: the names of the errors are looked for as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Self

_PLACE = re.compile(r"\{(\w+)\}")


class Sentence(str):
    """English text that remembers how it was made. Values may be sentences (words) themselves, amounts or numbers."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object]) -> Self:
        made = super().__new__(cls, filled(template, {name: str(value) for name, value in values.items()}))
        made.template, made.values = template, values
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override]
        """For its way between processes, template and values and all."""
        return self.template, self.values


def sentence(template: str, /, **values: object) -> Sentence:
    """The sentence with `{name}` replaced by each value."""
    return Sentence(template, values)


def word(text: str) -> Sentence:
    """A word or name of a thing that sentences are made with; `make words` looks for this name too."""
    return Sentence(text, {})


def together(*said: str, between: str = " ") -> Sentence:
    """Sentences or words one after the other; what is empty is left out."""
    parts = {f"part{place}": each for place, each in enumerate(filter(None, said))}
    return Sentence(between.join(f"{{{name}}}" for name in parts), parts)


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its places filled; a place nobody fills stays as it is, for text may hold braces."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template)


def places(template: str) -> set[str]:
    """The names of the places in a template."""
    return set(_PLACE.findall(template))
