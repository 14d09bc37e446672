"""Events that are not what they should be: another account's, live ones, of a type nobody knows. Used by `controls`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.errors import Json
from sandbox.events import API_VERSION, publish
from sandbox.expand import bare
from sandbox.state import World, new_id


@dataclass(frozen=True)
class Forgery:
    """What is told otherwise. None leaves it as it was.

    An `account` makes it an event of that connected account, about an object this account does not have.
    """

    type: str | None = None
    account: str | None = None
    livemode: bool | None = None
    api_version: str | None = None
    values: Json | None = None


def forge(world: World, event: Json, forgery: Forgery) -> Json:
    """A copy under an id of its own, changed so and sent. What this account could not read back from Stripe (foreign
    and live events) cannot be read back here either.
    """
    told = {**bare(event), "id": new_id("evt_1", 23), "created": world.clock.now(), "pending_webhooks": 0}
    thing: dict[str, Any] = {**told["data"]["object"], **(forgery.values or {})}
    told["type"] = forgery.type or told["type"]
    told["api_version"] = forgery.api_version or told["api_version"]
    if forgery.livemode is not None:
        told["livemode"] = thing["livemode"] = forgery.livemode
    if forgery.account is not None:
        told["account"] = forgery.account
        thing["id"] = new_id(f"{str(thing.get('id', 'obj')).partition('_')[0]}_")
    if told["livemode"] or forgery.account is not None:
        told["_hidden"] = True
    told["data"] = {**told["data"], "object": thing}
    return publish(world, told)


def invent(world: World, kind: str, thing: Json) -> Json:
    """An event of any type about any object, known to nobody."""
    event: Json = {
        "id": new_id("evt_1", 23),
        "object": "event",
        "api_version": API_VERSION,
        "created": world.clock.now(),
        "data": {"object": {"id": new_id("obj_"), "object": kind.rpartition(".")[0] or kind, **thing}},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    return publish(world, event)
