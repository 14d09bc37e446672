"""Where one pays, by surface, in the words of whoever stands there. Only tests/browser uses it.

The portal of the form in our page computes taxes and sells in two currencies, so that its stories pass every step.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import FrameLocator, Locator, Page, expect

from tests.browser.people import Registry, registry
from tests.browser.processes import Running, portal_process
from tests.browser.shopping import PAYS, SETTLES_MS, Shopper

SURFACES = ("elements", "embedded", "hosted")
EUROS = {"key": "standard", "name": "Standard", "credits": "2000", "amount": "18.00", "currency": "EUR"}
DOLLARS = {"key": "american", "name": "American", "credits": "2000", "amount": "20.00", "currency": "USD"}
TAXED = {"SCRIP_TAX__AUTOMATIC": "true", "SCRIP_TAX__COLLECT_IDS": "true"}

SECRET_KEY = "sk_test_sandbox_tills"
IBAN_GOOD, IBAN_BAD = "DE89370400440532013000", "DE62370400440532013001"
CARD_FRAME = "iframe[title='Secure payment input frame']"
BANK_FRAME = "iframe[title='3D Secure 2 Test Page']"


def settings_of(surface: str) -> dict[str, str]:
    """What makes a portal sell at this surface; credits are worth the same everywhere."""
    packages = [EUROS, DOLLARS] if surface == "elements" else [EUROS]
    more = TAXED if surface == "elements" else {}
    return {
        "SCRIP_PURCHASE__SURFACE": surface,
        "SCRIP_CATALOG__PACKAGES": json.dumps(packages),
        "SCRIP_STRIPE__API_KEY": SECRET_KEY,
        **more,
    }


@dataclass(frozen=True)
class Place:
    """A running portal of one surface, and its people."""

    surface: str
    running: Running
    people: Registry


@contextmanager
def places(folder: Path, surfaces: tuple[str, ...] = SURFACES) -> Iterator[dict[str, Place]]:
    """A portal for each surface; they start side by side, for starting takes longer than most stories."""
    with ExitStack() as stack:

        def start(surface: str) -> Running:
            own = folder / surface
            own.mkdir()
            return stack.enter_context(portal_process(own, **settings_of(surface)))

        with ThreadPoolExecutor(len(surfaces)) as pool:
            running = list(pool.map(start, surfaces))
        # one after the other: migrations can be run by one thread of a process only
        started = [
            Place(surface, each, stack.enter_context(registry(each)))
            for surface, each in zip(surfaces, running, strict=True)
        ]
        yield {each.surface: each for each in started}
        for each in started:
            said = each.running.log.read_text("utf-8")
            assert '"level": "error"' not in said, said
            assert "_secret_" not in said, "a client secret stands in the log"


@dataclass(frozen=True)
class Till:
    """A shopper in front of one surface."""

    place: Place
    shopper: Shopper

    @property
    def page(self) -> Page:
        return self.shopper.page

    @property
    def is_checkout(self) -> bool:
        return self.place.surface != "elements"

    @property
    def desk(self) -> Page | FrameLocator:
        """The document that holds the button to pay."""
        frame = "iframe[title='Secure checkout page']"
        return self.page.frame_locator(frame) if self.place.surface == "embedded" else self.page

    @property
    def card(self) -> FrameLocator:
        return self.desk.frame_locator(CARD_FRAME)

    @property
    def bank(self) -> FrameLocator:
        return self.desk.frame_locator(BANK_FRAME)

    @property
    def pay_button(self) -> Locator:
        return self.desk.locator("#pay") if self.is_checkout else self.shopper.pay_button

    @property
    def refusal(self) -> Locator:
        return self.desk.locator("#error") if self.is_checkout else self.shopper.message

    async def enter(self) -> None:
        """From the counter to where a card can be typed."""
        await self.shopper.open()
        if not self.is_checkout:
            await self.page.get_by_role("radio", name="EUR").check()
        await self.go_on()

    async def go_on(self) -> None:
        """The same from a counter that is open."""
        await self.page.get_by_role("button", name="Continue to payment").click()
        await self.reach()

    async def reach(self) -> None:
        """Says what is still asked, until a card can be typed."""
        if not self.is_checkout:
            await self.page.get_by_label("Country").select_option("DE")
            await self.page.get_by_role("button", name="Show the total").click()
            await expect(self.page.locator("#due")).to_have_text("21.42 EUR")
        await expect(self.card.get_by_label("Card number")).to_be_visible()
        await expect(self.pay_button).to_be_enabled()
        await expect(self.pay_button).not_to_have_attribute("aria-disabled", "true")
        email = self.desk.get_by_label("Email", exact=True)
        # asked once: Stripe remembers it with the customer
        if self.is_checkout and await email.count():
            await email.fill("payer@example.org")

    async def pay(self, number: str = PAYS) -> None:
        await self.card.get_by_label("Card number").fill(number)
        await self.card.get_by_label("Expiration date").fill("12 / 34")
        await self.card.get_by_label("Security code").fill("123")
        await self.press()

    async def debit(self, iban: str) -> None:
        """Pays from a bank account, which takes days."""
        await self.card.get_by_role("tab", name="SEPA Debit").click()
        await self.card.get_by_label("IBAN").fill(iban)
        await self.card.get_by_label("Full name").fill("Ada Lovelace")
        if not self.is_checkout:
            await self.card.get_by_label("Email").fill("payer@example.org")
        await self.press()

    async def press(self) -> None:
        """A click right after scrolling would still be sent to where a frame was a picture ago."""
        await self.pay_button.scroll_into_view_if_needed()
        await self.page.wait_for_timeout(SETTLES_MS)
        await self.pay_button.click()

    async def at_receipt(self) -> str:
        """The id of the order, once its receipt's address is shown, without anything the provider added to it."""
        await self.page.wait_for_url("**/receipt/ord_*")
        await self.page.wait_for_function("!location.search")
        return self.page.url.rpartition("/")[2]

    def tries(self) -> list[dict[str, Any]]:
        """What was opened at Stripe for this person, newest first: sessions of a checkout, else payments."""
        return self.place.people.payments(self.shopper.person, "sessions" if self.is_checkout else "payments")

    def control(self, deed: str, **body: Any) -> None:
        """Something happens to the newest of them, by the sandbox's control API."""
        word = "sessions" if self.is_checkout else "payments"
        self.place.running.sandbox(f"{word}/{self.tries()[0]['id']}/{deed}", **body)

    def bank_answers(self, outcome: str) -> None:
        """Days later: the debit succeeds, or it fails."""
        self.control(f"{'bank' if self.is_checkout else 'debit'}?outcome={outcome}")

    def give_up(self) -> None:
        """Nobody pays it any more: the checkout expires by itself, and a payment is cancelled in the dashboard."""
        if self.is_checkout:
            self.control("expire")
        else:
            address = f"{self.place.running.sandbox_url}/v1/payment_intents/{self.tries()[0]['id']}/cancel"
            httpx.post(address, headers={"Authorization": f"Bearer {SECRET_KEY}"}, timeout=10).raise_for_status()

    def purchases(self) -> int:
        return self.place.people.purchases(self.shopper.person)
