"""The Payment Element in a real Chromium under a strict policy, loaded from loopback and from https://js.stripe.com."""

from __future__ import annotations

import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Page, Route, async_playwright, expect

from tests.sandbox.conftest import PUBLISHABLE_KEY, Sandbox
from tests.world.chromium import LAUNCH_ARGS

pytestmark = pytest.mark.browser
SHOP = (Path(__file__).parent / "shop.html").read_text(encoding="utf-8")
STRIPE_JS, STRIPE_API = "https://js.stripe.com", "https://api.stripe.com"


@dataclass
class Shop:
    """A page of a portal that sells something, opened in a browser."""

    sandbox: Sandbox
    page: Page
    address: str
    js: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, client_secret: str | None, **query: str) -> None:
        told = {"secret": client_secret or "", "js": self.js, "key": PUBLISHABLE_KEY, **query}
        await self.page.goto(str(httpx.URL(self.address, params=told)))
        await expect(self.page.locator("#state")).to_have_text("ready")

    @property
    def card(self) -> FrameLocator:
        return self.page.frame_locator("#element iframe")

    async def pay(self, number: str, expiry: str = "12/34", cvc: str = "123") -> None:
        await self.card.get_by_label("Card number").press_sequentially(number)
        await self.card.get_by_label("Expiration date").press_sequentially(expiry)
        await self.card.get_by_label("Security code").press_sequentially(cvc)
        await self.page.get_by_role("button", name="Pay").click()

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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=LAUNCH_ARGS)
        yield chromium
        await chromium.close()


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


def _intent(sandbox: Sandbox) -> Any:
    return sandbox.intent(2500, automatic_payment_methods={"enabled": True})


async def test_a_good_card_pays_under_a_strict_policy(shop: Shop) -> None:
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    await shop.pay("4242424242424242")
    await shop.ends("paid: succeeded")
    assert shop.sandbox.client.v1.payment_intents.retrieve(intent.id).amount_received == 2500


async def test_a_declined_card_says_so_and_the_next_card_pays(shop: Shop) -> None:
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    await shop.pay("4000000000000002")
    await shop.ends("card_error card_declined generic_decline: Your card was declined.")
    await shop.card.get_by_label("Card number").fill("")
    await shop.pay("5555555555554444", expiry="", cvc="")
    await shop.ends("paid: succeeded")
    tries = shop.sandbox.client.v1.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in tries] == ["succeeded", "failed"]


async def test_completing_3ds_pays(shop: Shop) -> None:
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    await shop.pay("4000002760003184")
    bank = shop.page.frame_locator("dialog iframe")
    await expect(bank.get_by_role("heading", name="3D Secure 2 Test Page")).to_be_visible()
    await bank.get_by_role("button", name="Complete").click()
    await shop.ends("paid: succeeded")
    await expect(shop.page.locator("dialog")).to_have_count(0)
    assert shop.sandbox.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.parametrize("way", ["button", "escape"])
async def test_failing_3ds_leaves_the_intent_payable(shop: Shop, way: str) -> None:
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    await shop.pay("4000000000003220")
    fail = shop.page.frame_locator("dialog iframe").get_by_role("button", name="Fail")
    await expect(fail).to_be_enabled()
    await (fail.click() if way == "button" else fail.press("Escape"))
    await expect(shop.page.locator("#state")).to_contain_text("payment_intent_authentication_failure")
    assert shop.sandbox.client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"
    assert shop.complaints == []


@pytest.mark.parametrize(
    ("number", "expiry", "cvc", "message"),
    [
        ("4242", "12/34", "123", "Your card number is incomplete."),
        ("4242424242424241", "12/34", "123", "Your card number is invalid."),
        ("4242424242424242", "01/20", "123", "Your card's expiration date is in the past."),
        ("4242424242424242", "12/34", "1", "Your card's security code is incomplete."),
    ],
)
async def test_a_mistyped_card_is_told_in_stripes_words(
    shop: Shop, number: str, expiry: str, cvc: str, message: str
) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    await shop.pay(number, expiry, cvc)
    await expect(shop.page.locator("#state")).to_contain_text(message)
    await expect(shop.card.get_by_role("alert").filter(has_text=message)).to_be_visible()
    assert shop.complaints == []


async def test_the_card_number_never_reaches_the_page(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    await shop.pay("4242424242424242")
    await shop.ends("paid: succeeded")
    heard = await shop.page.evaluate("JSON.stringify(window.heard)")
    assert "4242424242424242" not in heard.replace(" ", "")
    assert "succeeded" in heard


async def test_a_saved_card_is_offered_and_pays(shop: Shop) -> None:
    v1 = shop.sandbox.client.v1
    customer = v1.customers.create({"name": "Ada"})
    card = v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    v1.payment_methods.update(card.id, {"allow_redisplay": "always"})
    features: Any = {"payment_method_redisplay": "enabled"}
    session = v1.customer_sessions.create(
        {"customer": customer.id, "components": {"payment_element": {"enabled": True, "features": features}}}
    )
    intent = shop.sandbox.intent(900, customer=customer.id)
    await shop.open(intent.client_secret, session=session.client_secret)
    await expect(shop.card.get_by_role("radio", name="Visa •••• 4242")).to_be_checked()
    await shop.page.get_by_role("button", name="Pay").click()
    await shop.ends("paid: succeeded")
    assert v1.payment_intents.retrieve(intent.id).payment_method == card.id


async def test_what_is_not_built_throws_an_integration_error(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    told = await shop.page.evaluate(
        "(() => { try { shopStripe.createToken() } catch (e) { return `${e.name}: ${e.message}` } })()"
    )
    assert told == "IntegrationError: This sandbox does not do stripe.createToken()."
