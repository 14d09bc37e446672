"""Doubleword's document on payments, part one: configuration, price, webhook, the dummy provider, buying."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from billing.rules.money import Money
from billing.settings import SettingsError, load_settings
from tests.documents.doubleword import HOOK, Installation, dummy, installation, until
from tests.world.portals import signed

FILE = """
payment:
  stripe:
    api_key: "sk_live_..."
    webhook_secret: "whsec_..."
    price_id: "price_..."
    host_url: "https://your-app.example.com"
    enable_invoice_creation: true
"""
REAL = {
    "SCRIP_PROFILE": "doubleword",
    "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_live_x",
    "SCRIP_SESSION__SECRET": "0123456789abcdefghijklmnopqrstuvwxyz",
    "SCRIP_OIDC__ISSUER": "https://id.example.org",
    "SCRIP_OIDC__CLIENT_ID": "c",
    "SCRIP_OIDC__CLIENT_SECRET": "s",
}
VARIABLES = {
    "DWCTL_PAYMENT__STRIPE__API_KEY": "sk_live_...",
    "DWCTL_PAYMENT__STRIPE__WEBHOOK_SECRET": "whsec_...",
    "DWCTL_PAYMENT__STRIPE__PRICE_ID": "price_...",
    "DWCTL_PAYMENT__STRIPE__HOST_URL": "https://your-app.example.com",
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("doubleword")) as running:
        yield running


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with dummy(tmp_path_factory.mktemp("dummy")) as running:
        yield running


# Configure Stripe


def test_add_your_stripe_credentials_to_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(FILE, "utf-8")
    found = load_settings({**REAL, "SCRIP_CONFIG": str(file)})
    assert found.stripe.api_key is not None
    assert found.stripe.api_key.get_secret_value() == "sk_live_..."
    assert [each.get_secret_value() for each in found.stripe.webhook_secrets if each] == ["whsec_..."]
    assert (found.stripe.price, found.public_url) == ("price_...", "https://your-app.example.com")
    assert found.purchase.invoice


def test_or_via_environment_variables_and_no_invoices_by_default() -> None:
    found = load_settings({**REAL, **VARIABLES})
    assert (found.stripe.price, found.public_url) == ("price_...", "https://your-app.example.com")
    assert not found.purchase.invoice


# Create a Stripe Price


def test_a_price_of_10_dollars_gives_10_credits(here: Installation) -> None:
    ada = here.person("ada")
    before = ada.balance
    here.pays(ada.buys())
    until("the credits are there", lambda: ada.balance > before)
    assert ada.balance == before + 10


# Set Up the Webhook


def test_the_webhook_at_the_documents_path_is_what_completes_a_payment(here: Installation) -> None:
    ada = here.person("ada")
    before = ada.balance
    session = here.pays(ada.buys())
    until("the credits are there", lambda: ada.balance == before + 10)
    (endpoint,) = here.stripe("webhook_endpoints")["data"]
    assert (endpoint["url"], endpoint["enabled_events"]) == (here.running.url + HOOK, ["checkout.session.completed"])
    sent = httpx.get(f"{here.running.sandbox_url}/_sandbox/deliveries", timeout=20).json()["deliveries"]
    assert {(each["endpoint"], each["type"]) for each in sent[:1]} == {(endpoint["id"], "checkout.session.completed")}
    assert here.stripe(f"checkout/sessions/{session}")["payment_status"] == "paid"


def test_the_webhook_secret_is_used_to_verify_that_requests_came_from_stripe(here: Installation) -> None:
    ada = here.person("ada")
    with here.silence():
        here.pays(ada.buys())
        before = ada.balance
        (event,) = here.stripe("events?type=checkout.session.completed&limit=1")["data"]
        for path in (HOOK, "/webhooks/payments"):
            raw, forged = signed(event, event["created"] * 10**6, "whsec_of_somebody_else")
            answer = httpx.post(here.running.url + path, content=raw, headers={"Stripe-Signature": forged}, timeout=20)
            assert answer.status_code == 400
        assert ada.balance == before
        raw, real = signed(event, event["created"] * 10**6, here.secret)
        answer = httpx.post(here.running.url + HOOK, content=raw, headers={"Stripe-Signature": real}, timeout=20)
        assert (answer.status_code, ada.balance) == (200, before + 10)
    until("a repetition changes nothing", lambda: ada.balance == before + 10)


# Test with Dummy Provider


def test_the_dummy_provider_immediately_grants_the_configured_amount_of_credits(play: Installation) -> None:
    ada = play.person("ada")
    before = ada.balance
    assert ada.get("/config")["payment_provider"] == "dummy"
    back = ada.buys()
    assert back.startswith(play.running.url), "nobody leaves the app"
    assert ada.balance == before + 50
    assert ada.http.get(back).status_code == 200
    ada.buys()
    assert ada.balance == before + 100


def test_with_the_dummy_provider_the_webhook_is_not_there(play: Installation) -> None:
    for path in (HOOK, "/webhooks/payments"):
        assert httpx.post(play.running.url + path, content=b"{}", timeout=20).status_code == 501


def test_never_use_the_dummy_provider_in_production() -> None:
    given = {"DWCTL_PAYMENT__DUMMY__AMOUNT": "50", "DWCTL_PAYMENT__DUMMY__HOST_URL": "http://localhost:3001"}
    assert load_settings({"SCRIP_PROFILE": "doubleword", **given}).mode == "dummy"
    with pytest.raises(SettingsError):
        load_settings({**REAL, **VARIABLES, "DWCTL_PAYMENT__DUMMY__AMOUNT": "50"})
    public = {**REAL, **given, "DWCTL_PAYMENT__DUMMY__HOST_URL": "https://your-app.example.com"}
    with pytest.raises(SettingsError):
        load_settings({name: value for name, value in public.items() if "PUBLISHABLE" not in name})


# How Users Purchase Credits


def test_how_users_purchase_credits_step_by_step(here: Installation) -> None:
    bo = here.person("bo")
    before = bo.balance
    page = bo.http.get("/cost-management")  # 1. navigates to Cost Management
    assert page.status_code == 200
    assert "Cost Management" in page.text
    assert "Buy credits" in page.text
    hosted = bo.buys()  # 2. clicks Buy Credits
    assert hosted.startswith(f"{here.running.sandbox_url}/c/pay/")  # 3. Stripe's hosted checkout page
    assert httpx.get(hosted, timeout=20).status_code == 200
    session = here.pays(hosted)  # 4. enters payment details and completes the purchase
    back = str(here.stripe(f"checkout/sessions/{session}")["success_url"])
    back = back.replace("{CHECKOUT_SESSION_ID}", session)
    assert back.startswith(here.running.url)  # 5. redirected back to your app
    assert bo.http.get(back).status_code == 200
    until("6. credits are added", lambda: bo.balance == before + 10)
    newest = bo.get("/transactions", limit=1)["data"][0]
    assert (newest["transaction_type"], newest["amount"]) == ("purchase", "10")


def test_the_amount_of_the_price_decides_and_nothing_in_the_request(here: Installation) -> None:
    session = here.person("bo").buys().rpartition("/")[2]
    lines = here.stripe(f"checkout/sessions/{session}/line_items")["data"]
    assert [(each["quantity"], each["amount_total"]) for each in lines] == [(1, Money.of("10.00", "USD").minor)]
