"""What a browser says of itself becomes a few names, whatever it says."""

from __future__ import annotations

import pytest

from auth import devices, sessions
from tests.auth.conftest import Site

KEPT_MOST = 80
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
EDGE = f"{CHROME} Edg/131.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1 Version/18.1 Mobile/15E Safari/604.1"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (FIREFOX, "Firefox · Linux"), (CHROME, "Chrome · Windows"), (EDGE, "Edge · Windows"),
        (SAFARI, "Safari · iPhone"), (MAC, "Safari · macOS"), ("curl/8.5.0", "curl"),
        ("", ""), ("<script>alert(1)</script>", ""),
        ("x" * 100_000 + "Firefox", ""), ("\udcff", ""),
    ],
)  # fmt: skip
def test_a_browser_is_told_by_names_alone(said: str, words: str) -> None:
    assert devices.of(said) == words


async def test_the_session_a_browser_begins_keeps_its_device_and_not_its_header(site: Site) -> None:
    async with site.browser() as browser:
        await browser.post("/sign-in/demo", data={"subject": "ada"}, headers={"User-Agent": FIREFOX})
        cookie = browser.cookies[sessions.cookie_name(site.world.portal.settings)]
    who = sessions.principal(site.world.portal, cookie)
    assert who is not None
    assert [row.device for row in sessions.of_person(site.world.portal, who)] == ["Firefox · Linux"]


def test_every_pair_of_words_fits_where_it_is_kept() -> None:
    longest = [max((name for _, name in names), key=len) for names in (devices.BROWSERS, devices.SYSTEMS)]
    assert len(" · ".join(longest)) <= KEPT_MOST
