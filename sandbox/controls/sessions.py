"""Controls of Checkout Sessions: somebody pays on the page, a bank answers, the time is over. Mounted by `control`."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from sandbox import desk
from sandbox.controls.bodies import Body
from sandbox.controls.payments import answer_debit, without_objects
from sandbox.controls.presentments import Presentment
from sandbox.controls.subjects import VISA, find, new_method
from sandbox.errors import Json, Refusal, invalid
from sandbox.machine import Machine
from sandbox.payments import confirmation, setup_confirmation


class Address(Body):
    country: str = Field(min_length=2, max_length=2, description="Two letters.")
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    postal_code: str | None = None
    state: str | None = None


class TaxId(Body):
    type: str = Field(description="Such as eu_vat.")
    value: str


class Payer(Body):
    card: str = Field(VISA, description="Number of a test card, or of a test account (IBAN) that is debited.")
    email: str = "payer@example.com"
    name: str = "Test Payer"
    address: Address | None = Field(None, description="The billing address that is typed; tax goes by it.")
    tax_id: TaxId | None = None
    business_name: str | None = None
    phone: str | None = None
    authentication: Literal["complete", "fail", "leave"] = Field(
        "complete", description="What the card holder does when 3-D Secure asks."
    )
    presentment: Presentment | None = Field(None, description="Adaptive pricing: what the payer was shown and paid.")


def add_sessions(router: APIRouter, machine: Machine) -> None:
    @router.post("/sessions/{session}/complete", summary="Somebody pays on the Checkout page, by card or bank debit")
    async def complete(session: str, body: Payer | None = None) -> Json:
        """A declined card is told as `error` and leaves the session open; so does 3-D Secure that fails."""
        payer = body or Payer.model_validate({})
        _, found = find(machine, "checkout.session", session)
        method = new_method(machine, payer.card, email=payer.email, name=payer.name)
        if payer.presentment is not None:
            found["presentment_details"] = payer.presentment.details
        error = None
        try:
            desk.ask(
                machine, "POST", f"/v1/payment_pages/{session}/confirm", {"payment_method": method, **_typed(payer)}
            )
            error = _authenticate(machine, found, payer.authentication)
        except Refusal as refusal:
            if refusal.status != 402:
                raise
            error = without_objects(refusal)
        return {**_shown(machine, session), "error": error}

    @router.post("/sessions/{session}/bank", summary="The bank answers the debit of a session now, this way or that")
    async def bank(session: str, outcome: Literal["succeed", "fail"]) -> Json:
        """Whatever the test account would have brought about in some days."""
        _, found = find(machine, "checkout.session", session)
        intent = machine.world.table("payment_intent").get(str(found["_intent"]), {"status": "none yet"})
        if intent["status"] != "processing":
            raise invalid(
                f"The payment of this session has a status of {intent['status']}; no bank is asked.", "session"
            )
        call, _ = find(machine, "payment_intent", intent["id"])
        answer_debit(call, intent, paid=outcome == "succeed")
        return _shown(machine, session)

    @router.post("/sessions/{session}/expire", summary="A Checkout Session runs out")
    async def expire(session: str) -> Json:
        return {"session": desk.ask(machine, "POST", f"/v1/checkout/sessions/{session}/expire")}


def _shown(machine: Machine, session: str) -> Json:
    return {"session": desk.ask(machine, "GET", f"/v1/checkout/sessions/{session}")}


def _typed(payer: Payer) -> Json:
    """The fields of the page that are filled in; whatever is not said stays as the page has it."""
    address = payer.address.model_dump(exclude_none=True) if payer.address else None
    return {
        **({"billing_address": {"name": payer.name, "address": address}} if address else {}),
        **({"tax_ids": [payer.tax_id.model_dump()]} if payer.tax_id else {}),
        **({"business_name": payer.business_name} if payer.business_name else {}),
        **({"phone": payer.phone} if payer.phone else {}),
    }


def _authenticate(machine: Machine, session: Json, does: str) -> Json | None:
    """The card holder's answer, when the bank asks; why it failed."""
    for noun, room in (("payment_intent", confirmation), ("setup_intent", setup_confirmation)):
        intent = machine.world.table(noun).get(str(session["_intent"]))
        if intent is None or intent["status"] != "requires_action" or does == "leave":
            continue
        call, _ = find(machine, noun, intent["id"])
        room.authenticate(call, intent, passed=does == "complete")
        failure = intent.get("last_payment_error") or intent.get("last_setup_error")
        return {name: value for name, value in failure.items() if name != "payment_method"} if failure else None
    return None
