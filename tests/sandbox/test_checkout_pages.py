"""Checkout's pages beyond a card that pays: bank debits, a tab that is closed, a page put up and taken down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.sandbox.checkout_visitors import Visitor, opened_shop, visiting
from tests.sandbox.checkouts import BERLIN, open_shop
from tests.sandbox.conftest import Sandbox
from tests.world.windows import Windows

pytestmark = pytest.mark.browser
GOOD, BAD = "DE89370400440532013000", "DE62370400440532013001"


@pytest.fixture(scope="module")
def shop(running: Sandbox) -> Iterator[str]:
    with opened_shop(running.url) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(sandbox: Sandbox, windows: Windows, shop: str) -> AsyncIterator[Visitor]:
    async with visiting(windows, open_shop(sandbox), shop) as payer:
        yield payer


def _hosted(visitor: Visitor, **more: Any) -> Any:
    back = f"{visitor.shop}/thanks/{{CHECKOUT_SESSION_ID}}"
    return visitor.seller.session(visitor.seller.price(currency="eur"), success_url=back, **more)


def _inside(visitor: Visitor, **more: Any) -> Any:
    price = visitor.seller.price(currency="eur")
    return visitor.seller.session(price, ui_mode="embedded_page", redirect_on_completion="never", **more)


async def _debit(visitor: Visitor, iban: str = GOOD) -> None:
    await visitor.types("Email", "ada@example.com")
    await visitor.card.get_by_role("tab", name="SEPA Debit").click()
    await visitor.card.get_by_label("IBAN").fill(iban)
    await visitor.card.get_by_label("Full name").fill("Ada")
    await visitor.pay_button.click()


@pytest.mark.parametrize(
    ("iban", "status", "told"),
    [(GOOD, "paid", "async_payment_succeeded"), (BAD, "unpaid", "async_payment_failed")],
)
async def test_a_debit_on_the_hosted_page_ends_days_later(visitor: Visitor, iban: str, status: str, told: str) -> None:
    session = _hosted(visitor)
    await visitor.goes_to(session)
    await _debit(visitor, iban)
    await visitor.arrives(f"/thanks/{session.id}")
    done = visitor.seller.now(session)
    assert (done.status, done.payment_status) == ("complete", "unpaid")
    visitor.seller.sandbox.control("time", days=4)
    assert visitor.seller.now(session).payment_status == status
    assert visitor.seller.events("checkout") == ["checkout.session.completed", f"checkout.session.{told}"]


async def test_a_debit_inside_the_sellers_page_completes_at_once(visitor: Visitor) -> None:
    session = _inside(visitor)
    await visitor.enters(session, "embedded")
    await _debit(visitor)
    await visitor.sees("done here")
    assert visitor.seller.now(session).payment_status == "unpaid"
    assert visitor.complaints == []


async def test_a_closed_tab_leaves_the_session_to_be_paid_in_another(visitor: Visitor) -> None:
    session = _hosted(visitor)
    await visitor.goes_to(session)
    await visitor.types("Email", "ada@example.com")
    first, visitor.page = visitor.page, await visitor.page.context.new_page()
    await first.close()
    assert visitor.seller.now(session).status == "open"
    await visitor.goes_to(session)
    await expect(visitor.inside.get_by_label("Email", exact=True)).to_have_value("ada@example.com")
    await visitor.pays(email=None)
    await visitor.arrives(f"/thanks/{session.id}")


async def test_an_embedded_page_is_taken_down_and_another_put_up(visitor: Visitor) -> None:
    session = _inside(visitor)
    await visitor.enters(session, "embedded")
    frames = visitor.page.locator("#place > iframe")
    await visitor.page.evaluate("embedded.unmount()")
    await expect(frames).to_have_count(0)
    await visitor.page.evaluate("embedded.mount('#place')")
    await expect(visitor.pay_button).to_be_enabled()
    second = "stripe.createEmbeddedCheckoutPage({ clientSecret }).then(() => 'two', (error) => error.message)"
    assert "multiple" in await visitor.page.evaluate(second)
    await visitor.page.evaluate("embedded.destroy()")
    await expect(frames).to_have_count(0)
    again = "try { embedded.mount('#place'); 'mounted'; } catch (error) { error.message; }"
    assert "destroyed" in await visitor.page.evaluate(again)
    anew = "stripe.createEmbeddedCheckoutPage({ clientSecret }).then((page) => page.mount('#place'))"
    await visitor.page.evaluate(anew)
    await expect(visitor.pay_button).to_be_enabled()
    assert visitor.complaints == []


async def test_a_business_types_its_tax_id_and_pays_no_tax(visitor: Visitor) -> None:
    taxed: Any = {"automatic_tax": {"enabled": True}, "tax_id_collection": {"enabled": True}}
    session = _hosted(visitor, billing_address_collection="required", **taxed)
    await visitor.goes_to(session)
    due = visitor.page.locator("#due")
    await visitor.types("Full name", "Ada")
    await visitor.page.locator("#billing-country").select_option("DE")
    for label, name in (("Address", "line1"), ("City", "city"), ("Postal code", "postal_code")):
        await visitor.types(label, BERLIN[name])
    await expect(due).to_have_text("€22.61")
    await visitor.types("Number", "DE1")
    await expect(visitor.page.locator("#tax-value-error")).to_contain_text("Invalid value")
    await visitor.types("Number", "DE123456789")
    await visitor.types("Business name", "Ada GmbH")
    await expect(due).to_have_text("€19.00")
    await visitor.pays()
    await visitor.arrives(f"/thanks/{session.id}")
    details = visitor.seller.now(session).customer_details
    assert (details.business_name, details.tax_ids[0].value) == ("Ada GmbH", "DE123456789")
