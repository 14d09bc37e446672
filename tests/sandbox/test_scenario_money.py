"""The scenario page's buttons for money: what a card holds, what a bank has been asked for, what is given back."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.sandbox.conftest import Sandbox
from tests.sandbox.control_props import paid, session
from tests.sandbox.onlookers import visitor
from tests.world.windows import Windows

pytestmark = pytest.mark.browser


async def test_what_is_held_is_taken_with_a_button(sandbox: Sandbox, windows: Windows) -> None:
    held = sandbox.intent(2000, capture_method="manual", payment_method="pm_card_visa", confirm=True)
    async with visitor(windows) as eyes:
        await eyes.page.goto(f"{sandbox.url}/")
        row = eyes.page.locator("#payments details.row").first
        await row.locator("summary").first.click()
        await row.get_by_role("button", name="Capture").click()
        await expect(row.locator(".state").first).to_have_text("succeeded")
        assert eyes.complaints == []
    assert sandbox.client.v1.payment_intents.retrieve(held.id).amount_received == 2000


async def test_a_bank_answers_for_a_session_with_a_button(sandbox: Sandbox, windows: Windows) -> None:
    bought = session(sandbox)
    sandbox.control(f"sessions/{bought.id}/complete", card="000123456789")
    async with visitor(windows) as eyes:
        await eyes.page.goto(f"{sandbox.url}/")
        row = eyes.page.locator("#sessions details.row").first
        await row.locator("summary").first.click()
        await row.get_by_role("button", name="Debit succeeds").click()
        await expect(row.locator(".state").first).to_have_text("complete, paid")
        assert eyes.complaints == []
    assert sandbox.client.v1.checkout.sessions.retrieve(bought.id).payment_status == "paid"


async def test_an_amount_that_is_none_refunds_nothing(sandbox: Sandbox, windows: Windows) -> None:
    paid(sandbox, description="Ten credits")
    async with visitor(windows) as eyes:
        await eyes.page.goto(f"{sandbox.url}/")
        row = eyes.page.locator("#payments details.row").first
        await row.locator("summary").first.click()
        for wrong in ("", "five", "1.234", "0"):
            await row.get_by_label("to refund").fill(wrong)
            await row.get_by_role("button", name="Refund part").click()
            await expect(eyes.page.locator("#notice")).to_contain_text("Type an amount such as 5.00.")
    assert sandbox.client.v1.refunds.list().data == []
