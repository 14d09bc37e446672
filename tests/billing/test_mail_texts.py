"""What a mail says, in text and HTML, by our templates and an operator's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from billing import mail_texts
from billing.mail_words import Voice
from billing.rules.errors import GatewayUnavailable
from billing.rules.money import Credits, Money
from billing.settings import SettingsError, load_settings
from locales.__main__ import extracted
from locales.speech import Speech

FACTS: dict[str, Any] = {
    "left": Credits.of("1250.5"), "level": Credits.whole(2000), "days": 1, "spent": Credits.whole(7), "since": 0,
    "amount": Credits.whole(3), "ends": 86_400_000_000, "organisation": "Engines", "inviter": "Ada", "link": "https://x/y",
    "credits": Credits.whole(500), "package": "Starter", "order": "ord_1", "paid": 0, "reason": "Why", "account": "",
}  # fmt: skip


@pytest.mark.parametrize("account", ["", "Engines"])
@pytest.mark.parametrize("name", mail_texts.names())
def test_every_mail_can_be_written_in_both_forms(name: str, account: str) -> None:
    amount = {"amount": Money(1800, "USD")} if name == "receipt" else {}
    written = mail_texts.write(load_settings({}), name, Voice(), FACTS | {"account": account} | amount)
    assert written.subject
    assert "{" not in written.text + written.subject
    assert "\n\n\n" not in written.text
    assert all(len(line) <= mail_texts.WIDTH for line in written.text.splitlines() if "http" not in line)
    assert (account in written.text) or name in ("invitation", "test")
    assert written.html.startswith("<!doctype html>")


def replaced(folder: Path, file: str, text: str) -> Any:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text)
    return load_settings({"SCRIP_MAIL__TEMPLATES": str(folder)})


def test_an_operators_template_replaces_ours_and_a_languages_own_comes_first(tmp_path: Path) -> None:
    replaced(tmp_path, "test.jinja", '{% set subject = "Ours" %}{{ say("<b>Hello</b>") }}')
    settings = replaced(tmp_path, "de/test.jinja", '{% set subject = "Unseres" %}{{ say("Hallo") }}')
    mail_texts.check(settings)
    english, german = (mail_texts.write(settings, "test", Voice(Speech(each)), {}) for each in ("en", "de"))
    assert (english.subject, german.subject) == ("Ours", "Unseres")
    assert "<b>Hello</b>" in english.text
    assert "&lt;b&gt;Hello" in english.html


@pytest.mark.parametrize(
    ("file", "text"), [("test.jinja", "{% if %}"), ("tset.jinja", "x"), ("test.jinja", "{{ 'a }}")]
)
def test_a_template_that_is_none_is_refused_at_start(tmp_path: Path, file: str, text: str) -> None:
    with pytest.raises(SettingsError, match=r"mail\.templates"):
        mail_texts.check(replaced(tmp_path, file, text))


def test_a_template_that_asks_for_what_is_not_there_keeps_its_mail_waiting(tmp_path: Path) -> None:
    settings = replaced(tmp_path, "test.jinja", '{% set subject = "x" %}{{ nonsense }}')
    with pytest.raises(GatewayUnavailable, match="test"):
        mail_texts.write(settings, "test", Voice(), {})


def test_every_sentence_of_a_mail_is_found_for_translation() -> None:
    found = {each for message in extracted() for each in ([message.id] if isinstance(message.id, str) else message.id)}
    assert "Nothing is stopped by this message." in found
    assert "Your credits last about {n} more days" in found
