"""Tells what happened to a subscription, once for each act however many steps it took. Used across this room."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.errors import Json, Refusal
from sandbox.events import changed, record
from sandbox.expand import bare
from sandbox.state import Call
from sandbox.subscriptions.timing import plan_ahead


@contextmanager
def updating(call: Call, subscription: Json) -> Iterator[Json]:
    """Whatever changes inside, also what payments bring about meanwhile, becomes one `customer.subscription.updated`.
    Yields the subscription as it was.
    """
    before: Json = bare(subscription)
    outermost = not subscription.get("_busy")
    subscription["_busy"] = True
    try:
        yield before
    finally:
        if outermost:
            del subscription["_busy"]
    if outermost:
        plan_ahead(call, subscription)
        if changed(subscription, before):
            record(call, "customer.subscription.updated", subscription, before)


@contextmanager
def held_back(call: Call, *, or_undone: bool = False) -> Iterator[None]:
    """Keeps webhooks back until the whole act is done. `or_undone` makes a refused act one that never was: no object
    and no event of it remains.
    """
    world = call.world
    kept = pickle.dumps(world.tables) if or_undone else None
    listeners = list(world.listeners)
    waiting: list[Json] = []
    world.listeners[:] = [waiting.append]
    try:
        yield
    except Refusal:
        if kept is not None:
            waiting.clear()
            world.tables.clear()
            world.tables.update(pickle.loads(kept))  # noqa: S301  written a moment ago, by this very function
        raise
    finally:
        world.listeners[:] = listeners
        for event in waiting:
            for listener in listeners:
                listener(event)


def move(subscription: Json, status: str) -> None:
    """Another status; whatever was told of the pause goes with it."""
    subscription["status"] = status
    if status != "paused":
        subscription["status_details"] = None


def pause_details(call: Call, why: str) -> Json:
    return {"paused": {"subscription": {"type": why}, "transitioned_at": call.now, "type": "subscription"}}
