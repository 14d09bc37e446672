"""The checks on what people read: each is shown texts it must catch, and twins that are said in every language."""

from __future__ import annotations

import pytest

from tests.house import speech
from tests.house.source import Check, Project

HARD = speech.hard_coded_words
REFUSED = speech.refusals_in_english_alone

FAULTS: list[tuple[Check, str, str]] = [
    (HARD, "pages/x.py", 'Tag("h2", "Last transactions")'),
    (HARD, "pages/x.py", 'Tag("p", f"You owe {owed}")'),
    (HARD, "pages/x.py", 'Tag("p", text or "none")'),
    (HARD, "pages/x.py", 'Tag("p", "Leave" if is_self else name)'),
    (HARD, "pages/x.py", 'Tag("section", aria_label="Members")'),
    (HARD, "pages/x.py", 'field.put("placeholder", "Name or id")'),
    (HARD, "pages/x.py", 'self._note.text = "Checking"'),
    (HARD, "pages/x.py", 'self.a.text, self.b.text = "Checking", ""'),
    (HARD, "pages/x.py", 'AWAY = "It is away."\nTag("p", AWAY)'),
    (HARD, "pages/x.py", 'notices.box("info", heading, "Please come back later.")'),
    (HARD, "pages/x.py", 'PlainTable(caption, ("Name", "#Balance"))'),
    (HARD, "pages/x.py", 'frame(portal, principal, "Overview", "/")'),
    (speech.words_put_together, "pages/x.py", '_(f"You owe {owed}")'),
    (speech.words_put_together, "pages/x.py", '_("You owe " + owed)'),
    (speech.words_put_together, "billing/x.py", 'sentence(f"At most {most}")'),
    (REFUSED, "billing/x.py", 'raise NotFound(f"There is no {name}.")'),
    (REFUSED, "auth/x.py", 'GONE = "It is gone now."\nraise NotFound(GONE)'),
    (speech.words_in_templates, "pages/x.js", "export default {template: `<p>Loading</p>`}"),
    (speech.words_in_templates, "pages/x.js", "export default {template: `<input placeholder='Name'>`}"),
    (speech.words_in_templates, "auth/x.html", "<h1>Sign in</h1>"),
    (speech.words_in_templates, "auth/x.html", "<p>{{ name }} is here</p>"),
]
TWINS: list[tuple[Check, str, str]] = [
    (HARD, "pages/x.py", 'Tag("h2", _("Last transactions"))'),
    (HARD, "pages/x.py", 'Tag("p", _("You owe {credits}.", credits=owed), "muted", id="owed", aria_label=_("x y"))'),
    (HARD, "pages/x.py", 'AWAY = N_("It is away.")\nTag("p", _(AWAY))'),
    (HARD, "pages/x.py", 'Tag("p", name if kind == "member" else WORDS["member"])'),
    (HARD, "pages/x.py", 'Tag("span", "●"); link("API", "/api/docs"); self.a.text = f"{one} {two}"'),
    (HARD, "api/x.py", 'Tag("h2", "Last transactions")'),
    (speech.words_put_together, "pages/x.py", '_(WORDS[kind], name=name)'),
    (REFUSED, "billing/x.py", 'raise NotFound("There is no such account.")'),
    (REFUSED, "billing/x.py", 'GONE = sentence("It is gone now.")\nraise NotFound(GONE)'),
    (REFUSED, "billing/settings_x.py", 'raise BadInput(f"{name} is no setting.")'),
    (speech.words_in_templates, "pages/x.js", "export default {template: `<p :title='words.a'>{{ words.b }} · 1</p>`}"),
    (speech.words_in_templates, "auth/x.html", '<style>p {margin: 0}</style><p class="lead">{{ _("Sign in") }}</p>'),
]  # fmt: skip


@pytest.mark.parametrize(("check", "path", "text"), FAULTS)
def test_what_is_seen_in_english_alone_is_caught(check: Check, path: str, text: str) -> None:
    assert list(check(Project.of({path: text})))


@pytest.mark.parametrize(("check", "path", "text"), TWINS)
def test_what_is_said_in_every_language_passes(check: Check, path: str, text: str) -> None:
    assert list(check(Project.of({path: text}))) == []
