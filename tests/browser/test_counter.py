"""What the counter asks before one pays, the cards it saves, and a portal without Stripe."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from auth.policy import Role
from tests.browser.people import registry
from tests.browser.processes import portal_process
from tests.browser.shopping import Shopper
from tests.browser.stage import visitor
from tests.browser.test_every_page import axe_violations
from tests.browser.tills import Place, Till
from tests.world.windows import Windows

pytestmark = pytest.mark.browser


@pytest.fixture
def place(every_place: dict[str, Place]) -> Place:
    """Where taxes are computed and two currencies taken."""
    return every_place["elements"]


@pytest.fixture
async def till(windows: Windows, place: Place) -> AsyncIterator[Till]:
    person = place.people.newcomer()
    async with visitor(windows) as stage:
        await place.people.sign_in(stage.context, person)
        yield Till(place, Shopper(await stage.page(), place.running, place.people, person, stage))


async def test_the_total_with_its_tax_stands_there_before_the_card_is_asked_for(till: Till) -> None:
    page, due = till.page, till.page.locator("#due")
    await till.shopper.open()
    await expect(due).to_have_text("20.00 USD plus tax")
    await page.get_by_role("radio", name="EUR").check()
    await expect(due).to_have_text("18.00 EUR plus tax")
    await page.get_by_role("button", name="Continue to payment").click()
    await expect(page.get_by_role("heading", name="Billing address")).to_be_focused()
    await expect(page.get_by_label("Country")).to_have_value("US")
    await expect(page.get_by_label("State")).to_be_visible()
    assert await axe_violations(page) == []
    await page.get_by_label("Country").select_option("DE")
    await expect(page.get_by_label("State")).to_be_hidden()
    await expect(page.locator("iframe")).to_have_count(0)
    await page.get_by_role("button", name="Show the total").click()
    await expect(due).to_have_text("21.42 EUR")
    await expect(page.locator(".summary")).to_contain_text("3.42 EUR")
    await expect(till.pay_button).to_have_text("Pay 21.42 EUR")


async def test_another_address_is_another_tax_on_the_same_payment(till: Till) -> None:
    await till.enter()
    page = till.page
    await page.get_by_role("button", name="Change the address").click()
    await expect(page.locator("#due")).to_have_text("18.00 EUR plus tax")
    await page.get_by_label("Country").select_option("GB")
    await page.get_by_role("button", name="Show the total").click()
    await expect(till.pay_button).to_have_text("Pay 21.60 EUR")
    await expect(page.get_by_text("Billed to United Kingdom")).to_be_visible()
    await till.pay()
    await till.shopper.sees_credited()
    assert [each["amount_received"] for each in till.tries()] == [2160]
    await till.shopper.sees_balance("2,000")


async def test_an_address_that_is_not_enough_leads_to_its_field_and_keeps_the_rest(till: Till) -> None:
    page = till.page
    await till.shopper.open()
    await page.get_by_role("button", name="Continue to payment").click()
    await page.get_by_label("City").fill("Springfield")
    await page.get_by_role("button", name="Show the total").click()
    await expect(page.get_by_label("Postal code")).to_be_focused()
    await expect(page.get_by_label("Postal code")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("Country").select_option("DE")
    await page.get_by_label("VAT number").fill("nonsense")
    await page.get_by_role("button", name="Show the total").click()
    await expect(page.get_by_label("VAT number")).to_be_focused()
    await expect(page.get_by_label("City")).to_have_value("Springfield")
    await page.get_by_label("VAT number").fill("DE123456789")
    await page.get_by_role("button", name="Show the total").click()
    await expect(page.locator("#due")).to_have_text(re.compile("EUR|USD"))
    await expect(till.pay_button).to_be_visible()


async def test_a_card_is_saved_with_a_purchase_and_removed_after_a_question(till: Till) -> None:
    await till.enter()
    await till.card.get_by_label("Save this card for future purchases").check()
    await till.pay()
    await till.shopper.sees_credited()
    page = till.page
    await till.shopper.open("/cards")
    remove = page.get_by_role("button", name="Remove Visa •••• 4242")
    await remove.click()
    await expect(page.get_by_role("heading", name="Remove Visa •••• 4242?")).to_be_visible()
    assert await axe_violations(page) == []
    await page.keyboard.press("Escape")
    await expect(remove).to_be_focused()
    await remove.click()
    await page.get_by_role("button", name="Remove it").click()
    await expect(page.get_by_text("Nothing is saved.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Saved payment methods")).to_be_focused()
    await page.get_by_role("button", name="Open Stripe's customer portal").click()
    await page.wait_for_url(f"{till.place.running.sandbox_url}/**")


async def test_a_manager_pays_with_their_own_card_for_somebody_else(till: Till, windows: Windows) -> None:
    people, other = till.place.people, till.shopper.person
    payer = people.newcomer(Role.MANAGER)
    async with visitor(windows) as stage:
        await people.sign_in(stage.context, payer)
        shopper = Shopper(await stage.page(), till.place.running, people, payer, stage)
        theirs = Till(till.place, shopper)
        await shopper.open(f"/buy?account={other.account_id}")
        await expect(theirs.page.get_by_text(f"For {other.name} ({other.account_id}).")).to_be_visible()
        await till.shopper.open("/")
        await theirs.page.get_by_role("radio", name="EUR").check()
        await theirs.go_on()
        await theirs.pay()
        await shopper.sees_credited()
        await expect(theirs.page.locator(".steps-said")).to_contain_text(f"the balance of {other.account_id}")
    await till.shopper.sees_balance("2,000")
    assert (people.purchases(other), people.purchases(payer), len(people.payments(payer))) == (1, 0, 1)


async def test_without_stripe_the_dummy_grants_at_once_and_says_what_it_is(
    windows: Windows, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("dummy")
    with portal_process(folder, SCRIP_DUMMY__AMOUNT="50") as running, registry(running) as people:
        person = people.newcomer()
        async with visitor(windows) as stage:
            await people.sign_in(stage.context, person)
            shopper = Shopper(await stage.page(), running, people, person, stage)
            await shopper.open()
            await expect(shopper.page.get_by_text("credits are granted without payment")).to_be_visible()
            await shopper.page.get_by_role("button", name="Continue to payment").click()
            await shopper.page.wait_for_url("**/receipt/ord_*")
            await shopper.sees_credited()
            await shopper.sees_balance("50")
            assert "session_id" not in shopper.page.url
            assert people.purchases(person) == 1
