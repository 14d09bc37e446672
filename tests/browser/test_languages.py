"""Languages in a real browser: a page that runs from the right, and the zone a browser tells by itself."""

from __future__ import annotations

from playwright.async_api import Page

from auth import preferences, sessions
from auth.policy import Role
from auth.preferences import Preferences
from tests.browser.people import Person, Registry
from tests.browser.processes import Running
from tests.browser.stage import visitor
from tests.browser.test_every_page import axe_violations
from tests.world.windows import Windows

PAGES = ("/", "/buy", "/transactions", "/cards", "/settings/profile", "/manage", "/manage/accounts/{account}")
PHONE = (390, 844)
FIRST_IS_RIGHT = """() => {
    const [first, last] = ['.brand', '.person'].map((each) => document.querySelector(each).getBoundingClientRect().x);
    return first > last;
}"""


LAID_OVER = """() => {
    const tabs = [...document.querySelectorAll('.tabs a')];
    const boxes = tabs.map((each) => each.getBoundingClientRect());
    const over = (a, b) => a.right > b.left + 1 && b.right > a.left + 1 && a.bottom > b.top + 1 && b.bottom > a.top + 1;
    const lost = (box) => box.left < 0 || box.right > innerWidth;
    return tabs.map((each) => each.innerText)
        .filter((_, place) => lost(boxes[place]) || boxes.slice(place + 1).some((box) => over(box, boxes[place])));
}"""
"""The tabs that lie on another, or beyond the edge."""


async def test_an_arabic_page_runs_from_the_right_and_fits_a_phone(
    windows: Windows, running: Running, people: Registry
) -> None:
    manager = people.newcomer(Role.MANAGER)
    _prefers(people, manager, Preferences("ar", "Asia/Riyadh"))
    async with visitor(windows, width=PHONE[0], height=PHONE[1], dark=True) as stage:
        await people.sign_in(stage.context, manager)
        page = await stage.page()
        for path in PAGES:
            await _open(page, running.url + path.format(account=manager.account_id))
            assert await page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
            assert await page.evaluate(FIRST_IS_RIGHT), "what comes first stands at the right"
        assert await axe_violations(page) == []


async def test_no_tab_lies_on_another_on_a_narrow_phone(windows: Windows, running: Running, people: Registry) -> None:
    manager = people.newcomer(Role.MANAGER)
    async with visitor(windows, width=320, height=700) as stage:
        await people.sign_in(stage.context, manager)
        page = await stage.page()
        for language in ("en", "de", "ar"):
            _prefers(people, manager, Preferences(language, "UTC"))
            for path in ("/manage/accounts/{account}/audit", "/settings/profile"):
                await _open(page, running.url + path.format(account=manager.account_id))
                assert await page.evaluate(LAID_OVER) == [], f"{path}, {language}"


async def test_a_browser_tells_its_zone_and_the_next_page_speaks_in_it(
    windows: Windows, running: Running, people: Registry
) -> None:
    async with windows.window(timezone_id="Asia/Kolkata", locale="de-DE") as window:
        page, person = window.page, people.newcomer()
        await people.sign_in(window.context, person)
        await _open(page, f"{running.url}/settings/profile")
        assert "UTC+5:30" not in await page.inner_text("main"), "the first page waits for nothing"
        await page.wait_for_function("document.cookie.includes('scrip_zone')")
        await _open(page, f"{running.url}/settings/profile")
        assert "UTC+5:30" in await page.inner_text("main")
        assert await page.get_attribute("html", "lang") == "de"


def _prefers(people: Registry, person: Person, wanted: Preferences) -> None:
    principal = sessions.principal(people.world.portal, person.cookie)
    assert principal is not None
    preferences.choose(people.world.portal, principal, wanted)


async def _open(page: Page, address: str) -> None:
    await page.goto(address)
    await page.wait_for_function("window.did_handshake === true")
