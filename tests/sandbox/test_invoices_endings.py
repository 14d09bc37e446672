"""How an invoice ends: paid here or elsewhere, void, given up, deleted; and what can still be done to it then."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.billing_bench import DAY, HOUR, MONDAY, open_bench, refused
from tests.sandbox.conftest import Sandbox


def test_nothing_to_pay_is_paid_at_once(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, card=None)
    free = bench.final(0)
    assert (free.status, free.amount_due, free.attempted) == ("paid", 0, True)
    assert bench.v1.invoice_payments.list({"invoice": free.id}).data == []
    assert bench.told()[-3:] == ["invoice.updated", "invoice.paid", "invoice.payment_succeeded"]


def test_void_ends_an_invoice_and_its_intent(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.final(2000)
    void = bench.v1.invoices.void_invoice(invoice.id)
    assert (void.status, void.status_transitions.voided_at, void.next_payment_attempt) == ("void", MONDAY, None)
    intent = bench.payment_of(invoice.id)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "void_invoice")
    assert bench.told()[-2:] == ["invoice.updated", "invoice.voided"]
    assert "void and can't be paid" in str(refused(bench.v1.invoices.pay, invoice.id))


def test_given_up_can_still_be_paid(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.final(2000)
    given_up = bench.v1.invoices.mark_uncollectible(invoice.id)
    assert (given_up.status, given_up.status_transitions.marked_uncollectible_at) == ("uncollectible", MONDAY)
    assert bench.told()[-1] == "invoice.marked_uncollectible"
    assert bench.v1.invoices.pay(invoice.id).status == "paid"


def test_paid_elsewhere_charges_nobody(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.v1.invoices.pay(bench.final(2000).id, {"paid_out_of_band": True})
    assert (invoice.status, invoice.amount_paid, invoice.amount_paid_off_stripe) == ("paid", 2000, 2000)
    assert bench.payment_of(invoice.id).status == "canceled"
    assert bench.v1.charges.list().data == []


@pytest.mark.parametrize(
    ("act", "words"),
    [("finalize_invoice", "already finalized"), ("pay", "Invoice is already paid"), ("void_invoice", "only void")],
)
def test_a_paid_invoice_is_done(sandbox: Sandbox, act: str, words: str) -> None:
    bench = open_bench(sandbox)
    error = refused(getattr(bench.v1.invoices, act), bench.paid(2000).id)
    assert (error.http_status, words in str(error)) == (400, True)


def test_a_draft_that_advances_by_itself_is_final_and_paid_after_an_hour(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    draft = bench.draft(2000, auto_advance=True)
    assert draft.automatically_finalizes_at == MONDAY + HOUR
    bench.passes(seconds=HOUR - 1)
    assert bench.read(draft.id).status == "draft"
    bench.passes(seconds=1)
    paid = bench.read(draft.id)
    moments = (paid.status_transitions.finalized_at, paid.status_transitions.paid_at)
    assert (paid.status, moments) == ("paid", (MONDAY + HOUR, MONDAY + HOUR))


def test_an_invoice_that_is_sent_falls_due(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    draft = bench.draft(2000, collection_method="send_invoice", days_until_due=10)
    assert draft.due_date == MONDAY + 10 * DAY
    sent = bench.v1.invoices.send_invoice(draft.id)
    assert (sent.status, sent.attempted, bench.told()[-1]) == ("open", False, "invoice.sent")
    bench.passes(days=30)
    late = {event.type: event.created for event in bench.events()[-2:]}
    assert late == {"invoice.will_be_due": MONDAY + 7 * DAY, "invoice.overdue": MONDAY + 10 * DAY}
    assert (bench.read(draft.id).status, bench.v1.charges.list().data) == ("open", [])
    undated: Any = {"customer": bench.customer, "collection_method": "send_invoice"}
    assert refused(bench.v1.invoices.create, undated).param == "due_date"


def test_only_a_draft_can_be_deleted_and_its_items_wait_again(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    item = bench.item(900)
    draft = bench.draft(pending_invoice_items_behavior="include")
    assert bench.v1.invoices.delete(draft.id).deleted is True
    assert bench.v1.invoice_items.retrieve(item.id).invoice is None
    assert bench.told()[-1] == "invoice.deleted"
    error = refused(bench.v1.invoices.delete, bench.final(100).id)
    assert (error.http_status, error.code) == (400, "invoice_not_editable")


def test_what_is_deleted_can_be_read_but_not_worked_on(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    draft = bench.draft(900)
    bench.v1.invoices.delete(draft.id)
    assert bench.read(draft.id).to_dict() == {"id": draft.id, "object": "invoice", "deleted": True}
    for act in (bench.v1.invoices.finalize_invoice, bench.v1.invoices.pay, bench.v1.invoices.delete):
        error = refused(act, draft.id)
        assert (error.http_status, error.code) == (404, "resource_missing")
    assert draft.id not in {row.id for row in bench.v1.invoices.list().data}


def test_what_is_final_cannot_change_but_notes_can(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.final(2000)
    error = refused(bench.v1.invoices.update, invoice.id, {"description": "April"})
    assert (error.code, error.param) == ("invoice_not_editable", "description")
    line = invoice.lines.data[0]
    item = line.parent.invoice_item_details.invoice_item
    assert refused(bench.v1.invoice_items.update, item, {"amount": 1}).code == "invoice_not_editable"
    assert refused(bench.v1.invoice_items.delete, item).code == "invoice_not_editable"
    noted = bench.v1.invoices.update(invoice.id, {"metadata": {"seen": "yes"}})
    assert (noted.metadata.seen, noted.total) == ("yes", 2000)
    assert bench.events("invoice.updated")[-1].data.previous_attributes.to_dict() == {"metadata": {"seen": None}}


def test_a_bank_debit_pays_when_the_bank_says_so(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, card=None)
    bench.save("pm_usBankAccount_success")
    invoice = bench.final(2000)
    waiting = bench.v1.invoices.pay(invoice.id)
    assert (waiting.status, bench.payment_of(invoice.id).status) == ("open", "processing")
    assert "still processing" in str(refused(bench.v1.invoices.void_invoice, invoice.id))
    bench.passes(days=7)
    assert (bench.read(invoice.id).status, bench.payment_of(invoice.id).status) == ("paid", "succeeded")
