"""Controls that list what there is: objects of every kind, and the timeline of events with their deliveries.
Mounted by `control`.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from sandbox.controls.subjects import find
from sandbox.delivery import TABLE as DELIVERIES
from sandbox.errors import Json, missing
from sandbox.expand import bare
from sandbox.machine import Machine

Kind = Annotated[str | None, Query(alias="type")]
LISTS = {
    "customers": "customer",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "refunds": "refund",
    "disputes": "dispute",
    "sessions": "checkout.session",
    "charges": "charge",
    "payment-methods": "payment_method",
    "products": "product",
    "prices": "price",
    "setup-intents": "setup_intent",
    "test-clocks": "test_helpers.test_clock",
    "fraud-warnings": "radar.early_fraud_warning",
    "reviews": "review",
}


def add_lists(router: APIRouter, machine: Machine) -> None:
    for word, noun in LISTS.items():
        _add_list(router, machine, word, noun)
    _add_timeline(router, machine)

    @router.get("/objects/{noun}/{object_id}", summary="One object of any kind, as it is now")
    async def one(noun: str, object_id: str) -> Json:
        if noun.startswith("_"):
            raise missing(noun, object_id, "noun")
        _, found = machine.call(noun, object_id)
        return {"object": bare(found)}


def _add_list(router: APIRouter, machine: Machine, word: str, noun: str) -> None:
    async def listing(limit: int = 20, customer: str | None = None) -> Json:
        rows = [row for row in _newest(machine, noun) if customer is None or row.get("customer") == customer]
        return {word.replace("-", "_"): [bare(row) for row in rows[:limit]], "total": len(rows)}

    name = word.replace("-", " ")
    router.add_api_route(f"/{word}", listing, methods=["GET"], summary=f"The latest {name}, newest first", name=word)


def _newest(machine: Machine, noun: str) -> list[Json]:
    return [row for row in reversed(machine.world.table(noun).values()) if not row.get("deleted")]


def _add_timeline(router: APIRouter, machine: Machine) -> None:
    @router.get("/events", summary="The latest events, newest first, with how their delivery went")
    async def events(limit: int = 50, kind: Kind = None, about: str | None = None) -> Json:
        """`about` is the id of an object: only events that tell of it."""
        rows = [
            row
            for row in _newest(machine, "event")
            if kind in (None, row["type"]) and (about is None or _tells_of(row, about))
        ]
        sent = _sent(machine, {row["id"] for row in rows[:limit]})
        return {"events": [_line(row, sent.get(row["id"], [])) for row in rows[:limit]], "total": len(rows)}

    @router.get("/events/{event_id}", summary="An event with its payload and every try to deliver it")
    async def event(event_id: str) -> Json:
        _, found = find(machine, "event", event_id)
        return {"event": bare(found), "deliveries": _sent(machine, {event_id}).get(event_id, [])}


def _line(event: Json, deliveries: list[Json]) -> Json:
    thing = event["data"]["object"]
    return {
        "id": event["id"],
        "type": event["type"],
        "created": event["created"],
        "about": thing.get("id"),
        "changed": sorted(event["data"].get("previous_attributes") or {}),
        "deliveries": [{"state": row["state"], "tries": len(row["tries"])} for row in deliveries],
    }


def _sent(machine: Machine, wanted: set[str]) -> dict[str, list[Json]]:
    """The deliveries of these events, oldest first."""
    found: dict[str, list[Json]] = {}
    for row in machine.world.table(DELIVERIES).values():
        if row["event"] in wanted:
            found.setdefault(row["event"], []).append(bare(row))
    return found


def _tells_of(event: Json, object_id: str) -> bool:
    thing: dict[str, Any] = event["data"]["object"]
    return object_id in (thing.get(name) for name in ("id", "customer", "payment_intent", "subscription", "charge"))
