"""Every language says everything: the catalogues hold what the code says, whole, with the same places to fill."""

from __future__ import annotations

from gettext import c2py
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from billing.rules.sentences import places
from locales.__main__ import SPOKEN, extracted, from_python, is_said
from locales.catalogues import LANGUAGES, SOURCE, catalogue, po_file

TRANSLATED = [language for language in LANGUAGES if language != SOURCE]


@pytest.fixture(scope="module")
def said() -> Catalog:
    """What the code says now."""
    return extracted()


@pytest.fixture(scope="module", params=TRANSLATED)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def kept(language: str) -> Catalog:
    """What is kept in the language."""
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language)


def test_the_code_says_something(said: Catalog) -> None:
    assert len(said) > 600
    assert said.get("Buy credits")
    assert said.get("There is no such account."), "what errors say is found by their names"
    assert said.get("Signing in did not work"), "templates are read as well"


def test_a_sentence_is_found_wherever_it_stands() -> None:
    code = b"""link(f"{_('Settings')} x"); BadInput(sentence("c {d}", d=word("d")), field="e")
n_("one", "many", 2); p_("context", "in"); _(variable); NotFound(f"no {name}")"""
    found = {(name, texts) for _, name, texts, _ in from_python(BytesIO(code), SPOKEN, (), {})}
    assert {("_", ("Settings",)), ("sentence", ("c {d}",)), ("word", ("d",)), ("n_", ("one", "many", None))} <= found
    assert ("p_", ("context", "in")) in found


def test_a_catalogue_holds_exactly_what_the_code_says(said: Catalog, kept: Catalog) -> None:
    """Missing: run `make words` and translate. Too much: run `make words`."""
    assert {_key(each) for each in said if each.id} == {_key(each) for each in kept if each.id}


def test_nothing_is_left_untranslated_or_guessed(kept: Catalog) -> None:
    assert [each.id for each in kept if each.id and (each.fuzzy or not is_said(each))] == []


def test_every_plural_has_all_its_forms(kept: Catalog) -> None:
    plurals = [each for each in kept if isinstance(each.id, tuple)]
    assert plurals
    assert [each.id for each in plurals if len(_said(each)) != kept.num_plurals] == []


def test_every_translation_fills_the_same_places(kept: Catalog) -> None:
    assert [(each.id, each.string) for each in kept if each.id and not _fills_the_same(each, kept)] == []


def test_a_translation_begins_and_ends_like_its_sentence(kept: Catalog) -> None:
    """A space or a full stop too many would show where sentences are put side by side."""
    forms = [(ours, theirs) for each in kept if each.id for ours, theirs in _forms(each)]
    assert [pair for pair in forms if pair[1] != pair[1].strip()] == []
    ends = (".", "。", "!", "؟", "?")
    assert [(ours, theirs) for ours, theirs in forms if ours.endswith(".") and not theirs.endswith(ends)] == []


def test_arabic_counts_eleven_to_ninety_nine_with_its_own_ending() -> None:
    """The order of the forms is the catalogue's own: 100 comes before 11 to 99. Swapped, both would be wrong."""
    with po_file("ar").open("rb") as file:
        kept = read_po(file, locale="ar")
    hundred, many = (c2py(kept.plural_expr)(n) for n in (100, 11))
    plurals = [_said(each) for each in kept if isinstance(each.id, tuple)]
    swapped = [forms for forms in plurals if "ًا" in forms[hundred] and "ًا" not in forms[many]]
    assert len(plurals) > 10
    assert swapped == []


def test_it_is_what_people_are_told(language: str, kept: Catalog) -> None:
    words = catalogue(language)
    message = kept.get("Buy credits")
    assert message is not None
    assert words.gettext("Buy credits") == message.string != "Buy credits"
    counted = {words.ngettext("{amount} credit", "{amount} credits", n) for n in range(120)}
    forms = kept.get("{amount} credit")
    assert forms is not None
    assert counted == set(_said(forms))


def _key(message: Message) -> tuple[str | None, object]:
    return message.context, message.id


def _said(message: Message) -> tuple[str, ...]:
    """Every form of the translation; one alone when nothing is counted."""
    found = message.string or ""
    return (found,) if isinstance(found, str) else tuple(found)


def _english(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _forms(message: Message) -> list[tuple[str, str]]:
    """Each form beside the English one it stands for."""
    return [(_english(message)[-1], form) for form in _said(message)]


def _fills_the_same(message: Message, kept: Catalog) -> bool:
    """A form that is for one number alone may say that number in words."""
    every = places(_english(message)[-1])
    if not isinstance(message.id, tuple):
        return every == places(_said(message)[0])
    chosen = [c2py(kept.plural_expr)(n) for n in range(1, 200)]
    for place, form in enumerate(_said(message)):
        least = every - {"n"} if chosen.count(place) < 2 else every
        if not least <= places(form) <= every:
            return False
    return True
