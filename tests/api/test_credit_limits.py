"""Credit limits by program: by managers alone, with a reason, and read back as they stand."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from auth.policy import Role
from billing import accounts
from tests.api.doorway import Api

REASON = "agreed in the contract of March"


async def _set(api: Api, account: str, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
    body = {"limit": "10", "reason": REASON, **changes}
    return await api.client.post(f"/api/v1/accounts/{account}/credit-limit", json=body, headers=headers or api.manager)


async def test_a_limit_that_is_set_lets_an_account_owe_and_is_read_back(api: Api) -> None:
    account = api.world.account()
    answer = await _set(api, account, due_in_days=14)
    assert answer.status_code == 200
    assert (await api.debit(account, "10", "k-1")).status_code == 200
    assert (await api.debit(account, "1", "k-2")).status_code == 402
    read = await api.client.get(f"/api/v1/accounts/{account}/credit-limit", headers=api.bound(account))
    assert read.json() == {
        "account": account, "mode": "postpaid", "limit": "10", "minimum": "0", "owed": "10", "not_invoiced": "10",
        "due_in_days": 14, "next_invoice_at": None, "invoices": [],
    }  # fmt: skip
    assert "credit_limit.set" in [line.action for line in accounts.history(api.world.portal, account)]


async def test_what_is_left_out_is_none(api: Api) -> None:
    account = api.world.account()
    await _set(api, account, limit=500, due_in_days=14)
    answer = await api.client.post(
        f"/api/v1/accounts/{account}/credit-limit", json={"reason": REASON}, headers=api.manager
    )
    told = answer.json()
    assert (told["mode"], told["limit"], told["minimum"], told["due_in_days"]) == ("prepaid", "0", "0", 30)


WRONG: list[dict[str, Any]] = [
    {"limit": "-1"},
    {"limit": "1e3"},
    {"limit": None},
    {"limit": True},
    {"limit": "0.0000001"},
    {"limit": "5", "minimum": "5"},
    {"minimum": "x"},
    {"due_in_days": "14"},
    {"due_in_days": 0},
    {"due_in_days": 366},
    {"due_in_days": True},
    {"reason": ""},
    {"reason": 5},
    {"surprise": 1},
]


@pytest.mark.parametrize("changes", WRONG)
async def test_what_is_wrong_is_refused_with_a_sentence_and_changes_nothing(api: Api, changes: dict[str, Any]) -> None:
    account = api.world.account()
    before = api.world.dump()
    answer = await _set(api, account, **changes)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")
    assert api.world.dump() == before


async def test_programs_and_users_set_no_limit_and_nobody_their_own(api: Api) -> None:
    account = api.world.account()
    for headers in (api.program, api.bound(account)):
        assert (await _set(api, account, headers)).status_code == 403
    assert (await _set(api, account, api.bound(account, Role.MANAGER))).status_code == 403
    assert (await _set(api, "acc_nobody")).status_code == 404
    other = api.bound(api.world.account("Ben"))
    read = await api.client.get(f"/api/v1/accounts/{account}/credit-limit", headers=other)
    assert read.status_code == 404
