"""Balances, statements and exports: exact, complete, one's own, and harmless to a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from auth.policy import Principal, Role
from billing import grants
from billing.grants import Grant
from billing.rules.moments import DAY, iso
from billing.rules.money import Credits
from tests.api.doorway import Api, database_away

FORMULAS = (
    "=1+1 and more",
    "+cmd|calc and more",
    "-2+3 and more",
    "@SUM(A1) and more",
    "  =HYPERLINK(1) more",
    'a "quoted", line',
)


def _history(api: Api) -> str:
    """An account with a grant, five debits a day apart, and a removal."""
    account = api.funded("100")
    for day in range(5):
        api.world.clock.pass_by(DAY)
        grants.give(
            api.world.portal, Grant(account, Credits.whole(1), f"removal {day} of a test", "usr_mo", f"r{day}", True)
        )
    return account


async def test_a_balance_is_told_in_decimal_strings(api: Api) -> None:
    account = api.funded("12.5")
    answer = await api.client.get(f"/api/v1/balance?account={account}", headers=api.program)
    assert answer.json() == {
        "account": account, "balance": "12.5", "available": "12.5", "reserved": "0", "owed": "0",
        "as_of": iso(api.world.clock()),
    }  # fmt: skip


async def test_a_bound_key_and_a_person_get_their_own_account_without_naming_it(shared_api: Api, ada: str) -> None:
    answer = await shared_api.client.get("/api/v1/balance", headers=shared_api.bound(ada))
    assert answer.json()["account"] == ada
    async with shared_api.browser(Principal("usr_1", "Ada", Role.USER, ada, session="s")) as client:
        assert (await client.get("/api/v1/transactions")).json()["account"] == ada


async def test_a_key_for_all_accounts_must_name_one_that_exists(shared_api: Api) -> None:
    for path in ("/api/v1/balance", "/api/v1/transactions", "/exports/transactions.csv"):
        unnamed = await shared_api.client.get(path, headers=shared_api.manager)
        unknown = await shared_api.client.get(f"{path}?account=acc_none", headers=shared_api.manager)
        assert (unnamed.status_code, unknown.status_code) == (400, 404), path


async def test_pages_follow_each_other_without_gap_or_repetition_while_lines_are_added(api: Api) -> None:
    account = _history(api)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = f"/api/v1/transactions?account={account}&limit=2&cursor={cursor}"
        page = (await api.client.get(query, headers=api.program)).json()
        seen += [item["balance_after"] for item in page["items"]]
        cursor = page["next_cursor"]
        await api.debit(account, "0.5", f"meanwhile {cursor}")
    assert seen == ["95", "96", "97", "98", "99", "100"]


async def test_a_period_is_bounded_by_whole_days_and_its_sum_is_shown(api: Api) -> None:
    account = _history(api)
    second, third = iso(api.world.clock() - 3 * DAY)[:10], iso(api.world.clock() - 2 * DAY)[:10]
    query = f"/api/v1/transactions?account={account}&since={second}&until={third}&kind=removal&kind=grant&direction=out"
    page = (await api.client.get(query, headers=api.program)).json()
    assert [item["reason"] for item in page["items"]] == ["removal 2 of a test", "removal 1 of a test"]
    assert (page["opening"], page["credits_in"], page["credits_out"], page["closing"]) == ("99", "0", "2", "97")
    found = (
        await api.client.get(f"/api/v1/transactions?account={account}&search=removal 4", headers=api.program)
    ).json()
    assert found["matching"] == 1


async def test_an_export_holds_what_the_page_holds_and_names_its_file(api: Api) -> None:
    account = _history(api)
    async with api.browser(Principal("usr_1", "Ada", Role.USER, account, session="s")) as client:
        answer = await client.get("/exports/transactions.csv?kind=removal&direction=&search=")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["balance_after"] for row in rows] == ["95", "96", "97", "98", "99"]
    day = iso(api.world.clock())[:10]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="transactions-{account}-{day}.csv"'
    assert answer.headers["cache-control"] == "no-store"


async def test_no_cell_of_an_export_is_a_formula(shared_api: Api) -> None:
    account = shared_api.world.account()
    for text in FORMULAS:
        grants.give(shared_api.world.portal, Grant(account, Credits.whole(1), text, "usr_mo", f"{account}{text}"))
    answer = await shared_api.client.get(f"/exports/transactions.csv?account={account}", headers=shared_api.manager)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["reason"].lstrip("'") for row in rows} == {text.strip() for text in FORMULAS}
    texts = [row[column] for row in rows for column in ("reason", "by", "order", "type")]
    assert not [cell for cell in texts if cell.lstrip().startswith(("=", "+", "-", "@"))]


async def test_a_long_export_comes_whole(shared_api: Api) -> None:
    account = shared_api.funded("100")
    debits = [
        {"account": account, "amount": "0.000001", "idempotency_key": f"n{n}", "description": "x" * 90}
        for n in range(1000)
    ]
    await shared_api.client.post("/api/v1/usage/batch", json={"debits": debits}, headers=shared_api.program)
    answer = await shared_api.client.get(f"/exports/transactions.csv?account={account}", headers=shared_api.manager)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(answer.text) > 130_000
    assert [row["balance_after"] for row in rows[:2]] == ["99.999", "99.999001"]
    assert len({row["transaction"] for row in rows}) == 1001


async def test_a_person_may_not_export_somebody_elses_account(shared_api: Api, ada: str) -> None:
    other = shared_api.funded(name="Bob")
    async with shared_api.browser(Principal("usr_1", "Ada", Role.USER, ada, session="s")) as client:
        assert (await client.get(f"/exports/transactions.csv?account={other}")).status_code == 404


async def test_a_database_that_is_away_is_told_before_the_export_begins(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = api.funded()
    headers = api.manager
    await api.client.get(f"/api/v1/balance?account={account}", headers=headers)
    with database_away(api.world, monkeypatch):
        for path in ("/exports/transactions.csv", "/api/v1/balance", "/api/v1/transactions"):
            answer = await api.client.get(f"{path}?account={account}", headers=headers)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), path
