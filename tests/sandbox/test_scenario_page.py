"""The scenario page and the page of controls in a real Chromium: what they bring about, and that they stay still."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.sandbox.conftest import Inbox, Sandbox, eventually
from tests.sandbox.control_props import DAY, paid, session, subscriber
from tests.sandbox.onlookers import DESK, PHONE, Onlooker, Scheme, visitor
from tests.world.windows import Windows

pytestmark = pytest.mark.browser


@pytest_asyncio.fixture(loop_scope="session")
async def eyes(windows: Windows, sandbox: Sandbox) -> AsyncIterator[Onlooker]:
    """Somebody who has opened the page of an empty sandbox."""
    async with visitor(windows) as come:
        await come.page.goto(f"{sandbox.url}/")
        yield come
        assert come.complaints == []


async def _row(page: Page, section: str, text: str) -> Locator:
    """A row of a section, opened."""
    row = page.locator(f"#{section} details.row").filter(has_text=text).first
    await row.locator("summary").first.click()
    return row


async def _told(page: Page, text: str) -> None:
    await expect(page.locator("#notice")).to_contain_text(text)


async def test_a_payment_is_paid_refunded_in_part_and_disputed(sandbox: Sandbox, eyes: Onlooker) -> None:
    intent = sandbox.intent(2000, description="Ten credits")
    row = await _row(eyes.page, "payments", "Ten credits")
    await row.get_by_role("button", name="Pay", exact=False).first.click()
    await expect(row.locator(".state").first).to_have_text("succeeded")
    await row.get_by_label("to refund").fill("5.00")
    await row.get_by_role("button", name="Refund part").click()
    await expect(row).to_contain_text("$5.00 refunded")
    await row.get_by_role("button", name="Dispute").click()
    dispute = await _row(eyes.page, "disputes", "fraudulent")
    await dispute.get_by_role("button", name="Lost").click()
    await expect(dispute.locator(".state")).to_have_text("lost")
    charge = sandbox.client.v1.charges.list({"payment_intent": intent.id}).data[0]
    assert (charge.amount_refunded, charge.disputed) == (500, True)
    assert sandbox.client.v1.disputes.list().data[0].status == "lost"


async def test_a_decline_and_3d_secure_are_played_out(sandbox: Sandbox, eyes: Onlooker) -> None:
    intent = sandbox.intent(description="Ten credits")
    row = await _row(eyes.page, "payments", "Ten credits")
    await row.get_by_role("button", name="Decline").click()
    await _told(eyes.page, "Your card was declined.")
    await row.get_by_role("button", name="Ask for 3-D Secure").click()
    await row.get_by_role("button", name="Authenticate").click()
    await expect(row.locator(".state").first).to_have_text("succeeded")
    assert sandbox.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


async def test_a_row_keeps_its_place_focus_and_words_while_things_happen(sandbox: Sandbox, eyes: Onlooker) -> None:
    paid(sandbox, description="The first")
    row = await _row(eyes.page, "payments", "The first")
    amount = row.get_by_label("to refund")
    await amount.fill("3.50")
    sandbox.client.v1.payment_intents.update(sandbox.look("payments")["payments"][0]["id"], {"metadata": {"n": "1"}})
    sandbox.intent(description="The second")
    await expect(eyes.page.locator("#payments details.row")).to_have_count(2)
    await row.get_by_text("Object", exact=True).click()
    await expect(row.locator("pre")).to_contain_text('"n": "1"')
    await expect(row).to_have_attribute("open", "")
    await expect(amount).to_have_value("3.50")
    await amount.focus()
    sandbox.control(f"payments/{sandbox.look('payments')['payments'][1]['id']}/refund", amount=100)
    await expect(row).to_contain_text("$1.00 refunded")
    await expect(amount).to_be_focused()
    await expect(row.locator("details.raw")).to_have_attribute("open", "")


async def test_time_passes_and_a_subscription_renews(sandbox: Sandbox, eyes: Onlooker) -> None:
    who = subscriber(sandbox)
    made = who.subscribe()
    before = sandbox.look("time")["now"]
    await eyes.page.get_by_role("button", name="3 days: pass").click()
    await expect(eyes.page.locator("#hours")).to_contain_text("3 days")
    assert sandbox.look("time")["now"] - before >= 3 * DAY
    row = await _row(eyes.page, "subscriptions", "Gold")
    await row.get_by_role("button", name="Renew now").click()
    await expect(eyes.page.locator("#invoices .count")).to_have_text("2")
    await row.get_by_role("button", name="Fail the renewal").click()
    await expect(row.locator(".state").first).to_have_text("past due")
    assert who.now(made.id).status == "past_due"


async def test_a_subscription_is_changed_and_cancelled(sandbox: Sandbox, eyes: Onlooker) -> None:
    """Also to a price that was made after the row was opened."""
    who = subscriber(sandbox)
    made = who.subscribe()
    row = await _row(eyes.page, "subscriptions", "Gold")
    await expect(row.get_by_label("New price")).to_be_visible()
    dear = who.price(3000)
    await row.get_by_label("New price").select_option(dear)
    await row.get_by_role("button", name="Change plan").click()
    await expect(row).to_contain_text("$30.00 / month")
    await row.get_by_role("button", name="Cancel at period end").click()
    await expect(row).to_contain_text("ends ")
    await row.get_by_role("button", name="Cancel now").click()
    await expect(row.locator(".state").first).to_have_text("canceled")
    assert (who.now(made.id).status, who.now(made.id)["items"].data[0].price.id) == ("canceled", dear)


async def test_a_customers_card_turns_bad_and_the_portal_opens(sandbox: Sandbox, eyes: Onlooker) -> None:
    who = subscriber(sandbox)
    row = await _row(eyes.page, "customers", "Ada")
    await row.get_by_label("Test card for").select_option("4000000000000341")
    await row.get_by_role("button", name="Switch").click()
    await _told(eyes.page, "done.")
    asked: Any = {
        "amount": 500,
        "currency": "usd",
        "customer": who.customer,
        "payment_method": who.card,
        "confirm": True,
    }
    refused = sandbox.raw("POST", "/v1/payment_intents", data={**asked, "confirm": "true", "off_session": "true"})
    assert refused.status_code == 402
    await row.get_by_role("button", name="Portal link").click()
    link = await eyes.page.get_by_role("link", name="open the portal").get_attribute("href")
    assert httpx.get(str(link), timeout=20).status_code == 200


async def test_a_checkout_session_is_completed_and_another_expired(sandbox: Sandbox, eyes: Onlooker) -> None:
    one, other = session(sandbox), session(sandbox)
    for made, text, state in ((one, "Pay and complete", "complete, paid"), (other, "Expire", "expired, unpaid")):
        row = eyes.page.locator(f"#sessions details.row[data-id={made.id}]")
        await row.locator("summary").first.click()
        await row.get_by_role("button", name=text).click()
        await expect(row.locator(".state").first).to_have_text(state)
    assert sandbox.client.v1.checkout.sessions.retrieve(one.id).status == "complete"


async def test_the_timeline_shows_payload_and_delivery(sandbox: Sandbox, listening: Inbox, eyes: Onlooker) -> None:
    listening.answers = [500]
    intent = sandbox.intent()
    row = eyes.page.locator("#timeline details.row").filter(has_text="payment_intent.created")
    await expect(row.locator(".state")).to_have_text("delivered (2 tries)")
    await row.locator("summary").first.click()
    await expect(row.locator(".tries li")).to_have_count(2)
    await row.get_by_text("Payload").click()
    await expect(row.locator("pre")).to_contain_text(intent.id)
    await row.get_by_role("button", name="Send again").click()
    eventually(lambda: len(listening.got) == 3)
    paid(sandbox)
    await eyes.page.get_by_label("Type").fill("charge.succeeded")
    await expect(eyes.page.locator("#timeline details.row")).to_have_count(1)


async def test_the_network_is_switched_and_shows_what_others_switched(
    sandbox: Sandbox, listening: Inbox, eyes: Onlooker
) -> None:
    await expect(eyes.page.locator("#endpoint")).to_have_text(listening.url)
    await eyes.page.get_by_label("Hold webhooks back").check()
    await _told(eyes.page, "Network: done.")
    sandbox.intent()
    assert (sandbox.look("health")["delivery"]["paused"], listening.got) == (True, [])
    await eyes.page.get_by_label("Repeat each").fill("2")
    await eyes.page.get_by_label("Repeat each").press("Enter")
    await eyes.page.get_by_label("Hold webhooks back").uncheck()
    eventually(lambda: sandbox.look("health")["delivery"]["duplicate"] == 2)
    sandbox.control("delivery", drop_next=7)
    await expect(eyes.page.get_by_label("Lose the next")).to_have_value("7")


async def test_a_snapshot_is_put_back_and_a_reset_empties_the_page(sandbox: Sandbox, eyes: Onlooker) -> None:
    who = subscriber(sandbox)
    page = eyes.page
    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Take a snapshot").click()
    await expect(page.get_by_text("Snapshot 1")).to_be_visible()
    await page.get_by_role("button", name="Reset").click()
    await expect(page.get_by_text("No customer yet.")).to_be_visible()
    assert sandbox.look("customers")["total"] == 0
    await page.get_by_role("button", name="Put back: Snapshot 1").click()
    await expect(page.locator("#customers")).to_contain_text("Ada")
    assert who.v1.customers.retrieve(who.customer).name == "Ada"
    async with page.expect_download() as saved:
        await page.get_by_role("link", name="Save to a file").click()
    assert (await saved.value).suggested_filename == "snapshot-1.json"


async def test_every_control_can_be_tried_on_its_own_page(sandbox: Sandbox, eyes: Onlooker) -> None:
    intent = sandbox.intent()
    await eyes.page.goto(f"{sandbox.url}/_sandbox/docs")
    told = sandbox.look("openapi.json")["paths"]
    await expect(eyes.page.locator("#operations details")).to_have_count(sum(len(methods) for methods in told.values()))
    control = eyes.page.locator("details").filter(has_text="/_sandbox/payments/{payment_intent}/pay")
    await control.locator("summary").click()
    await control.get_by_label("payment_intent").fill(intent.id)
    await control.get_by_role("button", name="Send").click()
    await expect(control.locator("pre")).to_contain_text('"status": "succeeded"')
    assert sandbox.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.parametrize(("scheme", "width"), [("light", DESK), ("dark", DESK), ("light", PHONE), ("dark", PHONE)])
async def test_nobody_trips_over_the_pages(sandbox: Sandbox, windows: Windows, scheme: Scheme, width: int) -> None:
    who = subscriber(sandbox)
    who.subscribe()
    sandbox.control(f"payments/{paid(sandbox, description='Ten credits').id}/dispute")
    found = {}
    async with visitor(windows, scheme, width) as come:
        await come.page.goto(f"{sandbox.url}/_sandbox/")
        for section, text in (
            ("payments", "Ten"),
            ("customers", "Ada"),
            ("subscriptions", "Gold"),
            ("disputes", "fraud"),
        ):
            await _row(come.page, section, text)
        await come.page.get_by_text("All 1").click()
        found["scenario"] = await come.trips()
        await come.page.goto(f"{sandbox.url}/_sandbox/docs")
        await come.page.get_by_text("/_sandbox/delivery", exact=True).click()
        found["docs"] = await come.trips()
    assert {place: trips for place, trips in found.items() if trips} == {}
