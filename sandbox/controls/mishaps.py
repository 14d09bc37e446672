"""Controls of what happens to money that was paid: refunds, disputes, warnings, reviews. Mounted by `control`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from sandbox import desk
from sandbox.controls.bodies import Body
from sandbox.controls.subjects import find, paid_charge
from sandbox.errors import Json
from sandbox.expand import bare
from sandbox.machine import Machine
from sandbox.reversals.disputes import close_dispute, escalate, open_dispute
from sandbox.reversals.fraud_warnings import warn_of_fraud
from sandbox.reversals.refunds import ask_for_details, fail_refund
from sandbox.reversals.reviews import open_review


class Claim(Body):
    reason: str = Field("fraudulent", description="Why the card holder disputes it, in Stripe's words.")
    inquiry: bool = Field(False, description="Only a question of the bank; no money moves.")
    amount: int | None = Field(None, description="Minor units; the whole payment when left out.")


class Repayment(Body):
    amount: Annotated[int | None, Field(description="Minor units; all that is left when omitted.")] = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None


class Alarm(Body):
    fraud_type: str = "misc"


def add_mishaps(router: APIRouter, machine: Machine) -> None:
    _add_refunds(router, machine)
    _add_disputes(router, machine)
    _add_suspicions(router, machine)


def _add_refunds(router: APIRouter, machine: Machine) -> None:
    @router.post("/payments/{payment_intent}/refund", summary="Refund a payment, or a part of it, in the dashboard")
    async def refund(payment_intent: str, body: Repayment | None = None) -> Json:
        asked = (body or Repayment()).model_dump(exclude_none=True)
        return {"refund": desk.ask(machine, "POST", "/v1/refunds", {"payment_intent": payment_intent, **asked})}

    @router.post("/refunds/{refund}/fail", summary="The bank sends a refund back; the money returns to the account")
    async def fail(refund: str) -> Json:
        return {"refund": bare(fail_refund(*find(machine, "refund", refund)))}

    @router.post("/refunds/{refund}/ask", summary="A refund waits until the customer says where the money goes")
    async def ask(refund: str) -> Json:
        return {"refund": bare(ask_for_details(*find(machine, "refund", refund)))}


def _add_disputes(router: APIRouter, machine: Machine) -> None:
    @router.post("/payments/{payment_intent}/dispute", summary="The card holder disputes a payment")
    async def dispute(payment_intent: str, body: Claim | None = None) -> Json:
        told = body or Claim.model_validate({})
        call, charge = paid_charge(machine, payment_intent)
        made = open_dispute(call, charge, told.reason, inquiry=told.inquiry, amount_minor=told.amount)
        return {"dispute": bare(made)}

    @router.post("/disputes/{dispute}/close", summary="The bank decides a dispute: won or lost for the seller")
    async def close(dispute: str, outcome: Literal["won", "lost"]) -> Json:
        call, found = find(machine, "dispute", dispute)
        return {"dispute": bare(close_dispute(call, found, outcome == "won"))}

    @router.post("/disputes/{dispute}/escalate", summary="An inquiry becomes a dispute, and the money is withdrawn")
    async def rise(dispute: str) -> Json:
        return {"dispute": bare(escalate(*find(machine, "dispute", dispute)))}


def _add_suspicions(router: APIRouter, machine: Machine) -> None:
    @router.post("/payments/{payment_intent}/fraud-warning", summary="The card's issuer warns that it may be fraud")
    async def warn(payment_intent: str, body: Alarm | None = None) -> Json:
        call, charge = paid_charge(machine, payment_intent)
        return {"fraud_warning": bare(warn_of_fraud(call, charge, (body or Alarm()).fraud_type))}

    @router.post("/payments/{payment_intent}/review", summary="A rule of Radar puts the payment before a person")
    async def review(payment_intent: str) -> Json:
        return {"review": bare(open_review(*find(machine, "payment_intent", payment_intent)))}

    @router.post("/reviews/{review}/approve", summary="The person approves the payment under review")
    async def approve(review: str) -> Json:
        return {"review": desk.ask(machine, "POST", f"/v1/reviews/{review}/approve")}
