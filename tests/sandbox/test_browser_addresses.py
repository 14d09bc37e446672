"""The Address Element: what it tells, what it asks for in each country, and how its address reaches the payment."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import FrameLocator, expect

from tests.sandbox import shops
from tests.sandbox.conftest import Sandbox
from tests.sandbox.shops import Shop

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("shop", ["loopback"], indirect=True)]
shop, shop_address = shops.shop, shops.shop_address
GERMAN = {"Full name": "Ada", "Address line 1": "Unter den Linden 1", "Postal code": "10117", "City": "Berlin"}
SHOWN: Any = {"line1": "Unter den Linden 1", "line2": None, "city": "Berlin", "state": "", "postal_code": "10117"}
LISTENED = "(() => { window.told = []; return elements.create('address', given)"
LISTENED += ".on('change', (event) => told.push(event)).mount('#address') ? 'mounted' : ''; })()"


def _intent(sandbox: Sandbox) -> Any:
    return sandbox.intent(2500, automatic_payment_methods={"enabled": True})


async def _mounted(shop: Shop, group: str = "elements", **options: Any) -> FrameLocator:
    """The address's frame, in billing mode unless told otherwise."""
    script = LISTENED.replace("elements.", f"{group}.", 1)
    await shop.run(f"{{ return {script}; }}", **{"mode": "billing", **options})
    frame = shop.page.frame_locator("#address iframe")
    await expect(frame.get_by_label("Country or region")).to_be_visible()
    return frame


async def _typed(frame: FrameLocator, country: str = "DE", **more: str) -> None:
    await frame.get_by_label("Country or region").select_option(country)
    for label, text in {**GERMAN, **more}.items():
        await frame.get_by_label(label, exact=True).fill(text)


async def _told(shop: Shop) -> Any:
    return await shop.page.evaluate("told.at(-1)")


async def test_every_change_is_told_with_the_whole_address(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    frame = await _mounted(shop)
    first = await _told(shop)
    assert (first["elementType"], first["elementMode"], first["empty"], first["complete"]) == (
        "address",
        "billing",
        True,
        False,
    )
    await _typed(frame)
    assert await _told(shop) == {
        "elementType": "address",
        "elementMode": "billing",
        "empty": False,
        "complete": True,
        "isNewAddress": True,
        "value": {"name": "Ada", "address": {**SHOWN, "country": "DE"}},
    }
    value = await shop.run("elements.getElement('address').getValue()")
    assert value == {name: (await _told(shop))[name] for name in ("complete", "isNewAddress", "value")}
    assert shop.complaints == []


async def test_each_country_is_asked_for_what_it_has(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    frame = await _mounted(shop)
    await frame.get_by_label("Country or region").select_option("US")
    await frame.get_by_label("State").select_option("CA")
    await frame.get_by_label("ZIP").fill("9410")
    await frame.get_by_label("City").fill("San Francisco")
    await expect(frame.get_by_text("Your ZIP is invalid.")).to_be_visible()
    await frame.get_by_label("ZIP").fill("94105")
    assert (await _told(shop))["value"]["address"]["state"] == "CA"
    await frame.get_by_label("Country or region").select_option("HK")
    await expect(frame.get_by_label("Postal code")).to_be_hidden()
    await expect(frame.get_by_label("State")).to_have_count(0)
    address = (await _told(shop))["value"]["address"]
    assert (address["country"], address["state"], address["postal_code"]) == ("HK", "", "")


async def test_the_address_goes_along_with_the_payment(shop: Shop) -> None:
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    await expect(shop.card.get_by_label("Country")).to_be_visible()
    frame = await _mounted(shop)
    await expect(shop.card.get_by_label("Country")).to_be_hidden()
    await shop.pay("4242424242424242")
    await expect(shop.page.locator("#state")).to_contain_text("This field is incomplete.")
    await expect(frame.get_by_role("alert").first).to_have_text("This field is incomplete.")
    await _typed(frame)
    await shop.press()
    await shop.ends("paid: succeeded")
    [charge] = shop.sandbox.client.v1.charges.list({"payment_intent": intent.id}).data
    billing: Any = charge.billing_details
    assert (billing.name, billing.address.city) == ("Ada", "Berlin")


async def test_a_shipping_address_becomes_the_payments_own(shop: Shop) -> None:
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    frame = await _mounted(shop, mode="shipping", fields={"phone": "always"})
    await _typed(frame, **{"Phone number": "+49 30 1234"})
    await shop.pay("4242424242424242")
    await shop.ends("paid: succeeded")
    shipping: Any = shop.sandbox.client.v1.payment_intents.retrieve(intent.id).shipping
    assert (shipping.name, shipping.phone, shipping.address.country) == ("Ada", "+49 30 1234", "DE")


async def test_what_is_known_stands_there_already(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    address = {**SHOWN, "country": "FR", "postal_code": "75001"}
    known = {"firstName": "Ada", "lastName": "King", "address": address}
    frame = await _mounted(shop, defaultValues=known, display={"name": "split"}, allowedCountries=["DE", "FR"])
    await expect(frame.get_by_label("Country or region").locator("option")).to_have_text(["France", "Germany"])
    told = await _told(shop)
    assert (told["complete"], told["value"]["name"], told["value"]["lastName"]) == (True, "Ada King", "King")
    await shop.run("{ elements.getElement('address').update({display: {name: 'organization'}}); }")
    await expect(frame.get_by_label("Organization name")).to_have_value("Ada King")


async def test_an_address_needs_no_payment_beside_it(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    await shop.page.evaluate("() => { window.alone = shopStripe.elements({}); }")
    frame = await _mounted(shop, group="alone")
    assert (await shop.run("alone.submit()"))["error"]["message"] == "This field is incomplete."
    await _typed(frame)
    assert (await shop.run("alone.getElement('address', {mode: 'billing'}).getValue()"))["complete"] is True
    await shop.run("{ alone.getElement('address').destroy(); }")
    await expect(shop.page.locator("#address iframe")).to_have_count(0)
    assert await shop.page.evaluate("alone.getElement('address')") is None


async def test_one_address_of_each_mode_is_all_there_can_be(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    await _mounted(shop)
    assert "one Element of type address in billing mode" in await shop.run(
        "elements.create('address', given)", mode="billing"
    )
    assert "mode should be one of: billing, shipping" in await shop.run("elements.create('address', {})")
