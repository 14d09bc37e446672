"""What people do without a mouse: buying, granting, taking their transactions away as a file."""

import csv
from pathlib import Path

import pytest
from playwright.async_api import expect

from auth.policy import Role
from billing.rules.money import Credits
from tests.browser.conftest import Visit
from tests.browser.keys import Keyboard
from tests.browser.people import Person, Registry
from tests.browser.processes import Running
from tests.browser.shopping import PAYS, Shopper
from tests.browser.test_every_page import axe_violations

pytestmark = pytest.mark.browser

KEYS_MOST = 25


async def _handshake(shopper: Shopper, address: str) -> None:
    await shopper.page.wait_for_url(address)
    await shopper.page.wait_for_function("window.did_handshake === true")


async def test_buy_1_from_the_overview_to_the_credits_in_at_most_25_presses(shopper: Shopper, people: Registry) -> None:
    """Typing the card counts as one press for each of its fields."""
    keys = Keyboard(shopper.page)
    await shopper.open("/")
    await keys.tab_to("Buy credits")
    await keys.press("Enter")
    await _handshake(shopper, "**/buy")
    await keys.tab_to("Skip to content")
    await keys.press("Enter")
    await keys.tab_to("Continue to payment")
    await keys.press("Enter")
    await expect(shopper.card.get_by_label("Card number")).to_be_visible()
    assert await keys.at() == "Payment"
    # the first stop in Stripe's frame is the choice between a card and a bank account
    await keys.press("Tab")
    for text in (PAYS, "1234", "123"):
        await keys.press("Tab")
        await keys.write(text)
    await keys.tab_to("Pay 18.00 USD")
    await keys.press("Enter")
    await shopper.sees_credited()
    assert await keys.at() != "BODY"
    assert people.purchases(shopper.person) == 1
    assert keys.presses <= KEYS_MOST


async def test_buy_7_an_own_amount_is_typed_mended_and_charged_as_it_was_shown(
    shopper: Shopper, people: Registry
) -> None:
    """What stands in the field is never taken back while its price is on the way, however fast somebody types."""
    page, keys = shopper.page, Keyboard(shopper.page)
    await shopper.open()
    await page.get_by_role("radio", name="Scale").focus()
    await keys.press("ArrowDown")
    field = page.get_by_label("How many credits")
    await expect(field).to_be_visible()
    await keys.tab_to("How many credits")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("12050", delay=60)
    await keys.tab_to("Continue to payment")
    await keys.press("Enter")
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(
        "500 to 50,000, in steps of 100. From 10,000 on you get 5% more. "
        "Credits are sold in steps of 100 here: take 12,000 or 12,100."
    )
    await expect(page.locator("#due")).to_have_text("–")
    await expect(field).to_have_value("12050")
    assert await axe_violations(page) == []
    await keys.press("Control+a")
    await keys.write("12100")
    await keys.tab_to("Continue to payment")
    await keys.press("Enter")
    await expect(shopper.card.get_by_label("Card number")).to_be_visible()
    await expect(shopper.pay_button).to_have_text("Pay 121.00 USD")
    await expect(page.locator(".summary")).to_contain_text("12,705 credits")
    await shopper.pay()
    await shopper.sees_balance("12,705")
    assert [each["amount_received"] for each in people.payments(shopper.person)] == [12_100]


async def test_man_5_a_manager_grants_and_is_led_back_to_where_they_began(
    visit: Visit, people: Registry, person: Person
) -> None:
    mia = await visit(people.newcomer(Role.MANAGER))
    page, keys = mia.page, Keyboard(mia.page)
    await mia.open(f"/manage?search={person.account_id}")
    await keys.tab_to(person.name)
    await keys.press("Enter")
    await _handshake(mia, f"**/manage/accounts/{person.account_id}")
    await keys.tab_to("Grant credits")
    await keys.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await keys.tab_to("Amount")
    await keys.write("500")
    await keys.tab_to("Reason")
    await keys.write("goodwill after the outage")
    await expect(page.get_by_role("dialog")).to_contain_text("Balance 0 → 500")
    await keys.tab_to(f"Grant 500 credits to {person.name}")
    await keys.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.get_by_role("button", name="Grant credits")).to_be_focused()
    assert people.balance(person) == Credits.whole(500)


async def test_transactions_are_taken_away_as_a_file(shopper: Shopper, running: Running, tmp_path: Path) -> None:
    for credits in ("250", "70"):
        running.grant(shopper.person.account_id, credits)
    keys = Keyboard(shopper.page)
    await shopper.open("/transactions")
    await keys.tab_to("Skip to content")
    await keys.press("Enter")
    async with shopper.page.expect_download() as coming:
        await keys.tab_to("CSV")
        await keys.press("Enter")
    await (await coming.value).save_as(tmp_path / "all.csv")
    rows = list(csv.DictReader((tmp_path / "all.csv").read_text("utf-8").splitlines()))
    assert sorted(row["amount"] for row in rows) == ["250", "70"]
    assert await keys.at() == "CSV"
