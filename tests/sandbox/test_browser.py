"""The Payment Element in a real Chromium under a strict policy, loaded from loopback and from https://js.stripe.com."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.sandbox import shops
from tests.sandbox.conftest import Sandbox
from tests.sandbox.shops import Shop

pytestmark = pytest.mark.browser
shop, shop_address = shops.shop, shops.shop_address
AT_LOOPBACK = pytest.mark.parametrize("shop", ["loopback"], indirect=True)
"""For what happens within the frame: where it was loaded from changes nothing there."""


def _intent(sandbox: Sandbox) -> Any:
    return sandbox.intent(2500, automatic_payment_methods={"enabled": True})


async def test_a_good_card_pays_under_a_strict_policy(shop: Shop) -> None:
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    await shop.pay("4242424242424242")
    await shop.ends("paid: succeeded")
    assert shop.sandbox.client.v1.payment_intents.retrieve(intent.id).amount_received == 2500


@AT_LOOPBACK
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
    await expect(shop.bank.get_by_role("heading", name="3D Secure 2 Test Page")).to_be_visible()
    await shop.bank.get_by_role("button", name="Complete").click()
    await shop.ends("paid: succeeded")
    await expect(shop.page.locator("dialog")).to_have_count(0)
    assert shop.sandbox.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@AT_LOOPBACK
@pytest.mark.parametrize("way", ["button", "escape"])
async def test_failing_3ds_leaves_the_intent_payable(shop: Shop, way: str) -> None:
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    await shop.pay("4000000000003220")
    fail = shop.bank.get_by_role("button", name="Fail")
    await expect(fail).to_be_enabled()
    await (fail.click() if way == "button" else fail.press("Escape"))
    await expect(shop.page.locator("#state")).to_contain_text("payment_intent_authentication_failure")
    assert shop.sandbox.client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"
    assert shop.complaints == []


@AT_LOOPBACK
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


@AT_LOOPBACK
async def test_a_mistake_told_under_the_press_does_not_move_the_button_away(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    await shop.type("4242424242424242", "12/34", "1")
    await shop.page.get_by_role("button", name="Pay").click(delay=400)
    await expect(shop.page.locator("#state")).to_contain_text("Your card's security code is incomplete.")
    await expect(shop.card.get_by_role("alert").filter(has_text="security code")).to_be_in_viewport(ratio=1)


async def test_the_card_number_never_reaches_the_page(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    await shop.pay("4242424242424242")
    await shop.ends("paid: succeeded")
    heard = await shop.page.evaluate("JSON.stringify(window.heard)")
    assert "4242424242424242" not in heard.replace(" ", "")
    assert "succeeded" in heard


@AT_LOOPBACK
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


@AT_LOOPBACK
async def test_what_is_not_built_throws_an_integration_error(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    refused = "IntegrationError: This sandbox does not do"
    assert await shop.run("shopStripe.createToken()") == f"{refused} stripe.createToken()."
    assert await shop.run("elements.create('card')") == f"{refused} card elements."
    assert await shop.run("elements.create('expressCheckout')") == f"{refused} the Express Checkout Element."
