"""The managers' lists as files: what is on the screen, in columns that stay, with nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import httpx
import pytest

from tests.api.doorway import Api


def table(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"].startswith("text/csv"), answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_the_file_of_accounts_holds_what_the_list_shows(api: Api) -> None:
    rich, poor = api.funded("12.5", "Rich"), api.world.account("=HYPERLINK(1)")
    answer = await api.client.get("/exports/accounts.csv?sort=-balance", headers=api.manager)
    rows = table(answer)
    assert [row["account"] for row in rows] == [rich, poor]
    assert [row["balance"] for row in rows] == ["12.5", "0"]
    assert rows[1]["name"] == "'=HYPERLINK(1)"
    assert (rows[0]["status"], rows[0]["plan"], rows[0]["customer"]) == ("active", "", "")
    found = await api.client.get("/exports/accounts.csv?search=ric", headers=api.manager)
    assert [row["name"] for row in table(found)] == ["Rich"]
    assert "accounts-20" in answer.headers["content-disposition"]


async def test_the_file_of_the_audit_log_names_who_did_what_to_whom(api: Api) -> None:
    account = api.world.account("Ada")
    body = {"account": account, "type": "grant", "amount": "5", "reason": "=1+1, for a test", "idempotency_key": "g"}
    await api.client.post("/api/v1/transactions", json=body, headers=api.manager)
    rows = table(await api.client.get(f"/exports/audit.csv?account={account}", headers=api.manager))
    assert [(row["action"], row["before"], row["after"]) for row in rows] == [("credits.grant", "0", "5")]
    assert (rows[0]["account_name"], rows[0]["reason"], rows[0]["from"]) == ("Ada", "'=1+1, for a test", "127.0.0.1")
    assert rows[0]["transaction"].isdecimal()
    assert table(await api.client.get("/exports/audit.csv?since=2200-01-01", headers=api.manager)) == []


@pytest.mark.parametrize("path", ["/exports/accounts.csv", "/exports/audit.csv"])
async def test_they_open_to_managers_alone_and_to_filters_they_know(shared_api: Api, ada: str, path: str) -> None:
    assert (await shared_api.client.get(path, headers=shared_api.bound(ada))).status_code == 403
    assert (await shared_api.client.get(path, headers=shared_api.manager)).status_code == 200
    assert (await shared_api.client.get(f"{path}?drop=1", headers=shared_api.manager)).status_code == 422
