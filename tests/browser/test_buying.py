"""The buy story in a real browser: one page from the choice to the credits, whatever the card does."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.people import Registry
from tests.browser.processes import Running
from tests.browser.shopping import DECLINED, NO_FUNDS, PAYS, SETTLES_MS, Shopper, wait_until
from tests.browser.stage import visitor
from tests.world.windows import Windows

pytestmark = pytest.mark.browser

ASKS_UNLESS_SET_UP, ASKS_ALWAYS, ASKS_3DS2 = "4000002500003155", "4000002760003184", "4000000000003220"


async def test_a_paid_card_raises_the_balance_of_the_open_page_within_a_second_of_the_webhook(
    shopper: Shopper, running: Running, people: Registry
) -> None:
    running.sandbox("delivery", paused=True)
    await shopper.buy()
    await expect(shopper.current_step).to_contain_text("Verified")
    await shopper.sees_balance("0")
    running.sandbox("delivery", paused=False)
    await shopper.sees_balance("2,000")
    await shopper.sees_credited()
    await expect(shopper.page.locator(".steps-said")).to_contain_text("2,000 credits were added")
    assert people.purchases(shopper.person) == 1


async def test_somebody_new_finds_the_way_from_the_door_to_the_credits_by_what_they_read(
    windows: Windows, running: Running
) -> None:
    """No address is typed and no part is known by its place: every step is a text that somebody can see."""
    async with visitor(windows) as stage:
        page = await stage.page()
        await page.goto(running.url)
        await page.get_by_text("Bo Lindqvist").click()
        await page.get_by_text("Buy credits").last.click()
        await page.get_by_text("Starter").click(force=True)  # the card is one button: its radio lies over the words
        await page.get_by_text("Continue to payment").click()
        card = page.frame_locator("iframe >> nth=-1")
        for name, typed in (("Card number", PAYS), ("Expiration date", "1234"), ("Security code", "123")):
            await card.get_by_text(name).click()
            await page.keyboard.type(typed)
        pay = page.get_by_text("Pay 5.00 USD")
        await pay.scroll_into_view_if_needed()
        await page.wait_for_timeout(SETTLES_MS)
        await pay.click()
        await expect(page.get_by_text("500 credits were added to your balance.")).to_be_visible()
        await page.get_by_text("Overview").last.click()
        await expect(page.get_by_text("+500")).to_be_visible()


async def test_the_total_stands_there_before_the_card_form_comes(shopper: Shopper) -> None:
    await shopper.open()
    await expect(shopper.page.locator(".summary")).to_contain_text("18.00 USD")
    await expect(shopper.page.locator(".summary")).to_contain_text("2,000 credits")
    await expect(shopper.page.locator(".summary")).to_contain_text(shopper.person.name)
    await expect(shopper.page.locator("iframe")).to_have_count(0)
    await shopper.choose("Scale")
    await expect(shopper.page.locator(".summary")).to_contain_text("80.00 USD")
    await shopper.proceed()
    await expect(shopper.pay_button).to_have_text("Pay 80.00 USD")


async def test_looking_at_the_counter_writes_no_order(shopper: Shopper, people: Registry) -> None:
    await shopper.open()
    await shopper.choose("Starter")
    await expect(shopper.page.locator(".summary")).to_contain_text("5.00 USD")
    assert people.payments(shopper.person) == []


@pytest.mark.parametrize(
    ("number", "reason"), [(DECLINED, "Your card was declined."), (NO_FUNDS, "Your card has insufficient funds.")]
)
async def test_a_decline_stands_beside_the_form_which_then_takes_another_card_for_the_same_payment(
    shopper: Shopper, people: Registry, number: str, reason: str
) -> None:
    await shopper.buy(number)
    await expect(shopper.message).to_contain_text(f"{reason} No money was taken.")
    await expect(shopper.message).to_be_focused()
    await expect(shopper.card.get_by_label("Card number")).to_have_value(re.compile(number[:4]))
    assert people.balance(shopper.person).micro == 0
    await shopper.pay()
    await shopper.sees_credited()
    assert (len(people.payments(shopper.person)), people.purchases(shopper.person)) == (1, 1)


@pytest.mark.parametrize("number", [ASKS_UNLESS_SET_UP, ASKS_ALWAYS, ASKS_3DS2])
async def test_3d_secure_is_answered_inside_the_page_takes_nothing_when_it_fails_and_then_pays(
    shopper: Shopper, people: Registry, number: str
) -> None:
    await shopper.buy(number)
    await shopper.bank.get_by_role("button", name="Fail").click()
    await expect(shopper.message).to_contain_text("No money was taken.")
    await expect(shopper.pay_button).to_have_text("Pay 18.00 USD")
    assert people.purchases(shopper.person) == 0
    await shopper.pay(number)
    await shopper.bank.get_by_role("button", name="Complete").click()
    await shopper.sees_credited()
    await expect(shopper.chip).to_have_text("2,000")


async def test_another_package_may_be_chosen_until_it_is_paid(shopper: Shopper, people: Registry) -> None:
    await shopper.open()
    await shopper.proceed()
    await shopper.page.get_by_role("button", name="Choose another package").click()
    await shopper.choose("Starter")
    await shopper.proceed()
    await expect(shopper.pay_button).to_have_text("Pay 5.00 USD")
    await shopper.pay()
    await shopper.sees_balance("500")
    assert people.purchases(shopper.person) == 1


async def test_two_browsers_of_one_account_and_its_overview_all_change_by_themselves(
    shopper: Shopper, visit: Visit
) -> None:
    elsewhere, overview = await visit(), await visit()
    await elsewhere.open("/buy")
    await overview.open("/")
    await shopper.buy()
    for each in (shopper, elsewhere, overview):
        await each.sees_balance("2,000")
    await expect(elsewhere.page.locator(".summary")).to_contain_text("4,000 credits")


async def test_a_managers_grant_shows_on_the_open_overview_within_a_second(shopper: Shopper, running: Running) -> None:
    await shopper.open("/")
    await shopper.sees_balance("0")
    running.grant(shopper.person.account_id, "250")
    await expect(shopper.chip).to_have_text("250")


async def test_the_second_purchase_offers_the_saved_card(shopper: Shopper, people: Registry) -> None:
    await shopper.open()
    await shopper.proceed()
    await shopper.card.get_by_label("Save this card for future purchases").check()
    await shopper.pay()
    await shopper.sees_credited()
    await shopper.open()
    await shopper.page.get_by_role("button", name="Continue to payment").click()
    await expect(shopper.card.get_by_text(re.compile("4242"))).to_be_visible()
    await expect(shopper.pay_button).not_to_have_attribute("aria-disabled", "true")
    await shopper.press_pay()
    await shopper.sees_balance("4,000")
    wait_until(lambda: people.purchases(shopper.person) == 2)
    assert len(people.payments(shopper.person)) == 2
