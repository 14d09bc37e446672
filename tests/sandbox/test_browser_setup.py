"""Stripe's script beyond a plain payment: setups, Elements without an intent, tokens and methods made in the frame."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import expect

from tests.sandbox import shops
from tests.sandbox.conftest import Sandbox
from tests.sandbox.shops import Shop

# Once is enough here: that the script also works at Stripe's own address is shown by `test_browser`.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("shop", ["loopback"], indirect=True)]
shop, shop_address = shops.shop, shops.shop_address
DEFERRED = {"mode": "payment", "amount": 2000, "currency": "usd"}


def _setup(sandbox: Sandbox, **more: Any) -> Any:
    params: Any = {"automatic_payment_methods": {"enabled": True}, **more}
    return sandbox.client.v1.setup_intents.create(params)


def _intent(sandbox: Sandbox, amount: int = 2000, **more: Any) -> Any:
    return sandbox.intent(amount, automatic_payment_methods={"enabled": True}, **more)


async def _open(shop: Shop, **options: Any) -> None:
    await shop.open(None, elements=json.dumps({**DEFERRED, **options}))


async def test_a_good_card_is_set_up_and_saved(shop: Shop) -> None:
    v1 = shop.sandbox.client.v1
    customer = v1.customers.create({"name": "Ada"}).id
    setup = _setup(shop.sandbox, customer=customer)
    await shop.open(setup.client_secret)
    await shop.pay("4242424242424242")
    await shop.ends("set up: succeeded")
    saved = v1.setup_intents.retrieve(setup.id).payment_method
    assert [card.id for card in v1.customers.payment_methods.list(customer).data] == [saved]


async def test_a_declined_card_is_not_set_up(shop: Shop) -> None:
    setup = _setup(shop.sandbox)
    await shop.open(setup.client_secret)
    await shop.pay("4000000000009995")
    await shop.ends("card_error card_declined insufficient_funds: Your card has insufficient funds.")
    assert shop.sandbox.client.v1.setup_intents.retrieve(setup.id).status == "requires_payment_method"


@pytest.mark.parametrize(
    ("button", "status", "told"),
    [
        ("Complete", "succeeded", "set up: succeeded"),
        ("Fail", "requires_payment_method", "setup_intent_authentication_failure"),
    ],
)
async def test_3ds_decides_about_a_setup(shop: Shop, button: str, status: str, told: str) -> None:
    setup = _setup(shop.sandbox)
    await shop.open(setup.client_secret)
    await shop.pay("4000002500003155")
    await shop.bank.get_by_role("button", name=button).click()
    await expect(shop.page.locator("#state")).to_contain_text(told)
    found = await shop.run("shopStripe.retrieveSetupIntent(given.secret)", secret=setup.client_secret)
    assert found["setupIntent"]["status"] == status
    assert shop.complaints == []


async def test_elements_without_an_intent_pay_one_made_later(shop: Shop) -> None:
    await _open(shop)
    await shop.type("4242424242424242")
    early = await shop.run(
        "shopStripe.confirmPayment({elements, clientSecret: 'pi_1_secret_2', redirect: 'if_required'})"
    )
    assert early == "IntegrationError: elements.submit() must be called before stripe.confirmPayment()."
    assert await shop.run("elements.submit()") == {"selectedPaymentMethod": "card"}
    intent = _intent(shop.sandbox)
    script = "shopStripe.confirmPayment({elements, clientSecret: given.secret, redirect: 'if_required'})"
    done = await shop.run(script, secret=intent.client_secret)
    assert done["paymentIntent"]["status"] == "succeeded"
    assert shop.complaints == []


async def test_an_intent_of_another_amount_is_not_confirmed(shop: Shop) -> None:
    await _open(shop)
    await shop.type("4242424242424242")
    await shop.run("elements.submit()")
    intent = _intent(shop.sandbox, 2500)
    script = "shopStripe.confirmPayment({elements, clientSecret: given.secret, redirect: 'if_required'})"
    refused = await shop.run(script, secret=intent.client_secret)
    assert "2500 usd" in refused["error"]["message"]
    assert shop.sandbox.client.v1.charges.list({"payment_intent": intent.id}).data == []
    await shop.run("elements.update({amount: 2500})")
    assert (await shop.run(script, secret=intent.client_secret))["paymentIntent"]["status"] == "succeeded"


async def test_what_is_mistyped_stops_at_submit(shop: Shop) -> None:
    await _open(shop, mode="subscription", amount=0)
    await shop.type("4242")
    answer = await shop.run("elements.submit()")
    assert answer["error"]["message"] == "Your card number is incomplete."
    refused = await shop.run("shopStripe.createConfirmationToken({elements})")
    assert refused == "IntegrationError: elements.submit() must be called before stripe.createConfirmationToken()."


async def test_a_confirmation_token_pays_on_the_server(shop: Shop) -> None:
    await _open(shop)
    await shop.type("5555555555554444")
    await shop.run("elements.submit()")
    params = {"return_url": "http://127.0.0.1:9/back", "payment_method_data": {"billing_details": {"name": "Ada"}}}
    made = await shop.run("shopStripe.createConfirmationToken({elements, params: given})", **params)
    token = made["confirmationToken"]
    assert token["payment_method_preview"]["billing_details"]["name"] == "Ada"
    paid = _intent(shop.sandbox, confirm=True, confirmation_token=token["id"])
    assert paid.status == "succeeded"
    assert shop.complaints == []


async def test_a_payment_method_is_made_inside_the_frame(shop: Shop) -> None:
    await _open(shop, mode="setup", paymentMethodCreation="manual")
    await shop.type("4242424242424242")
    await shop.run("elements.submit()")
    made = await shop.run("shopStripe.createPaymentMethod({elements})")
    assert made["paymentMethod"]["card"]["last4"] == "4242"
    heard = await shop.page.evaluate("JSON.stringify(window.heard)")
    assert "4242424242424242" not in heard.replace(" ", "")
    assert shop.sandbox.intent(payment_method=made["paymentMethod"]["id"], confirm=True).status == "succeeded"
    older = await shop.run("shopStripe.createPaymentMethod({type: 'card', card: {number: '4242'}})")
    assert older == "IntegrationError: This sandbox does not do card elements."


async def test_a_held_payment_tells_so(shop: Shop) -> None:
    intent = _intent(shop.sandbox, capture_method="manual")
    await shop.open(intent.client_secret)
    await shop.pay("4242424242424242")
    await shop.ends("paid: requires_capture")
    assert shop.sandbox.client.v1.payment_intents.retrieve(intent.id).amount_capturable == 2000


async def test_what_a_server_confirmed_goes_on_in_the_browser(shop: Shop) -> None:
    waiting = shop.sandbox.intent(payment_method="pm_card_authenticationRequired", confirm=True)
    await shop.open(_intent(shop.sandbox).client_secret)
    await shop.page.evaluate(
        "secret => { window.next = shopStripe.handleNextAction({clientSecret: secret}) }", waiting.client_secret
    )
    await shop.bank.get_by_role("button", name="Complete").click()
    assert (await shop.run("window.next"))["paymentIntent"]["status"] == "succeeded"


async def test_a_known_card_is_set_up_by_its_id(shop: Shop) -> None:
    setup = _setup(shop.sandbox)
    await shop.open(_intent(shop.sandbox).client_secret)
    card = shop.sandbox.client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    script = "shopStripe.confirmCardSetup(given.secret, {payment_method: given.card})"
    done = await shop.run(script, secret=setup.client_secret, card=card.id)
    assert (done["setupIntent"]["status"], done["setupIntent"]["payment_method"]) == ("succeeded", card.id)


async def test_a_secret_of_the_other_kind_is_refused(shop: Shop) -> None:
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    told = await shop.run("shopStripe.confirmSetup({elements, redirect: 'if_required'})")
    assert "should be a SetupIntent client secret" in told
    assert "should be a SetupIntent client secret" in await shop.run("shopStripe.retrieveSetupIntent('pi_1_secret_2')")


async def test_elements_say_what_they_are_for(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    for options, wrong in (
        ({}, "a client secret or a mode"),
        ({"mode": "gift"}, "mode should be one of"),
        ({"mode": "payment", "amount": 0, "currency": "usd"}, "amount should be"),
        ({"mode": "payment", "amount": 100, "currency": "USD"}, "currency should be"),
    ):
        assert wrong in await shop.run("shopStripe.elements(given).create('payment')", **options)
