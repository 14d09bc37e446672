"""A credit note makes an invoice smaller: less to pay before, a refund or credit after."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.billing_bench import Bench, open_bench, refused
from tests.sandbox.conftest import Sandbox


def _note(bench: Bench, invoice: str, amount: int = 500, **more: Any) -> Any:
    return bench.v1.credit_notes.create({"invoice": invoice, "amount": amount, **more})


def test_before_payment_a_note_makes_the_rest_smaller(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.final(2000)
    note = _note(bench, invoice.id, reason="order_change", memo="Sorry")
    assert (note.type, note.status, note.pre_payment_amount, note.post_payment_amount) == (
        "pre_payment",
        "issued",
        500,
        0,
    )
    assert (note.number, note.reason, note.memo) == (f"{invoice.number}-CN-01", "order_change", "Sorry")
    now = bench.read(invoice.id)
    assert (now.amount_remaining, now.pre_payment_credit_notes_amount, now.total) == (1500, 500, 2000)
    assert bench.payment_of(invoice.id).amount == 1500
    assert bench.v1.invoices.pay(invoice.id).amount_paid == 1500
    assert len(bench.events("credit_note.created")) == 1


def test_a_note_over_everything_settles_the_invoice(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.final(2000)
    _note(bench, invoice.id, 2000)
    now = bench.read(invoice.id)
    assert (now.status, now.amount_remaining, now.amount_paid) == ("paid", 0, 0)
    assert bench.payment_of(invoice.id).status == "canceled"


def test_after_payment_a_note_refunds(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.paid(2000)
    note = _note(bench, invoice.id, refund_amount=500)
    assert (note.type, note.post_payment_amount, note.refunds[0].amount_refunded) == ("post_payment", 500, 500)
    refund = bench.v1.refunds.retrieve(note.refunds[0].refund)
    assert (refund.amount, bench.v1.charges.retrieve(refund.charge).amount_refunded) == (500, 500)
    now = bench.read(invoice.id)
    assert (now.status, now.post_payment_credit_notes_amount, now.amount_paid) == ("paid", 500, 2000)


def test_after_payment_a_note_gives_credit_that_pays_the_next_invoice(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    note = _note(bench, bench.paid(2000).id, credit_amount=500, expand=["customer_balance_transaction"])
    entry = note.customer_balance_transaction
    assert (entry.type, entry.amount, entry.credit_note, bench.balance) == ("credit_note", -500, note.id, -500)
    assert bench.final(2000).amount_due == 1500


def test_shares_add_up_from_three_places(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.paid(2000)
    note = _note(bench, invoice.id, 600, refund_amount=300, credit_amount=200, out_of_band_amount=100)
    assert (note.total, note.refunds[0].amount_refunded, note.out_of_band_amount) == (600, 300, 100)
    assert (bench.balance, bench.read(invoice.id).post_payment_credit_notes_amount) == (-200, 600)


@pytest.mark.parametrize(
    "shares",
    [
        {},
        {"refund_amount": 400},
        {"refund_amount": 300, "credit_amount": 300},
        {"refund_amount": 600, "credit_amount": -100},
    ],
)
def test_what_goes_back_must_be_the_amount(sandbox: Sandbox, shares: dict[str, int]) -> None:
    bench = open_bench(sandbox)
    invoice = bench.paid(2000)
    error = refused(bench.v1.credit_notes.create, {"invoice": invoice.id, "amount": 500, **shares})
    assert error.http_status == 400
    assert (bench.v1.credit_notes.list().data, bench.v1.refunds.list().data, bench.balance) == ([], [], 0)


def test_no_more_is_credited_than_was_invoiced(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.paid(2000)
    _note(bench, invoice.id, 1500, refund_amount=1500)
    wanted = {"invoice": invoice.id, "amount": 501, "credit_amount": 501}
    error = refused(bench.v1.credit_notes.create, wanted)
    assert (error.http_status, error.param, "$5.00" in str(error)) == (400, "amount", True)
    assert _note(bench, invoice.id, 500, credit_amount=500).number.endswith("-CN-02")


def test_drafts_have_nothing_to_credit(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    error = refused(bench.v1.credit_notes.create, {"invoice": bench.draft(2000).id, "amount": 500})
    assert (error.http_status, error.param, "is draft" in str(error)) == (400, "invoice", True)


def test_a_refund_made_before_can_be_linked_once(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.paid(2000)
    refund = bench.v1.refunds.create({"payment_intent": bench.payment_of(invoice.id).id, "amount": 500})
    linked = [{"refund": refund.id}]
    note = _note(bench, invoice.id, refunds=linked)
    assert [(row.refund, row.amount_refunded) for row in note.refunds] == [(refund.id, 500)]
    assert len(bench.v1.refunds.list().data) == 1
    error = refused(bench.v1.credit_notes.create, {"invoice": invoice.id, "amount": 500, "refunds": linked})
    assert (error.http_status, error.param) == (400, "refunds[0][refund]")


def test_lines_bring_their_taxes_and_discounts_along(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    rate = bench.v1.tax_rates.create({"display_name": "Sales", "percentage": 10, "inclusive": False})
    coupon = bench.v1.coupons.create({"percent_off": 50, "duration": "once"})
    draft = bench.draft(4000, default_tax_rates=[rate.id])
    bench.v1.invoices.update(draft.id, {"discounts": [{"coupon": coupon.id}]})
    invoice = bench.v1.invoices.finalize_invoice(draft.id)
    assert invoice.total == 2200
    given = {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[0].id, "amount": 1000}
    note = bench.v1.credit_notes.create({"invoice": invoice.id, "lines": [given]})
    assert (note.subtotal, note.discount_amount, note.total, note.total_excluding_tax) == (1000, 500, 550, 500)
    line = bench.v1.credit_notes.line_items.list(note.id).data[0]
    assert (line.amount, line.discount_amount, line.taxes[0].amount) == (1000, 500, 50)
    assert bench.read(invoice.id).amount_remaining == 1650


def test_a_preview_changes_nothing(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.final(2000)
    before = bench.read(invoice.id).to_dict()
    seen = bench.v1.credit_notes.preview({"invoice": invoice.id, "amount": 500})
    assert (seen.total, seen.pre_payment_amount) == (500, 500)
    lines = bench.v1.credit_notes.preview_lines.list({"invoice": invoice.id, "amount": 500}).data
    assert [line.amount for line in lines] == [500]
    assert (bench.read(invoice.id).to_dict(), bench.v1.credit_notes.list().data) == (before, [])
    assert bench.events("credit_note.*") == []


def test_void_brings_the_debt_back_while_the_invoice_is_open(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.final(2000)
    note = bench.v1.credit_notes.void_credit_note(_note(bench, invoice.id).id)
    assert (note.status, note.voided_at) == ("void", bench.at)
    now = bench.read(invoice.id)
    assert (now.amount_remaining, now.pre_payment_credit_notes_amount) == (2000, 0)
    assert (bench.payment_of(invoice.id).amount, bench.told("credit_note.*")[-1]) == (2000, "credit_note.voided")
    kept = _note(bench, invoice.id)
    bench.v1.invoices.pay(invoice.id)
    assert refused(bench.v1.credit_notes.void_credit_note, kept.id).http_status == 400
