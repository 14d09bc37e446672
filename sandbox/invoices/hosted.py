"""The page on which a customer pays an invoice, and the PDFs: behind secret links, without a key. Mounted by
`server`.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ConfigDict

from sandbox.errors import Json, missing
from sandbox.invoices.endings import refuse_unless
from sandbox.invoices.pdf import document
from sandbox.invoices.places import by_secret
from sandbox.invoices.sheets import credit_note_sheet, invoice_sheet, rows_of
from sandbox.machine import Machine
from sandbox.pages import BROWSER, HEADERS
from sandbox.payments.confirmation import confirm
from sandbox.state import Call


class Card(BaseModel):
    """What was typed into the page."""

    model_config = ConfigDict(extra="forbid")
    number: str
    exp_month: int
    exp_year: int
    cvc: str


def hosted_invoices(machine: Machine) -> APIRouter:
    """Whoever has a link may see and pay; nobody else can guess it."""
    router = APIRouter(prefix="/_sandbox", include_in_schema=False)
    _add_reading(router, machine)
    _add_paying(router, machine)
    return router


def _add_reading(router: APIRouter, machine: Machine) -> None:
    @router.get("/invoices/{secret}")
    async def page(secret: str) -> Response:
        _found(machine, "invoice", secret)
        return FileResponse(BROWSER / "invoice.html", headers=HEADERS, media_type="text/html")

    @router.get("/invoices/{secret}/data")
    async def data(secret: str) -> Json:
        return _shown(machine, _found(machine, "invoice", secret))

    @router.get("/invoices/{secret}/pdf")
    async def invoice_pdf(secret: str) -> Response:
        invoice = _found(machine, "invoice", secret)
        return _pdf(invoice_sheet(machine.world, invoice), f"Invoice-{invoice['number']}")

    @router.get("/credit_notes/{secret}/pdf")
    async def credit_note_pdf(secret: str) -> Response:
        note = _found(machine, "credit_note", secret)
        invoice = machine.world.table("invoice")[note["invoice"]]
        return _pdf(credit_note_sheet(note, invoice), f"Credit-note-{note['number']}")


def _add_paying(router: APIRouter, machine: Machine) -> None:
    @router.post("/invoices/{secret}/pay")
    async def pay(secret: str, body: Card, request: Request) -> Json:
        """Confirms the invoice's PaymentIntent with a new card; a refusal comes back in Stripe's envelope."""
        invoice = _found(machine, "invoice", secret)
        refusal = refuse_unless(invoice, ("open", "uncollectible"), "pay")
        if refusal is not None:
            raise refusal
        intent = machine.world.table("payment_intent")[invoice["_payment"]]
        # The bank's page leads back here.
        intent["_return_url"] = invoice["hosted_invoice_url"]
        params = {"payment_method_data": {"type": "card", "card": body.model_dump()}}
        origin = f"{request.url.scheme}://{request.headers['host']}"
        call = Call(machine.world, params, publishable=True, origin=origin)
        call.live_by(invoice)
        try:
            confirm(call, intent)
        finally:
            machine.world.touch()
        return _shown(machine, invoice)


def _shown(machine: Machine, invoice: Json) -> Json:
    """The sheet, and where the bank waits for the card holder if it does."""
    intent = machine.world.table("payment_intent").get(str(invoice["_payment"]), {})
    waits = intent.get("status") == "requires_action" and invoice["status"] == "open"
    bank = f"/_sandbox/3ds?payment_intent={intent['id']}&client_secret={intent['client_secret']}" if waits else None
    error = intent.get("last_payment_error") or {}
    return {
        **invoice_sheet(machine.world, invoice),
        "bank": bank,
        "error": error.get("message") if invoice["status"] == "open" else None,
        "payable": invoice["status"] in ("open", "uncollectible") and bool(intent),
    }


def _pdf(sheet: Json, name: str) -> Response:
    headers = {**HEADERS, "Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(document(rows_of(sheet), sheet["title"]), headers=headers, media_type="application/pdf")


def _found(machine: Machine, noun: str, secret: str) -> Json:
    thing = by_secret(machine.world, noun, secret)
    if thing is None:
        raise missing(noun.replace("_", " "), secret, "secret")
    return thing
