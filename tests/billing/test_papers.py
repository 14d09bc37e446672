"""Invoices as their owner reads them: all of theirs and nobody else's, the next one, and where the open one is paid."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from billing import papers, subscribing
from billing.rules.moments import DAY
from billing.rules.money import Money
from billing.rules.papers import Paper, PaperKind, PaperState, of_year, unpaid
from billing.rules.plan_deeds import Deed, deeds
from billing.subscriptions import current, refresh
from tests.world.inside import Stage

USD = "USD"
NINE = Money(900, USD)
PAPER = Paper("in_1", "cus_1", "open", "subscription_cycle", NINE, NINE, Money(0, USD), 20_000 * DAY)


def subscriber(stage: Stage) -> tuple[str, str, str]:
    """An account, its customer and their subscription, which the portal knows of."""
    account, customer = stage.customer()
    made = stage.subscribed(customer, "solo:month:usd")
    refresh(stage.portal, account)
    return account, customer, str(made)


def test_the_invoices_of_an_account_are_its_own_and_say_what_they_are_for(stage: Stage) -> None:
    ada, customer = stage.customer()
    bo, other = stage.customer()
    stage.subscribed(customer, "solo:month:usd")
    stage.subscribed(other, "solo:month:usd")
    (paper,) = papers.listed(stage.portal, ada)
    assert (paper.customer_ref, paper.kind, paper.state(stage.portal.clock())) == (
        customer, PaperKind.PLAN_BEGUN, PaperState.PAID,
    )  # fmt: skip
    assert paper.total.minor > 0
    assert paper.left.minor == 0
    assert paper.url is not None
    assert [each.customer_ref for each in papers.listed(stage.portal, bo)] == [other]


def test_who_has_no_customer_has_no_invoices(stage: Stage) -> None:
    nobody = stage.world.account("Nobody")
    assert papers.listed(stage.portal, nobody) == ()
    assert papers.upcoming(stage.portal, nobody) is None


def test_a_foreign_paper_in_the_answer_is_left_out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, customer = stage.customer()
    answer = (replace(PAPER, customer_ref=customer), replace(PAPER, invoice_ref="in_2", customer_ref="cus_other"))
    monkeypatch.setattr(stage.portal.gateway, "papers", lambda *_: answer)
    assert [each.invoice_ref for each in papers.listed(stage.portal, ada)] == ["in_1"]


def test_the_next_invoice_is_foretold_until_the_plan_is_cancelled(stage: Stage) -> None:
    ada, _, _ = subscriber(stage)
    papers_before, found = papers.listed(stage.portal, ada), papers.upcoming(stage.portal, ada)
    had = current(stage.portal, ada)
    assert found is not None
    assert had is not None
    assert (found.due, found.at) == (papers_before[0].total, had.period_end)
    subscribing.cancel(stage.portal, ada)
    assert papers.upcoming(stage.portal, ada) is None
    assert stage.portal.gateway.upcoming(had.id) is None


def test_the_file_has_a_row_for_each_invoice_of_the_year(stage: Stage) -> None:
    ada, customer = stage.customer()
    stage.subscribed(customer, "solo:month:usd")
    (paper,) = papers.listed(stage.portal, ada)
    (row,) = csv.DictReader("".join(papers.csv_rows(stage.portal, ada, paper.year)).splitlines())
    assert (row["total"], row["currency"], row["state"], row["invoice"]) == (
        str(paper.total.major), USD, "paid", paper.invoice_ref,
    )  # fmt: skip
    assert list(csv.DictReader(papers.csv_rows(stage.portal, ada, paper.year - 1))) == []


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, PaperState.OPEN), ({"due_at": 1}, PaperState.OVERDUE), ({"due_at": 9}, PaperState.OPEN),
        ({"status": "draft"}, PaperState.DRAFT), ({"status": "paid"}, PaperState.PAID),
        ({"status": "paid", "credited": Money(900, USD)}, PaperState.REFUNDED),
        ({"status": "paid", "credited": Money(1, USD)}, PaperState.PARTLY_REFUNDED),
        ({"status": "void"}, PaperState.VOID), ({"status": "uncollectible"}, PaperState.UNCOLLECTIBLE),
        ({"status": "hibernating"}, PaperState.OTHER),
    ],
)  # fmt: skip
def test_each_state_of_an_invoice_is_told_apart(changes: dict[str, object], state: PaperState) -> None:
    assert replace(PAPER, **changes).state(now=5) is state  # type: ignore[arg-type]


def test_what_is_due_is_the_oldest_first_and_years_are_those_of_the_papers() -> None:
    older = replace(PAPER, invoice_ref="in_0", created_at=19_000 * DAY)
    paid = replace(PAPER, invoice_ref="in_2", status="paid")
    assert unpaid([paid, PAPER, older]) == (older, PAPER)
    assert (of_year([PAPER, older], older.year), of_year([PAPER], None)) == ((older,), (PAPER,))


def test_a_state_nobody_knows_allows_nothing(stage: Stage) -> None:
    ada, _, _ = subscriber(stage)
    had = current(stage.portal, ada)
    assert had is not None
    assert deeds(had) == (Deed.CHANGE, Deed.CANCEL)
    assert deeds(replace(had, status="hibernating")) == ()
    assert deeds(replace(had, status="canceled")) == ()
