"""How much a customer used of a meter: pure reckoning over the events. Anybody in the sandbox may import it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from sandbox.errors import Json
from sandbox.state import World

EVENTS = "_meter_event"


def metered_usage(world: World, meter_id: str, customer_id: str, start: int, end: int) -> Decimal:
    """What the customer used from `start` up to, but without, `end` (Unix seconds): the sum, the count or the last
    value, as the meter says. Cancelled events do not count.
    """
    meter = world.table("billing.meter")[meter_id]
    return aggregated(meter, events_of(world, meter, customer_id, start, end))


def aggregated(meter: Json, events: Iterable[Json]) -> Decimal:
    """The one number a meter makes of its events."""
    rows = sorted(events, key=lambda event: int(event["timestamp"]))
    formula: str = meter["default_aggregation"]["formula"]
    if formula == "count":
        return Decimal(len(rows))
    values = [Decimal(row["_value"]) for row in rows]
    if formula == "last":
        return values[-1] if values else Decimal(0)
    return sum(values, Decimal(0))


def events_of(world: World, meter: Json, customer_id: str, start: int, end: int) -> list[Json]:
    """The meter's events of a customer in a span of time, those that count."""
    return [
        event
        for event in world.table(EVENTS).values()
        if event["event_name"] == meter["event_name"]
        and event["_customer"] == customer_id
        and start <= event["timestamp"] < end
        and not event["_cancelled"]
    ]
