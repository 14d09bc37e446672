"""The API asked from inside, as Stripe's own dashboard and hosted pages ask it: the same routes, rules and events, but
no key and no request id. Used by the controls and by the hosted pages.
"""

from __future__ import annotations

from typing import Any

from sandbox.errors import Json, Refusal, malformed, not_done
from sandbox.expand import render
from sandbox.machine import Machine
from sandbox.params import Place
from sandbox.registry import LINKS, match
from sandbox.state import Call
from sandbox.wire import Raw


def ask(machine: Machine, method: str, path: str, params: Json | None = None, origin: str = "") -> Json:
    """What the route answers, expanded as `params["expand"]` says; raises what the API would refuse.

    `params` are plain values (`{"items": [{"id": ..., "quantity": 2}]}`); None unsets, as the empty string does.
    """
    found = match(method, path)
    if found is None:
        raise not_done(f"{method} {path}")
    read = found.route.shape.read(_raw(params or {}), Place("", _unknown))
    thing = found.route.handler(Call(machine.world, read, found.ids, origin=origin))
    machine.world.touch()
    return render(machine.world, thing, read.get("expand") or [], LINKS)


def rows(machine: Machine, path: str, **filters: Any) -> list[Json]:
    """Everything a list route has for these filters, newest first."""
    found: list[Json] = []
    after: Json = {}
    while True:
        page = ask(machine, "GET", path, {**filters, **after, "limit": 100})
        found += page["data"]
        if not page["has_more"]:
            return found
        after = {"starting_after": page["data"][-1]["id"]}


def _raw(value: Any) -> Any:
    """A plain value as the wire would have brought it."""
    if isinstance(value, dict):
        return {str(key): _raw(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        listed: dict[str, Raw] = {str(place): _raw(inner) for place, inner in enumerate(value)}
        return listed
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _unknown(at: str) -> Refusal:
    return malformed(f"Received unknown parameter: {at}", at, "parameter_unknown")
