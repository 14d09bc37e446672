"""Invoices, their items, lines, payments and credit notes have the fields and values the SDK's types promise."""

from __future__ import annotations

from typing import Any

import stripe

from tests.sandbox.billing_bench import HOUR, open_bench
from tests.sandbox.conftest import Sandbox
from tests.sandbox.contract import differences

GERMAN = {"country": "DE", "postal_code": "10115", "city": "Berlin", "line1": "Weg 1"}
CLASSES = {
    "invoice": stripe.Invoice,
    "invoiceitem": stripe.InvoiceItem,
    "line_item": stripe.InvoiceLineItem,
    "invoice_payment": stripe.InvoicePayment,
    "credit_note": stripe.CreditNote,
    "credit_note_line_item": stripe.CreditNoteLineItem,
}


def _objects(sandbox: Sandbox) -> dict[str, Any]:
    """Each of them in several states, made through the API."""
    bench = open_bench(sandbox, address=GERMAN, phone="+49 30 1")
    v1 = bench.v1
    rate = v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": True}).id
    coupon = v1.coupons.create({"percent_off": 10, "duration": "once"}).id
    waiting = bench.item(900, tax_rates=[rate], discounts=[{"coupon": coupon}])
    more: Any = {
        "default_tax_rates": [rate],
        "discounts": [{"coupon": coupon}],
        "rendering": {"pdf": {"page_size": "a4"}},
    }
    more["custom_fields"] = [{"name": "Order", "value": "7"}]
    draft = bench.draft(2000, -100, **more)
    paid = bench.paid(2000, automatic_tax={"enabled": True})
    failed = bench.draft(800, auto_advance=True, default_payment_method=bench.save("pm_card_chargeCustomerFail"))
    bench.passes(seconds=HOUR)
    sent = bench.draft(700, collection_method="send_invoice", days_until_due=3)
    note = v1.credit_notes.create({"invoice": paid.id, "amount": 500, "refund_amount": 300, "credit_amount": 200})
    void = v1.invoices.void_invoice(bench.final(600).id)
    found = {
        "invoice draft": draft,
        "invoice paid": bench.read(paid.id, "payments", "confirmation_secret", "customer"),
        "invoice failed": bench.read(failed.id),
        "invoice sent": v1.invoices.send_invoice(sent.id),
        "invoice void": void,
        "invoiceitem pending": waiting,
        "invoiceitem invoiced": v1.invoice_items.list({"pending": False}).data[0],
        "line_item": v1.invoices.line_items.list(draft.id).data[0],
        "invoice_payment paid": v1.invoice_payments.list({"invoice": paid.id}).data[0],
        "invoice_payment canceled": v1.invoice_payments.list({"invoice": void.id}).data[0],
        "credit_note": note,
        "credit_note_line_item": v1.credit_notes.line_items.list(note.id).data[0],
    }
    return {name: thing.to_dict(for_json=True) for name, thing in found.items()}


def test_every_object_keeps_the_contract(sandbox: Sandbox) -> None:
    found = {name: differences(thing, CLASSES[name.split()[0]], name) for name, thing in _objects(sandbox).items()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_every_event_keeps_the_contract_of_its_object(sandbox: Sandbox) -> None:
    _objects(sandbox)
    events = [
        row
        for kind in ("invoice.*", "invoiceitem.*", "invoice_payment.*", "credit_note.*")
        for row in _told(sandbox, kind)
    ]
    wrong = [line for thing in events for line in differences(thing, CLASSES[thing["object"]], thing["object"])]
    assert wrong == []
    assert {thing["object"] for thing in events} == {"invoice", "invoiceitem", "invoice_payment", "credit_note"}


def _told(sandbox: Sandbox, kind: str) -> list[dict[str, Any]]:
    events = sandbox.client.v1.events.list({"type": kind, "limit": 100}).data
    return [event.to_dict(for_json=True)["data"]["object"] for event in events]


def test_nothing_private_is_shown(sandbox: Sandbox) -> None:
    def private(thing: Any) -> list[str]:
        if isinstance(thing, list):
            return [name for each in thing for name in private(each)]
        rows = thing.items() if isinstance(thing, dict) else ()
        return [name for name, value in rows if name.startswith("_") or private(value)]

    assert {name: private(thing) for name, thing in _objects(sandbox).items() if private(thing)} == {}
