"""Errors as problem documents: every one has its form, and none says more than its sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from structlog.typing import EventDict

from api import problems
from billing.rules import errors
from billing.rules.errors import BadInput, InsufficientCredits, NotAnEvent, ScripError
from tests.api.doorway import PROBLEM, Api, client_of
from tests.world.portals import World

EXPECTED = {
    "BadInput": 400, "TooLarge": 413, "SignedOut": 401, "Forbidden": 403, "NotFound": 404, "Conflict": 409,
    "KeyReused": 409, "ActsElsewhere": 409, "InsufficientCredits": 402, "NotPaidYet": 402, "PaymentRefused": 402,
    "NotInPlan": 403, "LimitReached": 403, "Undeliverable": 400,
    "NotAnEvent": 400, "Forged": 400,
    "Unavailable": 503, "GatewayUnavailable": 503, "LedgerUnavailable": 503, "Refused": 400, "ScripError": 500,
}  # fmt: skip
SECRET = "postgres://admin:hunter2@db"


def _tree(kind: type[ScripError] = ScripError) -> Iterator[type[ScripError]]:
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _tree(child)


def _raising(world: World, error: Exception) -> FastAPI:
    """An app whose only door raises `error`."""
    app = FastAPI()
    problems.install(app, world.portal)

    async def fail(_request: Request) -> Response:
        raise error

    app.add_route("/api/broken", fail)
    return app


async def _answer(app: FastAPI, path: str = "/api/broken", **headers: str) -> httpx.Response:
    async with client_of(app) as client:
        return await client.get(path, headers=headers)


@pytest.mark.parametrize("kind", list(_tree()), ids=[kind.__name__ for kind in _tree()])
async def test_every_error_of_the_tree_has_its_status(shared_api: Api, kind: type[ScripError]) -> None:
    error = kind("One sentence.")
    answer = await _answer(_raising(shared_api.world, error))
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (EXPECTED[kind.__name__], PROBLEM)
    assert (told["status"], told["code"], told["detail"]) == (answer.status_code, kind.code, error.sentence)
    assert told["type"].endswith(f"/api/docs#{kind.code}")
    assert told["title"]


async def test_a_word_of_the_provider_never_stands_in_place_of_ours(shared_api: Api) -> None:
    for theirs in ("card_declined", None):
        refused = errors.PaymentRefused("Declined.", code=theirs, request_id=None)
        told = (await _answer(_raising(shared_api.world, refused))).json()
        assert (told["code"], told.get("provider_code")) == ("payment_refused", theirs)


async def test_the_headers_that_tell_a_program_what_to_do_are_there(shared_api: Api) -> None:
    out = await _answer(_raising(shared_api.world, errors.SignedOut("Who?")))
    away = await _answer(_raising(shared_api.world, errors.GatewayUnavailable("Away.")))
    assert out.headers["www-authenticate"] == 'Bearer realm="scrip"'
    assert int(away.headers["retry-after"]) > 0


async def test_amounts_in_details_are_decimal_strings(shared_api: Api) -> None:
    short = InsufficientCredits("Short.", available_micro=1_500_000, needed_micro=2_000_001, missing_micro=500_001)
    told = (await _answer(_raising(shared_api.world, short))).json()
    assert (told["available"], told["needed"], told["missing"]) == ("1.5", "2.000001", "0.500001")
    assert not [name for name in told if name.endswith("_micro")]


async def test_every_unproven_event_looks_the_same(shared_api: Api) -> None:
    told = {(await _answer(_raising(shared_api.world, NotAnEvent(why)))).json()["detail"] for why in ("a", "b")}
    assert len(told) == 1


async def test_an_unexpected_error_is_a_reference_in_answer_and_log_and_nothing_of_its_text(
    shared_api: Api, logged: list[EventDict]
) -> None:
    answer = await _answer(_raising(shared_api.world, RuntimeError(SECRET)))
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert [event["reference"] for event in logged] == [answer.json()["instance"]]
    assert logged[0]["error"] == "RuntimeError"
    assert any("test_problems.py" in frame for frame in logged[0]["frames"])
    assert SECRET not in answer.text + str(logged)


async def test_a_refusal_is_logged_under_its_reference_without_query_or_detail(
    shared_api: Api, logged: list[EventDict]
) -> None:
    answer = await _answer(_raising(shared_api.world, BadInput(SECRET)), f"/api/broken?key={SECRET}")
    assert [event["reference"] for event in logged] == [answer.json()["instance"]]
    assert SECRET not in str(logged)


async def test_what_was_sent_is_not_sent_back(shared_api: Api) -> None:
    huge = "x" * 20_000
    answer = await shared_api.client.get(f"/api/v1/transactions?{huge}={huge}&limit={huge}", headers=shared_api.manager)
    assert answer.status_code == 422
    assert len(answer.content) < 1000
    assert {"query.limit"} <= {each["field"] for each in answer.json()["errors"]}
    many = "&".join(f"field{number}=1" for number in range(500))
    answer = await shared_api.client.get(f"/api/v1/transactions?{many}", headers=shared_api.manager)
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 10)


async def test_pages_keep_their_own_answers(shared_api: Api) -> None:
    app = FastAPI()

    async def plain(_request: Request, error: Exception) -> Response:
        return PlainTextResponse(f"a page about {type(error).__name__}", 418)

    problems.install(app, shared_api.world.portal, plain)
    html = {"accept": "text/html"}
    assert (await _answer(app, "/buy", **html)).text == "a page about HTTPException"
    assert (await _answer(app, "/api/nothing", **html)).headers["content-type"] == PROBLEM
    assert (await _answer(app, "/buy", accept="application/json")).headers["content-type"] == PROBLEM


async def test_half_an_answer_is_cut_and_not_completed_with_a_problem(shared_api: Api) -> None:
    app = FastAPI()
    problems.install(app, shared_api.world.portal)

    async def halves() -> StreamingResponse:
        async def pieces() -> asyncio.StreamReader:  # type: ignore[misc]
            yield b"one"
            raise RuntimeError(SECRET)

        return StreamingResponse(pieces())

    app.add_api_route("/api/broken", halves)
    with pytest.raises(RuntimeError, match="postgres"):
        await _answer(app)
