"""Doubleword's doors: exact amounts, once for each source, lists and people, and who may see and do what."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from api.asking import entrance_of
from api.doubleword import telling
from auth import people
from auth.policy import Action, Principal, Role
from billing.rules.kinds import Kind
from tests.api.doorway import PROBLEM, Api, api_of
from tests.world.databases import Databases, migrated
from tests.world.portals import open_world

ADMIN = "/admin/api/v1"
EXPECTED = {
    ("POST", "/transactions"): Action.ADJUST_CREDITS,
    ("GET", "/transactions"): Action.VIEW_ACCOUNT,
    ("GET", "/transactions/{transaction_id}"): Action.VIEW_ACCOUNT,
    ("POST", "/payments"): Action.BUY,
    ("POST", "/payments/setup"): Action.BUY,
    ("PATCH", "/payments/{session_id}"): Action.BUY,
    ("POST", "/billing-portal"): Action.BUY,
    ("GET", "/users"): Action.SEARCH_ACCOUNTS,
    ("GET", "/users/current"): Action.VIEW_ACCOUNT,
    ("GET", "/users/{named}"): Action.VIEW_ACCOUNT,
    ("GET", "/config"): Action.VIEW_ACCOUNT,
}


@pytest.fixture
async def dw(databases: Databases) -> AsyncIterator[Api]:
    """The doors over a fresh database, on each engine."""
    with open_world(databases.prepared("schema", migrated), SCRIP_DOORS="doubleword") as world:
        async with api_of(world) as made:
            yield made


def person(dw: Api, name: str = "Ada", role: Role = Role.USER) -> Principal:
    """Somebody with an account and a session."""
    portal = dw.world.portal
    person_id = people.sign_in(portal, issuer="i", subject=name, name=name, email=f"{name.lower()}@x.org", role=role)
    with portal.database.read() as connection:
        query = f"SELECT account_id FROM people WHERE id = '{person_id}'"
        return Principal(person_id, name, role, str(connection.exec_driver_sql(query).scalar()), session="s")


async def adjust(dw: Api, user: str, amount: str = "100", headers: dict[str, str] | None = None, **more: Any) -> Any:
    """Posts a grant whose amount stands in the body exactly as written here."""
    body = {"user_id": user, "transaction_type": "admin_grant", "description": "Welcome bonus"} | more
    raw = json.dumps(body)[:-1] + f', "amount": {amount}' + "}"
    return await dw.client.post(f"{ADMIN}/transactions", content=raw, headers={**dw.manager, **(headers or {})})


async def told(client: httpx.AsyncClient, path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
    answer = await client.get(ADMIN + path, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_doors_are_those_that_were_agreed_and_shut_without_a_key(dw: Api) -> None:
    found = {}
    for route in dw.app.routes:
        guarded = entrance_of(route) if isinstance(route, APIRoute) else None
        if isinstance(route, APIRoute) and guarded and route.path.startswith(ADMIN):
            found.update({(method, route.path.removeprefix(ADMIN)): guarded.action for method in route.methods or ()})
    assert found == EXPECTED
    for method, path in EXPECTED:
        answer = await dw.client.request(method, ADMIN + path)
        assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM), path
        assert answer.json()["message"] == answer.json()["detail"]


async def test_without_the_setting_there_is_no_such_door(shared_api: Api) -> None:
    for method, path in EXPECTED:
        answer = await shared_api.client.request(method, ADMIN + path, headers=shared_api.manager)
        assert answer.status_code == 404, path


@pytest.mark.parametrize(
    ("written", "exact"),
    [("100", "100"), ("10.50", "10.5"), ("0.000001", "0.000001"), ("1e2", "100"), ('"10.50"', "10.5"),
     ("12345.678901", "12345.678901")],
)  # fmt: skip
async def test_an_amount_is_as_exact_as_it_was_written(dw: Api, written: str, exact: str) -> None:
    answer = await adjust(dw, person(dw).id, written)
    assert (answer.status_code, answer.json()["amount"], answer.json()["balance_after"]) == (201, exact, exact)


@pytest.mark.parametrize(
    "written", ["0", "-1", "1e400", "0.0000001", "NaN", "Infinity", '""', '"1e2"', "true", "null", "[1]", "1" * 5000]
)
async def test_an_amount_that_is_none_moves_nothing(dw: Api, written: str) -> None:
    ada = person(dw)
    answer = await adjust(dw, ada.id, written)
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert answer.json()["message"]
    assert str(dw.world.balance(ada.account_id or "")) == "0"


async def test_a_source_id_is_taken_once_for_ever_and_a_call_without_one_is_its_own(dw: Api) -> None:
    ada = person(dw)
    first = await adjust(dw, ada.id, source_id="ticket-1")
    again = await asyncio.gather(*(adjust(dw, ada.id, amount, source_id="ticket-1") for amount in ("100", "100", "7")))
    assert (first.status_code, first.json()["source_id"]) == (201, "ticket-1")
    assert [each.status_code for each in again] == [409, 409, 409]
    assert "source_id" in again[0].json()["message"]
    for _ in range(2):
        assert (await adjust(dw, ada.id)).status_code == 201
    assert str(dw.world.balance(ada.account_id or "")) == "300"


async def test_an_idempotency_key_answers_a_repetition_and_moves_nothing(dw: Api) -> None:
    ada = person(dw)
    first, again = [await adjust(dw, ada.id, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert (first.status_code, again.status_code, again.headers["idempotent-replayed"]) == (201, 200, "true")
    assert first.json() == again.json()


async def test_a_program_may_say_little_or_nothing_and_a_person_must_say_why(dw: Api) -> None:
    ada, mia = person(dw), person(dw, "Mia", Role.MANAGER)
    short, nothing = await adjust(dw, ada.id, description="ok"), await adjust(dw, ada.id, description=None)
    assert (short.status_code, short.json()["description"]) == (201, "ok")
    assert (nothing.status_code, nothing.json()["description"]) == (201, "Granted by a test")
    body = {"user_id": ada.id, "transaction_type": "admin_grant", "amount": 1, "description": "ok"}
    async with dw.browser(mia) as client:
        refused = await client.post(f"{ADMIN}/transactions", json=body)
        own = await client.post(f"{ADMIN}/transactions", json=body | {"user_id": mia.id})
    assert (refused.status_code, refused.json()["field"]) == (400, "reason")
    assert own.status_code == 403


async def test_a_removal_takes_no_more_than_there_is(dw: Api) -> None:
    ada = person(dw)
    await adjust(dw, ada.id, "8")
    taken = await adjust(dw, ada.id, "5", transaction_type="admin_removal")
    assert (taken.status_code, taken.json()["amount"], taken.json()["transaction_type"]) == (201, "5", "admin_removal")
    short = await adjust(dw, ada.id, "5", transaction_type="admin_removal")
    assert (short.status_code, short.json()["missing"]) == (402, "2")


@pytest.mark.parametrize("change", [{"user_id": "usr_nobody"}, {"user_id": "sys_stripe"}, {"user_id": "'--"}])
async def test_a_grant_to_nobody_is_not_found(dw: Api, change: dict[str, Any]) -> None:
    answer = await adjust(dw, "x", **change)
    assert (answer.status_code, answer.json()["message"]) == (404, "There is no such user.")


@pytest.mark.parametrize("kind", ["purchase", "usage", "", "AdminGrant", None, 7])
async def test_only_grants_and_removals_are_made_by_hand(dw: Api, kind: Any) -> None:
    answer = await adjust(dw, person(dw).id, transaction_type=kind)
    assert (answer.status_code, answer.json()["field"]) == (400, "transaction_type")


async def test_a_list_goes_back_page_by_page_with_the_balance_at_the_top_of_each(dw: Api) -> None:
    ada = person(dw)
    for amount in ("1", "2", "3", "4", "5"):
        await adjust(dw, ada.id, amount)
    for skip, amounts, more, start in ((0, ["5", "4"], True, "15"), (2, ["3", "2"], True, "6"), (4, ["1"], False, "1")):
        page = await told(dw.client, "/transactions", dw.manager, user_id=ada.id, skip=skip, limit=2)
        assert [each["amount"] for each in page["data"]] == amounts
        assert (page["has_more"], page["page_start_balance"]) == (more, start)
    past = await told(dw.client, "/transactions", dw.manager, user_id=ada.account_id, skip=9)
    assert (past["data"], past["has_more"], past["page_start_balance"]) == ([], False, "15")
    assert len((await told(dw.client, "/transactions", dw.manager, all=True))["data"]) == 5


async def test_a_list_holds_what_was_asked_for(dw: Api) -> None:
    ada = person(dw)
    await adjust(dw, ada.id, "50", description="Spring campaign")
    await adjust(dw, ada.id, "5", transaction_type="admin_removal")
    await dw.debit(ada.account_id or "", "1", "use-1")

    async def found(**query: Any) -> list[str]:
        page = await told(dw.client, "/transactions", dw.manager, user_id=ada.id, **query)
        return [f"{each['transaction_type']} {each['amount']}" for each in page["data"]]

    assert await found() == ["usage 1", "admin_removal 5", "admin_grant 50"]
    assert await found(transaction_types="admin_grant, usage") == ["usage 1", "admin_grant 50"]
    assert await found(transaction_types="purchase") == []
    assert await found(search="spring") == ["admin_grant 50"]
    assert await found(end_date="2001-01-01") == await found(start_date="2999-01-01") == []


@pytest.mark.parametrize(
    ("query", "status"),
    [({"limit": 102}, 422), ({"limit": 0}, 422), ({"skip": -1}, 422), ({"skip": 10**12}, 422), ({"nonsense": 1}, 422),
     ({"transaction_types": "gift"}, 400), ({"start_date": "yesterday"}, 400), ({"user_id": "usr_none"}, 404)],
)  # fmt: skip
async def test_a_question_nobody_can_answer_is_refused_in_plain_english(
    dw: Api, query: dict[str, Any], status: int
) -> None:
    answer = await dw.client.get(f"{ADMIN}/transactions", params=query, headers=dw.manager)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["message"].endswith(".")


async def test_people_see_themselves_and_learn_nothing_of_others(dw: Api) -> None:
    ada, bo = person(dw), person(dw, "Bo")
    line = (await adjust(dw, bo.id)).json()["id"]
    async with dw.browser(ada) as client:
        own = await told(client, "/users/current", include="billing")
        assert (own["id"], own["account_id"], own["roles"], own["credit_balance"]) == (
            ada.id, ada.account_id, ["StandardUser"], "0",
        )  # fmt: skip
        assert (await told(client, f"/users/{ada.id}"))["credit_balance"] is None
        paths = {
            f"transactions/{line}": 404, "transactions/999999": 404, "transactions/x": 404, "users": 403,
            f"users/{bo.id}": 403, "users/usr_none": 403, f"transactions?user_id={bo.id}": 403,
            "transactions?user_id=x": 403, "transactions?all=1": 403,
        }  # fmt: skip
        assert {path: (await client.get(f"{ADMIN}/{path}")).status_code for path in paths} == paths


async def test_managers_find_everybody_by_person_or_account(dw: Api) -> None:
    ada = person(dw)
    person(dw, "Ben", Role.BILLING_MANAGER)
    await adjust(dw, ada.id, "3")
    listed = await told(dw.client, "/users", dw.manager, include="billing", limit=1)
    assert (listed["total_count"], listed["limit"], listed["data"][0]["credit_balance"]) == (2, 1, "3")
    found = await told(dw.client, "/users", dw.manager, search="ben")
    assert [each["roles"] for each in found["data"]] == [["BillingManager"]]
    for named in (ada.id, ada.account_id):
        one = await told(dw.client, f"/users/{named}", dw.manager)
        assert (one["id"], one["has_payment_provider_id"], one["verified"]) == (ada.id, False, False)


async def test_every_kind_of_movement_is_one_of_their_four_types() -> None:
    for kind in Kind:
        for direction in ("in", "out"):
            fits = [n for n, pick in telling.PICKS.items() if kind in pick.kinds and pick.direction in ("", direction)]
            assert len(fits) == 1, kind


async def test_without_the_provider_buying_is_not_available_and_the_portal_says_so(dw: Api) -> None:
    async with dw.browser(person(dw)) as client:
        answer = await client.post(f"{ADMIN}/payments")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (await told(client, "/config"))["payment_enabled"] is False
