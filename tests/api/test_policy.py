"""Every route has a declared policy, and the policy is what happens."""

from __future__ import annotations

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Route

from api.asking import entrance_of
from api.doors import OPEN
from auth import keys
from auth.policy import Action, Principal, Role
from tests.api.doorway import PROBLEM, Api

EXPECTED = {
    ("POST", "/api/v1/usage"): Action.DEBIT_USAGE,
    ("POST", "/api/v1/usage/batch"): Action.DEBIT_USAGE,
    ("POST", "/api/v1/usage/reverts"): Action.REVERT_USAGE,
    ("GET", "/api/v1/balance"): Action.VIEW_ACCOUNT,
    ("GET", "/api/v1/balance/explained"): Action.VIEW_ACCOUNT,
    ("GET", "/api/v1/lots/{lot}"): Action.VIEW_ACCOUNT,
    ("GET", "/api/v1/transactions"): Action.VIEW_ACCOUNT,
    ("GET", "/api/v1/transactions/{transaction}"): Action.VIEW_ACCOUNT,
    ("POST", "/api/v1/transactions"): Action.ADJUST_CREDITS,
    ("GET", "/api/v1/accounts/{account_id}/credit-limit"): Action.VIEW_ACCOUNT,
    ("POST", "/api/v1/accounts/{account_id}/credit-limit"): Action.SET_CREDIT_LIMIT,
    ("GET", "/api/v1/accounts/{account_id}/customer"): Action.VIEW_ACCOUNT,
    ("POST", "/api/v1/accounts/{account_id}/customer"): Action.REGISTER_CUSTOMER,
    ("POST", "/api/v1/events/{event_id}/replay"): Action.REPLAY_EVENT,
    ("GET", "/exports/balance.csv"): Action.EXPORT,
    ("GET", "/exports/statement.pdf"): Action.EXPORT,
    ("GET", "/exports/transactions.csv"): Action.EXPORT,
    ("GET", "/exports/transactions.json"): Action.EXPORT,
    ("GET", "/api/v1/usage/report"): Action.VIEW_ACCOUNT,
    ("GET", "/exports/usage.csv"): Action.EXPORT,
    ("GET", "/exports/invoices.csv"): Action.EXPORT,
    ("GET", "/exports/accounts.csv"): Action.SEARCH_ACCOUNTS,
    ("GET", "/exports/audit.csv"): Action.VIEW_AUDIT,
    ("GET", "/exports/insights.csv"): Action.VIEW_INSIGHTS,
    ("GET", "/exports/movements.csv"): Action.VIEW_INSIGHTS,
    ("GET", "/exports/payments.csv"): Action.VIEW_INSIGHTS,
    ("GET", "/exports/grant-batches/{batch_id}.csv"): Action.ADJUST_CREDITS,
    ("POST", "/api/v1/grant-batches"): Action.ADJUST_CREDITS,
    ("GET", "/api/v1/grant-batches/{batch_id}"): Action.ADJUST_CREDITS,
    ("POST", "/api/v1/grant-batches/{batch_id}/confirm"): Action.ADJUST_CREDITS,
    ("POST", "/api/v1/grant-batches/{batch_id}/stop"): Action.ADJUST_CREDITS,
    ("POST", "/api/v1/grant-batches/{batch_id}/reverse"): Action.ADJUST_CREDITS,
    ("POST", "/api/v1/organisations"): Action.VIEW_MEMBERS,
    ("GET", "/api/v1/organisations"): Action.VIEW_MEMBERS,
    ("GET", "/api/v1/organisations/{account_id}"): Action.VIEW_MEMBERS,
    ("PATCH", "/api/v1/organisations/{account_id}"): Action.MANAGE_MEMBERS,
    ("GET", "/api/v1/organisations/{account_id}/members"): Action.VIEW_MEMBERS,
    ("POST", "/api/v1/organisations/{account_id}/members"): Action.MANAGE_MEMBERS,
    ("PATCH", "/api/v1/organisations/{account_id}/members/{person}"): Action.MANAGE_MEMBERS,
    ("DELETE", "/api/v1/organisations/{account_id}/members/{person}"): Action.VIEW_MEMBERS,
    ("GET", "/api/v1/organisations/{account_id}/invitations"): Action.MANAGE_MEMBERS,
    ("DELETE", "/api/v1/organisations/{account_id}/invitations/{invitation}"): Action.MANAGE_MEMBERS,
    ("POST", "/api/v1/invitations"): Action.VIEW_MEMBERS,
    ("POST", "/api/v1/entitlements/check"): Action.VIEW_ACCOUNT,
    ("POST", "/api/v1/entitlements/take"): Action.TAKE_PLACES,
    ("POST", "/api/v1/entitlements/release"): Action.TAKE_PLACES,
    ("GET", "/api/v1/entitlements"): Action.VIEW_ACCOUNT,
    ("GET", "/api/v1/plans"): Action.VIEW_ACCOUNT,
    ("GET", "/api/v1/subscription"): Action.VIEW_ACCOUNT,
    ("POST", "/api/v1/subscription/preview"): Action.BUY,
    ("POST", "/api/v1/subscription/change"): Action.BUY,
    ("POST", "/api/v1/subscription/undo"): Action.BUY,
}
"""The table a reviewer reads; a new route must be written down here."""

BAD_KEYS: dict[str, list[tuple[str, str | bytes]]] = {
    "none": [], "empty": [("Authorization", "")], "no scheme": [("Authorization", "scrip_x")],
    "basic": [("Authorization", "Basic c2NyaXA6eA==")], "bearer alone": [("Authorization", "Bearer ")],
    "unknown": [("Authorization", "Bearer scrip_" + "a" * 40)],
    "too long": [("Authorization", "Bearer " + "a" * 60_000)],
    "non-ASCII": [("Authorization", "Bearer schlüssel".encode("latin-1"))], "NUL": [("Authorization", "Bearer a\x00b")],
    "in a cookie": [("Cookie", "Authorization=Bearer x")],
}  # fmt: skip


def _door_routes(api: Api) -> dict[tuple[str, str], Action]:
    found = {}
    for route in api.app.routes:
        door = entrance_of(route) if isinstance(route, APIRoute) else None
        if door is not None and isinstance(route, APIRoute):
            found.update({(method, route.path): door.action for method in route.methods or ()})
    return found


def test_every_route_has_a_door_or_a_stated_reason_to_be_open(shared_api: Api) -> None:
    guarded = {path for _, path in _door_routes(shared_api)}
    paths = {route.path for route in shared_api.app.routes if isinstance(route, Route | APIRoute)}
    assert len(paths) > 10
    assert paths - guarded - set(OPEN) == set()
    assert set(OPEN) <= paths


def test_the_doors_are_those_that_were_agreed(shared_api: Api) -> None:
    assert _door_routes(shared_api) == EXPECTED


@pytest.mark.parametrize("headers", BAD_KEYS.values(), ids=BAD_KEYS)
async def test_without_a_valid_key_every_door_is_shut(shared_api: Api, headers: list[tuple[str, str | bytes]]) -> None:
    for method, path in EXPECTED:
        answer = await shared_api.client.request(method, path, headers=httpx.Headers(headers))  # type: ignore[arg-type]
        assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM), path


async def test_two_keys_in_one_request_are_none(shared_api: Api) -> None:
    both = [("Authorization", one["Authorization"]) for one in (shared_api.program, shared_api.manager)]
    answer = await shared_api.client.get("/api/v1/balance", headers=httpx.Headers(both))
    assert answer.status_code == 401


async def test_a_revoked_key_is_refused_at_once(shared_api: Api, ada: str) -> None:
    key_id, secret = keys.create(shared_api.world.portal, name="x", role=Role.PROGRAM, account_id=ada, by="test")
    headers = {"Authorization": f"bearer {secret}"}
    assert (await shared_api.client.get("/api/v1/balance", headers=headers)).status_code == 200
    keys.revoke(shared_api.world.portal, key_id, by="test")
    assert (await shared_api.client.get("/api/v1/balance", headers=headers)).status_code == 401


async def test_a_wrong_key_is_not_forgiven_for_a_good_session(shared_api: Api, ada: str) -> None:
    person = Principal("usr_1", "Ada", Role.USER, ada, session="s")
    async with shared_api.browser(person) as client:
        assert (await client.get("/api/v1/balance")).json()["account"] == ada
        assert (await client.get("/api/v1/balance", headers={"Authorization": "Bearer nonsense"})).status_code == 401


async def test_a_persons_session_reaches_their_own_account_and_no_manager_door(shared_api: Api, ada: str) -> None:
    other = shared_api.funded(name="Bob")
    async with shared_api.browser(Principal("usr_1", "Ada", Role.USER, ada, session="s")) as client:
        statuses = [
            (await client.get(f"/api/v1/balance?account={account}")).status_code for account in (ada, other, "acc_none")
        ]
        statuses += [
            (await client.post(f"/api/v1/{path}")).status_code for path in ("transactions", "events/evt_1/replay")
        ]
    assert statuses == [200, 404, 404, 403, 403]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 404), ({"Origin": "http://localhost:8080"}, 404), ({}, 404),
    ],
)  # fmt: skip
async def test_only_our_own_pages_may_use_a_managers_session(
    shared_api: Api, headers: dict[str, str], status: int
) -> None:
    async with shared_api.browser(Principal("usr_1", "Mo", Role.MANAGER, None, session="s")) as client:
        answer = await client.post("/api/v1/events/evt_none/replay", headers=headers)
    assert answer.status_code == status


async def test_what_does_not_exist_and_what_is_not_taken_are_told_as_problems(shared_api: Api) -> None:
    nothing = await shared_api.client.post("/api/v2/anything")
    assert (nothing.status_code, nothing.headers["content-type"]) == (404, PROBLEM)
    for path in {path for _, path in EXPECTED}:
        answer = await shared_api.client.put(path.replace("{event_id}", "evt_1"))
        taken = sorted(method for method, one in EXPECTED if one == path)
        assert (answer.status_code, answer.headers["allow"]) == (405, ", ".join(taken))
