"""A page that sells something, opened in a real Chromium with Stripe's script from loopback or from https://js.stripe.com.
Its fixtures are named by the tests of the browser's side.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Page, Route, expect

from tests.sandbox.conftest import PUBLISHABLE_KEY, Sandbox

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
    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            js = httpx.URL(self.path).params.get("js", "")
            api = STRIPE_API if js == STRIPE_JS else js
            policy = (
                f"default-src 'none'; script-src 'self' 'nonce-shop' 'unsafe-eval' {js}; frame-src {js}; "
                f"connect-src 'self' {api}; style-src 'self' 'unsafe-inline'; base-uri 'self'; form-action 'self'"
            )
            body = SHOP.replace("__JS__", js).encode()
            self.send_response(200 if self.path.startswith("/shop") else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/shop"
    server.shutdown()
    server.server_close()


@pytest_asyncio.fixture(loop_scope="session", params=["loopback", "js.stripe.com"])
async def shop(
    request: pytest.FixtureRequest, sandbox: Sandbox, browser: Browser, shop_address: str
) -> AsyncIterator[Shop]:
    context = await browser.new_context(locale="en-US", viewport={"width": 520, "height": 720})
    js = sandbox.url if request.param == "loopback" else STRIPE_JS

    async def forward(route: Route) -> None:
        wanted = route.request
        host = httpx.URL(wanted.url).host
        address = wanted.url.replace(f"https://{host}", sandbox.url, 1)
        answer = await route.fetch(url=address, headers={**wanted.headers, "host": host})
        await route.fulfill(response=answer)

    await context.route(f"{STRIPE_JS}/**", forward)
    await context.route(f"{STRIPE_API}/**", forward)
    opened = Shop(sandbox, await context.new_page(), shop_address, js)
    opened.page.on("console", lambda said: _note(opened, said.type, said.text))
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    await context.close()


def _note(shop: Shop, kind: str, text: str) -> None:
    """A declined card answers 402, which a browser prints as a failed load: that one line is expected."""
    if kind == "error" and "status of 402" not in text:
        shop.complaints.append(text)
