"""The overview, as somebody sees it who is signed in."""

from __future__ import annotations

import asyncio

import pytest
from structlog.typing import EventDict

from auth import sessions
from billing import accounts
from billing.rules.errors import LedgerUnavailable
from pages.parts.ledger_table import LedgerTable
from pages.parts.plain_table import PlainTable
from tests.pages.visits import Site, digits, until


async def test_home_1_a_grant_in_another_session_is_seen_within_a_second(site: Site) -> None:
    ada = site.visitor()
    ada.given("100")
    await ada.open("/")
    assert ada.text("balance") == "100 credits"
    ada.given("500", "For being patient")
    await until(lambda: ada.text("balance") == "600 credits" and ada.text("chip-balance") == "600")
    await until(lambda: len(ada.the(LedgerTable).shown) == 2)
    newest = ada.the(LedgerTable).shown[0]
    assert (newest["amount"], newest["spoken"], newest["about"]) == ("+500", "plus 500 credits", "For being patient")


async def test_home_1_a_page_that_is_gone_is_told_nothing(site: Site) -> None:
    ada = site.visitor()
    client = await ada.open("/")
    heard = site.world.portal.bell._listeners
    assert ada.account_id in heard
    client.delete()
    assert ada.account_id not in heard


async def test_home_3_a_newcomer_sees_first_steps_and_no_table(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/")
    assert ada.text("balance") == "0 credits"
    await ada.should_see("First steps")
    await ada.should_not_see(kind=LedgerTable)
    await ada.should_not_see("Last transactions")


async def test_home_4_without_the_database_there_is_no_digit(
    site: Site, monkeypatch: pytest.MonkeyPatch, logged: list[EventDict]
) -> None:
    def away(*_: object) -> None:
        raise LedgerUnavailable("The database does not answer.")

    ada = site.visitor()
    ada.given("4321")
    monkeypatch.setattr(accounts, "view", away)
    await ada.open("/")
    assert "cannot be shown" in ada.text("balance")
    assert digits(ada.text("balance") + ada.text("chip-balance")) == ""
    assert logged.pop()["reference"] in ada.text("as-of")


async def test_home_spent_credits_are_said_in_words(site: Site) -> None:
    ada = site.visitor()
    ada.given("5")
    await ada.spends("5")
    await ada.open("/")
    assert "No credits are available" in ada.text("warnings")
    assert ada.text("sum") == "Balance 0 = Available 0"


async def test_home_lots_say_which_burns_next(site: Site) -> None:
    ada = site.visitor()
    ada.given("30")
    ada.given("12.5")
    await ada.open("/")
    rows = [[cell["text"] for cell in row] for row in ada.the(PlainTable).props["rows"]]
    assert rows == [["Grant", "30", "never", "Burns next"], ["Grant", "12.5", "never", ""]]


async def test_home_an_unfinished_purchase_leads_to_its_receipt(site: Site) -> None:
    ada = site.visitor()
    order = site.world.order(ada.account_id, "pi_home", "cus_home", credits=2000, minor=1800)
    await ada.open("/")
    await ada.should_see("2,000 credits for 18.00 USD")
    (link,) = ada.find("Continue").elements
    assert link.props["href"] == f"/receipt/{order.id}"


async def test_home_a_session_that_ended_no_longer_follows_the_balance(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/")
    assert ada.principal.session is not None
    sessions.end(site.world.portal, ada.principal.session)
    ada.given("77")
    await asyncio.sleep(0.3)
    assert (ada.text("balance"), ada.text("chip-balance")) == ("0 credits", "0")


async def test_where_no_credits_are_sold_nothing_speaks_of_them_until_somebody_is_given_some(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(site.world.portal.settings), "sells_credits", False)
    ada = site.visitor()
    await ada.open("/")
    for word in ("0 credits", "Balance:", "Buy credits", "Transactions", "First steps"):
        await ada.should_not_see(word)
    ada.given("5")
    await ada.open("/")
    assert (ada.text("balance"), ada.text("chip-balance")) == ("5 credits", "5")
