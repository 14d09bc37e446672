"""Controls of single events and of an endpoint's secret: send again, forge, invent, roll. Mounted by `control`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from sandbox import events
from sandbox.controls.bodies import Body
from sandbox.errors import Json
from sandbox.expand import bare
from sandbox.machine import Machine
from sandbox.webhooks.forged_events import Forgery, forge, invent
from sandbox.webhooks.webhook_endpoints import LONGEST_OVERLAP_SECONDS, roll


class ForgedEvent(Body):
    type: str | None = Field(None, description="Another type, such as one nobody knows.")
    account: str | None = Field(None, description="A connected account's event, about an object this one has not.")
    livemode: bool | None = Field(None, description="true makes it an event of live mode.")
    api_version: str | None = Field(None, description="Another version of the API.")
    values: dict[str, Any] | None = Field(None, description="Fields of the object that are told otherwise.")


class InventedEvent(Body):
    type: str = Field(description="Any type at all.")
    object: dict[str, Any] = Field(default_factory=dict, description="What the event tells of.")


class Rolling(Body):
    overlap_seconds: int = Field(
        LONGEST_OVERLAP_SECONDS, ge=0, le=LONGEST_OVERLAP_SECONDS, description="How long the old secret signs too."
    )


def add_webhooks(router: APIRouter, machine: Machine) -> None:
    @router.post("/events/{event_id}/resend", summary="Send an event again, with the same id")
    async def resend(event_id: str) -> Json:
        _, event = machine.call("event", event_id)
        return {"event": event_id, "deliveries": machine.deliverer.send(event)}

    @router.post("/events/{event_id}/twin", summary="Tell the same change again under a second event id")
    async def twin(event_id: str) -> Json:
        _, event = machine.call("event", event_id)
        return {"event": events.twin(machine.world, event)["id"], "twin_of": event_id}

    @router.post("/events/{event_id}/forge", summary="Send a changed copy: another account's, live, unknown")
    async def forged(event_id: str, body: ForgedEvent) -> Json:
        _, event = machine.call("event", event_id)
        return {"event": bare(forge(machine.world, event, Forgery(**body.model_dump()))), "forged_from": event_id}

    @router.post("/events", summary="Send an event of any type about anything")
    async def invented(body: InventedEvent) -> Json:
        return {"event": bare(invent(machine.world, body.type, body.object))}

    @router.post("/webhook_endpoints/{endpoint_id}/roll", summary="A new secret, beside the old one for a while")
    async def rolled(endpoint_id: str, body: Rolling | None = None) -> Json:
        overlap = LONGEST_OVERLAP_SECONDS if body is None else body.overlap_seconds
        return {"id": endpoint_id, "secret": roll(machine.world, endpoint_id, overlap), "overlap_seconds": overlap}
