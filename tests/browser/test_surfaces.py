"""The same stories at every surface: Stripe's form in our page, its Checkout in our page, and Checkout on its own.

Whatever happens on the way, one purchase is one entry, the receipt tells how it stands, and nothing is shown in red
while the truth is only "not yet".
"""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import expect

from tests.browser.shopping import DECLINED, Shopper, wait_until
from tests.browser.stage import visitor
from tests.browser.tills import IBAN_BAD, IBAN_GOOD, SURFACES, Place, Till
from tests.world.windows import Windows

pytestmark = pytest.mark.browser

AT_STRIPE = pytest.mark.parametrize("place", ["embedded", "hosted"], indirect=True)
"""For stories that test_buying and test_buying_attacked tell of the form in our page."""

ASKS = "4000002760003184"
CREDITED = "2,000 credits were added to your balance."


@pytest.fixture(params=SURFACES)
def place(every_place: dict[str, Place], request: pytest.FixtureRequest) -> Iterator[Place]:
    here = every_place[request.param]
    yield here
    here.running.calm()


@pytest.fixture
async def till(windows: Windows, place: Place) -> AsyncIterator[Till]:
    person = place.people.newcomer()
    async with visitor(windows) as stage:
        await place.people.sign_in(stage.context, person)
        yield Till(place, Shopper(await stage.page(), place.running, place.people, person, stage))


async def another_tab(till: Till) -> Till:
    shopper = till.shopper
    page = await shopper.stage.page()
    return Till(till.place, Shopper(page, shopper.running, shopper.registry, shopper.person, shopper.stage))


async def test_a_card_pays_and_the_receipt_says_so_again_after_a_reload(till: Till) -> None:
    await till.enter()
    await till.page.evaluate("window.left = false")
    await till.pay()
    await till.shopper.sees_credited()
    await till.at_receipt()
    stays = till.place.surface != "hosted"
    assert await till.page.evaluate("window.left === false") is stays, "the page was left, or it was not"
    await till.page.reload()
    await till.shopper.sees_credited()
    await expect(till.page.locator(".steps-said")).to_have_text(CREDITED)
    paper = till.page.locator(".paper")
    total = "18.00 EUR" if till.is_checkout else "21.42 EUR"
    for term, value in (("Amount", "18.00 EUR"), ("Total", total), ("Credits", "2,000 credits")):
        await expect(paper.locator("div", has=till.page.get_by_text(term, exact=True))).to_contain_text(value)
    tax = paper.locator("div", has=till.page.get_by_text("Tax added", exact=True))
    await expect(tax).to_be_visible(visible=not till.is_checkout)
    await expect(tax).to_contain_text("0.00 EUR" if till.is_checkout else "3.42 EUR")
    await till.shopper.sees_balance("2,000")
    assert (len(till.tries()), till.purchases()) == (1, 1)


@AT_STRIPE
async def test_a_declined_card_and_a_bank_that_says_no_leave_everything_to_be_tried_again(till: Till) -> None:
    await till.enter()
    await till.pay(DECLINED)
    await expect(till.refusal).to_contain_text("declined")
    await till.pay(ASKS)
    await till.bank.get_by_role("button", name="Fail").click()
    await expect(till.refusal).to_contain_text("authentication")
    assert till.purchases() == 0
    await till.pay(ASKS)
    await till.bank.get_by_role("button", name="Complete").click()
    await till.shopper.sees_credited()
    assert (len(till.tries()), till.purchases()) == (1, 1)


async def test_what_is_paid_after_the_tab_was_closed_shows_on_the_overview(till: Till) -> None:
    """The tab is closed before paying; then somebody pays, as on a phone with the same page, and only Stripe tells."""
    await till.enter()
    home = await another_tab(till)
    await till.page.close()
    await home.shopper.open("/")
    await expect(home.page.get_by_role("heading", name="Unfinished purchases")).to_be_visible()
    till.control("complete" if till.is_checkout else "pay")
    await home.shopper.sees_balance("2,000")
    await expect(home.page.get_by_role("heading", name="Unfinished purchases")).to_be_hidden()


@AT_STRIPE
async def test_a_tab_closed_after_paying_loses_nothing(till: Till) -> None:
    """Stripe's news are held back until the tab is gone: what it was still loading is given up with it."""
    till.place.running.sandbox("delivery", paused=True)
    await till.enter()
    await till.pay()
    wait_until(lambda: [each["status"] for each in till.tries()] in (["complete"], ["succeeded"]))
    await till.page.close()
    till.place.running.sandbox("delivery", paused=False)
    wait_until(lambda: till.purchases() == 1)
    home = await another_tab(till)
    await home.shopper.open("/")
    await expect(home.shopper.chip).to_have_text("2,000")


async def test_a_bank_debit_is_under_way_and_fills_the_receipt_days_later(till: Till) -> None:
    await till.enter()
    await till.debit(IBAN_GOOD)
    await expect(till.page.locator(".steps-said")).to_contain_text("The bank is still working on the payment.")
    await till.at_receipt()
    await till.shopper.sees_balance("0")
    till.bank_answers("succeed")
    await till.shopper.sees_credited()
    await till.shopper.sees_balance("2,000")


async def test_a_bank_debit_that_fails_days_later_says_so_and_can_be_tried_again(till: Till) -> None:
    await till.enter()
    await till.debit(IBAN_BAD)
    await expect(till.page.locator(".steps-said")).to_contain_text("The bank is still working on the payment.")
    order_id = await till.at_receipt()
    till.bank_answers("fail")
    await expect(till.page.locator(".steps-said")).to_contain_text("No money was taken.")
    await till.page.get_by_role("link", name="Try again").click()
    await till.page.wait_for_url(f"**/buy?order={order_id}")
    await till.page.wait_for_function("window.did_handshake === true")
    if till.place.surface == "hosted":
        await expect(till.page.get_by_text("The payment did not go through.")).to_be_visible()
        await till.page.get_by_role("button", name="Continue to payment").click()
    await till.reach()
    await till.pay()
    await till.shopper.sees_credited()
    assert await till.at_receipt() == order_id
    assert till.purchases() == 1


async def test_a_purchase_nobody_paid_is_closed_and_bought_anew(till: Till) -> None:
    await till.enter()
    order = await another_tab(till)
    await order.shopper.open("/")
    await order.page.get_by_role("link", name="Continue: Standard").click()
    await expect(order.page.locator(".steps-said")).to_contain_text("No payment has arrived yet.")
    till.give_up()
    closed = "This checkout expired." if till.is_checkout else "This purchase was closed."
    await expect(order.page.locator(".steps-said")).to_have_text(f"{closed} Nothing was charged.")
    await order.page.get_by_role("link", name="Buy again").click()
    await order.page.wait_for_url("**/buy?package=standard")
    await order.page.wait_for_function("window.did_handshake === true")
    await order.go_on()
    await order.pay()
    await order.shopper.sees_credited()
    assert (len(till.tries()), till.purchases()) == (2, 1)


@AT_STRIPE
async def test_the_way_back_and_two_impatient_clicks_lead_to_one_payment(till: Till) -> None:
    await till.enter()
    if till.place.surface == "hosted":
        await till.page.go_back()
        await expect(till.page.get_by_text("You have not paid yet.")).to_be_visible()
    else:
        await till.page.get_by_role("button", name="Choose another package").click()
        await expect(till.page.get_by_role("radio", name="Standard")).to_be_focused()
    await till.page.wait_for_function("window.did_handshake === true")
    await till.page.get_by_role("button", name="Continue to payment").dblclick(no_wait_after=True)
    await till.reach()
    await till.pay()
    await till.shopper.sees_credited()
    assert (len(till.tries()), till.purchases()) == (1, 1)


@AT_STRIPE
async def test_two_tabs_pay_once_and_the_second_sees_it(till: Till) -> None:
    second = await another_tab(till)
    await asyncio.gather(till.enter(), second.enter())
    await till.pay()
    await till.shopper.sees_credited()
    assert len(till.tries()) == 1
    await second.shopper.open("/buy")
    await second.shopper.sees_balance("2,000")
    await expect(second.page.get_by_text("You have a purchase under way.")).to_have_count(0)


async def test_a_session_of_somebody_else_in_the_address_changes_nothing(
    till: Till, every_place: dict[str, Place]
) -> None:
    await till.enter()
    order = await another_tab(till)
    await order.shopper.open("/")
    await order.page.get_by_role("link", name="Continue: Standard").click()
    await order.page.wait_for_url("**/receipt/ord_*")
    order_id = order.page.url.rpartition("/")[2]
    for told in ("session_id=cs_test_of_somebody_else", f"session_id={till.tries()[0]['id']}"):
        await order.shopper.open(f"/receipt/{order_id}?{told}&redirect_status=succeeded")
        await expect(order.page.locator(".steps-said")).to_contain_text("No payment has arrived yet.")
        await order.at_receipt()
    assert till.purchases() == 0
