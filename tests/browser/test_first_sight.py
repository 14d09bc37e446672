"""What is painted before the scripts have run: the same page in the same places, but nothing of it can be pressed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route

from auth import sessions
from billing import grants
from billing.rules.moments import DAY
from billing.rules.money import Credits
from tests.browser.people import Person, Registry
from tests.browser.processes import Running
from tests.browser.stage import visitor
from tests.world.windows import Windows

SCRIPTS = "**/vue.esm-browser*"
"""Without this one nothing is drawn."""

SEEN = """() => [...document.querySelectorAll('body :not(#app, #picture, script, style)')]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }))
  .map((each) => [each, each.getBoundingClientRect(), getComputedStyle(each)])
  .filter(([, box]) => box.width && box.height && box.bottom > 0)
  .map(([each, box, look]) => [
    each.tagName, each.id, ...[...each.childNodes].map((one) => (one.nodeType === Node.TEXT_NODE ? one.data : '')),
    ...[box.x, box.y, box.width, box.height].map(Math.round), look.color, look.backgroundColor, look.fontSize,
  ].filter((each) => each !== '').join(' '))
  .filter((line) => !/^DIV \\d/.test(line))"""
"""Every element one sees, with its text, place and colours; but not Quasar's and the browser's own empty boxes."""

MOVED = """() => new Promise((told) => {
  const watch = new PerformanceObserver((list) => told(list.getEntries().map((each) => each.value)));
  watch.observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => told([]), 300);
})"""
LOOKS: dict[str, dict[str, Any]] = {
    "desk": {}, "desk in the dark": {"color_scheme": "dark"}, "phone": {"viewport": {"width": 390, "height": 844}},
    "from the right": {"locale": "ar"},
}  # fmt: skip


class Held:
    """A page whose scripts wait for a word."""

    def __init__(self, page: Page) -> None:
        self.page, self._free = page, asyncio.Event()

    async def open(self, address: str) -> None:
        await self.page.route(SCRIPTS, self._hold)
        await self.page.goto(address, wait_until="commit")
        await self.page.wait_for_function("document.querySelector('#picture .foot')?.getClientRects().length")

    async def run(self) -> None:
        self._free.set()
        await self.page.wait_for_function("window.did_handshake === true")

    async def _hold(self, route: Route) -> None:
        await self._free.wait()
        await route.continue_()


@pytest.fixture(scope="module")
def customer(people: Registry) -> Person:
    """Somebody with a history longer than the overview's list, and old enough for its line."""
    portal, clock = people.world.portal, people.world.clock
    now, clock.now = clock.now, clock.now - 14 * DAY
    made = people.newcomer()
    for number in range(12):
        clock.pass_by(DAY)
        why = f"<b>Grant</b> & {number}" if number % 2 else "A reason of many words. " * 8
        key = f"seen-{number}-{made.id}"
        grants.give(portal, grants.Grant(made.account_id, Credits.whole(10 + number), why, "usr_other", key))
    clock.now = now
    return replace(made, cookie=sessions.begin(portal, made.id))


@asynccontextmanager
async def held(
    browser: Browser, running: Running, people: Registry, person: Person, **options: Any
) -> AsyncIterator[Held]:
    context = await browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    await people.sign_in(context, person)
    opened = Held(await context.new_page())
    await opened.open(f"{running.url}/")
    yield opened
    await context.close()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("is_new", [False, True], ids=["with a history", "new"])
async def test_the_picture_shows_exactly_what_the_page_shows(
    browser: Browser, running: Running, people: Registry, customer: Person, look: str, is_new: bool
) -> None:
    person = people.newcomer() if is_new else customer
    async with held(browser, running, people, person, **LOOKS[look]) as first:
        painted = await first.page.evaluate(SEEN)
        await first.run()
        assert len(painted) > 60
        assert painted == await first.page.evaluate(SEEN)
        assert any(line.startswith("polyline") for line in painted) != is_new
        assert await first.page.locator("#picture").count() == 0


async def test_nothing_of_the_picture_is_heard_or_reached(
    browser: Browser, running: Running, people: Registry, customer: Person
) -> None:
    async with held(browser, running, people, customer) as first:
        assert "186" in await first.page.inner_text(".balance .value")
        await first.page.keyboard.press("Tab")
        assert await first.page.evaluate("document.activeElement === document.body")
        assert await spoken(first.page.context, first.page) == []
        await first.run()
        assert "Buy credits" in await spoken(first.page.context, first.page)


async def test_the_page_takes_the_pictures_place_without_moving_anything(
    browser: Browser, running: Running, people: Registry, customer: Person
) -> None:
    small = {"width": 700, "height": 400}
    async with held(browser, running, people, customer, viewport=small) as first:
        await first.page.mouse.wheel(0, 300)
        await first.page.wait_for_function("window.scrollY === 300")
        await first.run()
        assert await first.page.evaluate("window.scrollY") == 300
        assert await first.page.evaluate(MOVED) == []


@pytest.mark.parametrize("chosen", ["dark", "light"])
async def test_a_chosen_theme_is_there_from_the_first_paint(
    browser: Browser, running: Running, people: Registry, customer: Person, chosen: str
) -> None:
    context = await browser.new_context(color_scheme="light" if chosen == "dark" else "dark")
    await people.sign_in(context, customer)
    await context.add_cookies([{"name": "scrip_theme", "value": chosen, "url": running.url}])
    first = Held(await context.new_page())
    await first.open(f"{running.url}/")
    assert await first.page.evaluate("document.body.className") == f"body--{chosen}"
    await first.run()
    assert f"body--{chosen}" in await first.page.evaluate("document.body.className")
    await context.close()


async def test_the_overview_is_there_within_twenty_requests_and_costs_no_more_after_it(
    windows: Windows, running: Running, people: Registry, customer: Person
) -> None:
    async with visitor(windows, fresh=True) as stage:
        await people.sign_in(stage.context, customer)
        asked: list[str] = []
        stage.context.on("request", lambda request: asked.append(request.url))
        page = await stage.page()
        await page.goto(f"{running.url}/")
        await page.wait_for_function("window.did_handshake === true")
        assert len(asked) <= 20
        before = len(asked)
        running.grant(customer.account_id, "1")
        await page.get_by_text("187").first.wait_for()
        assert asked[before:] == [], "a part that changes is not fetched again"


async def spoken(context: BrowserContext, page: Page) -> list[str]:
    """The names of all links and buttons as screen readers are told them."""
    session = await context.new_cdp_session(page)
    nodes = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    told = [each for each in nodes if not each["ignored"] and each["role"]["value"] in ("link", "button")]
    return [each["name"]["value"] for each in told]
