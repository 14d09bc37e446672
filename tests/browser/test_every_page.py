"""What holds for every page, in light and dark, on a desk and on a phone: ALL-1 to ALL-6, ALL-8 and ALL-10."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import httpx
import pytest
from axe_playwright_python.async_playwright import DEFAULT_OPTIONS, Axe
from playwright.async_api import Page

from auth.policy import Role
from billing import grants
from billing.rules.money import Credits
from tests.browser.people import Person, Registry
from tests.browser.processes import Running
from tests.browser.stage import visitor
from tests.world.windows import Windows

DESK, PHONE, NARROW = (1440, 900), (390, 844), (320, 700)
Scheme = Literal["light", "dark"]
Looks = Mapping[tuple[int, int], tuple[Scheme, ...]]
PAGES = [
    "/", "/buy", "/plan", "/invoices", "/transactions", "/usage", "/cards", "/organisation", "/manage",
    "/manage/accounts/{account}", "/settings/alerts", "/settings/keys",
]  # fmt: skip
CONSOLE = [
    "/manage/bulk", "/manage/events", "/manage/attention", "/manage/insights", "/manage/payments",
    "/manage/transactions", "/manage/audit", "/manage/accounts/{account}/payments", "/settings/profile",
    "/settings/sessions",
]  # fmt: skip
"""Of parts that others show in every look: each is seen in the dark on a desk, and in the light where it is narrow."""
EVERY_LOOK: Looks = {DESK: ("light", "dark"), PHONE: ("light", "dark"), NARROW: ()}
TWO_LOOKS: Looks = {DESK: ("dark",), NARROW: ("light",)}
VIEWS = [*((path, EVERY_LOOK) for path in PAGES), *((path, TWO_LOOKS) for path in CONSOLE)]
OF_COLOUR = ("color-contrast", "link-in-text-block")
"""What another colour scheme can change on a page that is drawn already."""
BEHIND_THE_DOOR = [*PAGES, *CONSOLE, "/receipt/ord_00000000000000000000"]


@pytest.fixture(scope="module")
def manager(people: Registry) -> Person:
    """Somebody who may see every page, with a history of their own."""
    made = people.newcomer(Role.MANAGER)
    portal = people.world.portal
    for number in range(12):
        key, amount = f"all-{number}-{made.id}", Credits.whole(10 + number)
        grants.give(portal, grants.Grant(made.account_id, amount, "a page needs rows", "usr_other", key))
    return made


@pytest.mark.parametrize(("path", "looks"), VIEWS, ids=[path for path, _looks in VIEWS])
async def test_a_page_is_accessible_and_fits(
    windows: Windows, running: Running, people: Registry, manager: Person, path: str, looks: Looks
) -> None:
    async with visitor(windows) as stage:
        await people.sign_in(stage.context, manager)
        page = await stage.page()
        found: list[str] = []
        for (width, height), schemes in looks.items():
            await page.set_viewport_size({"width": width, "height": height})
            await page.goto(running.url + path.format(account=manager.account_id))
            found += [f"{width} pixels: {fault}" for fault in await faults(page)]
            for place, scheme in enumerate(schemes):
                await page.emulate_media(color_scheme=scheme)
                violations = await axe_violations(page, *(OF_COLOUR if place else ()))
                found += [f"{width} pixels, {scheme}: {fault}" for fault in violations]
    assert found == []


async def test_more_opens_the_rest_of_the_menu_on_a_phone_for_thumb_and_keyboard(
    windows: Windows, running: Running, people: Registry, manager: Person
) -> None:
    async with visitor(windows, width=320, height=700) as stage:
        await people.sign_in(stage.context, manager)
        page = await stage.page()
        await page.goto(running.url + "/manage/audit")
        bar = page.get_by_role("navigation", name="Main")
        shown = [await each.bounding_box() for each in await bar.locator("a:visible, button:visible").all()]
        assert len(shown) == 4
        assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 320 and box["height"] >= 44 for box in shown)
        await page.get_by_role("button", name="More").focus()
        await page.keyboard.press("Enter")
        last = page.get_by_role("link", name="Audit log")
        assert await last.get_attribute("aria-current") == "page"
        assert await axe_violations(page) == []
        await page.keyboard.press("Tab")
        assert await page.evaluate("!!document.activeElement.closest('.rest')")
        await page.keyboard.press("Escape")
        assert await page.evaluate("document.activeElement.className") == "more"
        assert not await last.is_visible()


@pytest.mark.parametrize("path", ["/sign-in", "/no/such/page"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_a_plain_page_is_accessible_and_fits(windows: Windows, running: Running, path: str, dark: bool) -> None:
    async with visitor(windows, width=320, height=700, dark=dark) as stage:
        stage.forgiven.append("status of 404")
        page = await stage.page()
        await page.goto(running.url + path)
        assert await axe_violations(page) == []
        assert await page.locator("h1").count() == 1
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("path", BEHIND_THE_DOOR)
async def test_who_is_signed_out_is_sent_to_sign_in_and_back(running: Running, path: str) -> None:
    answer = await asyncio.to_thread(httpx.get, running.url + path.format(account="acc_1"))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


async def test_a_user_may_not_open_the_managers_console(
    windows: Windows, running: Running, people: Registry, person: Person
) -> None:
    async with visitor(windows) as stage:
        stage.forgiven.append("status of 403")
        await people.sign_in(stage.context, person)
        page = await stage.page()
        answer = await page.goto(f"{running.url}/manage")
        assert answer is not None
        assert answer.status == 403


async def faults(page: Page) -> list[str]:
    """What is wrong with a page that every page must have right."""
    await page.wait_for_function("window.did_handshake === true")
    right = {
        "one h1": await page.locator("h1").count() == 1,
        "one main": await page.locator("main").count() == 1,
        "a language": bool(await page.get_attribute("html", "lang")),
        "a whole title": (await page.title()).count(" · ") >= 1,
        "as wide as the window": await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"),
        "the mode": await page.get_by_text("No real money moves").count() >= 1,
    }
    missing = [what for what, there in right.items() if not there]
    found = [*missing, *await small_targets(page)]
    return found if await first_stop(page) == "Skip to content" else [*found, "the first stop skips to the content"]


async def axe_violations(page: Page, *rules: str) -> list[str]:
    """What axe finds by these rules, by all unless told; each as rule and first element."""
    only = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    found: dict[str, Any] = (await Axe().run(page, options={**DEFAULT_OPTIONS, **only})).response
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found["violations"]]


async def small_targets(page: Page) -> list[str]:
    """Visible controls smaller than 24 by 24 pixels; links within a sentence are excepted, as WCAG has it."""
    found: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll('a, button, input, select, summary, [role=button]')]
          .filter((each) => !each.closest('p, td, [class*=skip], [class*=visually-hidden]'))
          .map((each) => [each, each.getBoundingClientRect()])
          .filter(([each, box]) => box.width > 1 && box.height > 1 && (box.width < 24 || box.height < 24))
          .filter(([each]) => !(each.matches('input') && each.closest('label')))
          .filter(([each]) => getComputedStyle(each).visibility !== 'hidden')
          .map(([each, box]) => `${each.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""
    )
    return found


async def first_stop(page: Page) -> str:
    """The text of what the first Tab reaches."""
    await page.evaluate("document.activeElement && document.activeElement.blur()")
    await page.keyboard.press("Tab")
    text: str = await page.evaluate("document.activeElement.textContent.trim()")
    return text
