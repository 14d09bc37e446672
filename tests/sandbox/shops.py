"""A page that sells something, opened in a real Chromium with Stripe's script from loopback or from https://js.stripe.com.
Its fixtures are named by the tests of the browser's side.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import FrameLocator, Page, Route, expect

from tests.sandbox.conftest import PUBLISHABLE_KEY, Sandbox
from tests.world.sites import open_site
from tests.world.windows import Windows, complained

SHOP = (Path(__file__).parent / "shop.html").read_text(encoding="utf-8")
STRIPE_JS, STRIPE_API = "https://js.stripe.com", "https://api.stripe.com"


@dataclass
class Shop:
    """The open page."""

    sandbox: Sandbox
    page: Page
    address: str
    js: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, client_secret: str | None, **query: str) -> None:
        """`elements` in the query is JSON: further options of Elements, for those without an intent."""
        told = {"secret": client_secret or "", "js": self.js, "key": PUBLISHABLE_KEY, **query}
        await self.page.goto(str(httpx.URL(self.address, params=told)))
        await expect(self.page.locator("#state")).to_have_text("ready")

    @property
    def card(self) -> FrameLocator:
        return self.page.frame_locator("#element iframe")

    @property
    def bank(self) -> FrameLocator:
        return self.page.frame_locator("dialog iframe")

    async def type(self, number: str, expiry: str = "12/34", cvc: str = "123") -> None:
        await self.card.get_by_label("Card number").press_sequentially(number)
        await self.card.get_by_label("Expiration date").press_sequentially(expiry)
        await self.card.get_by_label("Security code").press_sequentially(cvc)

    async def press(self) -> None:
        await self.page.get_by_role("button", name="Pay").click()

    async def pay(self, number: str, expiry: str = "12/34", cvc: str = "123") -> None:
        await self.type(number, expiry, cvc)
        await self.press()

    async def run(self, script: str, **given: Any) -> Any:
        """What the page's own script gets from a promise; what it throws comes back as name and message."""
        told = "(error) => `${error.name}: ${error.message}`"
        return await self.page.evaluate(f"(given) => (async () => {script})().catch({told})", given)

    async def ends(self, state: str) -> None:
        await expect(self.page.locator("#state")).to_have_text(state)
        assert self.complaints == []


@pytest.fixture(scope="module")
def shop_address() -> Iterator[str]:
    def answer(path: str) -> tuple[str | None, dict[str, str]]:
        js = httpx.URL(path).params.get("js", "")
        api = STRIPE_API if js == STRIPE_JS else js
        policy = (
            f"default-src 'none'; script-src 'self' 'nonce-shop' 'unsafe-eval' {js}; frame-src {js}; "
            f"connect-src 'self' {api}; style-src 'self' 'unsafe-inline'; base-uri 'self'; form-action 'self'"
        )
        body = SHOP.replace("__JS__", js) if path.startswith("/shop") else None
        return body, {"Content-Security-Policy": policy}

    with open_site(answer) as address:
        yield f"{address}/shop"


@pytest_asyncio.fixture(loop_scope="session", params=["loopback", "js.stripe.com"])
async def shop(
    request: pytest.FixtureRequest, sandbox: Sandbox, windows: Windows, shop_address: str
) -> AsyncIterator[Shop]:
    """A declined card answers 402, which a browser prints as a failed load: that one line is expected."""
    js = sandbox.url if request.param == "loopback" else STRIPE_JS

    async def forward(route: Route) -> None:
        wanted = route.request
        host = httpx.URL(wanted.url).host
        address = wanted.url.replace(f"https://{host}", sandbox.url, 1)
        answer = await route.fetch(url=address, headers={**wanted.headers, "host": host})
        await route.fulfill(response=answer)

    async with windows.window(locale="en-US", viewport={"width": 520, "height": 720}) as window:
        for name in (STRIPE_JS, STRIPE_API) if js == STRIPE_JS else ():
            await window.context.route(f"{name}/**", forward)
        opened = Shop(sandbox, window.page, shop_address, js)
        with complained(window.page, opened.complaints, "status of 402"):
            yield opened
