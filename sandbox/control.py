"""The control API under `/_sandbox/`: what a tester does to the payments and to the network. Mounted by `server`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from sandbox import events
from sandbox.delivery import TABLE, Endpoint
from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.events import API_VERSION
from sandbox.expand import bare
from sandbox.machine import Machine
from sandbox.payments import confirmation
from sandbox.payments.cards import BY_NUMBER, CARDS


class Body(BaseModel):
    """A request body; a key nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid")


class DeliverySwitches(Body):
    paused: bool | None = Field(None, description="Hold every delivery back until it is false again.")
    drop_next: int | None = Field(None, ge=0, description="Lose the next n events for good; they can be sent again.")
    duplicate: int | None = Field(None, ge=0, le=20, description="Post each event this many more times.")
    delay_seconds: float | None = Field(None, ge=0, le=3600, description="Wait before the first try.")
    shuffle: bool | None = Field(None, description="Groups of four events arrive in reverse order.")


class FaultSwitches(Body):
    slow_seconds: float | None = Field(None, ge=0, le=120, description="Each request takes this much longer.")
    fail_next: int | None = Field(None, ge=0, description="The next n requests fail before any work is done.")
    fail_status: Literal[429, 500, 503] | None = None
    should_retry: bool | None = Field(None, description="Send Stripe-Should-Retry with those failures.")
    lose_next: int | None = Field(None, ge=0, description="The next n requests are carried out, their answer is lost.")


class Payment(Body):
    card: Annotated[str, Field(description="Number of a test card.")] = "4242424242424242"
    authentication: Annotated[
        Literal["complete", "fail", "leave"], Field(description="What the card holder does when 3-D Secure asks.")
    ] = "complete"


class EndpointSetting(Body):
    url: str | None = Field(None, description="Where webhooks go; null switches them off.")
    secrets: list[str] = Field(default_factory=list, description="Each one signs, as while a secret is rolled.")


def control(machine: Machine) -> APIRouter:
    """All control routes, bound to one machine."""
    router = APIRouter(prefix="/_sandbox", tags=["control"])
    _add_reading(router, machine)
    _add_network(router, machine)
    _add_payments(router, machine)
    return router


def _add_reading(router: APIRouter, machine: Machine) -> None:
    @router.get("/health", summary="Is this a sandbox, and how is it set?")
    async def health() -> Json:
        nouns = {noun: len(rows) for noun, rows in machine.world.tables.items() if not noun.startswith("_")}
        return {
            "sandbox": True,
            "api_version": API_VERSION,
            "now": machine.world.clock.now(),
            "webhook_url": machine.endpoint.url,
            "webhook_secrets": len(machine.endpoint.secrets),
            "publishable_key": machine.keys.publishable,
            "delivery": asdict(machine.deliverer.switches),
            "faults": asdict(machine.faults),
            "objects": nouns,
        }

    @router.get("/deliveries", summary="The latest deliveries, newest first")
    async def deliveries(limit: int = 50, event: str | None = None) -> Json:
        rows = [row for row in reversed(machine.world.table(TABLE).values()) if event in (None, row["event"])]
        return {"deliveries": rows[:limit], "total": len(rows)}

    @router.get("/payments", summary="The latest payments, newest first")
    async def payments(limit: int = 20) -> Json:
        rows = list(reversed(machine.world.table("payment_intent").values()))
        return {"payments": [bare(row) for row in rows[:limit]], "total": len(rows)}

    @router.get("/cards", summary="The test cards and what each does")
    async def cards() -> Json:
        rows = [
            {"number": card.number, "about": card.about, "names": [f"pm_card_{n}" for n in card.names]}
            for card in CARDS
        ]
        return {"cards": rows}


def _add_network(router: APIRouter, machine: Machine) -> None:
    @router.post("/delivery", summary="Pause, lose, repeat, delay or shuffle webhooks")
    async def delivery(body: DeliverySwitches) -> Json:
        told = body.model_dump(exclude_none=True)
        if "paused" in told:
            machine.deliverer.pause(told.pop("paused"))
        _set(machine.deliverer.switches, told)
        return asdict(machine.deliverer.switches)

    @router.post("/faults", summary="Make the API slow, failing or forgetful")
    async def faults(body: FaultSwitches) -> Json:
        _set(machine.faults, body.model_dump(exclude_none=True))
        return asdict(machine.faults)

    @router.post("/endpoint", summary="Where webhooks go, and with which secrets they are signed")
    async def endpoint(body: EndpointSetting) -> Json:
        _set(machine.endpoint, asdict(Endpoint(body.url, tuple(body.secrets))))
        return {"url": machine.endpoint.url, "secrets": len(machine.endpoint.secrets)}

    @router.post("/events/{event_id}/resend", summary="Send an event again, with the same id")
    async def resend(event_id: str) -> Json:
        _, event = machine.call("event", event_id)
        return {"event": event_id, "deliveries": machine.deliverer.send(event)}

    @router.post("/events/{event_id}/twin", summary="Tell the same change again under a second event id")
    async def twin(event_id: str) -> Json:
        _, event = machine.call("event", event_id)
        return {"event": events.twin(machine.world, event)["id"], "twin_of": event_id}

    @router.post("/reset", summary="Forget everything: an empty account, a quiet network")
    async def reset() -> Json:
        machine.reset()
        return {"reset": True}


def _add_payments(router: APIRouter, machine: Machine) -> None:
    @router.post("/payments/{payment_intent}/pay", summary="Pay an intent with a test card, without a browser")
    async def pay(payment_intent: str, body: Payment | None = None) -> Json:
        asked = body or Payment()
        number = asked.card.replace(" ", "")
        if number not in BY_NUMBER:
            raise missing("test card", asked.card, "card", status=400)
        year = datetime.fromtimestamp(machine.world.clock.now(), tz=UTC).year
        card = {"number": number, "exp_month": 12, "exp_year": year + 3, "cvc": "123"}
        call, intent = machine.call(
            "payment_intent", payment_intent, {"payment_method_data": {"type": "card", "card": card}}
        )
        return _told(intent, lambda: _pay(call, intent, asked.authentication))

    @router.post("/payments/{payment_intent}/authentication", summary="Answer 3-D Secure for a waiting intent")
    async def authentication(payment_intent: str, outcome: Literal["complete", "fail"]) -> Json:
        call, intent = machine.call("payment_intent", payment_intent)
        return _told(intent, lambda: confirmation.authenticate(call, intent, passed=outcome == "complete"))


def _pay(call: Any, intent: Json, authentication: str) -> None:
    confirmation.confirm(call, intent)
    if intent["status"] == "requires_action" and authentication != "leave":
        confirmation.authenticate(call, intent, passed=authentication == "complete")


def _told(intent: Json, act: Any) -> Json:
    """A declined card is a normal outcome here, so it is told in the answer; any other refusal stays an error."""
    try:
        act()
    except Refusal as refusal:
        if refusal.status != 402:
            raise
        shown = {
            name: value for name, value in refusal.error.items() if name not in ("payment_intent", "payment_method")
        }
        return {"payment_intent": bare(intent), "error": shown}
    return {"payment_intent": bare(intent), "error": intent["last_payment_error"]}


def _set(target: object, values: Json) -> None:
    for name, value in values.items():
        if not hasattr(target, name):
            raise invalid(f"Unknown switch: {name}", name)
        setattr(target, name, value)
