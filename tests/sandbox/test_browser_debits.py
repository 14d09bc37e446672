"""Paying from a bank account inside a page: the tabs of the Payment Element, and what becomes of the debit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import expect

from tests.sandbox import shops
from tests.sandbox.conftest import Sandbox
from tests.sandbox.shops import Shop

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("shop", ["loopback"], indirect=True)]
shop, shop_address = shops.shop, shops.shop_address
GOOD, BAD = "DE89370400440532013000", "DE62370400440532013001"
WHOLE: Any = {"enabled": True}


def _intent(sandbox: Sandbox, currency: str = "eur", **more: Any) -> Any:
    return sandbox.intent(2500, currency=currency, automatic_payment_methods=WHOLE, **more)


async def _debit(shop: Shop, iban: str = GOOD, email: str = "ada@example.com") -> None:
    await shop.card.get_by_role("tab", name="SEPA Debit").click()
    await shop.card.get_by_label("IBAN").press_sequentially(iban)
    await shop.card.get_by_label("Full name").fill("Ada")
    await shop.card.get_by_label("Email").fill(email)
    await shop.press()


@pytest.mark.parametrize(
    ("iban", "status", "last"),
    [
        (GOOD, "succeeded", "payment_intent.succeeded"),
        (BAD, "requires_payment_method", "payment_intent.payment_failed"),
    ],
)
async def test_a_debit_is_under_way_and_ends_days_later(shop: Shop, iban: str, status: str, last: str) -> None:
    v1 = shop.sandbox.client.v1
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    await _debit(shop, iban)
    await shop.ends("paid: processing")
    charge: Any = v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]}).latest_charge
    assert (charge.status, charge.billing_details.name, charge.payment_method_details.sepa_debit.last4) == (
        "pending",
        "Ada",
        iban[-4:],
    )
    assert v1.mandates.retrieve(charge.payment_method_details.sepa_debit.mandate).status == "active"
    shop.sandbox.control("time", days=4)
    assert v1.payment_intents.retrieve(intent.id).status == status
    assert [event.id for event in v1.events.list({"type": last}).data]


async def test_the_controls_settle_a_debit_at_once(shop: Shop) -> None:
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    await _debit(shop)
    await shop.ends("paid: processing")
    shop.sandbox.control(f"payments/{intent.id}/debit?outcome=succeed")
    assert shop.sandbox.client.v1.payment_intents.retrieve(intent.id).amount_received == 2500


async def test_an_american_account_pays_in_dollars(shop: Shop) -> None:
    intent = _intent(shop.sandbox, "usd")
    await shop.open(intent.client_secret)
    await shop.card.get_by_role("tab", name="US bank account").click()
    for label, text in (("Routing number", "110000000"), ("Account number", "000123456789"), ("Full name", "Ada")):
        await shop.card.get_by_label(label).fill(text)
    await shop.card.get_by_label("Email").fill("ada@example.com")
    await shop.press()
    await shop.ends("paid: processing")
    charge: Any = shop.sandbox.client.v1.charges.list({"payment_intent": intent.id}).data[0]
    assert (charge.status, charge.payment_method_details.us_bank_account.last4) == ("pending", "6789")


@pytest.mark.parametrize(
    ("iban", "email", "message"),
    [
        ("DE89", "ada@example.com", "Your IBAN is incomplete."),
        ("DE89370400440532013001", "ada@example.com", "Your IBAN is invalid."),
        (GOOD, "ada", "Your email is invalid."),
    ],
)
async def test_what_is_mistyped_asks_no_bank(shop: Shop, iban: str, email: str, message: str) -> None:
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    await _debit(shop, iban, email)
    await expect(shop.page.locator("#state")).to_contain_text(message)
    await expect(shop.card.get_by_role("alert").filter(has_text=message)).to_be_visible()
    assert shop.sandbox.client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"
    assert shop.complaints == []


async def test_only_what_the_intent_takes_has_a_tab(shop: Shop) -> None:
    tabs = shop.card.get_by_role("tab")
    await shop.open(_intent(shop.sandbox).client_secret)
    await expect(tabs).to_have_text(["Card", "SEPA Debit"])
    await shop.open(_intent(shop.sandbox, excluded_payment_method_types=["sepa_debit"]).client_secret)
    await expect(tabs).to_have_count(0)
    only: Any = {"amount": 900, "currency": "eur", "payment_method_types": ["sepa_debit"]}
    await shop.open(shop.sandbox.client.v1.payment_intents.create(only).client_secret)
    await expect(shop.card.get_by_label("IBAN")).to_be_visible()
    await expect(shop.card.get_by_label("Card number")).to_be_hidden()


async def test_the_arrows_go_from_tab_to_tab(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    await shop.card.get_by_role("tab", name="Card").press("ArrowRight")
    await expect(shop.card.get_by_role("tab", name="SEPA Debit")).to_be_focused()
    await expect(shop.card.get_by_label("IBAN")).to_be_visible()


async def test_elements_without_an_intent_say_which_type_was_picked(shop: Shop) -> None:
    deferred = {"mode": "payment", "amount": 2500, "currency": "eur"}
    await shop.open(None, elements=json.dumps(deferred))
    await _debit(shop)
    assert await shop.run("elements.submit()") == {"selectedPaymentMethod": "sepa_debit"}
    script = "shopStripe.confirmPayment({elements, clientSecret: given.secret, redirect: 'if_required'})"
    done = await shop.run(script, secret=_intent(shop.sandbox).client_secret)
    assert done["paymentIntent"]["status"] == "processing"
    await shop.open(None, elements=json.dumps({**deferred, "allowedPaymentMethodTypes": ["card"]}))
    await expect(shop.card.get_by_role("tab")).to_have_count(0)


async def test_an_account_is_set_up_for_later(shop: Shop) -> None:
    v1 = shop.sandbox.client.v1
    customer = v1.customers.create({"name": "Ada"}).id
    wanted: Any = {"customer": customer, "payment_method_types": ["card", "sepa_debit"]}
    setup = v1.setup_intents.create(wanted)
    await shop.open(setup.client_secret)
    await _debit(shop)
    await shop.ends("set up: succeeded")
    assert [method.type for method in v1.customers.payment_methods.list(customer).data] == ["sepa_debit"]


async def test_what_the_page_collects_itself_is_not_asked_again(shop: Shop) -> None:
    intent = _intent(shop.sandbox)
    await shop.open(intent.client_secret)
    never = {"name": "never", "email": "never", "address": {"country": "never"}}
    await shop.run("{ elements.getElement('payment').update({fields: {billingDetails: given}}); }", **never)
    await expect(shop.card.get_by_label("Country")).to_be_hidden()
    await shop.card.get_by_role("tab", name="SEPA Debit").click()
    await expect(shop.card.get_by_label("Full name")).to_be_hidden()
    await shop.card.get_by_label("IBAN").fill(GOOD)
    told = {"confirmParams": {"payment_method_data": {"billing_details": {"name": "Ada", "email": "ada@example.com"}}}}
    script = "shopStripe.confirmPayment({elements, redirect: 'if_required', ...given})"
    assert (await shop.run(script, **told))["paymentIntent"]["status"] == "processing"


async def test_the_account_number_never_reaches_the_page(shop: Shop) -> None:
    await shop.open(_intent(shop.sandbox).client_secret)
    await _debit(shop)
    await shop.ends("paid: processing")
    heard = await shop.page.evaluate("JSON.stringify(window.heard)")
    assert GOOD not in heard.replace(" ", "")
    assert '"type":"sepa_debit"' in heard
