"""A payer with a real Chromium, before the hosted page or a page of the shop. Imported by the tests of pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import FrameLocator, Page, expect

from tests.sandbox.checkouts import Seller
from tests.sandbox.conftest import PUBLISHABLE_KEY
from tests.world.sites import open_site
from tests.world.windows import Windows, complained

SHOP = (Path(__file__).parent / "checkout_shop.html").read_text(encoding="utf-8")
NUMBER, REFUSED, ASKS = "4242424242424242", "4000000000000002", "4000002760003184"


@dataclass
class Visitor:
    """`inside` is the document with our form: the page itself, or a frame in the shop's page."""

    seller: Seller
    page: Page
    shop: str
    inside: Page | FrameLocator
    complaints: list[str] = field(default_factory=list)

    async def goes_to(self, session: Any) -> None:
        """The hosted page, ready to pay."""
        await self.page.goto(session.url)
        self.inside = self.page
        await expect(self.pay_button).to_be_enabled()

    async def enters(self, session: Any, way: str, **query: str) -> None:
        """The shop's page with Checkout in it."""
        told = {"way": way, "secret": session.client_secret, "key": PUBLISHABLE_KEY, **query}
        await self.page.goto(str(httpx.URL(self.shop, params={**told, "js": self.seller.sandbox.url})))
        if way != "elements":
            self.inside = self.page.frame_locator("#place > iframe")
            await expect(self.pay_button).to_be_enabled()
        await self.sees("ready")

    @property
    def pay_button(self) -> Any:
        return self.inside.locator("#pay")

    @property
    def card(self) -> FrameLocator:
        return self.inside.frame_locator("#card iframe, #place iframe")

    @property
    def bank(self) -> FrameLocator:
        return self.inside.frame_locator("dialog iframe")

    async def types(self, label: str, text: str) -> None:
        """Into a field of the form, and leaves it."""
        place = self.inside.get_by_label(label, exact=True)
        await place.fill(text)
        await place.blur()

    async def pays(self, number: str = NUMBER, email: str | None = "ada@example.com") -> None:
        if email is not None:
            await self.types("Email", email)
        await self.fills_card(number)
        await self.pay_button.click()

    async def fills_card(self, number: str = NUMBER) -> None:
        await self.card.get_by_label("Card number").fill(number)
        await self.card.get_by_label("Expiration date").fill("12 / 34")
        await self.card.get_by_label("Security code").fill("123")

    async def sees(self, words: str) -> None:
        await expect(self.page.locator("#state")).to_have_text(words)

    async def arrives(self, path: str) -> None:
        """At an address of the shop."""
        await self.page.wait_for_url(f"**{path}")
        assert self.complaints == []


@contextmanager
def opened_shop(js: str) -> Iterator[str]:
    """The address of a shop whose pages stand under a strict policy."""
    policy = (
        f"default-src 'none'; script-src 'nonce-shop' 'unsafe-eval' {js}; frame-src {js}; connect-src {js}; "
        "style-src 'self' 'unsafe-inline'; base-uri 'self'; form-action 'self'"
    )

    def answer(path: str) -> tuple[str | None, dict[str, str]]:
        body = SHOP.replace("__JS__", js) if path.startswith("/shop?way") else "Thank you"
        return body if path.startswith("/shop") else None, {"Content-Security-Policy": policy}

    with open_site(answer) as address:
        yield f"{address}/shop"


@asynccontextmanager
async def visiting(windows: Windows, seller: Seller, shop: str) -> AsyncIterator[Visitor]:
    """A refusal answers 400 or 402, which a browser prints as a failed load: those lines are expected."""
    async with windows.window(locale="en-US", viewport={"width": 1100, "height": 900}) as window:
        visitor = Visitor(seller, window.page, shop, window.page)
        with complained(window.page, visitor.complaints, "status of 40[02]"):
            yield visitor
