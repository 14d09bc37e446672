"""Language and zone are chosen once, kept with the person, and change nothing that programs read."""

from __future__ import annotations

import pytest

from auth import preferences, sessions
from auth.preferences import Preferences
from billing.rules.errors import BadInput, InsufficientCredits, NotFound, ScripError
from billing.rules.sentences import sentence, together, word
from locales.speech import Speech
from tests.pages.visits import Site, Visitor, until

PATH = "/settings/profile"


def chosen(visitor: Visitor) -> Preferences:
    return preferences.of_person(visitor.site.world.portal, visitor.principal.id)


async def test_a_choice_is_kept_with_the_person_and_holds_in_every_browser(site: Site) -> None:
    ada = site.visitor()
    await ada.open(PATH)
    ada.find(marker="profile").trigger("submit", {"language": "de", "zone": "Asia/Tokyo"})
    await until(lambda: chosen(ada) == Preferences("de", "Asia/Tokyo"))
    await ada.open(f"{PATH}?saved")
    await ada.should_see("Gespeichert.")
    await ada.should_see("UTC+9")
    another = sessions.principal(site.world.portal, sessions.begin(site.world.portal, ada.principal.id))
    assert another is not None
    assert (another.language, another.zone) == ("de", "Asia/Tokyo")
    assert preferences.speech_to(site.world.portal, ada.principal.id) == Speech("de", "Asia/Tokyo"), "and in a mail"


async def test_a_choice_can_be_taken_back(site: Site) -> None:
    ada = site.visitor()
    preferences.choose(site.world.portal, ada.principal, Preferences("ja", "UTC"))
    await ada.open(PATH)
    ada.find(marker="profile").trigger("submit", {"language": "", "zone": ""})
    await until(lambda: chosen(ada) == Preferences())
    assert preferences.speech_to(site.world.portal, ada.principal.id) == Speech()


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"zone": "Mars/Olympus"}, {"zone": "../etc/passwd"}])
async def test_nothing_but_a_language_and_a_zone_there_is_can_be_chosen(site: Site, wrong: dict[str, str]) -> None:
    ada = site.visitor()
    with pytest.raises(BadInput):
        preferences.choose(site.world.portal, ada.principal, Preferences(**wrong))
    await ada.open(PATH)
    ada.find(marker="profile").trigger("submit", wrong)
    await ada.should_see("language" if "language" in wrong else "This is no time zone.")
    assert chosen(ada) == Preferences()


async def test_the_menu_leads_there_and_names_the_language(site: Site) -> None:
    ada = site.visitor()
    preferences.choose(site.world.portal, ada.principal, Preferences("ja"))
    await ada.open("/")
    assert ada.text("settings") == "設定 · 日本語"


async def test_pages_without_a_socket_speak_the_language_too(site: Site) -> None:
    ada = site.visitor()
    preferences.choose(site.world.portal, ada.principal, Preferences("ar"))
    nowhere = await ada.http_client.get("/no/such/page")
    assert '<html lang="ar" dir="rtl">' in nowhere.text
    assert "لا شيء هنا" in nowhere.text
    door = await site.stranger().get("/sign-in", headers={"Accept-Language": "de"})
    assert '<html lang="de" dir="ltr">' in door.text
    assert "Anmelden" in door.text


async def test_programs_and_files_read_the_same_in_every_language(site: Site) -> None:
    ada = site.visitor()
    ada.given("1250")
    read = {}
    for language in ("en", "de", "ar"):
        preferences.choose(site.world.portal, ada.principal, Preferences(language))
        headers = {"Accept-Language": language}
        unknown = await ada.http_client.get("/api/v1/balance?account=acc_1", headers=headers)
        file = await ada.http_client.get("/exports/transactions.csv", headers=headers)
        read[language] = (unknown.json()["message"], file.text)
    assert read["en"] == read["de"] == read["ar"]
    assert "1250" in read["en"][1]


@pytest.mark.parametrize(
    ("error", "english", "german"),
    [
        (NotFound("There is no such account."), "There is no such account.", "Dieses Konto gibt es nicht."),
        (
            BadInput(sentence("The {field} needs at least {least} characters.", field=word("reason"), least=1000)),
            "The reason needs at least 1000 characters.",
            "Grund: mindestens 1.000 Zeichen.",
        ),
        (
            InsufficientCredits(together(sentence("It was cancelled."), "", sentence("It is paid for."))),
            "It was cancelled. It is paid for.",
            "Es wurde gekündigt. Es ist bezahlt.",
        ),
        (
            NotFound("A sentence of somebody else's."),
            "A sentence of somebody else's.",
            "A sentence of somebody else's.",
        ),
    ],
)
def test_an_error_is_english_text_that_can_be_said_otherwise(error: ScripError, english: str, german: str) -> None:
    assert error.sentence == str(error) == english
    assert Speech("de").tell(error.sentence) == german
    assert Speech("en").tell(error.sentence).replace(",", "") == english
