"""Two portals on one PostgreSQL: what one of them learns shows in pages that are open on the other, within a second."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.processes import Running, portal_process
from tests.browser.shopping import SETTLES_MS
from tests.browser.stage import visitor
from tests.world.portals import WEBHOOK_SECRET
from tests.world.postgres import Cluster
from tests.world.windows import Windows

SHARED = {
    "SCRIP_STRIPE__API_KEY": "sk_test_sandbox_two",
    "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_test_two",
    "SCRIP_STRIPE__WEBHOOK_SECRETS": WEBHOOK_SECRET,
    "SCRIP_SESSION__SECRET": "two portals share what signs their cookies",
}


@dataclass(frozen=True)
class Pair:
    """The portal where the page is open, and the one that hears from Stripe: it was started last."""

    watching: Running
    hearing: Running


@pytest.fixture(scope="module")
def pair(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        shared = SHARED | {"SCRIP_DATABASE_URL": stack.enter_context(postgres.database())}
        watching = stack.enter_context(portal_process(tmp_path_factory.mktemp("one"), **shared))
        port = watching.sandbox_url.rpartition(":")[2]
        folder: Path = tmp_path_factory.mktemp("two")
        hearing = stack.enter_context(portal_process(folder, **shared, SCRIP_SANDBOX_PORT=port))
        yield Pair(watching, hearing)


@pytest.fixture
async def page(pair: Pair, windows: Windows) -> AsyncIterator[Page]:
    """Bo's overview, open on the first portal."""
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(visitor(windows))
        page = await stage.page()
        await page.goto(f"{pair.watching.url}/sign-in")
        await page.get_by_role("button", name="Bo Lindqvist").click()
        await page.wait_for_function("window.did_handshake === true")
        yield page


async def test_a_purchase_heard_by_one_portal_shows_on_the_other(pair: Pair, page: Page) -> None:
    before = await shown(page)
    other = await page.context.new_page()
    await other.goto(f"{pair.hearing.url}/buy")
    await other.wait_for_function("window.did_handshake === true")
    pair.watching.sandbox("delivery", paused=True)
    await other.get_by_role("button", name="Continue to payment").click()
    card = other.frame_locator("iframe[title='Secure payment input frame']")
    await card.get_by_label("Card number").fill("4242424242424242")
    await card.get_by_label("Expiration date").fill("12 / 34")
    await card.get_by_label("Security code").fill("123")
    pay = other.get_by_role("button", name="Pay ")
    # the card form grows with its tabs; a click on a page that still scrolls would miss the button
    await pay.scroll_into_view_if_needed()
    await other.wait_for_timeout(SETTLES_MS)
    await pay.click()
    await expect(other.locator(".steps")).to_be_visible()
    await other.wait_for_timeout(500)
    assert await shown(page) == before
    pair.watching.sandbox("delivery", paused=False)
    await expect(other.locator(".step-done")).to_have_count(3)
    await expect(page.locator(".balance-chip .number")).to_have_text(f"{before + 2000:,}")


async def test_a_grant_made_on_one_portal_shows_on_the_other(pair: Pair, page: Page) -> None:
    before = await shown(page)
    key = json.loads((pair.hearing.folder / "demo-keys.json").read_text("utf-8"))["manager"]
    bearer = {"Authorization": f"Bearer {key}"}
    account = await page.evaluate("fetch('/api/v1/balance').then((answer) => answer.json())")
    body = {
        "account": account["account"], "type": "grant", "amount": "25", "reason": "granted on the other portal",
        "idempotency_key": str(time.time_ns()),
    }  # fmt: skip
    httpx.post(f"{pair.hearing.url}/api/v1/transactions", json=body, headers=bearer, timeout=10).raise_for_status()
    await expect(page.locator(".balance-chip .number")).to_have_text(f"{before + 25:,}")


async def shown(page: Page) -> int:
    """The balance that the page shows."""
    text = await page.locator(".balance-chip .number").text_content()
    return int((text or "").replace(",", ""))
