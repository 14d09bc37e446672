"""Many grants by program: a file is checked, confirmed with its total, done by the portal, and taken back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from billing import batch_work
from tests.api.doorway import Api

REASON = "goodwill after the outage"
HERE = "/api/v1/grant-batches"


async def _check(api: Api, text: str | bytes, key: str = "march", **query: str) -> httpx.Response:
    headers = {**api.manager, "Idempotency-Key": key, "Content-Type": "text/csv"}
    return await api.client.post(HERE, content=text, params={"reason": REASON, **query}, headers=headers)


async def _confirm(api: Api, batch: str, **body: Any) -> httpx.Response:
    return await api.client.post(f"{HERE}/{batch}/confirm", json=body, headers=api.manager)


async def test_a_file_is_checked_confirmed_done_and_taken_back(api: Api) -> None:
    ada, bo = api.world.account("Ada"), api.world.account("Bo")
    checked = await _check(api, f"account,amount\n{ada},10\n{bo},2.5\nacc_none,1\n", name="march.csv")
    told = checked.json()
    assert (checked.status_code, told["state"], told["total"], told["name"]) == (201, "checked", "12.5", "march.csv")
    assert told["rows"] == {"bad": 1, "waiting": 2, "done": 0, "refused": 0, "stopped": 0}
    assert told["problems"] == [{"problem": "There is no such account.", "rows": 1}]
    assert (await _check(api, f"account,amount\n{ada},10\n")).json()["id"] == told["id"]
    assert (await _confirm(api, told["id"], total="12.5")).json()["field"] == "skip"
    assert (await _confirm(api, told["id"], total="12", skip_bad=True)).json()["field"] == "total"
    running = await _confirm(api, told["id"], total="12.5", skip_bad=True)
    assert (running.status_code, running.json()["state"]) == (200, "running")
    batch_work.work(api.world.portal)
    done = (await api.client.get(f"{HERE}/{told['id']}", headers=api.manager)).json()
    assert (done["state"], done["rows"]["done"], str(api.world.balance(bo))) == ("done", 2, "2.5")
    back = (await api.client.post(f"{HERE}/{told['id']}/reverse", headers=api.manager)).json()
    assert (back["reverses"], back["removed"], back["state"]) == (told["id"], "12.5", "checked")
    rows = await api.client.get(f"/exports/grant-batches/{told['id']}.csv", headers=api.manager)
    assert [line.split(",")[6] for line in rows.text.splitlines()] == ["state", "done", "done", "bad"]


async def test_a_running_batch_is_stopped(api: Api) -> None:
    told = (await _check(api, f"{api.world.account()},10")).json()
    await _confirm(api, told["id"], total="10")
    stopped = (await api.client.post(f"{HERE}/{told['id']}/stop", headers=api.manager)).json()
    assert (stopped["state"], stopped["rows"]["stopped"]) == ("stopped", 1)
    assert (await _confirm(api, told["id"], total="10")).status_code == 409


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"\xff\xfe", 400), (b"account,ammount\nacc_1,5", 400), (b"x" * 4_000_001, 413)],
    ids=["empty", "not text", "odd columns", "too large"],
)
async def test_a_file_that_cannot_be_read_is_refused(shared_api: Api, content: bytes, status: int) -> None:
    assert (await _check(shared_api, content, "odd")).status_code == status


@pytest.mark.parametrize("body", [{}, {"total": 5}, {"total": "-5"}, {"total": "5", "skip_bad": "yes"}, {"sum": "5"}])
async def test_an_odd_confirmation_is_refused(shared_api: Api, body: dict[str, Any]) -> None:
    assert (await _confirm(shared_api, "bat_00000000000000000000", **body)).status_code == 400


@pytest.mark.parametrize("path", ["", "/confirm", "/stop", "/reverse"])
@pytest.mark.parametrize("batch", ["bat_00000000000000000000", "bat_%00", "x", "bat_" + "a" * 300])
async def test_an_unknown_batch_is_not_found(shared_api: Api, batch: str, path: str) -> None:
    method, body = ("POST", {"total": "5"}) if path else ("GET", None)
    answer = await shared_api.client.request(method, f"{HERE}/{batch}{path}", json=body, headers=shared_api.manager)
    assert answer.status_code == 404
