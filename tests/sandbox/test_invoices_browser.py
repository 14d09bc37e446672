"""The hosted invoice in a real Chromium on a phone: read, mistyped, declined, approved at the bank, paid."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.sandbox.billing_bench import open_bench
from tests.sandbox.conftest import Sandbox
from tests.sandbox.onlookers import Scheme, visitor
from tests.world.windows import Windows

pytestmark = pytest.mark.browser
PHONE = 360


async def _type(page: Page, number: str) -> None:
    for label, text in (("Card number", number), ("Expiration date", "12/34"), ("Security code", "123")):
        await page.get_by_label(label).fill("")
        await page.get_by_label(label).press_sequentially(text)
    await page.get_by_role("button", name="Pay $20.00 USD").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_customer_pays_on_a_phone(sandbox: Sandbox, windows: Windows, scheme: Scheme) -> None:
    bench = open_bench(sandbox, card=None)
    invoice = bench.final(2000, description="A description that is long enough to need more than one line on a phone")
    async with visitor(windows, scheme, PHONE, expected="status of 402|favicon.ico") as eyes:
        page = eyes.page
        await page.goto(invoice.hosted_invoice_url)
        await expect(page.get_by_role("heading", name=f"Invoice {invoice.number}")).to_be_visible()
        await expect(page.get_by_role("status")).to_have_text("Payment due")
        await expect(page.get_by_role("list", name="Lines").get_by_role("listitem")).to_have_count(1)
        paper = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        shades = [int(shade) for shade in re.findall(r"\d+", paper)]
        assert min(shades) > 230 if scheme == "light" else max(shades) < 50
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE
        await _type(page, "4242424242424241")
        await expect(page.get_by_text("Your card number is invalid.")).to_be_visible()
        await _type(page, "4000000000000002")
        await expect(page.get_by_text("Your card was declined.")).to_be_visible()
        await _type(page, "4000002760003184")
        await page.get_by_role("button", name="Complete").click()
        await expect(page.get_by_role("status")).to_have_text("Paid")
        await expect(page.get_by_role("heading", name="Pay by card")).to_be_hidden()
        assert bench.read(invoice.id).status == "paid"
        assert eyes.complaints == []


async def test_a_mistake_told_under_the_press_does_not_move_the_button_away(sandbox: Sandbox, windows: Windows) -> None:
    invoice = open_bench(sandbox, card=None).final(2000)
    async with visitor(windows, width=PHONE) as eyes:
        await eyes.page.goto(invoice.hosted_invoice_url)
        number = eyes.page.get_by_label("Card number")
        await number.press_sequentially("4242")
        await eyes.page.get_by_role("button", name="Pay $20.00 USD").click(delay=400)
        await expect(eyes.page.get_by_text("Your card's security code is incomplete.")).to_be_visible()
        await expect(number).to_be_focused()
