"""Pre-paid credits through an embedded Checkout: what its document asks of Stripe, the services and the page."""

from __future__ import annotations

import httpx
import pytest

from auth import sessions
from billing.rules.moments import DAY, system_clock
from tests.documents.datalayer import HOOK, IAM, STRIPE, Client, Platform, platform, until
from tests.world.portals import signed

SESSION = f"{STRIPE}/checkout/session"


@pytest.fixture
def datalayer(checkout: Platform) -> Platform:
    """In this module it is the platform without plans."""
    return checkout


# Stripe configuration.


def test_one_off_package_prices_of_five_dollars_per_fifty_units_become_packages(
    datalayer: Platform, ada: Client
) -> None:
    made = datalayer.stripe(f"prices/{ada.price}", "GET")
    assert (made["type"], made["unit_amount"], made["currency"]) == ("one_time", 500, "usd")
    assert made["transform_quantity"]["divide_by"] == 50
    first = ada.get(f"{STRIPE}/prices")["prices"][0]
    assert (first["amount"], first["credits"]) == (500, 50)


def test_a_package_made_in_the_dashboard_is_on_sale_with_its_description(datalayer: Platform, ada: Client) -> None:
    product = datalayer.stripe(f"prices/{ada.price}", "GET")["product"]
    package = {"transform_quantity[divide_by]": "500", "transform_quantity[round]": "up", "nickname": "For a lab"}
    made = datalayer.stripe("prices", product=product, currency="usd", unit_amount="4500", **package)
    told = next(each for each in ada.get(f"{STRIPE}/prices")["prices"] if each["id"] == made["id"])
    assert (told["name"], told["amount"], told["credits"]) == ("For a lab", 4500, 500)
    datalayer.stripe(f"prices/{made['id']}", active="false")


def test_a_price_description_is_fetched_for_the_payment_form(ada: Client) -> None:
    told = {each["name"]: each["description"] for each in ada.get(f"{STRIPE}/prices")["prices"]}
    assert told["50 credits"] == "A first look."


@pytest.mark.parametrize(("vat", "behavior"), [("yes", "inclusive"), ("no", "exclusive"), ("auto", "unspecified")])
def test_the_vat_policy_stands_on_the_prices(tmp_path_factory: pytest.TempPathFactory, vat: str, behavior: str) -> None:
    with platform(tmp_path_factory.mktemp("vat"), "datalayer-checkout", SCRIP_TAX__INCLUDED=vat) as own:
        made = own.stripe(f"prices/{own.person().price}", "GET")
        assert made["tax_behavior"] == behavior


# The services.


def test_a_stripe_customer_is_created_for_each_platform_user(datalayer: Platform, ada: Client) -> None:
    bo = datalayer.person()
    for each in (ada, ada, bo):
        each.begins(each.price, SESSION)
    assert datalayer.customer(ada) != datalayer.customer(bo)
    found = datalayer.stripe("customers?limit=100", "GET")["data"]
    assert [each["id"] for each in found].count(datalayer.customer(ada)) == 1


def test_a_checkout_session_is_created_with_its_id_and_the_secret_to_embed_it(datalayer: Platform, ada: Client) -> None:
    begun = ada.begins(ada.price, SESSION)
    made = datalayer.stripe(f"checkout/sessions/{begun['session_id']}", "GET")
    assert (made["ui_mode"], made["mode"], made["status"]) == ("embedded_page", "payment", "open")
    assert begun["client_secret"] == made["client_secret"]
    assert made["customer"] == datalayer.customer(ada)
    assert ada.begins(ada.price, SESSION)["session_id"] == begun["session_id"], "a double click is one session"


def test_a_return_address_from_outside_is_not_taken(datalayer: Platform, ada: Client) -> None:
    body = {"price_id": ada.price, "return_url": "https://evil.example/paid"}
    begun = ada.http.post(SESSION, json=body).json()
    made = datalayer.stripe(f"checkout/sessions/{begun['session_id']}", "GET")
    assert made["return_url"].startswith(f"{datalayer.running.url}/receipt/{begun['order_id']}")


def test_checkout_session_completed_alone_updates_the_balance(datalayer: Platform, ada: Client) -> None:
    session = ada.begins(ada.price, SESSION)["session_id"]
    with datalayer.silence():
        datalayer.running.sandbox(f"sessions/{session}/complete")
        event = datalayer.events("checkout.session.completed", session)[0]
        assert str(ada.balance) == "0"
        assert datalayer.told(event).status_code == 200
        assert str(ada.balance) == "50"


def test_stripe_may_send_multiple_times_the_same_events(datalayer: Platform, ada: Client) -> None:
    session = ada.begins(ada.price, SESSION)["session_id"]
    datalayer.running.sandbox("delivery", duplicate=3)
    datalayer.running.sandbox(f"sessions/{session}/complete")
    until("the credits arrive", lambda: str(ada.balance) == "50")
    datalayer.running.calm()
    event = datalayer.events("checkout.session.completed", session)[0]
    twin = {**event, "id": event["id"] + "again"}
    assert {datalayer.told(each).status_code for each in (event, twin, event)} == {200}
    assert str(ada.balance) == "50"


def test_the_payload_signature_is_checked(datalayer: Platform, ada: Client) -> None:
    session = ada.begins(ada.price, SESSION)["session_id"]
    with datalayer.silence():
        datalayer.running.sandbox(f"sessions/{session}/complete")
        event = datalayer.events("checkout.session.completed", session)[0]
        now, url = system_clock(), datalayer.running.url + HOOK
        for raw, signature in (
            signed(event, now, "whsec_of_somebody_else"), signed(event, now - DAY), (signed(event, now)[0], ""),
        ):  # fmt: skip
            answer = httpx.post(url, content=raw, headers={"Stripe-Signature": signature}, timeout=20)
            assert answer.status_code == 400
        assert str(ada.balance) == "0"


def test_other_types_of_events_are_kept_and_change_nothing(datalayer: Platform, ada: Client) -> None:
    ada.begins(ada.price, SESSION)
    event = datalayer.events("product.created", datalayer.stripe("products", name="Something else")["id"])[0]
    assert datalayer.told(event).status_code == 200
    assert datalayer.kept(event["id"])[0] == "ignored"


def test_the_purchases_are_those_of_the_session_whatever_the_events_metadata_say(
    datalayer: Platform, ada: Client
) -> None:
    bo = datalayer.person()
    theirs = bo.begins(bo.price, SESSION)
    session = ada.begins(ada.price, SESSION)["session_id"]
    with datalayer.silence():
        datalayer.running.sandbox(f"sessions/{session}/complete")
        event = datalayer.events("checkout.session.completed", session)[0]
        lies = {"metadata": {"credits": "1000000", "scrip_order": theirs["order_id"]}, "amount_total": 999_999,
                "client_reference_id": theirs["order_id"]}  # fmt: skip
        assert datalayer.told(event, **lies).status_code == 200
    assert (str(ada.balance), str(bo.balance)) == ("50", "0")


def test_a_session_that_is_not_paid_adds_nothing(datalayer: Platform, ada: Client) -> None:
    session = ada.begins(ada.price, SESSION)["session_id"]
    datalayer.running.sandbox(f"sessions/{session}/expire")
    event = datalayer.events("checkout.session.expired", session)[0]
    assert datalayer.told({**event, "id": event["id"] + "x", "type": "checkout.session.completed"}).status_code == 200
    assert str(ada.balance) == "0"
    assert ada.begins(ada.price, SESSION)["session_id"] != session


# The user interface.


def test_the_web_application_is_not_trusted_to_validate_a_checkout_session(datalayer: Platform, ada: Client) -> None:
    """Saying that it was paid, in the address or by the doors, is saying nothing."""
    begun = ada.begins(ada.price, SESSION)
    with httpx.Client(base_url=datalayer.running.url, cookies=_cookies(datalayer, ada), timeout=20) as browser:
        page = browser.get(f"/receipt/{begun['order_id']}", params={"session_id": begun["session_id"], "paid": "true"})
    assert page.status_code == 200
    assert str(ada.balance) == "0"


def test_the_page_for_picking_a_package_needs_no_subscription(datalayer: Platform, ada: Client) -> None:
    with httpx.Client(base_url=datalayer.running.url, cookies=_cookies(datalayer, ada), timeout=20) as browser:
        page = browser.get("/buy")
    assert page.status_code == 200
    assert "1000 credits" in page.text


def test_the_credits_are_told_as_what_remains(ada: Client) -> None:
    told = ada.get(f"{IAM}/usage/credits")
    assert (told["success"], told["credits"]["credits"], told["credits"]["quota"]) == (True, 0, None)


def _cookies(datalayer: Platform, client: Client) -> dict[str, str]:
    return {sessions.cookie_name(datalayer.world.portal.settings): client.cookie}
