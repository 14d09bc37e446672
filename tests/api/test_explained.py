"""Explanations by the API and as files: exact, complete, of one's own account, in the days of a zone."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from auth.policy import Principal, Role
from billing import grants
from billing.grants import Grant
from billing.rules.moments import HOUR, from_datetime, iso
from billing.rules.money import Credits
from tests.api.doorway import Api

ZONE = "America/New_York"
PEOPLE = {"zone": ZONE}


async def _spent(api: Api) -> tuple[str, str]:
    """An account with two grants and a use that was paid from both; the use's transaction."""
    account = api.funded("10")
    grants.give(api.world.portal, Grant(account, Credits.whole(5), "a second lot", "usr_mo", f"{account}-2"))
    used = await api.debit(account, "12.5", "job-1", dimensions={"model": "large"})
    return account, used.json()["transaction"]


async def test_a_balance_is_explained_by_type_and_adds_up(shared_api: Api) -> None:
    account, _ = await _spent(shared_api)
    query = f"/api/v1/balance/explained?account={account}"
    told = (await shared_api.client.get(query, headers=shared_api.program)).json()
    assert (told["opening"], told["closing"], told["unexplained"]) == ("0", "2.5", "0")
    assert [(part["type"], part["transactions"], part["amount"]) for part in told["parts"]] == [
        ("grant", 2, "15"), ("usage", 1, "-12.5"),
    ]  # fmt: skip
    as_of = (await shared_api.client.get(f"{query}&until=2000-01-01", headers=shared_api.program)).json()
    assert (as_of["closing"], as_of["parts"]) == ("0", [])


async def test_a_transaction_names_its_lots_and_a_lot_where_it_went(shared_api: Api) -> None:
    account, used = await _spent(shared_api)
    headers = shared_api.bound(account)
    told = (await shared_api.client.get(f"/api/v1/transactions/{used}", headers=headers)).json()
    assert [(lot["source"], lot["amount"], lot["expires_at"]) for lot in told["lots"]] == [
        ("grant", "-10", None), ("grant", "-2.5", None),
    ]  # fmt: skip
    assert (told["dimensions"], told["cause"]) == ({"model": "large"}, f"usage:{account}:job-1")
    lot = (await shared_api.client.get(f"/api/v1/lots/{told['lots'][1]['lot']}", headers=headers)).json()
    assert (lot["granted"], lot["remaining"], lot["unexplained"]) == ("5", "2.5", "0")
    assert [(part["type"], part["amount"]) for part in lot["parts"]] == [("usage", "-2.5")]


async def test_what_is_somebody_elses_looks_like_what_is_not_there(shared_api: Api, ada: str) -> None:
    account, used = await _spent(shared_api)
    whole = (await shared_api.client.get(f"/api/v1/transactions/{used}", headers=shared_api.program)).json()
    stranger = shared_api.bound(ada)
    paths = (
        f"transactions/{used}", "transactions/999999999", f"lots/{whole['lots'][0]['lot']}", "lots/999999999",
        f"balance/explained?account={account}",
    )  # fmt: skip
    for path in paths:
        answer = await shared_api.client.get(f"/api/v1/{path}", headers=stranger)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


@pytest.mark.parametrize("query", ["zone=Mars/Olympus", "since=2026-02-30", "since=2026-02-02&until=2026-01-01"])
async def test_a_period_that_cannot_be_is_refused_with_the_field(shared_api: Api, ada: str, query: str) -> None:
    answer = await shared_api.client.get(f"/api/v1/balance/explained?account={ada}&{query}", headers=shared_api.program)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")


async def test_days_are_those_of_the_zone_and_the_clocks_change_within_them(api: Api) -> None:
    """On 8 March 2026 New York has 23 hours, from 05:00 to 04:00 UTC."""
    api.world.clock.now = from_datetime(datetime(2026, 3, 8, 4, 30, tzinfo=UTC))
    account = api.funded("1")
    for number in range(24):
        api.world.clock.pass_by(HOUR)
        grant = Grant(account, Credits.whole(1), "one in each hour", "usr_mo", f"{account}{number}")
        grants.give(api.world.portal, grant)
    query = {"account": account, "since": "2026-03-08", "until": "2026-03-08", "limit": "200", **PEOPLE}
    page = (await api.client.get("/api/v1/transactions", params=query, headers=api.manager)).json()
    assert (page["opening"], page["credits_in"], page["matching"]) == ("1", "23", 23)
    del query["limit"]
    answer = await api.client.get("/exports/transactions.csv", params=query, headers=api.manager)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    times = [datetime.fromisoformat(row["local_time"]) for row in rows]
    assert len(rows) == 23
    assert {time.date().isoformat() for time in times} == {"2026-03-08"}
    assert {str(time.utcoffset()) for time in times} == {"-1 day, 19:00:00", "-1 day, 20:00:00"}
    assert times[0] == datetime.fromisoformat(rows[0]["recorded_at"]).astimezone(ZoneInfo(ZONE))


async def test_amounts_movers_and_order_filter_alike_on_the_page_and_in_both_files(shared_api: Api) -> None:
    account, _ = await _spent(shared_api)
    query = f"account={account}&least=5&most=10&by=usr_mo&order=oldest"
    page = (await shared_api.client.get(f"/api/v1/transactions?{query}", headers=shared_api.manager)).json()
    as_json = await shared_api.client.get(f"/exports/transactions.json?{query}", headers=shared_api.manager)
    told = json.loads(as_json.text)
    assert [item["amount"] for item in page["items"]] == ["5"]
    assert [item["id"] for item in page["items"]] == [each["transaction"] for each in told["transactions"]]
    assert (told["account"], as_json.headers["content-type"]) == (account, "application/json")
    everything = f"/api/v1/transactions?account={account}&order=oldest&limit=2"
    first = (await shared_api.client.get(everything, headers=shared_api.manager)).json()
    rest = (
        await shared_api.client.get(f"{everything}&cursor={first['next_cursor']}", headers=shared_api.manager)
    ).json()
    assert [item["amount"] for item in (*first["items"], *rest["items"])] == ["10", "5", "-12.5"]


async def test_the_statement_comes_on_paper_for_its_owner_alone(shared_api: Api, ada: str) -> None:
    account, _ = await _spent(shared_api)
    async with shared_api.browser(Principal("usr_1", "Ada", Role.USER, account, session="s")) as client:
        foreign = await client.get(f"/exports/statement.pdf?account={ada}")
        answer = await client.get("/exports/statement.pdf?since=2020-01-01", headers={"Accept-Language": "de"})
    assert (foreign.status_code, answer.status_code, answer.headers["content-type"]) == (404, 200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert f'filename="statement-{account}-' in answer.headers["content-disposition"]


async def test_usage_is_reported_by_day_and_group_and_as_a_file(shared_api: Api) -> None:
    account, _ = await _spent(shared_api)
    await shared_api.debit(account, "0.5", "job-2")
    day = iso(shared_api.world.clock())[:10]
    query = f"account={account}&since={day}&until={day}&by=dimension.model"
    told = (await shared_api.client.get(f"/api/v1/usage/report?{query}", headers=shared_api.program)).json()
    assert [(each["name"], each["credits"]) for each in told["groups"]] == [("large", "12.5"), ("", "0.5")]
    assert [(each["credits"], each["groups"]) for each in told["steps"]] == [("13", ["12.5", "0.5"])]
    assert (told["credits"], told["dimensions"], told["others"]) == ("13", ["model"], None)
    hourly = f"/exports/usage.csv?account={account}&step=hour&since={day}T00:00:00Z&until={day}"
    rows = list(csv.DictReader(io.StringIO((await shared_api.client.get(hourly, headers=shared_api.manager)).text)))
    assert [(row["group"], row["events"], row["credits"]) for row in rows] == [("", "2", "13")]
    report = f"/api/v1/usage/report?account={account}"
    for wrong in ("by=model", "by=dimension.", "since=2020-01-01&until=2026-01-01", "step=hour&since=2020-01-01"):
        answer = await shared_api.client.get(f"{report}&{wrong}", headers=shared_api.program)
        assert answer.status_code in (400, 422), wrong


async def test_an_explanation_is_a_file_for_its_owner_alone(shared_api: Api, ada: str) -> None:
    account, _ = await _spent(shared_api)
    async with shared_api.browser(Principal("usr_1", "Ada", Role.USER, account, session="s")) as client:
        answer = await client.get("/exports/balance.csv")
        foreign = await client.get(f"/exports/balance.csv?account={ada}")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["type"], row["amount"]) for row in rows] == [
        ("opening", "0"), ("grant", "15"), ("usage", "-12.5"), ("closing", "2.5"),
    ]  # fmt: skip
    assert foreign.status_code == 404
