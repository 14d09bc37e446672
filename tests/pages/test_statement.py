"""What more a statement can be asked: by amount and mover, the other way round, and why each line is what it is."""

from __future__ import annotations

from itertools import pairwise

import pytest

from billing import reverts
from billing.reverts import Revert
from billing.rules.money import Credits
from billing.usage import Debit, debit
from pages.parts.filter_bar import FilterBar
from pages.parts.ledger_table import LedgerTable
from pages.parts.plain_table import PlainTable
from tests.pages.test_transactions import a_busy_account, amounts, ask, number
from tests.pages.visits import Site, until


async def test_tx_1_amount_mover_order_and_length_stand_in_the_address(site: Site) -> None:
    ada = await a_busy_account(site, uses=30)
    await ada.open("/transactions?least=2&most=4.5&by=key_tests&order=oldest&size=50")
    table, bar = ada.the(LedgerTable), ada.the(FilterBar)
    assert set(amounts(ada)) == {"−2", "−3", "−4"}
    assert amounts(ada)[:3] == ["−2", "−3", "−4"]
    assert (bar.props["start"]["least"], bar.props["start"]["by"]) == ("2", "key_tests")
    assert [each["value"] for each in bar.props["actors"]] == ["key_tests", "usr_tests"]
    assert table.props["turned"] == "/transactions?least=2&most=4.5&by=key_tests&size=50"


async def test_tx_1_what_is_typed_as_an_amount_is_read_as_the_visitor_writes_it(site: Site) -> None:
    ada = await a_busy_account(site)
    ada.http_client.headers["Accept-Language"] = "de"
    await ada.open("/transactions")
    ask(ada, least="99,5")
    await until(lambda: amounts(ada) == ["+100"])
    (csv_link,) = ada.find(marker="CSV").elements
    assert csv_link.props["href"] == "/exports/transactions.csv?least=99.5"
    ask(ada, least="many", direction="in")
    await until(lambda: amounts(ada) == ["+50", "+100"])
    assert ada.the(FilterBar).props["wrong"] == ["least"]


async def test_tx_1_going_back_refills_the_fields_from_the_address(site: Site) -> None:
    ada = await a_busy_account(site)
    await ada.open("/transactions")
    ask(ada, direction="in")
    await until(lambda: len(amounts(ada)) == 2)
    ada.find(kind=FilterBar).trigger("ask", {"how": "none", "address": "?kind=usage&order=oldest"})
    await until(lambda: amounts(ada)[0] == "−1")
    assert len(amounts(ada)) == 6


async def test_tx_a_number_finds_its_transaction(site: Site) -> None:
    ada = await a_busy_account(site)
    wanted = ada.given("7.5", "One to be found").transfer_id
    await ada.open(f"/transactions?search={wanted}")
    assert "+7.5" in amounts(ada)


async def test_tx_a_page_may_be_longer_and_run_the_other_way(site: Site) -> None:
    ada = await a_busy_account(site, uses=40)
    await ada.open("/transactions")
    table = ada.the(LedgerTable)
    assert [each["size"] for each in table.props["sizes"] if each["chosen"]] == [25]
    ada.find(kind=LedgerTable).trigger("page", "/transactions?size=50")
    await until(lambda: len(amounts(ada)) == 42)
    ada.find(kind=LedgerTable).trigger("page", "/transactions?order=oldest")
    await until(lambda: amounts(ada)[:3] == ["+100", "+50", "−1"])
    ada.find(kind=LedgerTable).trigger("page", table.props["further"])
    await until(lambda: len(amounts(ada)) == 17)
    rows = [(number(row["amount"]), number(row["after"])) for row in table.shown]
    assert all(later - amount == before for (_, before), (amount, later) in pairwise(rows))


async def test_a_line_tells_what_it_was_paid_from_and_what_it_belongs_to(site: Site) -> None:
    ada = await a_busy_account(site, uses=1)
    portal = site.world.portal
    asked = Debit(ada.account_id, Credits.of("120"), "job-7", "key_tests", "Large job", {"model": "large"})
    used = await debit(portal, asked)
    back = reverts.revert(portal, Revert(ada.account_id, "job-7", Credits.whole(3), "back", "key_tests"))
    await ada.open("/transactions")
    used_id = str(used.transfer_id)  # type: ignore[union-attr]
    ada.find(kind=LedgerTable).trigger("story", used_id)
    await until(lambda: used_id in ada.the(LedgerTable).props["stories"])
    story = ada.the(LedgerTable).props["stories"][used_id]
    assert [(lot["text"][:5], lot["amount"]) for lot in story["lots"]] == [("Grant", "−99"), ("Grant", "−21")]
    assert {(fact["term"], fact["text"]) for fact in story["facts"]} >= {("model", "large"), ("Cause", "job-7")}
    (related,) = story["related"]
    assert (related["href"], related["amount"]) == (f"/transactions?search={back.transfer_id}", "+3")
    ada.find(kind=LedgerTable).trigger("lot", story["lots"][1]["id"])
    await until(lambda: "Remains" in ada.text("lot"))
    assert "Came in 50 Usage, 1 time − 21 Remains = 29" in ada.text("lot")


@pytest.mark.parametrize("sent", [None, "", "0", "9" * 30, "-1", {"id": 1}, "1 OR 1=1"])
async def test_what_is_not_on_the_page_tells_nothing(site: Site, sent: object) -> None:
    ada, bob = await a_busy_account(site, uses=1), site.visitor("Bob")
    foreign = bob.given("5")
    await ada.open("/transactions")
    for asked in (sent, str(foreign.transfer_id)):
        ada.find(kind=LedgerTable).trigger("story", asked)
        ada.find(kind=LedgerTable).trigger("lot", asked)
    await until(lambda: len(ada.notify.messages) >= 1)
    assert ada.the(LedgerTable).props["stories"] == {}
    assert set(ada.notify.messages) == {"There is no such lot."}


async def test_the_period_is_explained_by_type_for_whoever_asks(site: Site) -> None:
    ada = await a_busy_account(site)
    await ada.open("/transactions")
    ada.find(marker="why").trigger("toggle", True)
    (table,) = ada.find(kind=PlainTable).elements
    await until(lambda: table.props.get("rows"))
    told = [[cell["text"] for cell in row] for row in table.props["rows"]]
    assert told == [
        ["Opening", "", "", "", "0"], ["Grant", "2", "150", "0", "+150"], ["Usage", "6", "0", "21", "−21"],
        ["Closing", "", "", "", "129"],
    ]  # fmt: skip
