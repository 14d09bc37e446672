"""What a manager does by program: once, with a reason, never for themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from auth.policy import Principal, Role
from billing import accounts
from tests.api.doorway import Api
from tests.world.portals import paid_event, signed


async def _adjust(api: Api, account: str, **changes: Any) -> httpx.Response:
    body = {
        "account": account,
        "type": "grant",
        "amount": "5",
        "reason": "goodwill for a test",
        "idempotency_key": "g-1",
    }
    return await api.client.post("/api/v1/transactions", json=body | changes, headers=api.manager)


async def test_a_grant_is_made_once_and_its_repetition_says_so(api: Api) -> None:
    account = api.world.account()
    first, again = await _adjust(api, account), await _adjust(api, account)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["amount"], first.json()["balance_after"], first.json()["type"]) == ("5", "5", "grant")
    assert again.headers["idempotent-replayed"] == "true"
    assert [line.action for line in accounts.history(api.world.portal, account)] == ["credits.grant"]


@pytest.mark.parametrize("word", ["removal", "admin_removal"])
async def test_a_removal_takes_and_is_refused_beyond_what_is_there(api: Api, word: str) -> None:
    account = api.funded("8")
    taken = await _adjust(api, account, type=word)
    assert (taken.status_code, taken.json()["amount"], taken.json()["type"]) == (201, "-5", "removal")
    short = await _adjust(api, account, type=word, idempotency_key="g-2")
    assert (short.status_code, short.json()["missing"]) == (402, "2")
    assert str(api.world.balance(account)) == "3"


async def test_the_same_grant_ten_times_at_once_is_made_once(api: Api) -> None:
    account = api.world.account()
    answers = await asyncio.gather(*(_adjust(api, account, type="admin_grant") for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert str(api.world.balance(account)) == "5"


async def test_a_key_used_for_another_grant_is_a_conflict(api: Api) -> None:
    account = api.world.account()
    await _adjust(api, account)
    assert (await _adjust(api, account, amount="6")).status_code == 409


async def test_managers_cannot_grant_to_themselves(shared_api: Api) -> None:
    own = shared_api.world.account("Mo")
    manager = Principal("usr_mo", "Mo", Role.MANAGER, own, session="s")
    body = {"account": own, "type": "grant", "amount": "5", "reason": "because I can do it", "idempotency_key": "own"}
    async with shared_api.browser(manager) as client:
        answer = await client.post("/api/v1/transactions", json=body)
        other = await client.post("/api/v1/transactions", json=body | {"account": shared_api.world.account()})
    assert (answer.status_code, other.status_code) == (403, 201)
    assert str(shared_api.world.balance(own)) == "0"


async def test_more_than_a_grant_may_be_is_refused(shared_api: Api, ada: str) -> None:
    answer = await _adjust(shared_api, ada, amount="100000.000001", idempotency_key="much")
    assert (answer.status_code, answer.json()["field"]) == (400, "amount")


@pytest.mark.parametrize("word", ["", "gift", "GRANT", None, 7])
async def test_an_unknown_type_is_refused(shared_api: Api, ada: str, word: Any) -> None:
    assert (await _adjust(shared_api, ada, type=word)).status_code == 400


async def test_a_program_may_not_grant(shared_api: Api, ada: str) -> None:
    answer = await shared_api.client.post("/api/v1/transactions", json={}, headers=shared_api.bound(ada))
    assert answer.status_code == 403


async def test_a_parked_event_can_be_worked_again_when_its_reason_is_gone(api: Api) -> None:
    account = api.world.account(customer_ref="cus_1")
    order = api.world.order(account, "pi_1", "cus_other")
    raw, signature = signed(paid_event(order, api.world.clock(), customer="cus_1"), api.world.clock())
    await api.client.post("/webhooks/stripe", content=raw, headers={"Stripe-Signature": signature})
    still = await api.client.post("/api/v1/events/evt_1/replay", headers=api.manager)
    assert still.json() == {"id": "evt_1", "state": "parked"}
    api.world.portal.till.write(lambda tx: tx.connection.exec_driver_sql("UPDATE orders SET customer_ref = 'cus_1'"))
    for _ in range(2):
        answer = await api.client.post("/api/v1/events/evt_1/replay", headers=api.manager)
        assert answer.json() == {"id": "evt_1", "state": "handled"}
    assert str(api.world.balance(account)) == "500"


@pytest.mark.parametrize("event_id", ["evt_none", "evt%00", "x" * 300, "%F0%9F%92%B8", "..%2F..", "'--"])
async def test_an_unknown_event_is_not_found(shared_api: Api, event_id: str) -> None:
    answer = await shared_api.client.post(f"/api/v1/events/{event_id}/replay", headers=shared_api.manager)
    assert answer.status_code == 404
