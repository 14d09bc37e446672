"""What an operator's machines ask: is it alive, is it ready, what does it count."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from billing.portal import Portal
from tests.api.doorway import ADDRESS, Api, app_of, client_of, database_away
from tests.world.portals import World


async def test_ready_and_alive_when_all_is_well(api: Api) -> None:
    ready = await api.client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "failed": []})
    assert (await api.client.head("/livez")).status_code == 200


async def test_alive_but_not_ready_while_the_database_is_away_and_ready_again_after(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database_away(api.world, monkeypatch):
        ready = await api.client.get("/readyz")
        assert (ready.status_code, ready.json()["failed"]) == (503, ["database"])
        assert (await api.client.get("/livez")).status_code == 200
    assert (await api.client.get("/readyz")).status_code == 200


async def test_an_old_schema_is_not_ready(api: Api) -> None:
    api.world.portal.till.write(
        lambda tx: tx.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0'")
    )
    ready = await api.client.get("/readyz")
    assert (ready.status_code, ready.json()["failed"]) == (503, ["schema"])


async def test_a_till_that_hangs_is_not_ready(shared_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_api.world.portal.till, "_busy_since", time.monotonic() - 6)
    ready = await shared_api.client.get("/readyz")
    assert (ready.status_code, ready.json()["failed"]) == (503, ["till"])


async def test_a_till_that_was_stopped_is_not_ready(world: World) -> None:
    app = app_of(world)
    world.portal.till.stop()
    async with client_of(app) as client:
        assert (await client.get("/readyz")).json()["failed"] == ["till"]


async def test_a_database_that_never_answers_does_not_hold_the_probe(
    shared_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_portal: Portal) -> bool:
        time.sleep(0.4)
        return True

    monkeypatch.setattr("api.health.ANSWER_SECONDS", 0.1)
    with _checked_by(shared_api, slow):
        began = time.monotonic()
        answers = await asyncio.gather(*(shared_api.client.get("/readyz") for _ in range(8)))
        took = time.monotonic() - began
    assert {answer.status_code for answer in answers} == {503}
    assert took < 0.35
    await asyncio.sleep(0.5)


async def test_metrics_count_what_the_doors_did(api: Api) -> None:
    account = api.funded("1")
    await api.debit(account, "1", "a")
    await api.debit(account, "1", "b")
    await api.client.post("/webhooks/stripe", content=b"{}")
    text = (await api.client.get("/metrics")).text
    assert 'scrip_usage_debits_total{outcome="posted"} 1.0' in text
    assert 'scrip_usage_debits_total{outcome="insufficient_credits"} 1.0' in text
    assert 'scrip_webhook_events_total{outcome="refused"} 1.0' in text
    assert "scrip_till_alive 1.0" in text
    assert 'scrip_build_info{mode="sandbox"' in text


async def test_metrics_show_how_late_the_event_loop_ran(shared_api: Api) -> None:
    async with shared_api.app.router.lifespan_context(shared_api.app):
        await asyncio.sleep(0.15)
        time.sleep(0.3)
        await asyncio.sleep(0.15)
        text = (await shared_api.client.get("/metrics")).text
    line = next(line for line in text.splitlines() if line.startswith("scrip_event_loop_lag_seconds "))
    assert 0.15 < float(line.split()[1]) < 2


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        (("127.0.0.1", 1), {}, 200), (("::1", 1), {}, 200), (("10.0.0.7", 1), {}, 401), (("testclient", 1), {}, 401),
        (("127.0.0.1", 1), {"X-Forwarded-For": "203.0.113.9"}, 401), (("127.0.0.1", 1), {"Forwarded": "for=x"}, 401),
    ],
)  # fmt: skip
async def test_metrics_are_for_this_machine(
    shared_api: Api, client: tuple[str, int], headers: dict[str, str], status: int
) -> None:
    transport = httpx.ASGITransport(app=shared_api.app, client=client)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as far:
        assert (await far.get("/metrics", headers=headers)).status_code == status


async def test_metrics_are_for_a_managers_key_from_anywhere(shared_api: Api) -> None:
    transport = httpx.ASGITransport(app=shared_api.app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as far:
        assert (await far.get("/metrics", headers=shared_api.manager)).status_code == 200
        assert (await far.get("/metrics", headers=shared_api.program)).status_code == 403


@contextmanager
def _checked_by(api: Api, check: object) -> Iterator[None]:
    kept = api.app.state.schema_check
    api.app.state.schema_check = check
    yield
    api.app.state.schema_check = kept
