"""SaaS billing with limits: the plans, the variables, the endpoints, the events and the rules of its document."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from billing.rules.moments import system_clock
from billing.settings import SettingsError, load_settings
from tests.documents.dataxpipe import EVENTS, KEY, Company, Customer, company
from tests.documents.doubleword import runs, until
from tests.world.portals import signed

REAL = {
    "SCRIP_PROFILE": "dataxpipe",
    "SCRIP_PUBLIC_URL": "https://api.example.org",
    "SCRIP_SESSION__SECRET": "0123456789abcdefghijklmnopqrstuvwxyz",
    "SCRIP_OIDC__ISSUER": "https://id.example.org",
    "SCRIP_OIDC__CLIENT_ID": "c",
    "SCRIP_OIDC__CLIENT_SECRET": "s",
}
VARIABLES = {
    "STRIPE_SECRET_KEY": "sk_live_...",
    "STRIPE_WEBHOOK_SECRET": "whsec_...",
    "STRIPE_PRICE_TEAM": "price_xxxxxxxx",
    "STRIPE_PRICE_BUSINESS": "price_yyyyyyyy",
}
COPIES = {
    "NEXT_PUBLIC_STRIPE_PRICE_TEAM": "price_xxxxxxxx",
    "NEXT_PUBLIC_STRIPE_PRICE_BUSINESS": "price_yyyyyyyy",
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("dataxpipe")) as running:
        yield running


@pytest.fixture
def ada(here: Company) -> Customer:
    return here.customer()


# Plan structure


def test_the_plans_cost_and_allow_what_the_table_says() -> None:
    plans = load_settings({"SCRIP_PROFILE": "dataxpipe"}).catalog.plans
    assert [(each.key, str(each.price), each.limits) for each in plans] == [
        ("free", "0.00 USD", {"pipelines": 3, "connections": 2}),
        ("team", "49.00 USD", {"pipelines": 25, "connections": 10}),
        ("business", "199.00 USD", {"pipelines": None, "connections": None}),
    ]


@pytest.mark.parametrize(("what", "most"), [("pipelines", 3), ("connections", 2)])
def test_plan_limits_are_enforced_when_more_is_registered_than_the_tier_has(
    ada: Customer, what: str, most: int
) -> None:
    assert ada.registers(what, most).status_code == 201
    answer = ada.registers(what)
    told = answer.json()
    assert (answer.status_code, told["code"], told["used"], told["limit"]) == (403, "limit_reached", most, most)
    assert (told["upgrade"]["plan"], told["upgrade"]["price"]) == ("team", "49.00")


# Environment


def test_the_documents_variables_are_all_that_is_needed_besides_signing_in() -> None:
    found = load_settings(REAL | VARIABLES)
    assert (found.mode, found.stripe.plan_prices) == ("live", {"team": "price_xxxxxxxx", "business": "price_yyyyyyyy"})
    assert load_settings(REAL | VARIABLES | COPIES).stripe.plan_prices == found.stripe.plan_prices


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"NEXT_PUBLIC_STRIPE_PRICE_TEAM": "price_zzzzzzzz"}, "keep one of them"),
        ({"STRIPE_PRICE_TEEM": "price_zzzzzzzz"}, "did you mean STRIPE_PRICE_TEAM"),
        ({"STRIPE_WEBHOOK_SECRET": "we_1"}, "STRIPE_WEBHOOK_SECRET"),
    ],
)
def test_variables_that_contradict_or_are_misspelt_are_refused(changes: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings(REAL | VARIABLES | changes)


# API billing endpoints


def test_the_curl_for_a_checkout_session_leads_to_stripes_page(here: Company, ada: Customer) -> None:
    command = """curl -X POST https://api.dataxpipe.com/api/v1/billing/checkout `
  -H "Authorization: Bearer <jwt>" `
  -H "Content-Type: application/json" `
  -d '{"price_id":"price_xxxxxxxx"}'"""
    answer = runs(filled(command, here, ada))
    assert answer.status_code == 200, answer.text
    assert answer.json()["url"].startswith(here.running.sandbox_url)


def test_the_curl_for_the_customer_portal_leads_to_stripes_page(here: Company, ada: Customer) -> None:
    command = """curl -X POST https://api.dataxpipe.com/api/v1/billing/portal `
  -H "Authorization: Bearer <jwt>" """
    answer = runs(filled(command, here, ada))
    assert answer.status_code == 200, answer.text
    assert answer.json()["url"].startswith(here.running.sandbox_url)


def filled(command: str, here: Company, customer: Customer) -> str:
    """The document's command with the host, the token and the price of this portal; PowerShell's line ends aside."""
    words = {"https://api.dataxpipe.com": here.running.url, "<jwt>": customer.token, " `\n": " \\\n"}
    for word, value in (words | {"price_xxxxxxxx": here.prices["team"]}).items():
        command = command.replace(word, value)
    return command


@pytest.mark.parametrize(("body", "status"), [({"price_id": "price_none"}, 404), ({"price_id": ""}, 400), ({}, 400)])
def test_backend_price_ids_validate_the_creation_of_checkout_sessions(
    ada: Customer, body: dict[str, str], status: int
) -> None:
    answer = ada.post("checkout", **body)
    assert (answer.status_code, answer.json()["field"]) == (status, "price_id")


@pytest.mark.parametrize(("method", "path"), [("POST", "checkout"), ("POST", "portal"), ("GET", "plan")])
def test_the_endpoints_are_for_those_who_are_authenticated(here: Company, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = httpx.request(method, f"{here.running.url}/api/v1/billing/{path}", headers=headers, timeout=20)
        assert answer.status_code == 401


# Webhook processing


def test_on_success_webhooks_update_the_plan_and_the_larger_limits_hold_at_once(here: Company, ada: Customer) -> None:
    assert ada.registers("connections", 3).status_code == 403
    subscription = here.subscribes(ada, "team")
    told = ada.state()
    assert (told["plan"], told["stripe_price_id"], told["status"]) == ("team", here.prices["team"], "active")
    assert told["stripe_subscription_id"] == subscription
    assert told["stripe_customer_id"].startswith("cus_")
    assert ada.registers("connections", 8).status_code == 201
    refused = ada.registers("connections").json()
    assert (refused["used"], refused["limit"], refused["upgrade"]["plan"]) == (10, 10, "business")


def test_subscription_created_alone_sets_the_plan_by_its_price(here: Company, ada: Customer) -> None:
    with here.silence():
        answer = ada.post("checkout", price_id=here.prices["business"])
        session = answer.json()["url"].rpartition("/")[2].partition("#")[0]
        here.running.sandbox(f"sessions/{session}/complete", card="4242424242424242")
        assert ada.plan == "free"
        here.tells("customer.subscription.created", ada.state()["stripe_customer_id"])
        assert ada.plan == "business"
        assert ada.registers("pipelines", 30).status_code == 201


def test_checkout_completed_alone_links_the_customer(here: Company, ada: Customer) -> None:
    with here.silence():
        answer = ada.post("checkout", price_id=here.prices["team"])
        session = answer.json()["url"].rpartition("/")[2].partition("#")[0]
        here.running.sandbox(f"sessions/{session}/complete", card="4242424242424242")
        here.tells("checkout.session.completed", session)
        until("the subscription of the checkout is read", lambda: ada.plan == "team")
        linked = ada.state()["stripe_customer_id"]
    assert linked == here.stripe(f"checkout/sessions/{session}", "GET")["customer"]


def test_subscription_updated_changes_the_plan_and_what_exists_stays(here: Company, ada: Customer) -> None:
    subscription = here.subscribes(ada, "business")
    assert ada.registers("connections", 12).status_code == 201
    item = here.stripe(f"subscriptions/{subscription}", "GET")["items"]["data"][0]["id"]
    with here.silence():
        change = {"items[0][id]": item, "items[0][price]": here.prices["team"]}
        here.stripe(f"subscriptions/{subscription}", **change)
        here.tells("customer.subscription.updated", subscription)
        assert ada.plan == "team"
    refused = ada.registers("connections").json()
    assert (refused["used"], refused["limit"]) == (12, 10)


def test_subscription_deleted_downgrades_to_free(here: Company, ada: Customer) -> None:
    subscription = here.subscribes(ada, "team")
    assert ada.registers("pipelines", 5).status_code == 201
    with here.silence():
        here.stripe(f"subscriptions/{subscription}", "DELETE")
        here.tells("customer.subscription.deleted", subscription)
        assert (ada.plan, ada.state()["stripe_subscription_id"]) == ("free", None)
    refused = ada.registers("pipelines").json()
    assert (refused["code"], refused["used"], refused["limit"]) == ("limit_reached", 5, 3)


def test_one_customers_plan_is_nobody_elses(here: Company, ada: Customer) -> None:
    bo = here.customer()
    here.subscribes(ada, "team")
    assert (ada.plan, bo.plan) == ("team", "free")


# Security


@pytest.mark.parametrize("kind", EVENTS)
def test_unsigned_payloads_are_rejected(here: Company, kind: str) -> None:
    event = {"id": "evt_forged", "object": "event", "type": kind, "data": {"object": {}}, "livemode": False}
    raw, forged = signed(event, system_clock(), "whsec_of_somebody_else")
    assert [here.posts(raw, each) for each in (None, "", forged)] == [400, 400, 400]


def test_the_secret_key_is_never_exposed(here: Company, ada: Customer) -> None:
    here.subscribes(ada, "team")
    told = [ada.http.get(path).text for path in ("/api/v1/billing/plan", "/openapi.json", "/api/docs", "/sign-in")]
    told += [ada.post("portal").text, here.running.log.read_text("utf-8")]
    assert [text for text in told if KEY in text] == []
