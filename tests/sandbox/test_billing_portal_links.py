"""How long a portal link lives, who has it back, and how people sign in without one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.portal_guests import HISTORY, ON, Guest, invite

MINUTE = 60


@pytest.fixture
def guest(sandbox: Sandbox) -> Guest:
    return invite(sandbox)


def _post(guest: Guest, path: str, email: str) -> httpx.Response:
    return httpx.post(f"{guest.sandbox.url}/_sandbox/{path}", json={"email": email}, timeout=20)


def _pass(guest: Guest, minutes: int) -> None:
    guest.sandbox.control("time", seconds=minutes * MINUTE)


def test_an_unopened_link_runs_out_after_five_minutes(guest: Guest) -> None:
    guest.enter(HISTORY)
    _pass(guest, 6)
    gone = guest.look()
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "session_expired")
    assert guest.ask("cancel").status_code == 410


def test_a_link_in_use_lives_on_for_an_hour_each_time(guest: Guest) -> None:
    guest.enter(HISTORY)
    for _ in range(3):
        assert guest.look().status_code == 200
        _pass(guest, 59)
    _pass(guest, 2)
    assert guest.look().status_code == 410


def test_nobody_guesses_a_link(guest: Guest) -> None:
    guest.enter(HISTORY)
    guest.secret = "test_guessed"
    assert (guest.look().status_code, guest.ask("cancel").status_code) == (404, 404)
    assert _post(guest, "portal-login/test_guessed", "ada@example.com").status_code == 404


def test_a_link_that_ran_out_is_given_back_to_its_own_customer(guest: Guest) -> None:
    guest.enter(HISTORY, after_expiration={"type": "customer_login"})
    _pass(guest, 6)
    wrong = _post(guest, f"portal/{guest.secret}/recover", "eve@example.com")
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "email")
    assert guest.look().status_code == 410
    back = _post(guest, f"portal/{guest.secret}/recover", "ada@example.com")
    assert back.json()["url"].endswith(guest.secret)
    assert guest.shown()["customer"]["email"] == "ada@example.com"


@pytest.mark.parametrize("terms", [None, {"type": "customer_login", "customer_login": {"expires_at": 120}}])
def test_a_link_is_not_given_back_when_it_must_not_be(guest: Guest, terms: Any) -> None:
    if terms:
        # The session lives by its customer's clock, the right to have it back by everybody's.
        ends = guest.sandbox.look("health")["now"] + terms["customer_login"]["expires_at"]
        terms = {**terms, "customer_login": {"expires_at": ends}}
    guest.enter(HISTORY, **({"after_expiration": terms} if terms else {}))
    _pass(guest, 6)
    assert _post(guest, f"portal/{guest.secret}/recover", "ada@example.com").status_code == 400
    assert guest.look().status_code == 410


def test_a_link_that_ran_out_says_whether_signing_in_gives_it_back(guest: Guest) -> None:
    guest.enter(HISTORY, return_url="https://example.com/account")
    _pass(guest, 6)
    error = guest.look().json()["error"]
    assert (error["sign_in"], error["return_url"]) == (False, "https://example.com/account")
    guest.enter(HISTORY, after_expiration={"type": "customer_login"})
    _pass(guest, 6)
    assert guest.look().json()["error"]["sign_in"] is True


@pytest.mark.parametrize(
    ("coupon", "worth"),
    [
        ({"percent_off": 20, "duration": "once"}, (20, None, "once", None)),
        (
            {"amount_off": 500, "currency": "usd", "duration": "repeating", "duration_in_months": 3},
            (None, 500, "repeating", 3),
        ),
    ],
)
def test_an_offer_names_what_its_coupon_is_worth(guest: Guest, coupon: Any, worth: Any) -> None:
    subscription = guest.shop.subscribe().id
    offer = {"type": "coupon_offer", "coupon_offer": {"coupon": guest.v1.coupons.create(coupon).id}}
    part = {"subscription": subscription, "retention": offer}
    cancel: Any = {"subscription_cancel": {"enabled": True, "mode": "at_period_end"}}
    guest.enter(cancel, flow_data={"type": "subscription_cancel", "subscription_cancel": part})
    told = guest.shown()["offer"]
    assert (told["percent_off"], told["amount_off"], told["duration"], told["duration_in_months"]) == worth
    guest.enter(HISTORY)
    assert guest.shown()["offer"] is None


def test_a_login_page_opens_the_portal_of_whoever_has_the_address(guest: Guest) -> None:
    made = guest.configure(HISTORY, login_page=ON)
    token = made.login_page.url.rsplit("/", 1)[-1]
    assert "<h1" in httpx.get(made.login_page.url, timeout=20).text
    assert _post(guest, f"portal-login/{token}", "nobody@example.com").json()["error"]["param"] == "email"
    guest.secret = _post(guest, f"portal-login/{token}", "ada@example.com").json()["url"].rsplit("/", 1)[-1]
    assert guest.shown()["customer"]["id"] == guest.shop.customer
    guest.v1.billing_portal.configurations.update(made.id, {"login_page": {"enabled": False}})
    assert _post(guest, f"portal-login/{token}", "ada@example.com").status_code == 404


def test_a_visit_shows_no_more_than_the_configuration_allows(guest: Guest) -> None:
    subscription = guest.shop.subscribe()
    guest.enter(HISTORY)
    with_history = guest.shown()
    assert [row["amount_paid"] for row in with_history["invoices"]] == [1000]
    assert (with_history["prices"], with_history["subscriptions"][0]["id"]) == ([], subscription.id)
    guest.enter({"payment_method_update": ON})
    assert guest.shown()["invoices"] == []
    assert not [name for name in str(guest.shown()).split("'") if name.startswith("_")]


def test_the_features_are_those_of_the_configuration_as_it_is_now(guest: Guest) -> None:
    session = guest.enter(HISTORY)
    changed = {"features": {"invoice_history": {"enabled": False}, "payment_method_update": ON}}
    guest.v1.billing_portal.configurations.update(session.configuration, changed)
    features = guest.shown()["features"]
    assert (features["invoice_history"]["enabled"], features["payment_method_update"]["enabled"]) == (False, True)
