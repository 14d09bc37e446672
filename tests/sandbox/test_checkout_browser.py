"""The hosted page and the three ways into a seller's page, in a real Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.sandbox.checkout_visitors import ASKS, REFUSED, Visitor, opened_shop, visiting
from tests.sandbox.checkouts import open_shop
from tests.sandbox.conftest import Sandbox
from tests.world.windows import Windows

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shop(running: Sandbox) -> Iterator[str]:
    with opened_shop(running.url) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(sandbox: Sandbox, windows: Windows, shop: str) -> AsyncIterator[Visitor]:
    async with visiting(windows, open_shop(sandbox), shop) as payer:
        yield payer


def _hosted(visitor: Visitor, *lines: Any, **more: Any) -> Any:
    urls = {"success_url": f"{visitor.shop}/thanks/{{CHECKOUT_SESSION_ID}}", "cancel_url": f"{visitor.shop}/cart"}
    return visitor.seller.session(*lines, **urls, **more)


def _inside(visitor: Visitor, ui_mode: str, **more: Any) -> Any:
    back = {} if more.get("redirect_on_completion") == "never" else {"return_url": f"{visitor.shop}/back"}
    return visitor.seller.session(ui_mode=ui_mode, **back, **more)


async def test_a_payer_pays_on_the_hosted_page_and_comes_back(visitor: Visitor) -> None:
    session = _hosted(visitor)
    await visitor.goes_to(session)
    await expect(visitor.page.get_by_text("Nothing is charged")).to_be_visible()
    await expect(visitor.page.get_by_role("link", name="Back to the shop")).to_have_attribute(
        "href", session.cancel_url
    )
    await expect(visitor.page.get_by_role("list", name="Order")).to_contain_text("Credits")
    await expect(visitor.pay_button).to_have_text("Pay $19.00")
    await visitor.pays()
    await visitor.arrives(f"/thanks/{session.id}")
    paid = visitor.seller.now(session)
    assert (paid.payment_status, paid.customer_details.email) == ("paid", "ada@example.com")


async def test_a_decline_is_shown_beside_the_form_and_another_card_pays(visitor: Visitor) -> None:
    session = _hosted(visitor)
    await visitor.goes_to(session)
    await visitor.pays(REFUSED)
    await expect(visitor.page.locator("#error")).to_have_text("Your card was declined.")
    assert visitor.seller.now(session).status == "open"
    await visitor.pays(email=None)
    await visitor.arrives(f"/thanks/{session.id}")


async def test_3ds_happens_inside_the_page(visitor: Visitor) -> None:
    session = _hosted(visitor)
    await visitor.goes_to(session)
    await visitor.pays(ASKS)
    await visitor.bank.get_by_role("button", name="Fail").click()
    await expect(visitor.page.locator("#error")).to_contain_text("has failed authentication")
    await visitor.pay_button.click()
    await visitor.bank.get_by_role("button", name="Complete").click()
    await visitor.arrives(f"/thanks/{session.id}")
    assert visitor.seller.now(session).payment_status == "paid"


async def test_a_code_a_quantity_and_an_address_change_the_total_before_paying(visitor: Visitor) -> None:
    v1 = visitor.seller.v1
    coupon = v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "HALF"})
    price = visitor.seller.price(10_000, tax_behavior="exclusive")
    line = {"price": price, "quantity": 1, "adjustable_quantity": {"enabled": True, "maximum": 9}}
    session = _hosted(visitor, line, allow_promotion_codes=True, automatic_tax={"enabled": True})
    await visitor.goes_to(session)
    due = visitor.page.locator("#due")
    await expect(due).to_have_text("$100.00")
    await visitor.types("Quantity", "3")
    await expect(due).to_have_text("$300.00")
    code = visitor.page.get_by_label("Promotion code")
    await code.fill("NONE")
    await code.press("Enter")
    await expect(visitor.page.locator("#code-error")).to_contain_text("invalid")
    await code.fill("HALF")
    await code.press("Enter")
    await expect(due).to_have_text("$150.00")
    await visitor.page.locator("#billing-country").select_option("DE")
    await expect(due).to_have_text("$178.50")
    await expect(visitor.page.locator("#sums")).to_contain_text("19%")
    await visitor.pays()
    await visitor.arrives(f"/thanks/{session.id}")
    assert visitor.seller.now(session).amount_total == 17_850


async def test_a_saved_card_is_offered(visitor: Visitor) -> None:
    v1 = visitor.seller.v1
    customer = v1.customers.create({"email": "ada@example.com"}).id
    card = v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    v1.payment_methods.update(card, {"allow_redisplay": "always"})
    session = _hosted(visitor, customer=customer)
    await visitor.goes_to(session)
    await expect(visitor.card.get_by_role("radio", name="Visa •••• 4242")).to_be_checked()
    await visitor.pay_button.click()
    await visitor.arrives(f"/thanks/{session.id}")
    assert v1.payment_intents.retrieve(visitor.seller.now(session).payment_intent).payment_method == card


async def test_what_is_over_says_so(visitor: Visitor) -> None:
    expired, paid = _hosted(visitor), _hosted(visitor)
    visitor.seller.v1.checkout.sessions.expire(expired.id)
    visitor.seller.pay(paid)
    for session, words, way in ((expired, "This page has expired", "/cart"), (paid, "complete", f"/thanks/{paid.id}")):
        await visitor.page.goto(session.url)
        await expect(visitor.page.get_by_role("heading", level=1)).to_contain_text(words)
        await expect(visitor.pay_button).to_be_hidden()
        link = visitor.page.get_by_role("link", name="Back to the shop")
        await expect(link).to_have_attribute("href", f"{visitor.shop}{way}")


async def test_the_sellers_own_form_pays_and_follows_the_session(visitor: Visitor) -> None:
    session = _inside(visitor, "elements")
    await visitor.enters(session, "elements")
    await expect(visitor.page.locator("#total")).to_have_text("$19.00")
    more = {"line_items": [{"price": visitor.seller.price(500), "quantity": 1}]}
    visitor.seller.v1.checkout.sessions.update(session.id, more)
    await visitor.page.evaluate("actions.runServerUpdate(async () => {})")
    await expect(visitor.page.locator("#total")).to_have_text("$5.00")
    assert await visitor.page.evaluate("actions.getSession().canConfirm") is False
    await visitor.types("Your email", "ada@example.com")
    await visitor.fills_card(REFUSED)
    await visitor.pay_button.click()
    await visitor.sees("paymentFailed: Your card was declined.")
    await visitor.fills_card(ASKS)
    await visitor.pay_button.click()
    await visitor.bank.get_by_role("button", name="Complete").click()
    await visitor.sees("done: complete")
    assert visitor.seller.now(session).amount_total == 500
    assert visitor.complaints == []


async def test_the_whole_form_leaves_the_confirming_to_the_page(visitor: Visitor) -> None:
    session = _inside(visitor, "form")
    await visitor.enters(session, "form", confirms="no")
    await visitor.pays()
    await visitor.sees("asked by checkout-form-pay-button")
    assert visitor.seller.now(session).status == "open"
    await visitor.enters(session, "form")
    await visitor.pays(REFUSED)
    await visitor.sees("paymentFailed: Your card was declined.")
    await expect(visitor.inside.locator("#error")).to_have_text("Your card was declined.")
    await visitor.pays(email=None)
    await visitor.sees("done: complete")
    assert visitor.seller.now(session).payment_status == "paid"
    assert visitor.complaints == []


async def test_a_page_inside_the_sellers_page_completes_without_leaving_it(visitor: Visitor) -> None:
    session = _inside(visitor, "embedded_page", redirect_on_completion="never")
    await visitor.enters(session, "embedded")
    await visitor.pays()
    await visitor.sees("done here")
    await expect(visitor.inside.get_by_role("heading", level=1)).to_contain_text("Thank you")
    assert visitor.seller.now(session).payment_status == "paid"
    assert visitor.complaints == []


async def test_an_embedded_page_takes_the_whole_page_back(visitor: Visitor) -> None:
    session = _inside(visitor, "embedded_page")
    await visitor.enters(session, "embedded")
    await visitor.pays()
    await visitor.arrives("/shop/back")
    assert visitor.seller.now(session).payment_status == "paid"


async def test_the_old_names_are_gone(visitor: Visitor) -> None:
    await visitor.page.goto(f"{visitor.shop}?way=none&key=pk_test_of_the_tests")
    old = ["initCheckout", "initEmbeddedCheckout", "redirectToCheckout"]
    now = ["initCheckoutElementsSdk", "initCheckoutFormSdk", "createEmbeddedCheckoutPage"]
    kinds = await visitor.page.evaluate("names => names.map((name) => typeof stripe[name])", [*old, *now])
    assert kinds == ["undefined"] * 3 + ["function"] * 3
