"""The API document: complete, true to what the doors do, and readable without a script."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from jsonschema_rs import validator_for

from api import entitlements, plan_changes, shapes, shapes_changes, shapes_plans
from api.bodies import AMOUNT_PATTERN
from api.manage import FIELDS as ADJUSTMENT_FIELDS
from api.problems import FORMS
from api.usage import FIELDS as USAGE_FIELDS
from tests.api.doorway import PROBLEM, Api
from tests.api.test_policy import EXPECTED


@pytest.fixture(scope="module")
async def document(shared_api: Api) -> dict[str, Any]:
    answer = await shared_api.client.get("/openapi.json")
    found: dict[str, Any] = answer.json()
    return found


def _operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_door_of_the_api_is_described_and_asks_for_a_key(document: dict[str, Any]) -> None:
    described = _operations(document)
    assert set(described) == {each for each in EXPECTED if each[1].startswith("/api/")}
    for operation in described.values():
        assert operation["security"] == [{"bearer": []}]
        assert operation["summary"]
        assert operation["description"]


def test_every_refusal_is_described_as_a_problem(document: dict[str, Any]) -> None:
    for key, operation in _operations(document).items():
        refusals = {status: each for status, each in operation["responses"].items() if status >= "400"}
        assert {"400", "401", "403", "503"} <= set(refusals), key
        for answer in refusals.values():
            assert list(answer["content"]) == [PROBLEM], key


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert names == set(document["components"]["schemas"])


def test_the_fields_described_are_the_fields_taken() -> None:
    assert set(shapes.UsageDebit.model_fields) == USAGE_FIELDS
    assert set(shapes.Adjustment.model_fields) == ADJUSTMENT_FIELDS
    assert set(shapes_plans.AllowanceAsked.model_fields) == entitlements.CHECK_FIELDS
    assert set(shapes_plans.PlaceAsked.model_fields) == entitlements.TAKE_FIELDS
    assert set(shapes_plans.PlaceNamed.model_fields) == entitlements.RELEASE_FIELDS
    assert set(shapes_changes.ChangeAsked.model_fields) == plan_changes.PREVIEW_FIELDS
    assert set(shapes_changes.ChangeConfirmed.model_fields) == plan_changes.CHANGE_FIELDS
    assert set(shapes_changes.AccountNamed.model_fields) == plan_changes.ACCOUNT_FIELDS


@pytest.mark.parametrize("text", ["1", "0.000001", "999999999999.999999", "0", "0.0", "1.", ".5", "-1", "1e3", "1 "])
async def test_the_pattern_of_an_amount_says_what_is_taken(shared_api: Api, text: str) -> None:
    answer = await shared_api.debit("acc_none", text, "k")
    assert (answer.status_code == 404) == (re.search(AMOUNT_PATTERN, text) is not None)


async def test_examples_and_answers_fit_their_schemas(shared_api: Api, document: dict[str, Any], ada: str) -> None:
    paths = document["paths"]
    for path, headers in (
        ("/api/v1/usage", shared_api.program),
        ("/api/v1/usage/batch", shared_api.program),
        ("/api/v1/transactions", shared_api.manager),
    ):
        operation = paths[path]["post"]
        content = operation["requestBody"]["content"]["application/json"]
        should_fit(document, content["schema"], content["example"])
        body = json.loads(json.dumps(content["example"]).replace(content_account(content["example"]), ada))
        answer = await shared_api.client.post(path, json=body, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        described = operation["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
        should_fit(document, described, answer.json())


def content_account(example: dict[str, Any]) -> str:
    """The account that an example names."""
    return str(example.get("account") or example["debits"][0]["account"])


async def test_refusals_fit_the_schema_of_a_problem(shared_api: Api, document: dict[str, Any], ada: str) -> None:
    schema = document["components"]["schemas"]["Problem"]
    for answer in (
        await shared_api.debit(ada, "1000000", "big"),
        await shared_api.debit(ada, "x", "k"),
        await shared_api.client.get("/api/v1/transactions?limit=x", headers=shared_api.program),
        await shared_api.client.get("/api/v1/balance"),
        await shared_api.client.get("/api/nothing"),
    ):
        should_fit(document, schema, answer.json())


def should_fit(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    validator_for({**schema, "components": document["components"]}).validate(value)


class _Page(HTMLParser):
    """What a browser would load, and where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith(("on", "style")), name
            if name == "id":
                self.ids.add(value or "")
            elif name in ("href", "src"):
                self.links.append(value or "")


async def test_the_page_needs_no_script_and_nothing_from_elsewhere(shared_api: Api) -> None:
    answer = await shared_api.client.get("/api/docs")
    page = _Page()
    page.feed(answer.text)
    assert answer.headers["content-type"].startswith("text/html")
    assert not {"script", "style", "img", "iframe"} & set(page.tags)
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        else:
            assert (await shared_api.client.get(link)).status_code == 200, link


async def test_the_page_shows_every_route_and_every_kind_of_problem(shared_api: Api) -> None:
    text = (await shared_api.client.get("/api/docs")).text
    page = _Page()
    page.feed(text)
    assert {kind.code for kind in FORMS} <= page.ids
    for method, path in EXPECTED:
        assert not path.startswith("/api/") or f"{method} {path}" in text
