"""Controls of payments: a card is used, and the card holder or the bank answers, without a browser.
Mounted by `control`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from sandbox import agenda, desk
from sandbox.controls.bodies import Body
from sandbox.controls.presentments import Presentment
from sandbox.controls.subjects import VISA, find, typed_method
from sandbox.errors import Json, Refusal, invalid
from sandbox.expand import bare
from sandbox.machine import Machine
from sandbox.payments import confirmation
from sandbox.payments.bank_accounts import FAILED
from sandbox.payments.bank_debits import SETTLES
from sandbox.payments.charges import settle_pending
from sandbox.payments.outcomes import fall_back, succeed
from sandbox.state import Call


class Payment(Body):
    card: str = Field(VISA, description="Number of a test card, or of a test account (IBAN) that is debited.")
    authentication: Literal["complete", "fail", "leave"] = Field(
        "complete", description="What the card holder does when 3-D Secure asks."
    )
    presentment: Presentment | None = Field(None, description="Adaptive pricing: what the payer was shown and paid.")


class Capture(Body):
    amount: int | None = Field(None, ge=1, description="Minor units; all that is held when not told.")


def add_payments(router: APIRouter, machine: Machine) -> None:
    @router.post("/payments/{payment_intent}/pay", summary="Pay an intent with a test card, without a browser")
    async def pay(payment_intent: str, body: Payment | None = None) -> Json:
        asked = body or Payment.model_validate({})
        _, intent = find(machine, "payment_intent", payment_intent)
        data = typed_method(machine, asked.card)
        call, intent = machine.call("payment_intent", payment_intent, {"payment_method_data": data})
        call.live_by(intent)
        if asked.presentment is not None:
            intent["presentment_details"] = asked.presentment.details
        return told(intent, lambda: _pay(call, intent, asked.authentication))

    @router.post("/payments/{payment_intent}/authentication", summary="Answer 3-D Secure for a waiting intent")
    async def authentication(payment_intent: str, outcome: Literal["complete", "fail"]) -> Json:
        call, intent = find(machine, "payment_intent", payment_intent)
        return told(intent, lambda: confirmation.authenticate(call, intent, passed=outcome == "complete"))

    @router.post("/payments/{payment_intent}/capture", summary="Take the money that is held, or a part of it")
    async def capture(payment_intent: str, body: Capture | None = None) -> Json:
        taken = {} if body is None or body.amount is None else {"amount_to_capture": body.amount}
        return {"payment_intent": desk.ask(machine, "POST", f"/v1/payment_intents/{payment_intent}/capture", taken)}

    @router.post("/payments/{payment_intent}/debit", summary="The bank answers a bank debit now, this way or that")
    async def debit(payment_intent: str, outcome: Literal["succeed", "fail"]) -> Json:
        """Whatever the test account would have brought about in some days."""
        call, intent = find(machine, "payment_intent", payment_intent)
        if intent["status"] != "processing":
            raise invalid(f"This PaymentIntent has a status of {intent['status']}; no bank is asked.", "payment_intent")
        return told(intent, lambda: answer_debit(call, intent, paid=outcome == "succeed"))


def told(intent: Json, act: Callable[[], object]) -> Json:
    """A declined card is a normal outcome here, so it is told in the answer; any other refusal stays an error."""
    try:
        act()
    except Refusal as refusal:
        if refusal.status != 402:
            raise
        return {"payment_intent": bare(intent), "error": without_objects(refusal)}
    return {"payment_intent": bare(intent), "error": intent["last_payment_error"]}


def without_objects(refusal: Refusal) -> Json:
    hidden = ("payment_intent", "payment_method", "setup_intent")
    return {name: value for name, value in refusal.error.items() if name not in hidden}


def _pay(call: Call, intent: Json, authentication: str) -> None:
    call.publishable = True  # as in a browser, where the payer agrees to a debit
    confirmation.confirm(call, intent)
    if intent["status"] == "requires_action" and authentication != "leave":
        confirmation.authenticate(call, intent, passed=authentication == "complete")


def answer_debit(call: Call, intent: Json, *, paid: bool) -> None:
    """The bank's answer, ahead of its time and whatever the account stands for."""
    agenda.forget(call.world, intent["id"], SETTLES)
    charge = call.world.table("charge")[intent["latest_charge"]]
    method = call.world.table("payment_method")[intent["payment_method"]]
    settle_pending(call, charge, None if paid else FAILED)
    if paid:
        succeed(call, intent, charge)
    else:
        fall_back(call, intent, charge, method, FAILED)
