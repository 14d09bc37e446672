"""The picture of a page in the HTML of its answer; tests/browser/test_first_sight.py holds it against the page."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from markupsafe import Markup
from structlog.typing import EventDict

from billing import accounts
from billing.rules.errors import LedgerUnavailable
from pages.parts.stills import Still, each
from tests.pages.visits import Site

PICTURE = re.compile(r'<div id="picture">(.*?)</div><script nonce="([^"]+)">', re.DOTALL)


async def test_the_overview_comes_with_its_balance_to_be_looked_at_only(site: Site) -> None:
    ada = site.visitor()
    ada.given("1234")
    answer = await ada.http_client.get("/")
    [(picture, nonce)] = PICTURE.findall(answer.text)
    assert re.match(r'<div id="c0" [^>]* inert>', picture)
    balance = re.search(r'<p id="c\d+" [^>]*class="value number">(.*?)</p>', picture)
    assert balance is not None
    assert re.sub(r"<[^>]+>", " ", balance[1]) == "1,234 credits "
    assert "<script" not in picture
    assert f"'nonce-{nonce}'" in answer.headers["content-security-policy"]


async def test_what_somebody_typed_is_text_in_the_picture(site: Site) -> None:
    ada = site.visitor(name='"><svg onload=alert(1)>')
    ada.given("5", "<img src=x onerror=alert(1)> ${1} `2` & 'more'")
    html = (await ada.http_client.get("/")).text
    [(picture, _nonce)] = PICTURE.findall(html)
    assert "&lt;img src=x onerror=alert(1)&gt; ${1} `2` &amp; &#39;more&#39;" in picture
    assert "&#34;&gt;&lt;svg onload=alert(1)&gt;" in picture
    assert "<img" not in html
    assert "<svg onload" not in html


async def test_without_the_balance_the_picture_has_none_either(
    site: Site, monkeypatch: pytest.MonkeyPatch, logged: list[EventDict]
) -> None:
    ada = site.visitor()
    ada.given("1234")

    def away(*_: object) -> None:
        raise LedgerUnavailable("The ledger cannot be reached.")

    monkeypatch.setattr(accounts, "view", away)
    [(picture, _nonce)] = PICTURE.findall((await ada.http_client.get("/")).text)
    panel = picture[picture.index("panel balance") : picture.index("Buy credits</a></div></div>")]
    assert "The balance cannot be shown now" in panel
    assert "234" not in panel
    assert logged.pop()["event"] == "a balance could not be read"


async def test_a_page_that_cannot_say_what_it_looks_like_has_no_picture(site: Site) -> None:
    ada = site.visitor()
    ada.given("5")
    assert 'id="picture"' not in (await ada.http_client.get("/transactions")).text


def test_attributes_are_written_as_the_browser_gets_them_from_the_page() -> None:
    told = {"a": 'x"<', "b": True, "c": False, "d": None, "aria-hidden": True, "aria-busy": False, "class": "", "n": 0}
    expected = '<p a="x&#34;&lt;" b aria-hidden="true" aria-busy="false" n="0">1 &lt; 2</p>'
    assert Still("p", told, Markup.escape("1 < 2")).__html__() == expected
    assert Still("input", {"type": "text"}).__html__() == '<input type="text">'


def test_every_value_of_a_row_is_escaped_and_html_is_kept() -> None:
    rows: list[Mapping[str, object]] = [{"a": "<i>", "b": Markup("<b>x</b>")}, {"a": "&", "b": Still("hr")}]
    assert each(Markup("<p>{a}{b}</p>"), rows) == "<p>&lt;i&gt;<b>x</b></p><p>&amp;<hr></p>"
