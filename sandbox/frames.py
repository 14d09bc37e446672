"""What the Payment Element's frame and the 3-D Secure page ask of the sandbox.
Mounted by `server`; not part of Stripe's API.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from sandbox.customers.customer_sessions import saved_cards, session_by_secret
from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.expand import bare
from sandbox.machine import Machine
from sandbox.payments import confirmation, new_intents, payment_methods, setup_confirmation, setup_intents

PAYMENT, SETUP = "payment_intent", "setup_intent"
PREFIXES = {"pi": PAYMENT, "seti": SETUP}


class Opening(BaseModel):
    model_config = ConfigDict(extra="forbid")
    client_secret: str | None = None
    customer_session_client_secret: str | None = None


class Removal(BaseModel):
    model_config = ConfigDict(extra="forbid")
    customer_session_client_secret: str
    payment_method: str


class Outcome(BaseModel):
    """One of the two ids, as the address of the bank's page names it."""

    model_config = ConfigDict(extra="forbid")
    payment_intent: str | None = None
    setup_intent: str | None = None
    client_secret: str
    outcome: Literal["complete", "fail"]


def frames(machine: Machine) -> APIRouter:
    """Each route asks for a client secret: that, and no key, is what a frame can show."""
    router = APIRouter(prefix="/_sandbox", include_in_schema=False)
    _add_element(router, machine)
    _add_bank(router, machine)
    return router


def _add_element(router: APIRouter, machine: Machine) -> None:
    @router.post("/elements/session")
    async def opening(body: Opening) -> Json:
        """What the element needs to draw itself."""
        opened: Json = {"intent": None, "saved": [], "features": None}
        if body.client_secret is not None:
            opened["intent"] = _shown(_intent(machine, body.client_secret))
        if body.customer_session_client_secret is not None:
            session = _session(machine, body.customer_session_client_secret)
            opened["features"] = session["components"]["payment_element"]["features"]
            opened["saved"] = [bare(card) for card in saved_cards(machine.world, session)]
        return opened

    @router.post("/elements/remove")
    async def remove(body: Removal) -> Json:
        session = _session(machine, body.customer_session_client_secret)
        features = session["components"]["payment_element"]["features"] or {}
        call, card = machine.call("payment_method", body.payment_method)
        if features.get("payment_method_remove") != "enabled" or card["customer"] != session["customer"]:
            raise missing("PaymentMethod", body.payment_method, "payment_method")
        return {"removed": payment_methods.detach(call)["id"]}


def _add_bank(router: APIRouter, machine: Machine) -> None:
    @router.post("/3ds")
    async def authentication(body: Outcome) -> Json:
        """The button the card holder pressed on the bank's page."""
        intent = _intent(machine, body.client_secret)
        if intent["id"] not in (body.payment_intent, body.setup_intent):
            raise missing(intent["object"], body.payment_intent or body.setup_intent or "", "intent")
        call, _ = machine.call(intent["object"], intent["id"])
        call.live_by(intent)
        room = confirmation if intent["object"] == PAYMENT else setup_confirmation
        try:
            room.authenticate(call, intent, passed=body.outcome == "complete")
        except Refusal as refusal:
            if refusal.status != 402:
                raise
        return {intent["object"]: _shown(intent), "return_url": _way_back(intent)}


def _way_back(intent: Json) -> str | None:
    """The return address with Stripe's three parameters, for an intent that left the page."""
    if intent.get("_return_url") is None:
        return None
    parts = urlsplit(intent["_return_url"])
    told = {
        intent["object"]: intent["id"],
        f"{intent['object']}_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if intent["status"] in ("succeeded", "requires_capture") else "failed",
    }
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *told.items()])
    return urlunsplit(parts._replace(query=query))


def _session(machine: Machine, client_secret: str) -> Json:
    session = session_by_secret(machine.world, client_secret)
    if session is None:
        raise invalid("The customer session is unknown or has expired.", "customer_session_client_secret")
    return session


def _intent(machine: Machine, client_secret: str) -> Json:
    """The intent a client secret belongs to: the secret begins with the intent's id."""
    intent_id = client_secret.partition("_secret_")[0]
    noun = PREFIXES.get(intent_id.partition("_")[0], PAYMENT)
    _, intent = machine.call(noun, intent_id)
    if intent["client_secret"] != client_secret:
        raise missing(noun, intent_id, "intent")
    return intent


def _shown(intent: Json) -> Json:
    if intent["object"] == PAYMENT:
        return new_intents.shown_to_browser(intent)
    return setup_intents.shown_to_browser(intent)
