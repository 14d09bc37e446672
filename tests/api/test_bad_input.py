"""Whatever is sent: a clear 4xx, never a 5xx, and the ledger as it was."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.doorway import PROBLEM, Api

BAD_AMOUNTS = {
    "zero": "0", "negative": "-1", "minus zero": "-0", "beyond double": "1e309", "not a number": "NaN",
    "infinite": "Infinity", "minus infinite": "-Infinity", "a float": "0.1", "2^63": str(2**63), "10^30": str(10**30),
    "5,000 digits": "9" * 5000, "full-width digit": '"１"', "arabic digit": '"١"', "true": "true", "null": "null",
    "a word": '"much"', "empty text": '""', "50 decimals": f'"0.{"1" * 50}"', "seven decimals": '"0.0000001"',
    "zero as text": '"0.000000"', "negative as text": '"-1"', "plus": '"+1"', "exponent": '"1e3"', "space": '" 1"',
    "newline": '"1\\n"', "comma": '"1,5"', "hex": '"0x10"', "text beyond": f'"{2**63}"', "nan as text": '"NaN"',
    "infinity as text": '"Infinity"', "a list": "[1]", "an object": '{"n":1}', "NUL": '"1\\u0000"',
}  # fmt: skip

BAD_BODIES: dict[str, bytes] = {
    "nothing": b"", "no JSON": b"amount=1", "a list": b"[]", "null": b"null", "a number": b"1", "text": b'"x"',
    "invalid UTF-8": b'{"account":"\xff\xfe"}', "UTF-16": '{"account":"a"}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}", "cut off": b'{"account":', "10,000 deep": b"[" * 10_000,
    "10,000 objects deep": b'{"a":' * 10_000, "an empty object": b"{}", "two objects": b"{}{}",
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "duplicated": b'{"amount":"1","amount":"2"}',
}  # fmt: skip

BAD_TEXTS: dict[str, Any] = {
    "a number": 7, "a list": ["x"], "NUL": "a\u0000b", "a lone surrogate": "\ud800", "control": "a\u0007b",
    "null": None, "too long": "x" * 10_000,
}  # fmt: skip

POSTS = ("/api/v1/usage", "/api/v1/usage/batch", "/api/v1/transactions")


@pytest.fixture(autouse=True)
async def _the_ledger_stays_as_it_was(shared_api: Api, ada: str) -> AsyncIterator[None]:
    before = shared_api.world.dump()
    yield
    assert shared_api.world.dump() == before


async def expect_refusal(api: Api, path: str, body: bytes) -> None:
    headers = api.manager if path.endswith("transactions") else api.program
    answer = await api.client.post(path, content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["detail"]
    assert len(answer.content) < 2000


@pytest.mark.parametrize("amount", BAD_AMOUNTS.values(), ids=BAD_AMOUNTS)
async def test_an_amount_that_is_none_is_refused_everywhere(shared_api: Api, ada: str, amount: str) -> None:
    debit = f'{{"account":"{ada}","idempotency_key":"k","amount":{amount}}}'
    grant = f'{{"account":"{ada}","idempotency_key":"k","type":"grant","reason":"long enough","amount":{amount}}}'
    bodies = (debit, f'{{"debits":[{debit}]}}', grant)
    for path, body in zip(POSTS, bodies, strict=True):
        await expect_refusal(shared_api, path, body.encode())


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
async def test_a_body_that_is_no_request_is_refused(shared_api: Api, path: str, body: bytes) -> None:
    await expect_refusal(shared_api, path, body)


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS)
@pytest.mark.parametrize("field", ["account", "idempotency_key", "description"])
async def test_a_text_of_a_debit_that_cannot_be_kept_is_refused(
    shared_api: Api, ada: str, field: str, text: Any
) -> None:
    body = {"account": ada, "amount": "1", "idempotency_key": "k", field: text}
    await expect_refusal(shared_api, "/api/v1/usage", json.dumps(body).encode())


@pytest.mark.parametrize("text", [*BAD_TEXTS.values(), "too short", ""], ids=[*BAD_TEXTS, "short", "empty"])
async def test_a_reason_that_is_none_is_refused(shared_api: Api, ada: str, text: Any) -> None:
    body = {"account": ada, "type": "grant", "amount": "1", "idempotency_key": "k", "reason": text}
    await expect_refusal(shared_api, "/api/v1/transactions", json.dumps(body).encode())


@pytest.mark.parametrize(
    "dimensions", [[], "x", {"a": 1}, {"": "x"}, {"a" * 41: "x"}, {"a": "\u0000"}, {str(n): "x" for n in range(9)}]
)
async def test_dimensions_that_are_none_are_refused(shared_api: Api, ada: str, dimensions: Any) -> None:
    assert (await shared_api.debit(ada, "1", "k", dimensions=dimensions)).status_code == 400


async def test_a_field_given_twice_is_refused(shared_api: Api, ada: str) -> None:
    body = f'{{"account":"{ada}","idempotency_key":"k","amount":"1","amount":"1"}}'
    await expect_refusal(shared_api, "/api/v1/usage", body.encode())
    await expect_refusal(shared_api, "/api/v1/usage/batch", f'{{"debits":[{body}]}}'.encode())


async def test_an_unknown_field_is_named_and_refused(shared_api: Api, ada: str) -> None:
    answer = await shared_api.debit(ada, "1", "k", actor="somebody else")
    assert (answer.status_code, answer.json()["field"]) == (400, "actor")


@pytest.mark.parametrize("headers", [{"Idempotency-Key": "other"}, {"Idempotency-Key": "schlüssel".encode("latin-1")}])
async def test_two_keys_or_a_key_that_is_no_text_are_refused(
    shared_api: Api, ada: str, headers: dict[str, Any]
) -> None:
    body = {"account": ada, "amount": "1", "idempotency_key": "k"}
    answer = await shared_api.client.post("/api/v1/usage", json=body, headers=shared_api.program | headers)
    assert (answer.status_code, answer.json()["field"]) == (400, "idempotency_key")


async def test_a_request_without_a_key_is_refused(shared_api: Api, ada: str) -> None:
    body = {"account": ada, "amount": "1"}
    answer = await shared_api.client.post("/api/v1/usage", json=body, headers=shared_api.program)
    assert (answer.status_code, answer.json()["field"]) == (400, "idempotency_key")


@pytest.mark.parametrize("path", POSTS)
async def test_two_megabytes_are_refused_announced_or_not(shared_api: Api, path: str) -> None:
    pieces = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal pieces
        for _ in range(1000):
            pieces += 1
            yield b" " * 64_000

    headers = shared_api.manager if path.endswith("transactions") else shared_api.program
    announced = await shared_api.client.post(path, content=b" " * 2_000_000, headers=headers)
    chunked = await shared_api.client.post(path, content=endless(), headers=headers)
    assert (announced.status_code, chunked.status_code) == (413, 413)
    assert pieces < 20


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=x", "limit=1e9", "cursor=-1", "cursor=x", f"cursor={'9' * 30}", "kind=theft",
        "direction=up", "since=yesterday", "since=2026-13-01", "until=9999-12-31", "until=0000-01-01", "page=2",
        "search=%00", f"search={'x' * 121}", f"since={'1' * 5000}", "since=2026-01-01T00:00:00%2B99:00",
        "account=acc_x%00", f"account={'a' * 41}", "account=sys_stripe", "account=%F0%9F%92%B8",
    ],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused_and_not_echoed(shared_api: Api, ada: str, query: str) -> None:
    own = "" if "account" in query else f"account={ada}&"
    for path, headers in (
        ("/api/v1/transactions", shared_api.program),
        ("/exports/transactions.csv", shared_api.manager),
    ):
        if "exports" in path and query.startswith(("limit", "cursor")):
            continue
        answer = await shared_api.client.get(f"{path}?{own}{query}", headers=headers)
        assert answer.status_code in (400, 404, 422), answer.text
        assert len(answer.content) < 1500
