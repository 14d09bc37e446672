"""Debits by programs: once, exactly, to the right account, told in decimal strings."""

from __future__ import annotations

import asyncio
import json

import pytest

from auth.policy import Role
from tests.api.doorway import ADDRESS, PROBLEM, Api


async def test_a_debit_is_told_with_its_balance_and_its_repetition_gives_the_same_answer(api: Api) -> None:
    account = api.funded("10")
    first = await api.debit(account, "0.25", "k-1", description="a page", dimensions={"model": "large"})
    assert first.status_code == 200
    assert "idempotent-replayed" not in first.headers
    told = first.json()
    assert (told["account"], told["amount"], told["balance_after"]) == (account, "0.25", "9.75")
    assert told["recorded_at"].endswith("Z")
    again = await api.debit(account, "0.25", "k-1", description="a page", dimensions={"model": "large"})
    assert again.json() == told
    assert again.headers["idempotent-replayed"] == "true"
    assert str(api.world.balance(account)) == "9.75"


async def test_a_whole_json_number_is_taken_and_the_key_may_be_a_header(api: Api) -> None:
    account = api.funded("10")
    headers = {**api.program, "Idempotency-Key": "h-1"}
    answer = await api.client.post("/api/v1/usage", json={"account": account, "amount": 3}, headers=headers)
    assert (answer.status_code, answer.json()["balance_after"]) == (200, "7")


async def test_what_is_missing_is_told_with_the_place_to_buy_it(api: Api) -> None:
    account = api.funded("2")
    before = api.world.dump()
    answer = await api.debit(account, "2.5", "k-1")
    assert (answer.status_code, answer.headers["content-type"]) == (402, PROBLEM)
    told = answer.json()
    assert (told["available"], told["needed"], told["missing"]) == ("2", "2.5", "0.5")
    assert told["buy_url"] == f"{ADDRESS}/buy"
    assert api.world.dump() == before


async def test_a_key_with_other_content_is_a_conflict_and_moves_nothing(api: Api) -> None:
    account = api.funded("10")
    await api.debit(account, "1", "k-1")
    answer = await api.debit(account, "2", "k-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")
    assert str(api.world.balance(account)) == "9"


async def test_the_same_debit_twenty_times_at_once_is_taken_once(api: Api) -> None:
    account = api.funded("100")
    answers = await asyncio.gather(*(api.debit(account, "1", "k-1") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert str(api.world.balance(account)) == "99"


async def test_a_bound_key_sees_other_accounts_as_if_they_did_not_exist(api: Api) -> None:
    mine, other = api.funded(), api.funded(name="Bob")
    headers = api.bound(mine)
    told = []
    for account in (other, "acc_of_nobody"):
        body = {"account": account, "amount": "1", "idempotency_key": "k"}
        answer = await api.client.post("/api/v1/usage", json=body, headers=headers)
        told.append((answer.status_code, answer.json()["detail"]))
    assert told[0] == told[1] == (404, "There is no such account.")
    assert str(api.world.balance(other)) == "100"


async def test_a_manager_may_not_debit_usage(api: Api) -> None:
    body = {"account": api.funded(), "amount": "1", "idempotency_key": "k"}
    answer = await api.client.post("/api/v1/usage", json=body, headers=api.manager)
    assert answer.status_code == 403


async def test_a_batch_answers_each_debit_on_its_own_merits(api: Api) -> None:
    account, other = api.funded("5"), api.funded("5", "Bob")
    await api.debit(account, "1", "seen")
    debits = [
        {"account": account, "amount": "1", "idempotency_key": "seen"},
        {"account": account, "amount": "2", "idempotency_key": "seen"},
        {"account": account, "amount": "1.5", "idempotency_key": "a"},
        {"account": account, "amount": "100", "idempotency_key": "b"},
        {"account": other, "amount": "1", "idempotency_key": "c"},
        {"account": "acc_of_nobody", "amount": "1", "idempotency_key": "d"},
    ]
    headers = api.bound(account, Role.PROGRAM)
    answer = await api.client.post("/api/v1/usage/batch", json={"debits": debits}, headers=headers)
    results = answer.json()["results"]
    words = ["posted", "key_reused", "posted", "insufficient_credits", "not_found", "not_found"]
    assert [each["status"] for each in results] == words
    assert [each["idempotency_key"] for each in results] == ["seen", "seen", "a", "b", "c", "d"]
    # The service's key and the bound key are different actors, yet one key of an account is one promise.
    assert (results[0]["replayed"], results[2]["replayed"]) == (True, False)
    assert (results[2]["amount"], results[2]["balance_after"]) == ("1.5", "2.5")
    assert (results[3]["available"], results[3]["missing"]) == ("2.5", "97.5")
    assert str(api.world.balance(other)) == "5"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amount": "-1"}, "amount"),
        ({"idempotency_key": "a\u0007"}, "idempotency_key"),
        ({"account": "acc_of_nobody", "idempotency_key": "\ud800"}, "idempotency_key"),
        ({"account": "acc_of_nobody", "idempotency_key": "k" * 201}, "idempotency_key"),
    ],
)
async def test_a_batch_with_one_malformed_debit_names_it_and_moves_nothing(
    api: Api, changed: dict[str, str], field: str
) -> None:
    account = api.funded()
    good = {"account": account, "amount": "1", "idempotency_key": "a"}
    before = api.world.dump()
    body = json.dumps({"debits": [good, good | changed]}).encode()
    answer = await api.client.post("/api/v1/usage/batch", content=body, headers=api.bound(account, Role.PROGRAM))
    assert (answer.status_code, answer.json()["field"]) == (400, f"debits[1].{field}")
    assert api.world.dump() == before


async def test_a_batch_beyond_the_limit_is_refused(shared_api: Api, ada: str) -> None:
    debit = {"account": ada, "amount": "0.1"}
    body = {"debits": [{**debit, "idempotency_key": str(place)} for place in range(1001)]}
    answer = await shared_api.client.post("/api/v1/usage/batch", json=body, headers=shared_api.program)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
