"""The plan page of a portal that sells plans with limits: readable by everybody, on a desk and on a phone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from billing import entitlements, subscriptions
from billing.entitlements import Asked
from billing.portal import Portal
from billing.store import accounts as account_rows
from tests.browser.people import Person, Registry, registry
from tests.browser.processes import Running, portal_process
from tests.browser.stage import visitor
from tests.browser.test_every_page import axe_violations, small_targets
from tests.world.portals import open_world
from tests.world.registrars import LIMITED

KEY = "sk_test_sandbox_of_the_plans"
LOOKS = [(1440, 900, False), (390, 844, True), (320, 700, False)]


@pytest.fixture(scope="module")
def selling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with portal_process(
        tmp_path_factory.mktemp("plans"), SCRIP_PROFILE="dataxpipe", SCRIP_STRIPE__API_KEY=KEY
    ) as running:
        yield running


@pytest.fixture
def crowd(selling: Running) -> Iterator[Registry]:
    with registry(selling) as made:
        yield made


@pytest.fixture
def product(selling: Running) -> Iterator[Portal]:
    """A second portal over the same file with the same limits: what the product's own API would ask."""
    with open_world(f"sqlite:///{selling.folder}/scrip.db", clock=None, **LIMITED) as world:
        yield world.portal


@pytest.mark.parametrize("look", LOOKS, ids=["desk", "phone in the dark", "narrow"])
async def test_limits_are_told_in_words_and_bars_that_everybody_can_read(
    browser: Browser, selling: Running, crowd: Registry, product: Portal, look: tuple[int, int, bool]
) -> None:
    person = crowd.newcomer()
    for number in range(3):
        entitlements.take(product, Asked(person.account_id, "pipelines", f"p{number}", "key_tests"))
    width, height, dark = look
    async with visitor(browser, width=width, height=height, dark=dark) as stage:
        await crowd.sign_in(stage.context, person)
        page = await stage.page()
        await page.goto(f"{selling.url}/plan")
        await page.wait_for_function("window.did_handshake === true")
        await page.get_by_role("progressbar", name="3 of 25 pipelines").wait_for()
        assert await page.get_by_role("progressbar").count() == 4
        assert await page.get_by_role("link", name="Buy credits").count() == 0
        assert await axe_violations(page) == []
        assert await small_targets(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_a_plan_is_changed_at_once_and_what_is_planned_for_later_is_undone(
    browser: Browser, selling: Running, crowd: Registry
) -> None:
    person = crowd.newcomer()
    _subscribes(selling, crowd, person, "4900")
    async with visitor(browser) as stage:
        await crowd.sign_in(stage.context, person)
        page = await stage.page()
        await page.goto(f"{selling.url}/plan")
        await page.get_by_role("button", name="Change to DataXPipe Business").click()
        dialog = page.get_by_role("dialog", name="Change the plan")
        await dialog.get_by_text("Next invoice").wait_for()
        assert await axe_violations(page) == []
        await dialog.locator(".btn.primary").dblclick()
        await page.get_by_text("The plan is now DataXPipe Business.").wait_for()
        await page.get_by_role("button", name="Change to DataXPipe Team").click()
        await dialog.get_by_text("Nothing is charged today.").wait_for()
        await dialog.locator(".btn.primary").click()
        await page.get_by_text("it becomes").wait_for()
        await page.get_by_role("button", name="Undo the change").click()
        await page.get_by_text("The plan stays as it is.").wait_for()
        await page.get_by_text("it becomes").wait_for(state="detached")


def _subscribes(selling: Running, crowd: Registry, person: Person, unit_amount: str) -> None:
    """Subscribes behind the portal's back, with a card that pays; the sandbox's webhook tells of it."""
    customer = _stripe(selling, "customers", name=person.name)["id"]
    method = _stripe(selling, "payment_methods/pm_card_visa/attach", customer=customer)["id"]
    _stripe(selling, f"customers/{customer}", **{"invoice_settings[default_payment_method]": method})
    crowd.world.portal.till.write(lambda tx: account_rows.set_customer(tx, person.account_id, customer))
    prices = _stripe(selling, "prices?limit=100", "GET")["data"]
    (price,) = [each["id"] for each in prices if str(each["unit_amount"]) == unit_amount]
    _stripe(selling, "subscriptions", customer=customer, **{"items[0][price]": price})
    deadline = time.monotonic() + 10
    while not subscriptions.history(crowd.world.portal, person.account_id):
        assert time.monotonic() < deadline, "no webhook told of the subscription"
        time.sleep(0.05)


def _stripe(selling: Running, path: str, method: str = "POST", **form: str) -> dict[str, Any]:
    """A call of Stripe's API, as somebody with the secret key makes it."""
    auth = {"Authorization": f"Bearer {KEY}"}
    answer = httpx.request(method, f"{selling.sandbox_url}/v1/{path}", data=form or None, headers=auth, timeout=10)
    assert answer.is_success, answer.text
    return dict(answer.json())
