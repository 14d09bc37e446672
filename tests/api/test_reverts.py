"""Giving usage back through the door: what the answers say, and who may ask."""

from __future__ import annotations

import pytest

from tests.api.doorway import PROBLEM, Api

PATH = "/api/v1/usage/reverts"


def asked(own: str, **changes: object) -> dict[str, object]:
    return {"account": own, "usage": "job", "amount": "4", "idempotency_key": "back-1"} | changes


async def spent(api: Api) -> str:
    account = api.funded("100")
    assert (await api.debit(account, "10", "job")).status_code == 200
    return account


async def test_a_use_is_given_back_once_per_key(api: Api) -> None:
    account = await spent(api)
    first = await api.client.post(PATH, json=asked(account), headers=api.program)
    again = await api.client.post(PATH, json=asked(account), headers=api.program)
    assert (first.status_code, first.json()["amount"], first.json()["balance_after"]) == (201, "4", "94")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
    assert again.json() == first.json()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"usage": "other"}, 404),
        ({"amount": "10.000001"}, 400),
        ({"amount": 0}, 400),
        ({"amount": "-1"}, 400),
        ({"usage": ""}, 400),
        ({"usage": 7}, 400),
        ({"surprise": 1}, 400),
        ({"account": "acc_nobody"}, 404),
    ],
)
async def test_what_cannot_be_given_back_is_a_problem_document(
    api: Api, changes: dict[str, object], status: int
) -> None:
    answer = await api.client.post(PATH, json=asked(await spent(api), **changes), headers=api.program)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
