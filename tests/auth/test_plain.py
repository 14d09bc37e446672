"""The plain pages for what went wrong: the right status, one way on, and readable with every file blocked."""

from __future__ import annotations

import pytest

from auth.plain import STYLESHEET, error_page
from billing.rules.errors import ScripError


@pytest.mark.parametrize("status", [401, 403, 404, 405, 409, 418, 429, 500, 502, 503])
def test_an_error_page_says_what_and_offers_one_way_on(status: int) -> None:
    page = error_page(status, None, "ref-1", "n0nce")
    html = bytes(page.body).decode()
    assert page.status_code == status
    assert (html.count("<h1>"), html.count('class="button"'), html.count("<main>")) == (1, 1, 1)
    assert 'name="robots" content="noindex' in html
    assert "ref-1" in html
    assert page.headers["cache-control"] == "no-store"
    assert ("retry-after" in page.headers) is (status in (429, 503))
    # what stands when every file is blocked is inlined, under the nonce; nothing runs
    assert '<style nonce="n0nce">' in html
    assert "<script" not in html
    assert " style=" not in html


def test_an_error_page_escapes_what_it_is_given() -> None:
    html = bytes(error_page(404, "<img src=x>", "<b>", '"><b>', product="<i>").body).decode()
    assert "<img" not in html
    assert "<b>" not in html
    assert "<i>" not in html


def test_the_reason_given_stands_instead_of_the_usual_one() -> None:
    refused = ScripError("This needs at least the role billing manager; yours is user. Ask a manager of this portal.")
    html = bytes(error_page(403, refused.sentence, None, "").body).decode()
    assert "This needs at least the role billing manager; yours is user. Ask a manager of this portal." in html
    assert "reference" not in html


def test_the_stylesheet_asks_nothing_of_other_places() -> None:
    sheet = STYLESHEET.read_text("utf-8")
    assert "url(" not in sheet
    assert "@import" not in sheet
    assert "prefers-color-scheme: dark" in sheet
