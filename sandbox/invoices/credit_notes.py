"""Credit notes: what an invoice is made smaller by after it was finalized. Registered in `registry`."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from sandbox.customers.customer_balance import adjust
from sandbox.errors import Json, invalid
from sandbox.events import changed, record
from sandbox.fields import lay, lay_metadata
from sandbox.invoices.blanks import customer_of
from sandbox.invoices.credit_lines import credit_lines, sums
from sandbox.invoices.credit_shares import Shares, paid_charges, shares_of
from sandbox.invoices.payments import ask_for_less, close_paid, drop_payments
from sandbox.invoices.places import note_link
from sandbox.lists import envelope, page
from sandbox.reversals.refunds import refund
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World, new_id


def create(call: Call) -> Json:
    """First makes smaller what is still to be paid; what goes beyond is given back as the caller says."""
    note, invoice, shares = _planned(call)
    customer = customer_of(call, invoice) if shares.credit else {}
    note["refunds"] = _refunds(call, invoice, shares)
    call.world.add(note)
    if shares.credit:
        entry = adjust(
            call,
            customer,
            -shares.credit,
            invoice["currency"],
            "credit_note",
            invoice=invoice["id"],
            credit_note=note["id"],
        )
        note["customer_balance_transaction"] = entry["id"] if entry else None
    record(call, "credit_note.created", note)
    _reduce(call, invoice, shares)
    return note


def preview(call: Call) -> Json:
    """The same note, as if; nothing changes."""
    return _planned(call)[0]


def preview_lines(call: Call) -> Json:
    rows = _planned(call)[0]["lines"]["data"]
    return _listed(call, rows, "/v1/credit_notes/preview/lines")


def update(call: Call) -> Json:
    note = call.find("credit_note", "id")
    before = deepcopy(note)
    lay(note, call.params, ("memo",))
    lay_metadata(note, call.params)
    if changed(note, before):
        record(call, "credit_note.updated", note, before)
    return note


def void(call: Call) -> Json:
    """Only while the invoice is still open: what was given back stays given."""
    note = call.find("credit_note", "id")
    invoice = call.world.table("invoice")[note["invoice"]]
    if note["status"] == "void":
        raise invalid("This credit note is already void.")
    if invoice["status"] != "open" or note["post_payment_amount"]:
        raise invalid("You can only void a credit note of an open invoice that has not been paid.")
    before = deepcopy(invoice)
    note |= {"status": "void", "voided_at": call.now}
    _lower(invoice, -note["pre_payment_amount"])
    ask_for_less(call, invoice)
    record(call, "credit_note.voided", note)
    record(call, "invoice.updated", invoice, before)
    return note


def retrieve(call: Call) -> Json:
    return call.find("credit_note", "id")


def lines(call: Call) -> Json:
    note = call.find("credit_note", "id")
    return _listed(call, note["lines"]["data"], f"/v1/credit_notes/{note['id']}/lines")


def listing(call: Call) -> Json:
    asked = {name: call.params[name] for name in ("customer", "invoice") if name in call.params}
    return page(
        call,
        "credit_note",
        "/v1/credit_notes",
        lambda row: all(row[name] == value for name, value in asked.items()),
    )


def _planned(call: Call) -> tuple[Json, Json, Shares]:
    """A note that is not kept yet, its invoice, and where its amount goes."""
    invoice = call.refer("invoice", "invoice")
    if invoice is None or invoice["status"] not in ("open", "paid"):
        status = invoice["status"] if invoice else None
        message = f"You can only create a credit note for an open or paid invoice. This invoice is {status}."
        raise invalid(message, "invoice")
    rows = credit_lines(call, invoice)
    totals = sums(rows)
    shares = shares_of(call, invoice, totals["total"])
    return _note(call, invoice, rows, totals, shares), invoice, shares


def _note(call: Call, invoice: Json, rows: list[Json], totals: Json, shares: Shares) -> Json:
    note_id, secret = new_id("cn_1", 23), new_id("cnst_", 40)
    number = 1 + sum(row["invoice"] == invoice["id"] for row in call.world.table("credit_note").values())
    kind = "mixed" if shares.before and shares.after else "post_payment" if shares.after else "pre_payment"
    return {
        **totals,
        "id": note_id,
        "object": "credit_note",
        "amount_shipping": 0,
        "created": call.now,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "customer_account": None,
        "customer_balance_transaction": None,
        "effective_at": call.params.get("effective_at") or call.now,
        "invoice": invoice["id"],
        "lines": {"object": "list", "data": rows, "has_more": False, "url": f"/v1/credit_notes/{note_id}/lines"},
        "livemode": False,
        "memo": call.params.get("memo"),
        "metadata": dict(call.params.get("metadata") or {}),
        "number": f"{invoice['number']}-CN-{number:02d}",
        "out_of_band_amount": shares.elsewhere or None,
        "pdf": note_link(call, secret),
        "post_payment_amount": shares.after,
        "pre_payment_amount": shares.before,
        "reason": call.params.get("reason"),
        "refunds": [],
        "shipping_cost": None,
        "status": "issued",
        "type": kind,
        "voided_at": None,
        "_secret": secret,
    }


def _refunds(call: Call, invoice: Json, shares: Shares) -> list[Json]:
    """Refunds that exist already, and new ones out of the invoice's charges until the amount is reached."""
    given = [(one["refund"], one["amount_refunded"]) for one in shares.linked]
    left = shares.refund
    for charge, rest in paid_charges(call.world, invoice):
        share = min(left, rest)
        if share:
            given.append((refund(replace(call, params={}), charge, share)["id"], share))
            left -= share
    return [
        {"amount_refunded": amount, "payment_record_refund": None, "refund": refund_id, "type": "refund"}
        for refund_id, amount in given
    ]


def _reduce(call: Call, invoice: Json, shares: Shares) -> None:
    before = deepcopy(invoice)
    _lower(invoice, shares.before)
    invoice["post_payment_credit_notes_amount"] += shares.after
    if shares.before and invoice["amount_remaining"] == 0:
        drop_payments(call, invoice)
        close_paid(call, invoice, before)
        return
    ask_for_less(call, invoice)
    record(call, "invoice.updated", invoice, before)


def _lower(invoice: Json, amount_minor: int) -> None:
    invoice["pre_payment_credit_notes_amount"] += amount_minor
    invoice["amount_due"] -= amount_minor
    invoice["amount_remaining"] -= amount_minor


def _listed(call: Call, rows: list[Json], url: str) -> Json:
    """Lines are no table of the world; a little one of this page lets the cursors find their place."""
    table = {row["id"]: row for row in reversed(rows)}
    return envelope(
        Call(World(tables={"credit_note_line_item": table}), call.params), rows, "credit_note_line_item", url
    )


PARTS = (
    "amount lines.amount lines.description lines.invoice_line_item lines.quantity lines.tax_rates lines.type "
    "lines.unit_amount lines.unit_amount_decimal credit_amount refund_amount out_of_band_amount refunds.refund "
    "refunds.amount_refunded refunds.type effective_at email_type invoice memo metadata reason"
)
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/credit_notes", create, take("CreditNoteCreateParams", PARTS)),
        Route(
            "GET",
            "/v1/credit_notes",
            listing,
            {**PAGING, **take("CreditNoteListParams", "created customer invoice")},
        ),
        Route("GET", "/v1/credit_notes/preview", preview, take("CreditNotePreviewParams", PARTS)),
        Route(
            "GET",
            "/v1/credit_notes/preview/lines",
            preview_lines,
            {**PAGING, **take("CreditNotePreviewLinesListParams", PARTS)},
        ),
        Route("GET", "/v1/credit_notes/{id}", retrieve),
        Route("POST", "/v1/credit_notes/{id}", update, take("CreditNoteUpdateParams", "memo metadata")),
        Route("POST", "/v1/credit_notes/{id}/void", void),
        Route("GET", "/v1/credit_notes/{id}/lines", lines, PAGING),
    ),
    links={
        "credit_note": {
            "customer": "customer",
            "customer_balance_transaction": "customer_balance_transaction",
            "invoice": "invoice",
            "refunds.refund": "refund",
        }
    },
)
