"""What a buyer does at the counter, in the words of the page. Only tests/browser uses it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.async_api import FrameLocator, Locator, Page, expect

from tests.browser.people import Person, Registry
from tests.browser.processes import Running
from tests.browser.stage import Stage

PAYS = "4242424242424242"
DECLINED = "4000000000000002"
NO_FUNDS = "4000000000009995"
SETTLES_MS = 100


@dataclass(frozen=True)
class Shopper:
    """One open page of one person."""

    page: Page
    running: Running
    registry: Registry
    person: Person
    stage: Stage

    @property
    def card(self) -> FrameLocator:
        return self.page.frame_locator("iframe[title='Secure payment input frame']")

    @property
    def bank(self) -> FrameLocator:
        return self.page.frame_locator("iframe[title='3D Secure 2 Test Page']")

    @property
    def chip(self) -> Locator:
        return self.page.locator(".balance-chip .number")

    @property
    def pay_button(self) -> Locator:
        return self.page.get_by_role("button", name="Pay ")

    @property
    def message(self) -> Locator:
        return self.page.locator(".pay-said")

    @property
    def current_step(self) -> Locator:
        return self.page.locator(".steps [aria-current=step]")

    async def open(self, path: str = "/buy") -> None:
        await self.page.goto(f"{self.running.url}{path}")
        await self.page.wait_for_function("window.did_handshake === true")

    async def choose(self, name: str) -> None:
        await self.page.get_by_role("radio", name=name).check()

    async def proceed(self) -> None:
        """Presses "Continue" and waits until a card can be typed."""
        await self.page.get_by_role("button", name="Continue to payment").click()
        await expect(self.card.get_by_label("Card number")).to_be_visible()
        await expect(self.pay_button).not_to_have_attribute("aria-disabled", "true")

    async def type_card(self, number: str) -> None:
        await self.card.get_by_label("Card number").fill(number)
        await self.card.get_by_label("Expiration date").fill("12 / 34")
        await self.card.get_by_label("Security code").fill("123")

    async def pay(self, number: str = PAYS) -> None:
        await self.type_card(number)
        await self.press_pay()

    async def press_pay(self) -> None:
        """A click right after scrolling would still be sent to where the card's frame was a picture ago."""
        await self.pay_button.scroll_into_view_if_needed()
        await self.page.wait_for_timeout(SETTLES_MS)
        await self.pay_button.click()

    async def buy(self, number: str = PAYS) -> None:
        """From the counter to the pressed Pay button, with the preselected package."""
        await self.open()
        await self.proceed()
        await self.pay(number)

    async def sees_balance(self, text: str) -> None:
        await expect(self.chip).to_have_text(text)

    async def sees_credited(self) -> None:
        await expect(self.page.locator(".step-done")).to_have_count(3)


def wait_until(claim: Callable[[], object], within: float = 20.0) -> None:
    """Waits for something outside the browser."""
    deadline = time.monotonic() + within
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert claim()
