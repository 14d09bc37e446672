"""The plan page of a portal that sells plans with limits: readable by everybody, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser

from billing import entitlements
from billing.entitlements import Asked
from billing.portal import Portal
from tests.browser.people import Registry, registry
from tests.browser.processes import Running, portal_process
from tests.browser.stage import visitor
from tests.browser.test_every_page import axe_violations, small_targets
from tests.world.portals import open_world
from tests.world.registrars import LIMITED

LOOKS = [(1440, 900, False), (390, 844, True), (320, 700, False)]


@pytest.fixture(scope="module")
def selling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with portal_process(tmp_path_factory.mktemp("plans"), SCRIP_PROFILE="dataxpipe") as running:
        yield running


@pytest.fixture
def crowd(selling: Running) -> Iterator[Registry]:
    with registry(selling) as made:
        yield made


@pytest.fixture
def product(selling: Running) -> Iterator[Portal]:
    """A second portal over the same file with the same limits: what the product's own API would ask."""
    with open_world(f"sqlite:///{selling.folder}/scrip.db", clock=None, **LIMITED) as world:
        yield world.portal


@pytest.mark.parametrize("look", LOOKS, ids=["desk", "phone in the dark", "narrow"])
async def test_limits_are_told_in_words_and_bars_that_everybody_can_read(
    browser: Browser, selling: Running, crowd: Registry, product: Portal, look: tuple[int, int, bool]
) -> None:
    person = crowd.newcomer()
    for number in range(3):
        entitlements.take(product, Asked(person.account_id, "pipelines", f"p{number}", "key_tests"))
    width, height, dark = look
    async with visitor(browser, width=width, height=height, dark=dark) as stage:
        await crowd.sign_in(stage.context, person)
        page = await stage.page()
        await page.goto(f"{selling.url}/plan")
        await page.wait_for_function("window.did_handshake === true")
        await page.get_by_role("progressbar", name="3 of 25 pipelines").wait_for()
        assert await page.get_by_role("progressbar").count() == 4
        assert await page.get_by_role("link", name="Buy credits").count() == 0
        assert await axe_violations(page) == []
        assert await small_targets(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
