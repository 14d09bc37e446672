"""Doors of other systems: there when the settings ask for them and nowhere else, guarded and described like ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Route

from api.asking import entrance_of
from api.doors import OPEN, open_paths
from auth.guard import Guard
from auth.policy import Action, Principal, Role
from billing.rules.orders import OrderState
from billing.store import orders as order_rows
from tests.api.doorway import PROBLEM, Api, api_of, client_of
from tests.world.portals import World, open_world, paid_event, signed

HOOK = "/api/iam/stripe/v1/webhook"
OUTSIDE = "/payments/stripe/webhook"
SETTINGS = {
    "SCRIP_DOORS": "datalayer",
    "SCRIP_WEBHOOK_PATHS": f"{HOOK},{OUTSIDE}",
    "SCRIP_CHECKOUT_ROUTE": "checkout",
}
BUYING = {
    ("GET", "/api/iam/stripe/v1/topup/prices"), ("GET", "/api/iam/stripe/v1/plans/prices"),
    ("GET", "/api/iam/stripe/v1/prices"), ("POST", "/api/iam/stripe/v1/topup/payment-intent"),
    ("POST", "/api/iam/stripe/v1/checkout/session"), ("POST", "/api/iam/stripe/v1/subscription/payment-intent"),
    ("POST", "/api/iam/v1/subscription/cancel"), ("POST", "/api/iam/v1/plans/cancel"),
    ("POST", "/api/iam/v1/subscription/resume"), ("POST", "/api/iam/v1/plans/resume"),
    ("POST", "/api/iam/v1/checkout/portal"),
}  # fmt: skip
LOOKING = {
    ("GET", "/api/iam/v1/subscription"), ("GET", "/api/iam/v1/plans"), ("GET", "/api/iam/v1/plans/catalog"),
    ("GET", "/api/iam/v1/plans/eligible-accounts"), ("POST", "/api/iam/v1/plans/accounts/details"),
    ("GET", "/api/iam/v1/usage/credits"),
}  # fmt: skip
EXPECTED = {**dict.fromkeys(BUYING, Action.BUY), **dict.fromkeys(LOOKING, Action.VIEW_ACCOUNT)}
"""The table a reviewer reads; a new route must be written down here."""


@pytest.fixture(scope="module")
def other_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(f"sqlite:///{tmp_path_factory.mktemp('others')}/scrip.db", clock=None, **SETTINGS) as world:
        yield world


@pytest.fixture
async def others(other_world: World) -> AsyncIterator[Api]:
    async with api_of(other_world) as made:
        yield made


def guarded(api: Api) -> dict[tuple[str, str], Action]:
    found = {}
    for route in api.app.routes:
        door = entrance_of(route) if isinstance(route, APIRoute) else None
        if door is not None and isinstance(route, APIRoute) and route.path.startswith("/api/iam/"):
            found.update({(method, route.path): door.action for method in route.methods or ()})
    return found


async def described(api: Api) -> dict[str, Any]:
    return dict((await api.client.get("/openapi.json")).json()["paths"])


async def test_they_exist_only_where_they_are_switched_on(shared_api: Api, others: Api) -> None:
    assert (guarded(shared_api), guarded(others)) == ({}, EXPECTED)
    assert not [path for path in await described(shared_api) if "/iam/" in path]
    assert {path for path in await described(others) if "/iam/" in path} == {path for _, path in EXPECTED}
    for method, path in EXPECTED:
        answer = await shared_api.client.request(method, path, headers=shared_api.program)
        assert answer.status_code == 404


async def test_every_route_has_a_door_or_a_stated_reason_to_be_open(others: Api) -> None:
    told = open_paths(others.world.portal.settings)
    paths = {route.path for route in others.app.routes if isinstance(route, Route | APIRoute)}
    behind = {route.path for route in others.app.routes if isinstance(route, APIRoute) and entrance_of(route)}
    assert paths - behind - set(told) == set()
    assert set(told) - set(OPEN) == {HOOK, OUTSIDE, "/checkout"}


async def test_each_of_them_is_described_with_its_key_and_its_refusals(others: Api) -> None:
    paths = await described(others)
    for method, path in EXPECTED:
        operation = paths[path][method.lower()]
        assert operation["security"] == [{"bearer": []}]
        assert operation["summary"]
        refusals = {status: each for status, each in operation["responses"].items() if status >= "400"}
        assert {"400", "401", "403", "503"} <= set(refusals), path
        assert all(PROBLEM in each["content"] for each in refusals.values()), path


async def test_without_a_key_every_one_is_shut_in_words_their_clients_read(others: Api) -> None:
    for method, path in EXPECTED:
        answer = await others.client.request(method, path)
        assert (answer.status_code, answer.json()["success"], bool(answer.json()["message"])) == (401, False, True)


async def test_a_person_may_only_look_at_their_own_account(others: Api) -> None:
    ada, bo = others.funded(), others.funded(name="Bo")
    async with others.browser(Principal("usr_1", "Ada", Role.USER, ada, session="s")) as client:
        path = "/api/iam/v1/usage/credits"
        statuses = [
            (await client.get(path, params={"billable_account_uid": account})).status_code
            for account in (ada, "", bo, "acc_none")
        ]
    assert statuses == [200, 200, 404, 404]


@pytest.mark.parametrize(("given", "written"), [("0.1", "0.1"), ("12.5", "12.5"), ("7", "7"), ("0.000001", "0.000001")])
async def test_credits_are_exact_numbers(others: Api, given: str, written: str) -> None:
    ada = others.funded(given)
    answer = await others.client.get("/api/iam/v1/usage/credits", headers=others.bound(ada))
    assert f'"credits":{written},' in answer.text


async def test_two_different_accounts_in_one_request_are_refused(others: Api) -> None:
    body = {"price_id": "price_1", "account_uid": others.funded(), "billable_account_uid": others.funded(name="Bo")}
    path = "/api/iam/stripe/v1/topup/payment-intent"
    answer = await others.client.post(path, json=body, headers=others.program)
    assert (answer.status_code, answer.json()["field"]) == (400, "account_uid")


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b'{"a":1,"a":2}', b"\xff", b'{"a":NaN}', b"[" * 100_000])
async def test_what_is_no_object_is_refused(others: Api, raw: bytes) -> None:
    path = "/api/iam/stripe/v1/topup/payment-intent"
    answer = await others.client.post(path, content=raw, headers=others.bound(others.funded()))
    assert (answer.status_code, answer.json()["success"]) == (400, False)


@pytest.mark.parametrize("path", [HOOK, OUTSIDE, "/webhooks/stripe"])
async def test_stripe_may_be_told_any_of_the_paths(others: Api, path: str) -> None:
    """Through the guard as well: it must not take Stripe for a page of another site."""
    name = path.strip("/").replace("/", "")
    account = others.world.account("Ada", f"cus_{name}")
    order = others.world.order(account, f"pi_{name}", f"cus_{name}")
    raw, signature = signed(paid_event(order, others.world.clock(), f"evt_{name}"), others.world.clock())
    async with client_of(Guard(others.app, others.world.portal.settings)) as client:
        refused = await client.post(path, content=raw, headers={"Stripe-Signature": "t=1,v1=x"})
        answer = await client.post(path, content=raw, headers={"Stripe-Signature": signature})
    assert (refused.status_code, answer.status_code) == (400, 200)
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    with others.world.portal.database.read() as connection:
        assert [each.id for each in order_rows.of_account(connection, account, (OrderState.CREDITED,), 2)] == [order.id]


@pytest.mark.parametrize("query", ["", "?package=fifty&order=ord_1", "?next=//evil.example", "?%0d%0aX:%20y"])
async def test_the_second_name_of_the_page_leads_to_it_and_nowhere_else(others: Api, query: str) -> None:
    answer = await others.client.get(f"/checkout{query}")
    assert (answer.status_code, answer.headers["location"]) == (307, f"/buy{query}")
