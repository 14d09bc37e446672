"""The plan page of a portal that sells plans with limits: readable by everybody, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.async_api import expect

from billing import entitlements
from billing.entitlements import Asked
from billing.portal import Portal
from tests.browser.people import Person, Registry, registry
from tests.browser.plans import BUSINESS, KEY, TEAM, Payer, moves, pays_with, stripe, subscribes
from tests.browser.processes import Running, portal_process
from tests.browser.shopping import PAYS
from tests.browser.stage import Stage, visitor
from tests.browser.test_every_page import axe_violations, small_targets
from tests.world.portals import open_world
from tests.world.registrars import LIMITED
from tests.world.windows import Windows

SETTINGS = {
    "SCRIP_PROFILE": "dataxpipe",
    "SCRIP_STRIPE__API_KEY": KEY,
    "SCRIP_PLAN_CHANGE__IMMEDIATE_PRORATION_BEHAVIOR": "always_invoice",
    # people come quicker into a test than organisations, and the page is the same
    "SCRIP_ORGANISATIONS__ONLY": "false",
}
LOOKS: list[tuple[int, Literal["light", "dark"]]] = [(1440, "light"), (390, "dark"), (320, "light")]


@pytest.fixture(scope="module")
def selling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with portal_process(tmp_path_factory.mktemp("plans"), **SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def crowd(selling: Running) -> Iterator[Registry]:
    """One for all tests: a second one would begin to count, and so to name people, anew."""
    with registry(selling) as made:
        yield made


@pytest.fixture
def product(selling: Running) -> Iterator[Portal]:
    """A second portal over the same file with the same limits: what the product's own API would ask."""
    with open_world(f"sqlite:///{selling.folder}/scrip.db", clock=None, **LIMITED) as world:
        yield world.portal


async def test_limits_are_told_in_words_and_bars_that_everybody_can_read(
    windows: Windows, selling: Running, crowd: Registry, product: Portal
) -> None:
    person = crowd.newcomer()
    for number in range(3):
        entitlements.take(product, Asked(person.account_id, "pipelines", f"p{number}", "key_tests"))
    async with visitor(windows) as stage:
        await crowd.sign_in(stage.context, person)
        page = await stage.page()
        await page.goto(f"{selling.url}/plan")
        await page.wait_for_function("window.did_handshake === true")
        await page.get_by_role("progressbar", name="3 of 25 pipelines").wait_for()
        assert await page.get_by_role("progressbar").count() == 4
        assert await page.get_by_role("link", name="Buy credits").count() == 0
        for width, scheme in LOOKS:
            await page.set_viewport_size({"width": width, "height": 900})
            await page.emulate_media(color_scheme=scheme)
            assert await axe_violations(page) == []
            assert await small_targets(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_a_plan_is_changed_at_once_and_what_is_planned_for_later_is_undone(
    windows: Windows, selling: Running, crowd: Registry
) -> None:
    person = crowd.newcomer()
    subscribes(selling, crowd, person)
    async with visitor(windows) as stage:
        await crowd.sign_in(stage.context, person)
        page = await stage.page()
        await page.goto(f"{selling.url}/plan")
        await page.get_by_role("button", name="Change to DataXPipe Business").click()
        dialog = page.get_by_role("dialog", name="Change the plan")
        await dialog.get_by_text("Next invoice").wait_for()
        assert await axe_violations(page) == []
        await dialog.locator(".btn.primary").dblclick()
        await page.get_by_text("The plan is now DataXPipe Business.").wait_for()
        await page.get_by_role("button", name="Change to DataXPipe Team").click()
        await dialog.get_by_text("Nothing is charged today.").wait_for()
        await dialog.locator(".btn.primary").click()
        await page.get_by_text("it becomes").wait_for()
        await page.get_by_role("button", name="Undo the change").click()
        await page.get_by_text("The plan stays as it is.").wait_for()
        await page.get_by_text("it becomes").wait_for(state="detached")


async def _at_the_plan(stage: Stage, selling: Running, crowd: Registry, person: Person) -> Payer:
    await crowd.sign_in(stage.context, person)
    payer = Payer(await stage.page(), selling, crowd, person, stage)
    await payer.open("/plan")
    return payer


async def test_a_bank_that_asks_about_a_change_is_answered_on_the_page_and_then_the_plan_is_another(
    windows: Windows, selling: Running, crowd: Registry
) -> None:
    person = crowd.newcomer()
    had = subscribes(selling, crowd, person)
    pays_with(selling, had.customer_ref, "pm_card_authenticationRequired")
    async with visitor(windows) as stage:
        payer = await _at_the_plan(stage, selling, crowd, person)
        page = payer.page
        await page.get_by_role("button", name="Change to DataXPipe Business").click()
        await page.get_by_role("button", name="and change now").click()
        await payer.bank.get_by_role("button", name="Fail").click()
        await expect(payer.message).to_contain_text("No money was taken.")
        await expect(page.get_by_text("The change to DataXPipe Business waits for its payment.")).to_be_visible()
        await payer.pay(PAYS)
        await expect(page.get_by_text("Paid. Thank you.")).to_be_visible()
        await expect(page.get_by_role("region", name="Your plan")).to_contain_text("DataXPipe Business")
        await expect(page.get_by_text("waits for its payment")).to_have_count(0)
        await expect(payer.pay_button).to_be_hidden()


async def test_a_failed_renewal_is_paid_on_the_page_and_its_notice_goes(
    windows: Windows, selling: Running, crowd: Registry
) -> None:
    person = crowd.newcomer()
    had = subscribes(selling, crowd, person)
    selling.sandbox(f"subscriptions/{had.id}/fail-renewal")
    async with visitor(windows) as stage:
        payer = await _at_the_plan(stage, selling, crowd, person)
        page = payer.page
        notice = page.get_by_text("A payment is missing.")
        await expect(notice).to_be_visible()
        await page.get_by_role("button", name="Pay the open invoice").click()
        await expect(payer.pay_button).to_have_text("Pay 49.00 USD")
        assert await axe_violations(page) == []
        await payer.pay(PAYS)
        await expect(page.get_by_text("Paid. Thank you.")).to_be_visible()
        await expect(notice).to_have_count(0)


async def test_escape_and_enter_keep_the_plan_and_two_tabs_make_one_change(
    windows: Windows, selling: Running, crowd: Registry
) -> None:
    """What comes from outside while the dialog is open draws the button anew that opened it, and the focus finds it."""
    person = crowd.newcomer()
    had = subscribes(selling, crowd, person)
    async with visitor(windows) as stage:
        payer = await _at_the_plan(stage, selling, crowd, person)
        page = payer.page
        cancel = page.get_by_role("button", name="Cancel at the end of the period")
        for key, price, plan in (("Escape", BUSINESS, "DataXPipe Business"), ("Enter", TEAM, "DataXPipe Team")):
            await cancel.click()
            await expect(page.get_by_role("button", name="Keep the plan")).to_be_focused()
            moves(selling, had, price)
            await expect(page.get_by_role("region", name="Your plan")).to_contain_text(plan)
            await page.keyboard.press(key)
            await expect(page.get_by_role("dialog", name="Cancel the plan?")).to_be_hidden()
            await expect(cancel).to_be_focused()
        moves(selling, had, BUSINESS)
        await expect(page.get_by_role("region", name="Your plan")).to_contain_text("DataXPipe Business")
        await expect(cancel).to_be_focused()
        moves(selling, had, TEAM)
        other = await stage.page()
        await other.goto(f"{selling.url}/plan")
        for tab in (page, other):
            await tab.get_by_role("button", name="Change to DataXPipe Business").click()
            await expect(tab.get_by_role("button", name="and change now")).to_be_visible()
        for tab in (page, other):
            await tab.get_by_role("button", name="and change now").click(no_wait_after=True)
        for tab in (page, other):
            await expect(tab.get_by_role("region", name="Your plan")).to_contain_text("DataXPipe Business")
        await expect(page.get_by_text("was cancelled")).to_have_count(0)
    changed = stripe(selling, f"invoices?customer={had.customer_ref}", "GET")["data"]
    assert [each["billing_reason"] for each in changed] == ["subscription_update", "subscription_create"]
