"""Every state of the counter and the receipt, measured on wide and narrow screens."""

import pytest
from playwright.async_api import expect

from tests.browser.processes import Running
from tests.browser.shopping import DECLINED, Shopper

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390, 320)
MEASURE = """() => {
  const seen = [...document.querySelectorAll('main a, main button, main summary, main label.package')]
    .filter((each) => each.getClientRects().length && getComputedStyle(each).visibility === 'visible');
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    h1: document.querySelectorAll('h1').length,
    small: seen.filter((each) => Math.min(each.offsetWidth, each.offsetHeight) < 24).map((each) => each.innerText),
  };
}"""


async def fits(shopper: Shopper, state: str) -> None:
    """What must hold in every state, on every screen. The pictures of `make gallery` are for a person to look at."""
    for width in WIDTHS:
        await shopper.page.set_viewport_size({"width": width, "height": 900})
        measured = await shopper.page.evaluate(MEASURE)
        assert measured == {"overflow": 0, "h1": 1, "small": []}, f"{state}, {width}"


async def test_every_state_fits_its_screen(shopper: Shopper, running: Running) -> None:
    await shopper.open()
    await fits(shopper, "choosing")
    await shopper.proceed()
    await shopper.page.get_by_text("Test cards").press("Enter")
    await expect(shopper.page.get_by_text("4000 0000 0000 0002")).to_be_visible()
    await fits(shopper, "a card is asked for")
    await shopper.pay(DECLINED)
    await expect(shopper.message).to_contain_text("declined")
    await fits(shopper, "declined")
    order_id = await _receipt_of_the_open_order(shopper)
    await expect(shopper.page.get_by_role("link", name="Try again")).to_be_visible()
    await fits(shopper, "the receipt of a declined card")
    await shopper.page.get_by_role("link", name="Try again").click()
    await expect(shopper.card.get_by_label("Card number")).to_be_visible()
    running.sandbox("delivery", paused=True)
    await shopper.pay()
    await expect(shopper.current_step).to_contain_text("Verified")
    await fits(shopper, "paid, not credited")
    running.sandbox("delivery", paused=False)
    await shopper.sees_credited()
    await fits(shopper, "credited")
    await shopper.open(f"/receipt/{order_id}")
    await shopper.sees_credited()
    await fits(shopper, "the receipt")


async def test_the_bill_stands_beside_every_step_where_there_is_room(shopper: Shopper) -> None:
    await shopper.open()
    assert await beside(shopper, ".packages") == [True, True, False, False]
    await shopper.page.locator("input[name=package]:checked").focus()
    await shopper.page.keyboard.press("Tab")
    assert await shopper.page.evaluate("document.activeElement.textContent") == "Continue to payment"
    await shopper.proceed()
    assert await beside(shopper, ".pay") == [True, True, False, False]


async def beside(shopper: Shopper, step: str) -> list[bool]:
    """Whether the bill begins where `step` ends and as high as it, from a desk to a phone."""
    found = []
    for width in (1440, 1200, 1024, 390):
        await shopper.page.set_viewport_size({"width": width, "height": 900})
        left, bill = [await shopper.page.locator(each).bounding_box() for each in (step, ".bill")]
        assert left is not None
        assert bill is not None
        found.append(left["x"] + left["width"] < bill["x"] and abs(left["y"] - bill["y"]) < 24)
    return found


async def test_the_card_form_follows_a_switch_to_dark_without_losing_what_was_typed(shopper: Shopper) -> None:
    await shopper.open()
    await shopper.proceed()
    await shopper.type_card("4242424242424242")
    body = shopper.card.locator("html")
    await expect(body).to_have_attribute("data-theme", "stripe")
    await shopper.page.evaluate("() => Quasar.Dark.set(true)")
    await expect(body).to_have_attribute("data-theme", "night")
    await expect(shopper.card.get_by_label("Card number")).to_have_value("4242 4242 4242 4242")
    await shopper.page.evaluate("() => Quasar.Dark.set(false)")
    await expect(body).to_have_attribute("data-theme", "stripe")


async def _receipt_of_the_open_order(shopper: Shopper) -> str:
    await shopper.open()
    await shopper.page.get_by_role("link", name="See where it stands").click()
    await shopper.page.wait_for_url("**/receipt/ord_*")
    return shopper.page.url.rpartition("/")[2]
