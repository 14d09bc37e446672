"""A window that was used is as good as a new one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from playwright.async_api import Page

from tests.world.sites import open_site, serving
from tests.world.windows import Windows, complained

pytestmark = pytest.mark.browser
SIZE = {"width": 640, "height": 480}
LEAVE = """() => {
  document.cookie = 'who=ada; path=/';
  localStorage.setItem('who', 'ada');
  sessionStorage.setItem('who', 'ada');
}"""
FOUND = """(media) => ({
  kept: [document.cookie, localStorage.getItem('who'), sessionStorage.getItem('who')],
  asked: document.body.textContent,
  size: [innerWidth, innerHeight],
  looks: media.map((each) => matchMedia(each).matches),
})"""
MEDIA = ["print", "(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)"]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with open_site(lambda _: ("<p>The site's own answer</p>", {})) as address:
        yield f"{address}/"


async def _untidy(page: Page, site: str) -> None:
    """Leaves something in every place that a story may."""
    await page.goto(site)
    await page.evaluate(LEAVE)
    await page.context.grant_permissions(["geolocation"], origin=site)
    await page.route("**/*", lambda route: route.fulfill(body="the test's answer"))
    await page.context.route("**/*", lambda route: route.fulfill(body="the test's answer"))
    await page.set_viewport_size({"width": 320, "height": 320})
    await page.emulate_media(media="print", color_scheme="light", reduced_motion="no-preference")
    await (await page.context.new_page()).goto(site)
    await page.goto(f"{site}another")


async def test_the_next_visitor_finds_nothing_of_the_last_one(windows: Windows, site: str) -> None:
    looks: Any = {"viewport": SIZE, "color_scheme": "dark", "reduced_motion": "reduce"}
    async with windows.window(**looks) as window:
        first = window.page
        await _untidy(first, site)
    async with windows.window(**looks) as window:
        assert window.page is first, "it was not used again"
        assert window.context.pages == [first]
        assert await first.go_back() is None, "the way back leads into somebody else's story"
        await first.goto(site)
        found = await first.evaluate(FOUND, MEDIA)
        allowed = await first.evaluate("async () => (await navigator.permissions.query({name: 'geolocation'})).state")
    assert found == {
        "kept": ["", None, None],
        "asked": "The site's own answer",
        "size": [640, 480],
        "looks": [False, True, True],
    }
    assert allowed == "prompt"


async def test_the_next_visitor_does_not_hear_what_the_last_site_lacks(windows: Windows) -> None:
    class Bare(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/favicon.ico":
                time.sleep(0.3)
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<p>A word</p>")

    with serving(Bare) as address:
        async with windows.window(viewport=SIZE) as window:
            await window.page.goto(f"{address}/")
        async with windows.window(viewport=SIZE) as again:
            heard = list[str]()
            with complained(again.page, heard, "nothing is expected"):
                await again.page.wait_for_timeout(600)
    assert again.page is window.page
    assert heard == []


async def test_who_asks_for_a_fresh_one_gets_it_and_leaves_it_to_nobody(windows: Windows) -> None:
    async with windows.window(viewport=SIZE) as used:
        assert used.page.viewport_size == SIZE
    async with windows.window(viewport=SIZE, fresh=True) as fresh, windows.window(viewport=SIZE) as beside:
        assert fresh.page is not used.page
        assert beside.page is used.page
    assert fresh.page.is_closed()
    async with windows.window(viewport=SIZE) as window, windows.window(viewport=SIZE) as other:
        assert window.page is not other.page, "two visitors share nothing"


@pytest.mark.parametrize("ending", ["closed", "unreachable"])
async def test_what_cannot_be_cleared_is_not_used_again(windows: Windows, site: str, ending: str) -> None:
    async with windows.window(viewport=SIZE) as window:
        if ending == "closed":
            await window.page.close()
        else:
            await window.page.goto(site)
            await window.page.route("**/livez", lambda route: route.abort())
            await window.context.set_offline(offline=True)
    async with windows.window(viewport=SIZE) as other:
        assert other.page is not window.page
        assert not other.page.is_closed()
