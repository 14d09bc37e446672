"""Sentences keep how they were made, wherever they go, and what fills their places turns nothing around."""

from __future__ import annotations

import pickle

import pytest

from billing.rules.money import Credits, Money
from billing.rules.sentences import Sentence, sentence, together, word
from locales.catalogues import LANGUAGES, RIGHT_TO_LEFT, wished
from locales.speech import Speech, zone, zone_names


def test_a_sentence_is_its_english_text_to_everybody_who_wants_text() -> None:
    said = sentence("At most {most} credits for {name}.", most=Credits.whole(10_000), name="Ada")
    assert said == "At most 10000 credits for Ada."
    assert f"{said}" == str(said) == said


def test_a_sentence_comes_whole_through_another_process() -> None:
    said = together(word("manager"), sentence("At most {most} credits.", most=Credits.whole(5)))
    back = pickle.loads(pickle.dumps(said, pickle.HIGHEST_PROTOCOL))  # noqa: S301  our own bytes
    assert isinstance(back, Sentence)
    assert (back, back.template, back.values) == (said, said.template, said.values)


def test_text_with_braces_is_only_text() -> None:
    assert sentence("It said {why}.", why="{name}") == "It said {name}."
    assert Speech("de").tell("A {name} of somebody's") == "A {name} of somebody's"
    assert Speech("de").say("") == "", "gettext would answer the head of the catalogue"


def test_values_read_as_the_language_writes_them() -> None:
    places = {"credits": Credits.of("1234.5"), "money": Money(1050, "EUR"), "n": 1000, "what": word("manager")}
    assert Speech("de").say("{credits} {money} {n} {what}", **places) == "1.234,5 10,50 EUR 1.000 Manager"


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_only_where_it_runs_from_the_right_a_name_is_set_apart(language: str) -> None:
    said = Speech(language).say("{name} (x).", name="Ada (x).")
    assert (said != "Ada (x). (x).") is (language in RIGHT_TO_LEFT)
    assert Speech(language).direction == ("rtl" if language in RIGHT_TO_LEFT else "ltr")


def test_a_zone_from_outside_opens_no_file() -> None:
    assert {"Europe/Paris", "UTC"} <= zone_names()
    assert str(zone("../../etc/passwd")) == str(zone("")) == "UTC"


def test_a_header_of_any_length_is_no_work() -> None:
    assert wished("de" + ",x" * 500_000) == "de"
    assert wished("a-" * 10_000) == "en"


@pytest.mark.parametrize(
    ("name", "apart"),
    [
        ("Ada & Söhne 東京", "Ada & Söhne 東京"),
        ("مرحبا (1)", "\u2068مرحبا (1)\u2069"),
        ("a\u202egnp.exe", "\u2068a\u202egnp.exe\u2069"),
        ("a\u2069\u2069\u202eb", "\u2068a\u202eb\u2069"),
        ("\u2067a\u2066b", "\u2068\u2067a\u2066b\u2069\u2069\u2069"),
    ],
)
def test_a_name_that_turns_text_stands_apart_in_every_language_and_cannot_get_out(name: str, apart: str) -> None:
    assert Speech("en").apart(name) == apart
    assert Speech("en").say("Dismiss: {heading}", heading=name) == f"Dismiss: {apart}"
