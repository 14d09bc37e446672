"""The document turned against the doors: generated requests, good and bad, by a program and by a manager.

Every answer must be described, in the described form, and never a 5xx; bad requests must be refused.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from billing import check
from tests.api.doorway import ADDRESS, Api, api_of
from tests.world.portals import World, open_world, rounds
from tests.world.registrars import LIMITED

pytestmark = pytest.mark.campaign

EXAMPLES = rounds(10, 25)
DESCRIBED = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = (
    "POST /api/v1/usage",
    "POST /api/v1/usage/batch",
    "GET /api/v1/balance",
    "GET /api/v1/balance/explained",
    "GET /api/v1/transactions",
    "GET /api/v1/transactions/{transaction}",
    "GET /api/v1/usage/report",
    "POST /api/v1/transactions",
    "POST /api/v1/events/{event_id}/replay",
    "POST /api/v1/entitlements/check",
    "POST /api/v1/entitlements/take",
    "POST /api/v1/entitlements/release",
    "GET /api/v1/entitlements",
    "POST /api/v1/subscription/preview",
    "POST /api/v1/subscription/change",
    "POST /api/v1/subscription/undo",
)
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Caller:
    """Sends generated cases through the doors, on an event loop of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._runner = asyncio.Runner()
        self._opened = api_of(world)
        self.api: Api = self._runner.run(self._opened.__aenter__())
        self.account = self.api.funded("1000")
        # Who may ask is the matter of test_policy.py: here every request carries a good key.
        document = copy.deepcopy(self.api.app.openapi())
        for methods in document["paths"].values():
            for operation in methods.values():
                del operation["security"]
        self.schema = schemathesis.openapi.from_dict(document)

    def send(self, case: Case[Any], *, manager: bool) -> httpx.Response:
        """The answer to a case, asked with one of the keys."""
        headers = self.api.manager if manager else self.api.program
        kwargs = case.as_transport_kwargs(base_url=ADDRESS)
        wanted = requests.Request(**kwargs).prepare()
        sent: Any = dict(wanted.headers) | headers
        body: Any = wanted.body or b""
        request = httpx.Request(str(wanted.method), str(wanted.url), headers=sent, content=body)
        return self._runner.run(self.api.client.send(request))

    def close(self) -> None:
        """Ends the loop."""
        self._runner.run(self._opened.__aexit__(None, None, None))
        self._runner.close()


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    path = tmp_path_factory.mktemp("schemathesis") / "scrip.db"
    with open_world(f"sqlite:///{path}", clock=None, **LIMITED) as world:
        made = Caller(world)
        yield made
        made.close()


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name.lower())
@pytest.mark.parametrize("operation", OPERATIONS)
def test_generated_requests_are_answered_as_described(caller: Caller, operation: str, mode: GenerationMode) -> None:
    method, path = operation.split()
    strategy = caller.schema[path][method].as_strategy(generation_mode=mode)
    judged = [*DESCRIBED, negative_data_rejection] if mode is GenerationMode.NEGATIVE else DESCRIBED
    seen: list[int] = []

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), derandomize=True,
    )  # fmt: skip
    @given(case=strategy, manager=st.booleans())
    def holds(case: Case[Any], manager: bool) -> None:
        if mode is GenerationMode.POSITIVE:
            _about(case, caller.account)
        response = caller.send(case, manager=manager)
        seen.append(response.status_code)
        case.validate_response(response, checks=judged)

    holds()
    assert len(seen) >= EXAMPLES // 2
    assert mode is GenerationMode.NEGATIVE or {200, 201, 402, 403, 404} & set(seen)
    assert not check.run(caller.world.portal.database)


def _about(case: Case[Any], account: str) -> None:
    """Lets a good request speak of an account and a limit that exist, so that it gets further than the door."""
    body: Any = case.body
    if isinstance(body, dict) and "limit" in body:
        body["limit"] = "pipelines"
        body.pop("feature", None)
    bodies = [body, *body.get("debits", ())] if isinstance(body, dict) else []
    for each in (*bodies, case.query):
        if isinstance(each, dict) and "account" in each:
            each["account"] = account
