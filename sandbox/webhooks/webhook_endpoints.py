"""Webhook endpoints: create, retrieve, update, list, delete, and rolling a secret. Registered in `registry`;
`delivery` asks it who listens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.errors import Json, Refusal, invalid, missing, not_done
from sandbox.events import API_VERSION
from sandbox.fields import lay, lay_metadata
from sandbox.lists import page
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World, new_id

NOUN = "webhook_endpoint"
MOST = 16
LONGEST_OVERLAP_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Receiver:
    """One address, and the secrets that sign what goes there. `id` is None for the command line's own endpoint."""

    id: str | None
    url: str
    secrets: tuple[str, ...]


def listening(world: World, kind: str) -> list[str]:
    """The ids of the endpoints that want events of this type."""
    return [endpoint["id"] for endpoint in _enabled(world) if not {"*", kind}.isdisjoint(endpoint["enabled_events"])]


def receiver(world: World, endpoint_id: str) -> Receiver | None:
    """Where to post now; None once the endpoint is disabled or deleted, which is also the end of every retry."""
    endpoint = world.table(NOUN).get(endpoint_id)
    if endpoint is None or endpoint["status"] != "enabled":
        return None
    older = [old["secret"] for old in endpoint["_older"] if old["until"] > world.clock.now()]
    return Receiver(endpoint_id, endpoint["url"], (endpoint["_secret"], *older))


def roll(world: World, endpoint_id: str, overlap_seconds: int) -> str:
    """A new secret. The old one signs beside it for so many seconds, a day at most, as in Stripe's dashboard."""
    endpoint = world.table(NOUN).get(endpoint_id)
    if endpoint is None:
        raise _no_such(endpoint_id)
    until = world.clock.now() + min(overlap_seconds, LONGEST_OVERLAP_SECONDS)
    endpoint["_older"] = [*endpoint["_older"], {"secret": endpoint["_secret"], "until": until}]
    endpoint["_secret"] = _new_secret()
    world.touch()
    return str(endpoint["_secret"])


def create(call: Call) -> Json:
    """The one answer that shows the secret."""
    if len(call.world.table(NOUN)) >= MOST:
        raise invalid(f"You have reached the maximum of {MOST} test webhook endpoints.")
    if call.params.get("connect"):
        raise not_done("webhook endpoints for connected accounts")
    if call.params.get("api_version", API_VERSION) != API_VERSION:
        raise not_done(f"events of another API version than {API_VERSION}")
    endpoint: Json = {
        "id": new_id("we_1", 23),
        "object": NOUN,
        "api_version": call.params.get("api_version"),
        "application": None,
        "created": call.now,
        "description": None,
        "enabled_events": [],
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": "",
        "_secret": _new_secret(),
        "_older": [],
    }
    _fill(call, endpoint)
    call.world.add(endpoint)
    return {**endpoint, "secret": endpoint["_secret"]}


def retrieve(call: Call) -> Json:
    return _found(call)


def update(call: Call) -> Json:
    endpoint = _found(call)
    _fill(call, endpoint)
    if "disabled" in call.params:
        endpoint["status"] = "disabled" if call.params["disabled"] else "enabled"
    return endpoint


def delete(call: Call) -> Json:
    endpoint = _found(call)
    del call.world.table(NOUN)[endpoint["id"]]
    return {"id": endpoint["id"], "object": NOUN, "deleted": True}


def listing(call: Call) -> Json:
    return page(call, NOUN, "/v1/webhook_endpoints")


def _fill(call: Call, endpoint: Json) -> None:
    if not call.params.get("enabled_events", ["*"]):
        raise invalid("You must enable at least one event.", "enabled_events")
    target = urlsplit(str(call.params.get("url", endpoint["url"])))
    if target.scheme not in ("http", "https") or not target.hostname:
        said = "Invalid URL: An explicit scheme (such as https) must be provided."
        raise invalid(said, "url", "url_invalid")
    lay(endpoint, call.params, ("url", "enabled_events", "description"))
    lay_metadata(endpoint, call.params)


def _found(call: Call) -> Json:
    found = call.world.table(NOUN).get(call.ids["id"])
    if found is None:
        raise _no_such(call.ids["id"])
    return found


def _no_such(endpoint_id: str) -> Refusal:
    return missing("webhook endpoint", endpoint_id, "webhook_endpoint")


def _enabled(world: World) -> Iterator[Json]:
    return (endpoint for endpoint in world.table(NOUN).values() if endpoint["status"] == "enabled")


def _new_secret() -> str:
    return new_id("whsec_", 32)


CREATE = take("WebhookEndpointCreateParams", "api_version connect description enabled_events metadata url")
UPDATE = take("WebhookEndpointUpdateParams", "description disabled enabled_events metadata url")
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/webhook_endpoints", create, CREATE),
        Route("GET", "/v1/webhook_endpoints", listing, PAGING),
        Route("GET", "/v1/webhook_endpoints/{id}", retrieve),
        Route("POST", "/v1/webhook_endpoints/{id}", update, UPDATE),
        Route("DELETE", "/v1/webhook_endpoints/{id}", delete),
    )
)
