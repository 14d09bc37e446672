"""Every state of the counter and the receipt, photographed in light and dark, wide and narrow, and measured.

The pictures lie in the test's own folder for a person to look at; what a machine can judge is asserted.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.processes import Running
from tests.browser.shopping import DECLINED, SETTLES_MS, Shopper

pytestmark = pytest.mark.browser

LOOKS = {
    "wide-light": (1280, 900, False),
    "wide-dark": (1280, 900, True),
    "phone-light": (390, 844, False),
    "phone-dark": (390, 844, True),
    "narrow-light": (320, 640, False),
}
MEASURE = """() => {
  const seen = [...document.querySelectorAll('main a, main button, main summary, main label.package')]
    .filter((each) => each.getClientRects().length && getComputedStyle(each).visibility === 'visible');
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    h1: document.querySelectorAll('h1').length,
    small: seen.filter((each) => Math.min(each.offsetWidth, each.offsetHeight) < 24).map((each) => each.innerText),
  };
}"""


@dataclass(frozen=True)
class Camera:
    shopper: Shopper
    folder: Path
    look: str

    async def shoot(self, state: str) -> None:
        """A picture of the whole page, and what must hold in every state."""
        page = self.shopper.page
        width, height, _ = LOOKS[self.look]
        whole = await page.evaluate("() => document.documentElement.scrollHeight")
        # A picture larger than the window would show bars and frames where they were before.
        await page.set_viewport_size({"width": width, "height": max(height, whole)})
        await page.wait_for_timeout(SETTLES_MS)
        await page.screenshot(path=self.folder / f"{state}-{self.look}.png")
        measured = await page.evaluate(MEASURE)
        await page.set_viewport_size({"width": width, "height": height})
        await page.wait_for_timeout(SETTLES_MS)
        assert measured == {"overflow": 0, "h1": 1, "small": []}, f"{state}, {self.look}"


@pytest.mark.parametrize("look", LOOKS)
async def test_every_state_fits_its_screen(visit: Visit, running: Running, tmp_path: Path, look: str) -> None:
    width, height, dark = LOOKS[look]
    shopper = await visit(width=width, height=height, dark=dark)
    camera = Camera(shopper, tmp_path, look)
    await shopper.open()
    await camera.shoot("1-choosing")
    await shopper.proceed()
    await shopper.page.get_by_text("Test cards").press("Enter")
    await expect(shopper.page.get_by_text("4000 0000 0000 0002")).to_be_visible()
    await camera.shoot("2-card")
    await shopper.pay(DECLINED)
    await expect(shopper.message).to_contain_text("declined")
    await camera.shoot("3-declined")
    order_id = await _receipt_of_the_open_order(shopper)
    await expect(shopper.page.get_by_role("link", name="Try again")).to_be_visible()
    await camera.shoot("4-receipt-declined")
    await shopper.page.get_by_role("link", name="Try again").click()
    await expect(shopper.card.get_by_label("Card number")).to_be_visible()
    running.sandbox("delivery", paused=True)
    await shopper.pay()
    await expect(shopper.current_step).to_contain_text("Verified")
    await camera.shoot("5-paid-not-credited")
    running.sandbox("delivery", paused=False)
    await shopper.sees_credited()
    await camera.shoot("6-credited")
    await shopper.open(f"/receipt/{order_id}")
    await shopper.sees_credited()
    await camera.shoot("7-receipt")


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
