"""What accounts use below zero is invoiced once, in full, and given back once when it is paid; on both engines."""

from __future__ import annotations

from datetime import UTC

import pytest
from sqlalchemy import text

from billing import check, credit_limits, overdraft
from billing.rules.errors import BadInput
from billing.rules.moments import DAY, SECOND
from billing.rules.money import MICRO, Credits, Money
from billing.rules.overdraft import InvoiceState
from tests.world.debtors import APRIL, MARCH, MAY, Books, at


def test_a_month_of_use_is_invoiced_sent_and_due(books: Books) -> None:
    account = books.debtor()
    books.use(account, 150 * MICRO)
    assert books.run() == []
    books.world.clock.now = APRIL
    assert len(books.run()) == 1
    (row,) = books.invoices(account)
    assert (row.period_start, row.period_end, row.credits, row.amount) == (
        MARCH, APRIL, Credits.whole(150), Money(299, "USD"),
    )  # fmt: skip
    (sent,) = books.at_stripe()
    assert (sent["id"], sent["status"], sent["collection_method"], sent["total"]) == (
        row.invoice_ref, "open", "send_invoice", 299,
    )  # fmt: skip
    assert sent["due_date"] - sent["created"] == 30 * DAY // SECOND
    (line,) = sent["lines"]["data"]
    assert line["description"] == "150 credits used on account, 2027-03-01 to 2027-03-31, at 1.99 USD for 100"
    assert (line["period"]["start"], line["period"]["end"]) == (MARCH // SECOND, APRIL // SECOND)
    assert check.run(books.portal.database) == []


def test_two_credits_at_199_for_100_are_invoiced_as_4_which_the_provider_carries_over(books: Books) -> None:
    """Less than a card can be charged goes to the customer's balance there, and is asked for with the next invoice."""
    account = books.debtor()
    books.use(account, 2 * MICRO)
    books.world.clock.now = APRIL
    books.run()
    (row,) = books.invoices(account)
    assert (row.amount, row.state) == (Money(4, "USD"), InvoiceState.PAID)
    assert (books.at_stripe()[0]["total"], books.at_stripe()[0]["ending_balance"]) == (4, 4)
    books.use(account, 100 * MICRO)
    books.world.clock.now = MAY
    books.run()
    assert (books.at_stripe()[1]["total"], books.at_stripe()[1]["amount_due"]) == (199, 203)


def test_a_month_without_use_has_no_invoice_and_running_again_makes_none(books: Books) -> None:
    account = books.debtor()
    books.use(account, 5 * MICRO)
    for month in (4, 5, 6, 7):
        books.world.clock.now = at(UTC, 2027, month, 1)
        books.run()
        assert books.run() == []
    assert [row.period_end for row in books.invoices(account)] == [APRIL]


def test_what_was_repaid_by_buying_is_not_invoiced(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.buy(account, 30 * MICRO)
    books.world.clock.now = APRIL
    (row,) = books.run()
    assert row.credits == Credits.whole(70)


def test_what_was_repaid_before_a_late_run_is_not_asked_for(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL + DAY
    books.buy(account, 60 * MICRO)
    books.world.clock.now = APRIL + 5 * DAY
    (row,) = books.run()
    assert row.credits == Credits.whole(40)


def test_buying_while_an_invoice_is_open_is_never_asked_for_twice_and_never_lost(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    (first,) = books.run()
    books.buy(account, 100 * MICRO)
    books.use(account, 30 * MICRO)
    books.world.clock.now = MAY
    assert books.run() == []
    books.pay(books.invoices(account)[0])
    assert books.world.balance(account) == Credits.whole(70)
    books.use(account, 80 * MICRO)
    books.world.clock.now = at(UTC, 2027, 6, 1)
    (second,) = books.run()
    assert (first.credits, second.credits) == (Credits.whole(100), Credits.whole(10))
    assert check.run(books.portal.database) == []


def test_less_than_the_smallest_amount_waits_for_the_next_month(books: Books) -> None:
    account = books.debtor()
    books.use(account, MICRO // 10)
    books.world.clock.now = APRIL
    assert books.run() == []
    books.use(account, MICRO // 5)
    books.world.clock.now = MAY
    (row,) = books.run()
    assert (row.credits, row.amount) == (Credits(300_000), Money(1, "USD"))


def test_three_months_of_downtime_are_caught_up_month_by_month(books: Books) -> None:
    account = books.debtor()
    for month, credits in ((3, 100), (4, 200), (5, 0), (6, 300)):
        books.world.clock.now = at(UTC, 2027, month, 15)
        if credits:
            books.use(account, credits * MICRO)
    books.world.clock.now = at(UTC, 2027, 7, 2)
    books.run()
    asked = [(row.period_end, row.credits.micro // MICRO) for row in books.invoices(account)]
    assert asked == [(APRIL, 100), (MAY, 200), (at(UTC, 2027, 7, 1), 300)]
    assert [each["total"] for each in books.at_stripe()] == [199, 398, 597]


def test_an_invoice_paid_during_the_downtime_is_not_asked_for_again(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    books.run()
    books.world.clock.now = MAY + DAY
    books.pay(books.invoices(account)[0])
    books.use(account, 50 * MICRO)
    books.world.clock.now = at(UTC, 2027, 6, 10)
    books.run()
    asked = [(row.period_end, row.credits.micro // MICRO) for row in books.invoices(account)]
    assert asked == [(APRIL, 100), (at(UTC, 2027, 6, 1), 50)]


def test_a_use_that_was_committed_late_is_in_the_next_invoice(books: Books) -> None:
    """One process was slow to write, another has closed the month, a third does not know yet that it has."""
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    books.run()
    books.world.clock.now = APRIL - 1
    books.use(account, 7 * MICRO)
    books.world.clock.now = APRIL + DAY
    books.portal.till.write(lambda tx: tx.connection.execute(text("DELETE FROM cursors")))
    assert books.run() == []
    books.world.clock.now = MAY
    assert [row.credits.micro // MICRO for row in books.run()] == [7]


def test_a_price_that_changed_counts_from_the_next_invoice_on(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    books.run()
    books.priced(301)
    books.use(account, 100 * MICRO)
    books.world.clock.now = MAY
    books.run()
    assert [row.amount.minor for row in books.invoices(account)] == [199, 301]


def test_an_account_whose_limit_was_taken_away_is_still_invoiced(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    asked = credit_limits.NewTerms(account, "the contract has ended", "usr_mia")
    credit_limits.set_terms(books.portal, asked)
    books.world.clock.now = APRIL
    (row,) = books.run()
    assert row.credits == Credits.whole(100)


def test_a_dry_run_tells_and_writes_nothing(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL + DAY
    books.use(account, 50 * MICRO)
    before = books.world.dump()
    told = overdraft.invoice(books.portal, MAY, dry_run=True)
    assert [row.credits.micro // MICRO for row in told] == [100, 50]
    assert (books.world.dump(), books.invoices(account)) == (before, [])
    with pytest.raises(BadInput):
        overdraft.invoice(books.portal, MAY)
    assert [row.credits for row in overdraft.invoice(books.portal, APRIL)] == [Credits.whole(100)]
