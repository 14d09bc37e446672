"""What becomes of invoices for credits used on account: paid, void, refused, or cut short by a crash."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing import accounts, check, credit_limits, duties, overdraft
from billing.recording import record_now
from billing.rules.errors import NotFound
from billing.rules.moments import DAY
from billing.rules.money import MICRO, Credits
from billing.rules.overdraft import InvoiceState
from tests.world.debtors import APRIL, MAY, Books


def test_a_paid_invoice_gives_back_exactly_what_it_asked_for_once(books: Books) -> None:
    account = books.debtor()
    books.use(account, 250 * MICRO)
    books.world.clock.now = APRIL
    books.run()
    books.use(account, 7 * MICRO)
    (row,) = books.invoices(account)
    books.pay(row)
    books.told.clear()
    books.hear()
    (paid,) = books.invoices(account)
    assert (paid.state, paid.closed_at) == (InvoiceState.PAID, APRIL)
    assert books.world.balance(account) == Credits.whole(-7)
    line = [each for each in accounts.history(books.portal, account) if each.action == "duty.overdraft_invoice"]
    assert len(line) == 1
    assert check.run(books.portal.database) == []


def test_a_crash_before_the_provider_was_asked_loses_nothing(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    overdraft.invoice(books.portal)
    assert books.at_stripe() == []
    assert books.invoices(account)[0].state is InvoiceState.NEW
    assert overdraft.invoice(books.portal) == []
    assert duties.work(books.portal) == 1
    assert [each["total"] for each in books.at_stripe()] == [199]


@pytest.mark.parametrize("days", [0, 40])
def test_a_crash_after_the_provider_was_asked_makes_no_second_invoice(books: Books, days: int) -> None:
    """The provider forgets keys after a day: the invoice is found by our id in it."""
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    overdraft.invoice(books.portal)
    (row,) = books.invoices(account)
    customer = accounts.view(books.portal, account).customer_ref
    # As far as a process came that died before it could remember the answer: the draft alone.
    claim = overdraft.claim_of(books.portal, row, customer or "")
    gateway = books.portal.gateway
    gateway._draft(claim, "of_the_dead:draft")  # type: ignore[attr-defined]
    if days:
        gateway.send_invoice(claim, "of_another")
    books.world.clock.pass_by(days * DAY)
    assert duties.work(books.portal) == 1
    assert [(each["total"], each["status"]) for each in books.at_stripe()] == [(199, "open")]
    assert books.invoices(account)[0].state is InvoiceState.OPEN


def test_a_voided_invoice_is_visible_and_what_it_asked_for_is_in_the_next(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    books.run()
    books.world.clock.pass_by(DAY)
    books.act(books.invoices(account)[0], "void")
    assert books.invoices(account)[0].state is InvoiceState.VOID
    assert credit_limits.standing(books.portal, account).unasked == Credits.whole(100)
    books.use(account, 5 * MICRO)
    books.world.clock.now = MAY
    (row,) = books.run()
    assert row.credits == Credits.whole(105)
    assert check.run(books.portal.database) == []


def test_an_uncollectible_invoice_is_visible_still_asks_and_may_be_paid_after_all(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    books.run()
    books.act(books.invoices(account)[0], "mark_uncollectible")
    assert books.invoices(account)[0].state is InvoiceState.UNCOLLECTIBLE
    books.world.clock.now = MAY
    assert books.run() == []
    books.pay(books.invoices(account)[0])
    assert books.world.balance(account).micro == 0


def test_a_payment_of_another_amount_credits_nothing_and_says_why(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    books.run()
    (row,) = books.invoices(account)
    books.stripe("credit_notes", invoice=row.invoice_ref, amount=199, reason="duplicate")
    books.hear()
    (seen,) = books.invoices(account)
    assert (seen.state, seen.transfer_id) == (InvoiceState.OPEN, None)
    assert "not paid in full" in seen.note
    assert books.world.balance(account) == Credits.whole(-100)


@pytest.mark.parametrize("is_sent", [True, False])
def test_an_invoice_with_our_id_in_it_that_somebody_else_made_credits_nothing(books: Books, is_sent: bool) -> None:
    account, other = books.debtor(), books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    overdraft.invoice(books.portal)
    if is_sent:
        duties.work(books.portal)
    (row,) = books.invoices(account)
    stranger = accounts.view(books.portal, other).customer_ref
    forged = books.stripe("invoices", customer=stranger, **{"metadata[scrip_claim]": row.id})
    books.stripe("invoiceitems", customer=stranger, invoice=forged["id"], amount=199, currency="usd")
    books.stripe(f"invoices/{forged['id']}/pay", paid_out_of_band="true")
    books.hear()
    assert books.invoices(account)[0].transfer_id is None
    assert (books.world.balance(other).micro, books.world.balance(account)) == (0, Credits.whole(-100))
    duties.work(books.portal)
    assert books.invoices(account)[0].state is InvoiceState.OPEN


def test_a_paid_invoice_stays_paid_whatever_comes_later(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    books.run()
    (row,) = books.invoices(account)
    early = books.portal.gateway.invoice(row.invoice_ref or "")
    books.pay(row)
    before = books.invoices(account)
    record_now(books.portal, replace(early, read_at=APRIL + DAY))
    record_now(books.portal, replace(early, status="void", read_at=APRIL + DAY))
    assert books.invoices(account) == before


def test_an_open_invoice_nobody_told_of_is_read_again(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    books.run()
    books.stripe(f"invoices/{books.invoices(account)[0].invoice_ref}/pay", paid_out_of_band="true")
    overdraft.refresh(books.portal)
    assert books.invoices(account)[0].state is InvoiceState.OPEN
    books.world.clock.pass_by(2 * DAY)
    overdraft.refresh(books.portal)
    assert books.invoices(account)[0].state is InvoiceState.PAID


def test_without_a_price_nothing_is_written_and_nothing_is_lost(books: Books) -> None:
    account = books.debtor()
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    price = books.stripe("prices?limit=1", "GET")["data"][0]["id"]
    books.stripe(f"prices/{price}", active="false")
    with pytest.raises(NotFound):
        books.run()
    assert books.invoices(account) == []
    books.stripe(f"prices/{price}", active="true")
    assert len(books.run()) == 1


def test_what_the_provider_refuses_is_visible_and_in_the_next_invoice(books: Books) -> None:
    account = books.debtor()
    customer = accounts.view(books.portal, account).customer_ref
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    overdraft.invoice(books.portal)
    books.stripe(f"customers/{customer}", "DELETE")
    duties.work(books.portal)
    (row,) = books.invoices(account)
    assert (row.state, bool(row.note)) == (InvoiceState.REFUSED, True)
    assert credit_limits.standing(books.portal, account).unasked == Credits.whole(100)
