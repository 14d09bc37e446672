"""SaaS billing with limits: the plans, the variables, the endpoints, the events and the rules of its document."""

from __future__ import annotations

import httpx
import pytest

from billing.rules.moments import system_clock
from billing.settings import SettingsError, load_settings
from tests.documents.dataxpipe import REAL, VARIABLES, Company, Customer
from tests.documents.doubleword import runs, until
from tests.world.portals import signed

COPIES = {
    "NEXT_PUBLIC_STRIPE_PRICE_TEAM": "price_xxxxxxxx",
    "NEXT_PUBLIC_STRIPE_PRICE_BUSINESS": "price_yyyyyyyy",
}


@pytest.fixture
def here(dataxpipe: Company) -> Company:
    return dataxpipe


@pytest.fixture
def ada(here: Company) -> Customer:
    return here.customer()


# Plan structure


def test_the_plans_cost_and_allow_what_the_table_says() -> None:
    plans = load_settings({"SCRIP_PROFILE": "dataxpipe"}).catalog.plans
    assert [(each.key, str(each.price), each.limits, each.features[-1]) for each in plans] == [
        ("free", "0.00 USD", {"pipelines": 3, "connections": 2}, "community-support"),
        ("team", "49.00 USD", {"pipelines": 25, "connections": 10}, "email-support"),
        ("business", "199.00 USD", {"pipelines": None, "connections": None}, "priority-support"),
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


def test_the_columns_of_an_organisation_are_what_its_plan_stands_for(here: Company, ada: Customer) -> None:
    columns = ("stripe_customer_id", "stripe_subscription_id", "stripe_price_id", "plan")
    assert [ada.state()[name] for name in columns] == [None, None, None, "free"]
    subscription = here.subscribes(ada, "team")
    made = here.stripe(f"subscriptions/{subscription}", "GET")
    assert [ada.state()[name] for name in columns] == [made["customer"], subscription, here.prices["team"], "team"]
    here.stripe(f"subscriptions/{subscription}", "DELETE")
    until("it is free again", lambda: ada.plan == "free")
    assert [ada.state()[name] for name in columns] == [made["customer"], None, None, "free"]


def test_a_webhook_that_cannot_be_worked_is_answered_so_that_stripe_comes_again(here: Company, ada: Customer) -> None:
    subscription = here.subscribes(ada, "team")
    here.stripe(f"subscriptions/{subscription}", "DELETE")
    until("it is free again", lambda: ada.plan == "free")
    newest = here.stripe("events?type=customer.subscription.deleted&limit=100", "GET")["data"]
    again = next(each for each in newest if each["data"]["object"]["id"] == subscription) | {"id": "evt_again"}
    raw, signature = signed(again, system_clock(), here.secret)
    with here.stripe_is_away():
        assert here.posts(raw, signature) == 503
    assert here.posts(raw, signature) == 200


def test_what_the_cli_triggers_is_taken_and_changes_nobody(here: Company, ada: Customer) -> None:
    stranger = here.stripe("customers", name="(created by the CLI)")["id"]
    method = here.stripe("payment_methods/pm_card_visa/attach", customer=stranger)["id"]
    items = {"items[0][price]": here.prices["team"], "default_payment_method": method}
    here.stripe("subscriptions", customer=stranger, **items)
    here.tells("customer.subscription.created", stranger)
    assert ada.plan == "free"


def test_one_customers_plan_is_nobody_elses(here: Company, ada: Customer) -> None:
    bo = here.customer()
    here.subscribes(ada, "team")
    assert (ada.plan, bo.plan) == ("team", "free")
