"""Behind the secret link of an invoice: a page that pays, and PDFs that say what is owed."""

from __future__ import annotations

import re
from typing import Any

import httpx

from tests.sandbox.billing_bench import Bench, open_bench
from tests.sandbox.conftest import Sandbox

EXPIRES = {"exp_month": 12, "exp_year": 2034, "cvc": "123"}


def _final(sandbox: Sandbox, *amounts: int, **more: Any) -> tuple[Bench, Any]:
    bench = open_bench(sandbox, card=None)
    return bench, bench.final(*amounts, **more)


def _pay(invoice: Any, number: str) -> httpx.Response:
    return httpx.post(f"{invoice.hosted_invoice_url}/pay", json={"number": number, **EXPIRES})


def _sheet(invoice: Any) -> dict[str, Any]:
    told: dict[str, Any] = httpx.get(f"{invoice.hosted_invoice_url}/data").raise_for_status().json()
    return told


def test_the_page_pays(sandbox: Sandbox) -> None:
    bench, invoice = _final(sandbox, 123_450, description="March")
    page = httpx.get(invoice.hosted_invoice_url)
    assert (page.status_code, "script-src 'self'" in page.headers["Content-Security-Policy"]) == (200, True)
    sheet = _sheet(invoice)
    assert (sheet["state"], sheet["due"], sheet["payable"]) == ("Payment due", "$1,234.50 USD", True)
    assert (sheet["title"], sheet["description"]) == (f"Invoice {invoice.number}", "March")
    declined = _pay(invoice, "4000000000000002")
    assert (declined.status_code, declined.json()["error"]["code"]) == (402, "card_declined")
    assert _sheet(invoice)["error"] == "Your card was declined."
    paid = _pay(invoice, "4242424242424242").json()
    assert (paid["state"], paid["due"], paid["payable"]) == ("Paid", "$0.00 USD", False)
    assert bench.read(invoice.id).status == "paid"


def test_the_banks_page_comes_between_and_leads_back(sandbox: Sandbox) -> None:
    bench, invoice = _final(sandbox, 2000)
    waiting = _pay(invoice, "4000002760003184").json()
    assert (waiting["state"], _sheet(invoice)["bank"]) == ("Payment due", waiting["bank"])
    query = dict(httpx.URL(waiting["bank"]).params)
    answer = httpx.post(f"{sandbox.url}/_sandbox/3ds", json={**query, "outcome": "complete"}).json()
    assert answer["return_url"].startswith(invoice.hosted_invoice_url)
    assert (bench.read(invoice.id).status, _sheet(invoice)["bank"]) == ("paid", None)
    assert "invoice.payment_failed" not in bench.told()


def test_a_void_invoice_shows_so_and_takes_no_money(sandbox: Sandbox) -> None:
    bench, invoice = _final(sandbox, 2000)
    bench.v1.invoices.void_invoice(invoice.id)
    sheet = _sheet(invoice)
    assert (sheet["status"], sheet["state"], sheet["payable"]) == ("void", "Void", False)
    refused = _pay(invoice, "4242424242424242")
    assert (refused.status_code, bench.v1.charges.list().data) == (400, [])


def test_nobody_guesses_a_link(sandbox: Sandbox) -> None:
    bench, invoice = _final(sandbox, 2000)
    secret = invoice.hosted_invoice_url.rsplit("/", 1)[1]
    assert (len(secret) >= 40, invoice.id in secret) == (True, False)
    for wrong in (invoice.id, "None", "null", secret[:-1]):
        for rest in ("", "/data", "/pdf"):
            assert httpx.get(f"{sandbox.url}/_sandbox/invoices/{wrong}{rest}").status_code == 404
    draft = bench.draft(900)
    assert (draft.hosted_invoice_url, draft.invoice_pdf) == (None, None)


def test_the_pdf_is_a_pdf_with_what_is_owed(sandbox: Sandbox) -> None:
    bench, invoice = _final(sandbox, 123_450, -50, footer="Thank you (really)")
    answer = httpx.get(invoice.invoice_pdf)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert f'filename="Invoice-{invoice.number}.pdf"' in answer.headers["Content-Disposition"]
    body = answer.content
    assert (body.startswith(b"%PDF-1.4"), body.endswith(b"%%EOF\n")) == (True, True)
    start = int(re.findall(rb"startxref\n(\d+)", body)[-1])
    table = re.findall(rb"^(\d{10}) 00000 n $", body[start:], re.MULTILINE)
    assert all(body[int(at) :].startswith(b"%d 0 obj" % (place + 1)) for place, at in enumerate(table))
    words = (b"$1,234.50 USD", b"-$0.50 USD", b"$1,234.00 USD", rb"Thank you \(really\)", b"ada@example.com")
    assert [word for word in words if word not in body] == []
    assert bench.read(invoice.id).invoice_pdf == invoice.invoice_pdf


def test_a_long_invoice_has_several_pages(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, card=None)
    draft = bench.draft()
    lines = [{"amount": 100, "description": f"Part {place}"} for place in range(90)]
    bench.v1.invoices.add_lines(draft.id, {"lines": lines})
    body = httpx.get(bench.v1.invoices.finalize_invoice(draft.id).invoice_pdf).content
    assert (b"/Count 3" in body, body.count(b"/Type /Page ")) == (True, 3)
    assert all(f"(Part {place})".encode() in body for place in range(90))


def test_a_credit_note_has_its_own_pdf(sandbox: Sandbox) -> None:
    bench, invoice = _final(sandbox, 2000)
    note = bench.v1.credit_notes.create({"invoice": invoice.id, "amount": 500, "memo": "Sorry"})
    body = httpx.get(note.pdf).raise_for_status().content
    assert body.startswith(b"%PDF-1.4")
    words = (note.number.encode(), b"Sorry", b"Total credited", b"$5.00 USD")
    assert [word for word in words if word not in body] == []
    assert (_sheet(invoice)["due"], ["Credited", "-$5.00 USD"] in _sheet(invoice)["sums"]) == ("$15.00 USD", True)
