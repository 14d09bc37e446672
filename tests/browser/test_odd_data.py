"""No name is too long or too odd for any page, and no amount too large: nothing overflows, turns round or runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Page

from auth import sessions, viewing
from tests.browser.oddities import LONG, TURNED, Odd, odd_world
from tests.browser.people import Person, Registry
from tests.browser.processes import Running
from tests.browser.stage import visitor
from tests.world.windows import Windows

WIDTHS = (1440, 390, 320)
OWN = (
    "/", "/buy", "/plan", "/invoices", f"/transactions?search={LONG[:99]}", "/usage?by=dimension.model", "/cards",
    "/settings/alerts", "/settings/keys", "/settings/profile", "/organisation", "/receipt/{order}", "/receipt/{dinar}",
)  # fmt: skip
OF_A_DEBTOR = ("/", "/buy", "/transactions")
OF_A_MANAGER = (
    "/manage", "/manage/accounts/{rich}", "/manage/accounts/{rich}/payments", "/manage/accounts/{rich}/members",
    "/manage/accounts/{debtor}", "/manage/accounts/{organisation}/members", "/manage/bulk?accounts={rich}",
    "/manage/audit",
)  # fmt: skip

BEYOND = """() => [...document.querySelectorAll('main *, header *')]
  .filter((each) => !each.closest('svg, thead, .scrip-heard, [popover]'))
  .map((each) => [each, each.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && box.height > 1 && (box.right > innerWidth + 1 || box.left < -1))
  .filter(([each]) => { for (let up = each.parentElement; up && up !== document.body; up = up.parentElement) {
    if (getComputedStyle(up).overflowX !== 'visible') return false; } return true; })
  .map(([each, box]) => `${each.tagName}.${each.className} ends at ${Math.round(box.right)}`).slice(0, 5)"""
"""What stands beyond the edge of the window, unless it lies in something that scrolls."""

DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""A chart takes its new width when it hears of it, which is not before the next frame."""

WIDE_TABLES = "() => [...document.querySelectorAll('.table-scroll')].map((each) => each.scrollWidth)"
WIDEST_TABLE = 1_500
"""On a desk; somewhat beyond it a table scrolls, but no name alone may fill it."""

LOOSE = r"""() => [...document.querySelectorAll('main *, header *')]
  .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && /[\u202a-\u202e]/.test(node.data)))
  .filter((each) => { const is = getComputedStyle(each);
    return is.display === 'inline' && !/isolate|plaintext/.test(is.unicodeBidi)
      || /[^\u2068][\u202a-\u202e]/.test(each.textContent); })
  .map((each) => `${each.tagName}.${each.className}`)"""
"""Texts that turn what stands beside them: alone in an element that is no place of its own, or in a sentence."""


@pytest.fixture(scope="module")
def odd(people: Registry) -> Odd:
    return odd_world(people)


class Walk:
    """One visitor who opens pages and looks at each in every width."""

    def __init__(self, page: Page, running: Running, odd: Odd) -> None:
        self.page, self._url = page, running.url
        self._places = {
            "rich": odd.rich.account_id, "debtor": odd.debtor.account_id, "organisation": odd.organisation,
            "order": odd.orders[1], "dinar": odd.orders[-1],
        }  # fmt: skip

    async def faults(self, path: str) -> list[str]:
        """What is wrong with the page at this address."""
        answer = await self.page.goto(self._url + path.format(**self._places))
        await self.page.wait_for_function("window.did_handshake === true")
        assert answer is not None
        found = [] if answer.ok else [f"status {answer.status}"]
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": 900})
            await self.page.evaluate(DRAWN)
            wide = await self.page.evaluate("document.documentElement.scrollWidth")
            found += [f"{width}: {wide} wide"] if wide > width else []
            found += [f"{width}: {each}" for each in await self.page.evaluate(BEYOND)]
        await self.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        found += [f"a table is {wide} wide" for wide in await self.page.evaluate(WIDE_TABLES) if wide > WIDEST_TABLE]
        found += [f"turns: {each}" for each in await self.page.evaluate(LOOSE)]
        found += ["markup was run"] if await self.page.evaluate("window.pwned") else []
        return [f"{path}: {each}" for each in found]


@pytest.fixture
async def visits(windows: Windows, running: Running, people: Registry, odd: Odd) -> AsyncIterator[_Visits]:
    async with AsyncExitStack() as stack:
        yield _Visits(stack, windows, running, people, odd)


class _Visits:
    def __init__(self, stack: AsyncExitStack, windows: Windows, running: Running, people: Registry, odd: Odd) -> None:
        self._stack, self._windows, self._running, self._people, self._odd = stack, windows, running, people, odd

    async def of(self, who: Person) -> Walk:
        stage = await self._stack.enter_async_context(visitor(self._windows, width=WIDTHS[0]))
        await self._people.sign_in(stage.context, who)
        return Walk(await stage.page(), self._running, self._odd)


async def test_whoever_has_the_longest_names_and_largest_amounts_finds_every_page_whole(
    visits: _Visits, odd: Odd
) -> None:
    walk = await visits.of(odd.rich)
    assert [fault for path in OWN for fault in await walk.faults(path)] == []


async def test_whoever_owes_trillions_under_a_name_turned_round_does_so_too(visits: _Visits, odd: Odd) -> None:
    walk = await visits.of(odd.debtor)
    assert [fault for path in OF_A_DEBTOR for fault in await walk.faults(path)] == []


async def test_a_manager_finds_everybody_whole_and_in_view_as_too(visits: _Visits, people: Registry, odd: Odd) -> None:
    walk = await visits.of(odd.manager)
    assert [fault for path in OF_A_MANAGER for fault in await walk.faults(path)] == []
    portal = people.world.portal
    signed_in = sessions.principal(portal, odd.manager.cookie)
    assert signed_in is not None
    viewing.view_as(portal, signed_in, odd.debtor.account_id)
    assert await walk.faults("/transactions") == []
    assert TURNED[1:8] in "".join(await walk.page.locator(".notice").all_text_contents())


async def test_a_long_name_in_a_list_is_short_and_whole_once_it_is_asked_for(visits: _Visits, odd: Odd) -> None:
    walk = await visits.of(odd.rich)
    assert await walk.faults("/usage?by=dimension.model") == []
    name = walk.page.locator("summary", has_text=LONG).first
    short = await name.bounding_box()
    await name.press("Enter")
    whole = await name.bounding_box()
    assert short is not None
    assert whole is not None
    assert short["height"] <= 44 < whole["height"]
    assert await name.inner_text() == LONG
