"""Doubleword's document on payments, part two: grants by hand, initial credits, troubleshooting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal

import httpx
import pytest

from tests.documents.doubleword import ADMIN, HOOK, Installation, installation, runs, until

CURL = r"""curl -X POST "https://your-instance/admin/api/v1/transactions" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "user_id": "user-uuid",
    "transaction_type": "admin_grant",
    "amount": 100,
    "description": "Welcome bonus"
  }'"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("doubleword")
    with installation(folder, DWCTL_CREDITS__INITIAL_CREDITS_FOR_STANDARD_USERS="10") as running:
        yield running


def curl(here: Installation, user: str) -> str:
    """The document's command, with the names of this installation in the three places that are meant to be filled."""
    key = here.key().http.headers["Authorization"].removeprefix("Bearer ")
    return CURL.replace("https://your-instance", here.running.url).replace("$API_KEY", key).replace("user-uuid", user)


# Admin Credit Grants


@pytest.mark.parametrize("who", ["mia", "ben"])
def test_managers_select_a_user_at_cost_management_and_find_both_buttons(here: Installation, who: str) -> None:
    ada = here.person("ada")
    page = here.person(who).http.get("/cost-management", params={"user": ada.id}).text
    assert all(words in page for words in ("Grant credits", "Remove credits", "Showing transactions for"))
    assert "Grant credits" not in ada.http.get("/cost-management").text
    assert ada.http.get("/cost-management", params={"user": here.person("bo").id}).status_code == 404


@pytest.mark.parametrize("named", ["id", "account_id"])
def test_the_documents_curl_grants_100_credits_each_time_it_is_run(here: Installation, named: str) -> None:
    ada = here.person("ada")
    before = ada.balance
    user = ada.get("/users/current")
    for times in (1, 2):
        answer = runs(curl(here, user[named]))
        told = answer.json()
        assert answer.status_code == 201, answer.text
        assert (told["transaction_type"], told["amount"], told["description"]) == (
            "admin_grant", "100", "Welcome bonus",
        )  # fmt: skip
        assert (told["user_id"], Decimal(told["balance_after"])) == (user["id"], before + 100 * times)
    assert ada.balance == before + 200


def test_it_creates_an_admingrant_or_an_adminremoval_in_the_ledger(here: Installation) -> None:
    ada, boss = here.person("ada"), here.key()
    body = {"user_id": ada.id, "amount": "1.5", "description": "Trying out"}
    made = [boss.post("/transactions", body | {"transaction_type": f"admin_{word}"}) for word in ("grant", "removal")]
    assert [each.status_code for each in made] == [201, 201]
    listed = ada.get("/transactions", limit=2)["data"]
    assert [(each["transaction_type"], each["amount"]) for each in listed] == [
        ("admin_removal", "1.5"), ("admin_grant", "1.5"),
    ]  # fmt: skip
    page = ada.http.get("/cost-management").text
    assert "AdminGrant" in page
    assert "AdminRemoval" in page


def test_users_grant_themselves_nothing(here: Installation) -> None:
    ada = here.person("ada")
    body = {"user_id": ada.id, "transaction_type": "admin_grant", "amount": 100, "description": "Because I can"}
    answer = ada.post("/transactions", body)
    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "This needs at least the role billing manager; yours is user. Ask a manager of this portal.",
    )


# Initial Credits for New Users


def test_a_new_standard_user_gets_an_admingrant_of_the_initial_credits_and_a_manager_none(here: Installation) -> None:
    for subject, first in (("ada", [("admin_grant", "10")]), ("mia", []), ("ben", [])):
        visitor = here.person(subject)
        lines = visitor.get("/transactions", limit=101)["data"]
        assert [(each["transaction_type"], each["amount"]) for each in lines[-1:]] == first


# Troubleshooting: payments complete but credits don't appear


def test_without_its_webhook_a_payment_is_processed_when_somebody_asks(here: Installation) -> None:
    bo = here.person("bo")
    before = bo.balance
    with here.silence():
        session = here.pays(bo.buys())
        assert bo.balance == before
        for _ in range(3):
            answer = bo.http.patch(f"{ADMIN}/payments/{session}")
            assert (answer.status_code, bo.balance) == (200, before + 10)
    until("the late webhook adds nothing", lambda: bo.balance == before + 10)


def test_a_secret_that_does_not_match_is_refused_and_counted_where_operators_look(here: Installation) -> None:
    def refused() -> str:
        text = httpx.get(f"{here.running.url}/metrics", timeout=20).text
        return next((line for line in text.splitlines() if "webhook" in line and 'refused"' in line), "")

    before = refused()
    headers = {"Stripe-Signature": "t=1,v1=00"}
    answer = httpx.post(here.running.url + HOOK, content=b"{}", headers=headers, timeout=20)
    assert (answer.status_code, answer.json()["message"]) == (
        400, "This is not a webhook event this portal can accept.",
    )  # fmt: skip
    assert refused() != before


# Troubleshooting: users see "Payment not completed" error


def test_payment_not_completed_is_said_before_stripe_knows_and_a_refresh_later_finds_it_paid(
    here: Installation,
) -> None:
    bo = here.person("bo")
    session = bo.buys().rpartition("/")[2]
    early = bo.http.patch(f"{ADMIN}/payments/{session}")
    assert early.status_code == 402
    assert early.json()["message"].startswith("Payment not completed.")
    here.pays(f"{here.running.sandbox_url}/c/pay/{session}")
    until("a refresh finds it", lambda: bo.http.patch(f"{ADMIN}/payments/{session}").status_code == 200)


def test_asking_and_the_webhook_at_once_credit_once(here: Installation) -> None:
    bo = here.person("bo")
    before = bo.balance
    session = here.pays(bo.buys())
    asking = [threading.Thread(target=bo.http.patch, args=(f"{ADMIN}/payments/{session}",)) for _ in range(4)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    until("the credits are there", lambda: bo.balance == before + 10)
    count = sum(each["transaction_type"] == "purchase" for each in bo.get("/transactions", limit=2)["data"])
    assert count == 1 or bo.balance == before + 10
