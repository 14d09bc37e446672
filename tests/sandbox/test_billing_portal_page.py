"""The portal's page in a real Chromium: a customer's whole round, flows, links that ran out, and how it looks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.sandbox.conftest import Sandbox
from tests.sandbox.onlookers import DESK, PHONE, Onlooker, Scheme, visitor
from tests.sandbox.portal_guests import CANCEL, CARDS, DETAILS, HISTORY, PAUSE, Guest, invite
from tests.sandbox.subscribers import only_item
from tests.world.windows import Windows

pytestmark = pytest.mark.browser
ASKED = {"enabled": True, "options": ["unused", "other"]}
REASON: dict[str, Any] = {"subscription_cancel": {"enabled": True, "cancellation_reason": ASKED}}


@pytest_asyncio.fixture(loop_scope="session")
async def eyes(windows: Windows) -> AsyncIterator[Onlooker]:
    async with visitor(windows) as come:
        yield come


@pytest.fixture
def guest(sandbox: Sandbox) -> Guest:
    return invite(sandbox)


@pytest.fixture
def everything(guest: Guest) -> dict[str, Any]:
    """All features, with a cheaper plan to change to."""
    shop = guest.shop
    silver = guest.v1.products.create({"name": "Silver"}).id
    gold = shop.price(2000)
    shop.subscribe(gold, quantity=2)
    adjustable = {"enabled": True, "minimum": 1, "maximum": 5}
    allowed = {"default_allowed_updates": ["price", "quantity", "promotion_code"], "adjustable_quantity": adjustable}
    plans = guest.plans((shop.product, [gold]), (silver, [shop.price(1000, product=silver)]), **allowed)
    return {**plans, **REASON, **CARDS, **PAUSE, **DETAILS, **HISTORY}


async def _says(page: Page, text: str) -> None:
    await expect(page.get_by_role("status")).to_contain_text(text)


async def test_a_plan_is_cancelled_with_a_reason_and_kept_again(guest: Guest, eyes: Onlooker) -> None:
    subscription = guest.shop.subscribe().id
    page = eyes.page
    await page.goto(guest.enter(REASON).url)
    await page.get_by_role("button", name="Cancel plan: Gold").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cancel Gold")
    await page.get_by_label("I do not use it enough").check()
    await page.get_by_label("Anything else?").fill("Gone sailing")
    await page.get_by_role("button", name="Cancel plan").click()
    await _says(page, "Your plan ends on Mar 1, 2024.")
    details = guest.shop.now(subscription).cancellation_details
    assert (details.feedback, details.comment) == ("unused", "Gone sailing")
    await page.get_by_role("button", name="Keep my plan").click()
    await _says(page, "Your plan goes on")
    assert guest.shop.now(subscription).cancel_at_period_end is False


async def test_the_cost_of_a_change_is_shown_before_it_is_made(
    guest: Guest, everything: dict[str, Any], eyes: Onlooker
) -> None:
    page = eyes.page
    await page.goto(guest.enter(everything).url)
    await page.get_by_role("button", name="Change plan: Gold").click()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("alert")).to_have_text("Choose another plan or quantity first.")
    await page.get_by_label("Quantity").fill("3")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("row", name="Due now")).to_contain_text("$20.00")
    await page.get_by_role("button", name="Confirm and pay $20.00").click()
    await _says(page, "Your plan was changed.")
    subscription = guest.shown()["subscriptions"][0]["id"]
    assert only_item(guest.shop.now(subscription)).quantity == 3
    assert guest.shop.invoices(subscription)[-1].amount_paid == 2000


async def test_a_card_is_added_preferred_and_the_old_one_removed(guest: Guest, eyes: Onlooker) -> None:
    page = eyes.page
    await page.goto(guest.enter(CARDS).url)
    await page.get_by_role("button", name="Add payment method").click()
    card = page.frame_locator(".element:not([aria-busy]) iframe")
    for label, text in (("Card number", "5555555555554444"), ("Expiration date", "12/34"), ("Security code", "123")):
        await card.get_by_label(label).press_sequentially(text)
    await page.get_by_label("Charge this one from now on").check()
    await page.get_by_role("button", name="Save payment method").click()
    await _says(page, "Your payment method was saved.")
    await page.get_by_role("button", name="Remove: Visa •••• 4242").click()
    await _says(page, "Visa •••• 4242 was removed.")
    (kept,) = guest.v1.customers.payment_methods.list(guest.shop.customer).data
    settings = guest.v1.customers.retrieve(guest.shop.customer).invoice_settings
    assert (kept.card.last4, settings.default_payment_method) == ("4444", kept.id)
    assert eyes.complaints == []


async def test_details_and_a_tax_id_are_changed(guest: Guest, eyes: Onlooker) -> None:
    page = eyes.page
    await page.goto(guest.enter(DETAILS).url)
    await page.get_by_role("button", name="Change details").click()
    await page.get_by_label("Name").fill("Ada King")
    await page.get_by_label("Address", exact=True).fill("1 Main St")
    await page.get_by_role("button", name="Save").click()
    await _says(page, "Your details were saved.")
    await page.get_by_role("button", name="Change details").click()
    await page.get_by_role("textbox", name="Number").fill("nonsense")
    await page.get_by_role("button", name="Add tax ID").click()
    await expect(page.get_by_role("alert").filter(has_text="Invalid value for eu_vat.")).to_be_visible()
    await page.get_by_role("textbox", name="Number").fill("DE123456789")
    await page.get_by_role("button", name="Add tax ID").click()
    await _says(page, "The tax ID was added.")
    customer = guest.v1.customers.retrieve(guest.shop.customer)
    assert (customer.name, customer.address.line1) == ("Ada King", "1 Main St")
    assert [row.value for row in guest.v1.customers.tax_ids.list(guest.shop.customer).data] == ["DE123456789"]


async def test_only_what_is_allowed_is_on_the_page(guest: Guest, eyes: Onlooker) -> None:
    guest.shop.subscribe()
    await eyes.page.goto(guest.enter(HISTORY).url)
    await expect(eyes.page.get_by_role("heading", level=2)).to_have_text(["Your plan", "Invoices"])
    await expect(eyes.page.get_by_role("main").get_by_role("button")).to_have_count(0)
    await expect(eyes.page.get_by_role("link", name="PDF: invoice")).to_have_count(1)


@pytest.mark.parametrize("end", ["redirect", "hosted_confirmation", "portal_homepage"])
async def test_a_flow_jumps_to_its_step_and_ends_where_it_was_told(guest: Guest, eyes: Onlooker, end: str) -> None:
    subscription = guest.shop.subscribe().id
    back = f"{guest.sandbox.url}/_sandbox/docs"
    after: dict[str, Any] = {"type": end}
    if end == "redirect":
        after["redirect"] = {"return_url": back}
    if end == "hosted_confirmation":
        after["hosted_confirmation"] = {"custom_message": "Come again"}
    flow = {
        "type": "subscription_cancel",
        "subscription_cancel": {"subscription": subscription},
        "after_completion": after,
    }
    page = eyes.page
    await page.goto(guest.enter(CANCEL, flow_data=flow).url)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cancel Gold")
    await page.get_by_role("button", name="Cancel plan").click()
    if end == "redirect":
        await expect(page).to_have_url(back)
    else:
        words = {"hosted_confirmation": "Come again", "portal_homepage": "Your plan ends on"}[end]
        await expect(page.get_by_text(words)).to_be_visible()
    assert guest.shop.now(subscription).cancel_at_period_end is True


async def test_a_flow_with_an_offer_lets_the_customer_stay(guest: Guest, eyes: Onlooker) -> None:
    subscription = guest.shop.subscribe().id
    coupon = guest.v1.coupons.create({"percent_off": 20, "duration": "once"}).id
    offer = {"type": "coupon_offer", "coupon_offer": {"coupon": coupon}}
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription, "retention": offer}}
    await eyes.page.goto(guest.enter(CANCEL, flow_data=flow).url)
    await expect(eyes.page.get_by_text("Stay, and get 20% off your next invoice.")).to_be_visible()
    await eyes.page.get_by_role("button", name="Accept the discount and stay").click()
    await _says(eyes.page, "Your discount is applied")
    now = guest.shop.now(subscription, "discounts")
    assert (now.discounts[0].source.coupon, now.cancel_at_period_end) == (coupon, False)


async def test_a_change_the_seller_chose_is_only_confirmed(guest: Guest, eyes: Onlooker) -> None:
    gold = guest.shop.price(1000)
    year = guest.shop.price(9000, "year")
    subscription = guest.shop.subscribe(gold)
    item = {"id": only_item(subscription).id, "price": year}
    part = {"subscription": subscription.id, "items": [item]}
    flow = {"type": "subscription_update_confirm", "subscription_update_confirm": part}
    await eyes.page.goto(guest.enter(guest.plans((guest.shop.product, [gold, year])), flow_data=flow).url)
    await eyes.page.get_by_role("button", name="Confirm and pay $80.00").click()
    await _says(eyes.page, "Your plan was changed.")
    assert only_item(guest.shop.now(subscription.id)).price.id == year


async def test_a_plan_is_paused_and_resumed(guest: Guest, eyes: Onlooker) -> None:
    subscription = guest.shop.subscribe().id
    await eyes.page.goto(guest.enter(PAUSE).url)
    await eyes.page.get_by_role("button", name="Pause: Gold").click()
    await expect(eyes.page.get_by_label("For one month")).to_be_checked()
    await eyes.page.get_by_role("button", name="Pause plan").click()
    await expect(eyes.page.get_by_text("Nothing is billed until Mar 2, 2024.")).to_be_visible()
    assert guest.shop.now(subscription).pause_collection is not None
    await eyes.page.get_by_role("button", name="Resume: Gold").click()
    await _says(eyes.page, "Your plan goes on.")
    assert guest.shop.now(subscription).pause_collection is None


async def test_a_link_that_ran_out_is_had_back_by_signing_in(guest: Guest, eyes: Onlooker) -> None:
    session = guest.enter(HISTORY, after_expiration={"type": "customer_login"})
    guest.sandbox.control("time", seconds=600)
    await eyes.page.goto(session.url)
    await expect(eyes.page.get_by_role("heading", level=1)).to_have_text("This link has run out")
    for address in ("eve@example.com", "ada@example.com"):
        await eyes.page.get_by_label("E-mail address").fill(address)
        await eyes.page.get_by_role("button", name="Open the portal").click()
        if address.startswith("eve"):
            await expect(eyes.page.get_by_role("alert")).to_contain_text("No customer")
    await expect(eyes.page.get_by_role("heading", name="Invoices")).to_be_visible()
    assert guest.look().status_code == 200


async def test_a_link_that_ran_out_for_good_only_leads_back(guest: Guest, eyes: Onlooker) -> None:
    url = guest.enter(HISTORY, return_url="https://example.com/account").url
    guest.sandbox.control("time", seconds=600)
    await eyes.page.goto(url)
    await expect(eyes.page.locator("#return")).to_have_attribute("href", "https://example.com/account")
    assert await eyes.page.get_by_label("E-mail address").count() == 0


async def test_a_login_page_leads_into_the_portal_by_keyboard(guest: Guest, eyes: Onlooker) -> None:
    address = guest.configure(HISTORY, login_page={"enabled": True}).login_page.url
    await eyes.page.goto(address)
    await eyes.page.keyboard.press("Tab")
    await eyes.page.keyboard.type("ada@example.com")
    await eyes.page.keyboard.press("Enter")
    await expect(eyes.page.get_by_role("heading", name="Invoices")).to_be_visible()
    assert await eyes.trips() == []


@pytest.mark.parametrize(("scheme", "width"), [("light", DESK), ("dark", DESK), ("light", PHONE), ("dark", PHONE)])
async def test_nobody_trips_over_the_page(
    guest: Guest, everything: dict[str, Any], windows: Windows, scheme: Scheme, width: int
) -> None:
    session = guest.enter(everything, return_url="https://example.com/account")
    (subscription,) = [row["id"] for row in guest.shown()["subscriptions"]]
    found: dict[str, list[str]] = {}
    async with visitor(windows, scheme, width) as come:
        await come.page.goto(session.url)
        await expect(come.page.get_by_role("heading", name="Invoices")).to_be_visible()
        found["home"] = await come.trips()
        for place in (f"change/{subscription}", f"cancel/{subscription}", f"pause/{subscription}", "details", "card"):
            await come.page.evaluate("(place) => { location.hash = place; }", place)
            await expect(come.page.get_by_role("heading", level=1)).not_to_have_text("Billing")
            await expect(come.page.get_by_role("heading", level=1)).to_be_focused()
            found[place] = await come.trips()
    assert {place: trips for place, trips in found.items() if trips} == {}
