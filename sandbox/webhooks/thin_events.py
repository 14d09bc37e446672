"""Thin events: the small bodies of version 2 of the API, and the routes from which the rest is fetched. Every event
has its thin twin, unless Stripe has none of that type. Registered in `registry`; `delivery` posts the notifications.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache

from sandbox.errors import Json, Refusal, invalid
from sandbox.events import readable
from sandbox.known_routes import knows_route
from sandbox.params import Text
from sandbox.routes import Resource, Route
from sandbox.sdk_types import classes_beside, sdk
from sandbox.shapes import take
from sandbox.state import Call

PREFIX = "evt_test_"
USUAL = 20


def notification(event: Json) -> Json | None:
    """What is posted: no object, only where it can be fetched. None when Stripe has no thin event of this type."""
    if not _has_twin(event["type"]):
        return None
    related = _related(event["data"]["object"])
    return {
        "id": PREFIX + event["id"].removeprefix("evt_"),
        "object": "v2.core.event",
        "type": f"v1.{event['type']}",
        "livemode": event["livemode"],
        "created": _written(event["created"]),
        "context": event.get("account"),
        "reason": _reason(event["request"]),
        **({"related_object": related} if related else {}),
    }


def full(event: Json) -> Json | None:
    """What `fetch_event` gets."""
    told = notification(event)
    return told and {**told, "changes": None, "snapshot_event": event["id"]}


def retrieve(call: Call) -> Json:
    asked = call.ids["id"]
    event = call.world.table("event").get("evt_" + asked.removeprefix(PREFIX))
    told = full(event) if event and asked.startswith(PREFIX) and readable(call, event) else None
    if told is None:
        message = f"Event '{asked}' not found."
        raise Refusal(404, {"type": "invalid_request_error", "code": "not_found", "message": message})
    return told


def listing(call: Call) -> Json:
    rows = [told for event in reversed(call.world.table("event").values()) if (told := _listed(call, event))]
    ids = [row["id"] for row in rows]
    start = ids.index(call.params["page"]) + 1 if call.params.get("page") in ids else 0
    end = start + call.params.get("limit", USUAL)
    further = f"/v2/core/events?limit={end - start}&page={ids[end - 1]}" if len(rows) > end else None
    return {"data": rows[start:end], "next_page_url": further, "previous_page_url": None}


def _listed(call: Call, event: Json) -> Json | None:
    """The thin event when the filters let it through."""
    told = full(event) if readable(call, event) else None
    if told is None or not _within(event["created"], call.params.get("created") or {}):
        return None
    types, about = call.params.get("types"), call.params.get("object_id")
    related = told.get("related_object", {}).get("id")
    return told if (not types or told["type"] in types) and about in (None, related) else None


def _within(moment: int, span: dict[str, str]) -> bool:
    bounds = {name: _moment(text, f"created[{name}]") for name, text in span.items()}
    return (
        moment > bounds.get("gt", -1)
        and moment >= bounds.get("gte", -1)
        and moment < bounds.get("lt", moment + 1)
        and moment <= bounds.get("lte", moment)
    )


def _moment(text: str, param: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        raise invalid(f"Invalid timestamp: {text}", param) from None


def _written(moment: int) -> str:
    return datetime.fromtimestamp(moment, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _reason(request: Json) -> Json | None:
    if request["id"] is None:
        return None
    return {"type": "request", "request": {**request, "idempotency_key": request["idempotency_key"] or ""}}


def _related(thing: Json) -> Json | None:
    """Stripe's address of the object, for nouns that have one of their own."""
    noun = str(thing["object"])
    url = f"/v1/{noun.replace('.', '/')}s/{thing.get('id')}"
    return {"id": thing["id"], "type": noun, "url": url} if knows_route("GET", url) else None


def _has_twin(kind: str) -> bool:
    """A type nobody knows has one too, so that receivers can be tried with it."""
    thin, usual = _types()
    return f"v1.{kind}" in thin or kind not in usual


@cache
def _types() -> tuple[frozenset[str], frozenset[str]]:
    """The thin and the usual types of the installed SDK."""
    text = (sdk() / "events" / "_event_classes.py").read_text(encoding="utf-8")
    usual = classes_beside("WebhookEndpointCreateParams")["WebhookEndpointCreateParams"]["enabled_events"]
    return frozenset(re.findall(r'"(v1\.[\w.]+)"', text)), frozenset(re.findall(r'"([\w.]+)"', usual))


# The page is a part of the address of the next one, which the SDK follows as it stands.
LIST = {**take("v2.core.EventListParams", "created limit object_id types"), "page": Text(unset=False)}
RESOURCE = Resource(
    routes=(
        Route("GET", "/v2/core/events", listing, LIST),
        Route("GET", "/v2/core/events/{id}", retrieve),
    )
)
