"""Everybody is spoken to in their own language and zone, while a page is built and in everything that happens later."""

from __future__ import annotations

import asyncio
from functools import partial
from gettext import NullTranslations

import pytest
from nicegui import background_tasks, ui

from auth import preferences
from auth.policy import Action, Principal
from auth.preferences import Preferences
from locales import speech
from locales.catalogues import LANGUAGES, wished
from locales.speech import Speech
from pages.frame import screen
from pages.parts.tags import Tag, button
from pages.words import _, n_, spoken
from pages.words import speech as speech_here
from tests.pages.visits import Site, Visitor, until

PAGE = "/words-tried-out"


class Named(NullTranslations):
    """Says every sentence with the name of its language in front, so that nothing depends on a translation."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def gettext(self, message: str) -> str:
        return f"[{self._language}] {message}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"[{self._language}] {msgid1 if n == 1 else msgid2}"


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catalogues that say which one they are."""
    monkeypatch.setattr(speech, "catalogue", Named)


class Tried:
    """A page that says the same word in every way in which a page can come to say something."""

    def __init__(self) -> None:
        self.said = {name: Tag("p").mark(name) for name in ("built", "pressed", "waited", "cleared", "timer", "task")}
        self.said["built"].text = _("word")
        button("press", self._pressed).mark("press")
        self._place = Tag("div")
        with self._place:
            button("clear", self._clears).mark("clear")
        ui.timer(0.01, lambda: self._say("timer"), once=True)
        client = ui.context.client
        self._task = background_tasks.create(self._later(), name="later", context=client)

    def _say(self, name: str) -> None:
        self.said[name].text = _("word")

    async def _pressed(self) -> None:
        self._say("pressed")
        await asyncio.sleep(0)
        self._say("waited")

    async def _clears(self) -> None:
        self._place.clear()
        await asyncio.sleep(0)
        self._say("cleared")

    async def _later(self) -> None:
        self._say("task")


@pytest.fixture(scope="module")
async def tried(site: Site) -> Site:
    """The portal with that page in it."""

    @screen(PAGE, Action.VIEW_ACCOUNT)
    async def page(_principal: Principal) -> None:
        Tried()

    return site


async def test_two_people_hear_their_own_language_whatever_happens_on_their_pages(tried: Site) -> None:
    german, japanese = tried.visitor("Gerda"), tried.visitor("Jun")
    _prefers(german, language="de")
    _prefers(japanese, language="ja")
    await german.open(PAGE)
    await japanese.open(PAGE)
    for visitor in (german, japanese):
        visitor.find(marker="press").click()
        visitor.find(marker="clear").click()
    for visitor, language in ((german, "de"), (japanese, "ja")):
        for name in ("built", "pressed", "waited", "cleared", "timer", "task"):
            await until(partial(visitor.text, name))
            assert visitor.text(name) == f"[{language}] word", name


@pytest.mark.parametrize(
    ("asked", "spoken_in"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("pt, de-CH;q=0.7, es;q=0.8", "es"),
        ("pt-BR, *;q=0.1", "en"),
        ("de;q=0, ar", "ar"),
        ("", "en"),
        ("de;q=7,'; DROP", "en"),
    ],
)
async def test_without_a_choice_the_browser_says_which_language(tried: Site, asked: str, spoken_in: str) -> None:
    visitor = tried.visitor()
    visitor.http_client.headers["Accept-Language"] = asked
    await visitor.open(PAGE)
    assert visitor.text("built") == f"[{spoken_in}] word"
    assert wished(asked) == spoken_in


async def test_what_somebody_chose_comes_before_what_their_browser_says(tried: Site) -> None:
    visitor = tried.visitor()
    visitor.http_client.headers["Accept-Language"] = "fr"
    _prefers(visitor, language="es")
    await visitor.open(PAGE)
    assert visitor.text("built") == "[es] word"


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_the_document_says_its_language_and_direction(tried: Site, language: str) -> None:
    visitor = tried.visitor()
    _prefers(visitor, language=language)
    answer = await visitor.http_client.get(PAGE)
    direction = "rtl" if language == "ar" else "ltr"
    quasar = {"en": "en-US"}.get(language, language)
    assert f'<html lang="{quasar}" dir="{direction}">' in answer.text


@pytest.mark.parametrize(
    ("chosen", "told", "counts"),
    [
        ("Asia/Tokyo", "Europe%2FParis", "Asia/Tokyo"),
        (None, "Europe%2FParis", "Europe/Paris"),
        (None, "../../etc/passwd", "UTC"),
        (None, "", "UTC"),
    ],
)
async def test_the_zone_is_the_chosen_one_else_the_browsers(
    tried: Site, chosen: str | None, told: str, counts: str
) -> None:
    visitor = tried.visitor()
    _prefers(visitor, zone=chosen)
    visitor.http_client.cookies.set("scrip_zone", told)
    with await visitor.open(PAGE):
        assert speech_here().zone_name == counts


def test_outside_of_every_page_it_is_english_unless_said_otherwise() -> None:
    assert _("word") == "[en] word"
    with spoken(Speech("de")):
        assert _("word") == "[de] word"
        assert n_("{n} word", "{n} words", 1_000) == "[de] 1.000 words"
    assert _("word") == "[en] word"


def _prefers(visitor: Visitor, language: str | None = None, zone: str | None = None) -> None:
    preferences.choose(visitor.site.world.portal, visitor.principal, Preferences(language, zone))
