"""Events: the record of every change, and the routes that read it back. Every resource records through `record`."""

from __future__ import annotations

from typing import Any

from sandbox.errors import Json, missing
from sandbox.expand import bare
from sandbox.lists import page
from sandbox.params import Flag, Many, Text
from sandbox.routes import LISTING, Resource, Route
from sandbox.state import Call, World, new_id

API_VERSION = "2026-10-28.endive"
KEPT_SECONDS = 30 * 24 * 3600


def record(call: Call, kind: str, thing: Json, before: Json | None = None) -> Json:
    """Writes an event with a snapshot of the object as it is now, hands it to the deliverer, and lets happen what
    other resources do upon it.

    `before` is the object before an update; what differs becomes `previous_attributes`.
    """
    data: Json = {"object": bare(thing)}
    if before is not None:
        data["previous_attributes"] = _differences(bare(before), data["object"])
    event: Json = {
        "id": new_id("evt_1", 23),
        "object": "event",
        "api_version": API_VERSION,
        "created": call.now,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
        "type": kind,
    }
    publish(call.world, event)
    for react in call.world.reactions.get(kind, ()):
        react(call, thing)
    return event


def publish(world: World, event: Json) -> Json:
    """Keeps the event and tells those who deliver it."""
    event["_recorded"] = world.clock.now()
    world.add(event)
    for listener in world.listeners:
        listener(event)
    return event


def twin(world: World, event: Json) -> Json:
    """The same change under a second event id, as Stripe sometimes sends it."""
    return publish(world, {**bare(event), "id": new_id("evt_1", 23), "pending_webhooks": 0})


def changed(thing: Json, before: Json) -> bool:
    return bool(_differences(bare(before), bare(thing)))


def _differences(before: Json, after: Json) -> Json:
    """The old values of what changed. Inside metadata and other objects only the keys that changed, as Stripe does."""
    old: Json = {}
    for key in before.keys() | after.keys():
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        old[key] = _differences(was, now) if isinstance(was, dict) and isinstance(now, dict) else was
    return old


def retrieve(call: Call) -> Json:
    event = call.find("event", "id")
    if not readable(call, event):
        raise missing("event", event["id"], "id")
    return event


def readable(call: Call, event: Json) -> bool:
    """Stripe shows the events of 30 days, by everybody's clock, whatever a test clock says of when they happened.
    Foreign and live ones are not this account's to read at all.
    """
    recorded = int(event.get("_recorded") or event["created"])
    return "_hidden" not in event and recorded >= call.world.clock.now() - KEPT_SECONDS


def listing(call: Call) -> Json:
    asked: list[str] = call.params.get("types") or []
    kind: str | None = call.params.get("type")
    success: bool | None = call.params.get("delivery_success")

    def keep(event: Json) -> bool:
        if not readable(call, event):
            return False
        if success is not None and (event["pending_webhooks"] == 0) != success:
            return False
        return (not kind or _matches(event["type"], kind)) and (not asked or event["type"] in asked)

    return page(call, "event", "/v1/events", keep)


def _matches(actual: str, asked: Any) -> bool:
    """`payment_intent.*` is allowed by Stripe for the single filter."""
    return actual.startswith(asked[:-1]) if asked.endswith("*") else bool(actual == asked)


LIST = {**LISTING, "type": Text(unset=False), "types": Many(most=20), "delivery_success": Flag()}
RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/events", listing, LIST),
        Route("GET", "/v1/events/{id}", retrieve),
    )
)
