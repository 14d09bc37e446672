"""Cost Management: one's own balance and its history, and for managers a chosen user with the two buttons."""

from __future__ import annotations

from typing import Any

import pytest

from auth.policy import Role
from pages.parts.ledger_table import LedgerTable
from pages.parts.tags import Tag
from tests.pages.visits import Site, Visitor, until

PATH = "/cost-management"


async def test_a_user_sees_the_balance_the_history_and_the_way_to_buy(site: Site) -> None:
    ada = site.visitor()
    ada.given("40")
    await ada.open(PATH)
    assert ada.text("balance") == "40 credits"
    await ada.should_see("Cost Management")
    await ada.should_see(marker="buy")
    assert [row["amount"] for row in ada.the(LedgerTable).shown] == ["+40"]
    for hidden in ("grant", "remove", "user", "whose", "buy-for"):
        await ada.should_not_see(marker=hidden)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.BILLING_MANAGER])
async def test_managers_grant_to_the_user_they_selected_and_see_whose_it_is(site: Site, role: Role) -> None:
    ada, boss = site.visitor("Ada"), site.visitor("Mia", role)
    await boss.open(f"{PATH}?user={ada.principal.id}")
    assert "Showing transactions for Ada" in boss.text("whose")
    boss.find(marker="grant").click()
    await until(lambda: boss.text("preview").startswith("Balance"))
    form = {"direction": "grant", "amount": "500", "reason": "Compensation for an outage"}
    boss.find(marker="grant-form").trigger("submit", form)
    await until(lambda: boss.text("balance") == "500 credits")
    await boss.should_see(kind=LedgerTable)
    await until(lambda: [row["amount"] for row in boss.the(LedgerTable).shown] == ["+500"])


async def test_the_chosen_user_stays_in_every_address_of_the_list(site: Site) -> None:
    ada, mia = site.visitor(), site.visitor("Mia", Role.MANAGER)
    for _ in range(30):
        ada.given("1")
    await mia.open(f"{PATH}?user={ada.account_id}&kind=grant")
    table = mia.the(LedgerTable)
    assert f"user={ada.account_id}" in str(table.props["further"])
    assert "kind=grant" in str(table.props["further"])
    mia.find(kind=LedgerTable).trigger("page", table.props["further"])
    await until(lambda: len(mia.the(LedgerTable).shown) == 5)
    (csv_link,) = mia.find(marker="CSV").elements
    assert f"account={ada.account_id}" in csv_link.props["href"]


async def test_a_manager_finds_users_by_name_and_chooses_among_several(site: Site) -> None:
    site.visitor("Quentin One"), site.visitor("Quentin Two")
    mia = site.visitor("Mia", Role.MANAGER)
    await mia.open(f"{PATH}?user=quentin")
    await mia.should_see("Quentin One")
    await mia.should_see("Quentin Two")
    await mia.should_not_see(kind=LedgerTable)
    await mia.open(f"{PATH}?user=quentin+two")
    assert "Showing transactions for Quentin Two" in mia.text("whose")
    await mia.open(f"{PATH}?user=nobody+at+all")
    assert mia.text("found") == "Nobody fits “nobody at all”."


async def test_a_manager_at_home_buys_and_grants_themselves_nothing(site: Site) -> None:
    mia = site.visitor("Mia", Role.MANAGER)
    await mia.open(PATH)
    await mia.should_see(marker="buy")
    for hidden in ("grant", "remove", "whose"):
        await mia.should_not_see(marker=hidden)


@pytest.mark.parametrize("named", ["other", "acc_nobody", "x", "sys_stripe", "'--"])
async def test_somebody_elses_costs_look_like_nobodys(site: Site, named: str) -> None:
    other = site.visitor("Bo").account_id
    answer = await site.visitor().http_client.get(PATH, params={"user": other if named == "other" else named})
    assert answer.status_code == 404
    assert "x-nicegui-content" not in answer.headers


async def test_who_may_buys_for_the_account_they_look_at(site: Site) -> None:
    ada, ben = site.visitor(), site.visitor("Ben", Role.BILLING_MANAGER)
    for path in (f"/manage/accounts/{ada.account_id}", f"{PATH}?user={ada.account_id}"):
        await ben.open(path)
        (link,) = ben.find(marker="buy-for").elements
        assert _address(link) == f"/buy?account={ada.account_id}"
    await ben.open(f"/manage/accounts/{ben.account_id}")
    await ben.should_not_see(marker="buy-for")


def _address(link: Any) -> str:
    return str(link.props["href"])


async def test_the_menu_has_the_page_only_where_the_settings_name_it(site: Site, monkeypatch: Any) -> None:
    ada: Visitor = site.visitor()
    await ada.open(PATH)
    assert PATH not in _menu(ada)
    settings = site.world.portal.settings
    monkeypatch.setitem(settings.__dict__, "menu", ("costs",))
    await ada.open(PATH)
    assert PATH in _menu(ada)


def _menu(visitor: Visitor) -> list[str]:
    return [str(each.props["href"]) for each in visitor.find(kind=Tag).elements if "href" in each.props]
