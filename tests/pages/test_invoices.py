"""The page of invoices: what is due first, then all of them; nobody else's, and no list instead of a wrong one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from billing.rules.bills import Bill, BillLine
from billing.rules.errors import GatewayUnavailable
from billing.rules.facts import InvoiceLine
from billing.rules.moments import DAY
from billing.rules.money import Money
from billing.rules.papers import Paper
from pages.invoices import asked_year
from pages.parts.invoice_list import STATES, InvoiceList
from tests.pages.test_plan import subscribed
from tests.pages.visits import Site, Visitor

USD = "USD"


class Papers:
    """What the provider has; away while `is_away`."""

    def __init__(self) -> None:
        self.found: list[Paper] = []
        self.is_away = False

    def listed(self, customer_ref: str, _most: int) -> tuple[Paper, ...]:
        if self.is_away:
            raise GatewayUnavailable("The payment provider cannot be reached at the moment.")
        return tuple(each for each in self.found if each.customer_ref == customer_ref)


@pytest.fixture
def provider(site: Site, monkeypatch: pytest.MonkeyPatch) -> Papers:
    made, gateway = Papers(), site.world.portal.gateway
    day = 20_029 * DAY
    line = InvoiceLine("price_team", "prod_plans", 1, 2000, day, day)
    coming = Bill(day, (BillLine("Team", line, tax_minor=400),), -500, Money(1900, USD))
    monkeypatch.setattr(gateway, "papers", made.listed)
    monkeypatch.setattr(gateway, "upcoming", lambda _: coming)
    monkeypatch.setattr("billing.subscriptions.are_offered", lambda _: True)
    return made


def paper(customer: str, **changes: Any) -> Paper:
    usual = Paper(
        "in_1", customer, "paid", "subscription_cycle", Money(2000, USD), Money(0, USD), Money(0, USD), 20_000 * DAY,
        "A-1", None, "https://pay.example.org/in_1", "https://pay.example.org/in_1.pdf",
    )  # fmt: skip
    return replace(usual, **changes)


def rows(visitor: Visitor) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = visitor.the(InvoiceList).props["rows"]
    return found


async def test_each_invoice_is_a_row_with_the_ways_to_it(site: Site, provider: Papers) -> None:
    ada = site.visitor()
    provider.found = [paper(subscribed(site, ada).customer_ref), paper("cus_somebody_else", number="B-1")]
    await ada.open("/invoices")
    (row,) = rows(ada)
    assert [each["text"] for each in row] == [
        "A-1", "4 Oct 2024", "Plan renewed", "Paid", "20.00 USD", "Open", "PDF",
    ]  # fmt: skip
    assert (row[5]["href"], row[6]["title"]) == ("https://pay.example.org/in_1", "PDF of invoice A-1")


async def test_what_is_due_comes_first_with_the_way_to_pay_it(site: Site, provider: Papers) -> None:
    ada = site.visitor()
    owed = {"status": "open", "left": Money(1500, USD), "due_at": 19_000 * DAY}
    provider.found = [paper(subscribed(site, ada).customer_ref, **owed)]
    await ada.open("/invoices")
    assert "An invoice is overdue" in ada.text("invoices-due")
    assert "Pay 15.00 USD now" in ada.text("invoices-due")
    assert rows(ada)[0][3]["text"] == "Overdue"


async def test_the_next_invoice_adds_up_line_by_line(site: Site, provider: Papers) -> None:
    ada = site.visitor()
    provider.found = [paper(subscribed(site, ada).customer_ref)]
    await ada.open("/invoices")
    text = ada.text("invoices-next")
    assert "19.00 USD on 2 Nov 2024" in text
    for said in ("Team 20.00 USD", "Tax 4.00 USD", "From your balance -5.00 USD", "To be paid 19.00 USD"):
        assert said in text


async def test_a_year_shows_its_own_invoices_alone(site: Site, provider: Papers) -> None:
    ada = site.visitor()
    mine = subscribed(site, ada).customer_ref
    provider.found = [paper(mine), paper(mine, number="A-0", created_at=19_000 * DAY)]
    await ada.open("/invoices?year=2022")
    assert [row[0]["text"] for row in rows(ada)] == ["A-0"]
    assert "2024" in ada.text("invoices")
    await ada.open("/invoices?year=1999")
    assert "No invoice is of this year." in ada.text("invoices")


async def test_who_never_paid_is_told_what_will_stand_there(site: Site, provider: Papers) -> None:
    ada = site.visitor()
    await ada.open("/invoices")
    assert "No invoices yet." in ada.text("invoices")
    assert provider.found == []


async def test_a_provider_that_is_away_is_an_error_with_a_way_to_try_again(site: Site, provider: Papers) -> None:
    ada = site.visitor()
    subscribed(site, ada)
    provider.is_away = True
    await ada.open("/invoices")
    assert "Your invoices cannot be shown now." in ada.text("invoices")
    assert "Try again" in ada.text("invoices")


def test_every_state_has_words_and_only_a_year_is_a_year() -> None:
    assert len({word for word, _, _ in STATES.values()}) == len(STATES)
    assert [asked_year(text) for text in ("2024", "", "24", "٢٠٢٤", "20x4")] == [2024, None, None, None, None]
