"""The statement: its filters in the address, its sums, its pages, and what a hostile address does to them."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from itertools import pairwise

import pytest

from pages.parts.filter_bar import FilterBar
from pages.parts.ledger_table import LedgerTable
from tests.pages.visits import Site, Visitor, until


async def a_busy_account(site: Site, uses: int = 6) -> Visitor:
    """100 credits, a bonus of 50 for a reason of its own, and some uses of 1, 2, 3 ... credits."""
    ada = site.visitor()
    ada.given("100", "Opening of the account")
    ada.given("50", 'Because of 100%_of "it" <script>')
    for use in range(uses):
        await ada.spends(str(use % 6 + 1), f"Report {use}")
    return ada


def amounts(visitor: Visitor) -> list[str]:
    return [row["amount"] for row in visitor.the(LedgerTable).shown]


def ask(visitor: Visitor, **query: object) -> None:
    """Changes the filters, as the browser half tells it."""
    empty = {"search": "", "kind": [], "direction": "", "since": "", "until": "", "how": "push"}
    visitor.find(kind=FilterBar).trigger("ask", empty | query)


async def test_tx_1_the_address_alone_brings_back_what_was_filtered(site: Site) -> None:
    ada = await a_busy_account(site)
    await ada.open("/transactions?search=report&kind=usage&kind=grant&direction=out&since=2000-01-01&until=2100-01-01")
    assert amounts(ada) == ["−6", "−5", "−4", "−3", "−2", "−1"]
    period = {"since": "2000-01-01", "until": "2100-01-01"}
    chosen = {"search": "report", "kind": ["grant", "usage"], "direction": "out"}
    assert ada.the(FilterBar).props["start"] == chosen | period | {"least": "", "most": "", "by": ""}
    assert ada.the(FilterBar).props["count"] == "6 transactions"


async def test_tx_1_a_filter_chosen_on_the_page_changes_rows_and_export_alike(site: Site) -> None:
    ada = await a_busy_account(site)
    await ada.open("/transactions")
    ask(ada, kind=["grant"], direction="in")
    await until(lambda: amounts(ada) == ["+50", "+100"])
    (csv_link,) = ada.find(marker="CSV").elements
    address = csv_link.props["href"]
    assert address == "/exports/transactions.csv?direction=in&kind=grant"
    rows = list(csv.DictReader(io.StringIO((await ada.http_client.get(address)).text)))
    assert [row["amount"] for row in rows] == ["50", "100"]


async def test_tx_2_each_balance_is_the_one_before_plus_the_amount(site: Site) -> None:
    ada = await a_busy_account(site)
    await ada.open("/transactions?kind=usage")
    rows = [(number(row["amount"]), number(row["after"])) for row in ada.the(LedgerTable).shown]
    assert all(after - amount == before for (amount, after), (_, before) in pairwise(rows))
    assert ada.text("sums") == "Opening 0 + In 150 − Out 21 = Closing 129"


async def test_tx_2_a_period_before_the_account_existed_adds_up_to_nothing(site: Site) -> None:
    ada = await a_busy_account(site)
    await ada.open("/transactions?until=1999-12-31")
    assert ada.text("sums") == "Opening 0 + In 0 − Out 0 = Closing 0"
    assert "No transaction matches" in ada.text("empty")


async def test_tx_3_pages_follow_each_other_without_losing_a_row(site: Site) -> None:
    ada = await a_busy_account(site, uses=30)
    await ada.open("/transactions")
    table = ada.the(LedgerTable)
    first = [row["id"] for row in table.shown]
    further = table.props["further"]
    ada.find(kind=LedgerTable).trigger("page", further)
    await until(lambda: [row["id"] for row in table.shown] != first)
    assert len(first) == 25
    assert len(set(first + [row["id"] for row in table.shown])) == 32
    assert (table.props["further"], table.props["first"]) == (None, "/transactions")


async def test_tx_5_news_on_a_filtered_page_wait_to_be_asked_for(site: Site) -> None:
    ada = await a_busy_account(site)
    await ada.open("/transactions?kind=usage")
    shown = amounts(ada)
    ada.given("7")
    await ada.spends("9")
    await until(lambda: ada._sees(marker="news") and ada.text("news") == "2 new: show")
    assert amounts(ada) == shown
    ada.find(marker="news").click()
    await until(lambda: amounts(ada)[0] == "−9")


async def test_tx_5_news_without_filters_come_by_themselves(site: Site) -> None:
    ada = await a_busy_account(site)
    await ada.open("/transactions")
    ada.given("7.25")
    await until(lambda: amounts(ada)[0] == "+7.25")
    assert amounts(ada)[1] == "−6.00"


@pytest.mark.parametrize("words", ["100%_of", '"it"', "<script>"])
async def test_tx_7_searched_words_mean_only_themselves(site: Site, words: str) -> None:
    ada = await a_busy_account(site)
    await ada.open("/transactions")
    ask(ada, search=words)
    await until(lambda: amounts(ada) == ["+50"])
    assert ada.the(FilterBar).props["count"] == "1 transaction"


@pytest.mark.parametrize(
    "address",
    [
        "?kind=bogus&direction=sideways&since=yesterday&until=2026-99-99&cursor=-1&size=7&least=1e3&order=up",
        "?cursor=99999999999999999999999&most=-4&by=&since=9999-12-31&until=9999-12-31",
        "?cursor=1e3&size=-25&since=٢٠٢٦-٠١-٠١&search=%00%0a",
    ],
)
async def test_tx_8_what_an_address_must_not_hold_is_as_if_it_were_not_there(site: Site, address: str) -> None:
    ada = await a_busy_account(site)
    await ada.open(f"/transactions{address}")
    assert len(amounts(ada)) == 8


@pytest.mark.parametrize("sent", [None, 7, [], "x", {"kind": 7, "search": ["a"], "since": {}, "cursor": [1]}])
async def test_tx_8_nothing_sent_over_the_socket_breaks_the_page(site: Site, sent: object) -> None:
    ada = await a_busy_account(site)
    await ada.open("/transactions?kind=grant")
    ada.find(kind=FilterBar).trigger("ask", sent)
    ada.find(kind=LedgerTable).trigger("page", sent)
    await until(lambda: len(amounts(ada)) == 8)
    assert not ada.notify.messages


async def test_tx_9_a_debit_has_a_real_minus_and_no_colour_of_alarm(site: Site) -> None:
    ada = await a_busy_account(site, uses=1)
    await ada.open("/transactions")
    newest = ada.the(LedgerTable).shown[0]
    assert (newest["amount"], newest["tone"], newest["spoken"]) == ("\N{MINUS SIGN}1", "minus", "minus 1 credit")


async def test_tx_an_account_without_history_is_told_what_will_stand_here(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/transactions")
    assert "No transactions yet" in ada.text("empty")


def number(text: str) -> Decimal:
    return Decimal(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))


async def test_filters_of_the_statement_are_kept_by_name_and_lead_back(site: Site) -> None:
    ada = await a_busy_account(site)
    await ada.open("/transactions?kind=usage&least=3")
    ada.find(marker="keep-form").trigger("submit", {"name": "Dear uses"})
    await ada.should_see("Dear uses")
    await ada.open("/transactions")
    await ada.should_not_see(marker="keep-form")
    (kept,) = [each for each in ada.find("Dear uses").elements if each.props.get("href")]
    await ada.open(str(kept.props["href"]))
    assert amounts(ada) == ["−6", "−5", "−4", "−3"]
