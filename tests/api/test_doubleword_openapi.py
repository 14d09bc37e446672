"""The API document of a portal with Doubleword's doors: every door described, every answer as it was promised."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from jsonschema_rs import validator_for

from tests.api.doorway import PROBLEM, Api, api_of
from tests.api.test_doubleword import ADMIN, EXPECTED
from tests.world.portals import open_world


@pytest.fixture(scope="module")
async def dw(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    path = tmp_path_factory.mktemp("described") / "scrip.db"
    with open_world(f"sqlite:///{path}", SCRIP_DOORS="doubleword") as world:
        async with api_of(world) as made:
            yield made


@pytest.fixture
async def document(dw: Api) -> dict[str, Any]:
    found: dict[str, Any] = (await dw.client.get("/openapi.json")).json()
    return found


async def test_every_door_and_each_of_its_refusals_is_described(document: dict[str, Any]) -> None:
    for method, path in EXPECTED:
        operation = document["paths"][ADMIN + path][method.lower()]
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["security"] == [{"bearer": []}]
        refusals = {status: each for status, each in operation["responses"].items() if status >= "400"}
        assert {"400", "401", "403", "503"} <= set(refusals), path
        assert all(list(each["content"]) == [PROBLEM] for each in refusals.values()), path
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert names == set(document["components"]["schemas"])


async def test_answers_and_refusals_fit_their_schemas(dw: Api, document: dict[str, Any]) -> None:
    ada = dw.funded()
    body = {"user_id": ada, "transaction_type": "admin_grant", "amount": 10.5, "description": "Welcome bonus"}
    made = await dw.client.post(f"{ADMIN}/transactions", json=body, headers=dw.manager)
    should_fit(document, ("post", "/transactions"), made)
    for path, told in (
        ("/transactions", f"/transactions?user_id={ada}"),
        ("/transactions", "/transactions?all=true"),
        ("/transactions/{transaction_id}", f"/transactions/{made.json()['id']}"),
        ("/users", "/users?include=billing"),
        ("/users/current", "/users/current"),
        ("/users/{named}", f"/users/{ada}"),
        ("/config", "/config"),
        ("/users/{named}", "/users/usr_none"),
        ("/transactions", "/transactions?limit=1000"),
    ):
        should_fit(document, ("get", path), await dw.client.get(ADMIN + told, headers=dw.manager))


async def test_the_holder_of_a_key_is_themselves_by_either_name(dw: Api) -> None:
    own = (await dw.client.get(f"{ADMIN}/users/current", headers=dw.manager)).json()
    named = await dw.client.get(f"{ADMIN}/users/{own['id']}", headers=dw.manager)
    assert (named.status_code, named.json()) == (200, own)


def should_fit(document: dict[str, Any], where: tuple[str, str], answer: Any) -> None:
    described = document["paths"][ADMIN + where[1]][where[0]]["responses"][str(answer.status_code)]["content"]
    schema = described[answer.headers["content-type"].partition(";")[0]]["schema"]
    validator_for({**schema, "components": document["components"]}).validate(answer.json())
