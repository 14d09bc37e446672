"""The statement in a real browser: by keyboard alone, back and forth, on paper, and with news coming in."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import Page, expect

from billing import statements
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.postings import Posting
from billing.rules.views import Filters
from billing.store import ledger
from billing.store import orders as order_rows
from tests.browser.conftest import Visit
from tests.browser.people import Person, Registry
from tests.browser.shopping import Shopper
from tests.browser.test_every_page import axe_violations, small_targets

SHORTCUTS = "Keyboard shortcuts"
AT_REST: Literal["networkidle"] = "networkidle"
"""Nothing is being fetched: whoever leaves earlier breaks off an answer, which the portal notes as an error."""
HIDDEN_ON_PAPER = ("header.banner", "nav.menu", "footer", ".filter-bar", "nav.pager", "main button:not(.sort)")


@pytest.fixture
def lived(people: Registry, person: Person) -> Person:
    """The test's person with sixty lines: every second one brings three credits, the others take one."""
    portal, now = people.world.portal, people.world.clock()
    postings = [
        Posting(person.account_id, Kind.GRANT, "grant", f"{person.id}-{number}", 3 * 10**6, "usr_other", now,
                reason="Granted for a page", terms=LotTerms(LotSource.GRANT))
        if number % 2 == 0 else
        Posting(person.account_id, Kind.USAGE, "usage", f"{person.account_id}:{number}", -(10**6), "key_abcd", now)
        for number in range(60)
    ]  # fmt: skip
    portal.till.write(lambda tx: ledger.post(tx, postings, now))
    return person


@pytest.fixture
async def reader(visit: Visit, lived: Person) -> Shopper:
    """That person before an empty page; asked for in this order, so that the lines are there."""
    return await visit(lived)


async def focused(page: Page) -> str:
    name: str = await page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
    return name


async def test_the_statement_is_read_and_turned_by_keyboard_alone(reader: Shopper) -> None:
    page, press = reader.page, reader.page.keyboard.press
    await reader.open("/transactions")
    folds = page.locator(".fold")
    await press("j")
    await expect(folds.nth(0)).to_be_focused()
    await press("Enter")
    await expect(folds.nth(0)).to_have_attribute("aria-expanded", "true")
    await expect(page.locator("tr.story")).to_contain_text("Paid from")
    await press("j")
    await press("j")
    await press("k")
    await expect(folds.nth(1)).to_be_focused()
    when = page.get_by_role("columnheader", name="When")
    await expect(when).to_have_attribute("aria-sort", "descending")
    await when.get_by_role("button").focus()
    await press("Enter")
    await expect(when).to_have_attribute("aria-sort", "ascending")
    await expect(page.locator("td.amount").first).to_contain_text("+3")
    await press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type("jk?gt/")
    await expect(page.get_by_role("searchbox")).to_have_value("jk?gt/")
    await expect(page.get_by_role("heading", name="No transaction matches")).to_be_visible()


async def test_single_keys_lead_to_places_are_listed_and_can_be_turned_off(reader: Shopper) -> None:
    page, press = reader.page, reader.page.keyboard.press
    await reader.open("/transactions")
    async with page.expect_download() as begun:
        await press("e")
    assert (await begun.value).suggested_filename.endswith(".csv")
    await press("?")
    dialog = page.get_by_role("dialog", name=SHORTCUTS)
    await expect(dialog.locator("dd")).to_contain_text(["Overview", "Buy credits", "Transactions", "Usage"])
    assert await axe_violations(page) == []
    assert await small_targets(page) == []
    await press("b")
    await expect(dialog).to_be_visible()
    await dialog.get_by_role("checkbox").uncheck()
    await press("Escape")
    await press("g")
    await press("u")
    await press("j")
    assert page.url.endswith("/transactions")
    assert await focused(page) == ""
    await reader.open("/settings/profile")
    await page.get_by_role("checkbox", name="Use single keys in this browser").check()
    await press("Tab")
    await press("g")
    await press("t")
    await page.wait_for_url("**/transactions")
    await page.wait_for_load_state(AT_REST)


async def test_tx_1_back_restores_the_filters_and_the_place_on_the_page(reader: Shopper) -> None:
    page = reader.page
    await reader.open("/transactions?size=50")
    rows = page.locator("table.ledger tbody tr")
    await expect(rows).to_have_count(50)
    await page.get_by_label("Direction").select_option("in")
    await expect(rows).to_have_count(30)
    await page.get_by_label("Period", exact=True).select_option("This year")
    await page.wait_for_url("**since=**")
    await page.mouse.wheel(0, 700)
    await page.wait_for_function("window.scrollY > 500")
    await page.go_back()
    await page.wait_for_function("!location.search.includes('since')")
    await expect(page.get_by_label("Period", exact=True)).to_have_value("ever")
    await expect(page.get_by_label("Direction")).to_have_value("in")
    await page.go_back()
    await expect(rows).to_have_count(50)
    await expect(page.get_by_label("Direction")).to_have_value("")
    await page.mouse.wheel(0, 900)
    await page.wait_for_function("window.scrollY > 700")
    seen = await page.evaluate("window.scrollY")
    await reader.open("/settings/profile")
    await page.wait_for_load_state(AT_REST)
    await page.go_back()
    await expect(rows).to_have_count(50)
    await page.wait_for_load_state(AT_REST)
    await page.wait_for_function(f"Math.abs(window.scrollY - {seen}) < 40")


async def test_tx_5_news_do_not_shift_what_is_read_on_a_later_page(reader: Shopper) -> None:
    page = reader.page
    await reader.open("/transactions")
    await page.get_by_role("link", name="Older").click()
    await page.wait_for_url("**cursor=**")
    await expect(page.locator("table[aria-busy]")).to_have_count(0)
    shown = await page.locator("tbody .fold").all_inner_texts(), await page.locator("td.after").all_inner_texts()
    reader.running.grant(reader.person.account_id, "77")
    news = page.get_by_role("button", name="1 new: show")
    await expect(news).to_be_visible()
    after = await page.locator("tbody .fold").all_inner_texts(), await page.locator("td.after").all_inner_texts()
    assert after == shown
    await news.click()
    await expect(page.locator("td.amount").first).to_contain_text("+77")


async def test_rcp_3_on_paper_there_is_nothing_to_press(reader: Shopper, people: Registry) -> None:
    page, payment, portal = reader.page, f"pi_{reader.person.id}", people.world.portal
    order = people.world.order(reader.person.account_id, payment, "cus_paper").id
    line, now = statements.page(portal, reader.person.account_id, Filters(limit=1)).lines[0].id, portal.clock()
    portal.till.write(lambda tx: order_rows.mark_credited(tx, [(order, payment, now, line, 0, now)]))
    await page.emulate_media(media="print")
    for path in ("/transactions", f"/receipt/{order}"):
        await reader.open(path)
        await page.wait_for_load_state(AT_REST)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        for selector in HIDDEN_ON_PAPER:
            for each in await page.locator(selector).all():
                await expect(each).to_be_hidden()
