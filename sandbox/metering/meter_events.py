"""Meter events: what a customer used, sent in and cancelled. Registered in `registry`; `usage` adds them up."""

from __future__ import annotations

import re
from decimal import Decimal

from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.metering.meters import NOUN as METER
from sandbox.metering.usage import EVENTS
from sandbox.routes import Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World, new_id

DAY = 24 * 3600
OLDEST_SECONDS = 35 * DAY
AHEAD_SECONDS = 5 * 60
VALUE = re.compile(r"-?\d{1,15}", re.ASCII)
"""Only whole numbers count; one below zero takes back."""


def create(call: Call) -> Json:
    """Checked at once, and counted at once: with Stripe the counting comes a little later."""
    params = call.params
    meter = _meter(call.world, params["event_name"])
    customer = _customer(call, meter)
    call.live_by({"customer": customer})
    moment: int = params.get("timestamp", call.now)
    identifier: str = params.get("identifier") or new_id("", 32).lower()
    refusal = _refuse_time(call.now, moment) or _refuse_again(call, identifier)
    if refusal:
        raise refusal
    event: Json = {
        "object": "billing.meter_event",
        "created": call.now,
        "event_name": params["event_name"],
        "identifier": identifier,
        "livemode": False,
        "payload": params["payload"],
        "timestamp": moment,
        "_customer": customer,
        "_value": _value(meter, params["payload"]),
        "_cancelled": False,
    }
    call.world.table(EVENTS)[new_id("mev_", 23)] = event
    return event


def adjust(call: Call) -> Json:
    """Takes back one event of the last day, found by its identifier."""
    name: str = call.params["event_name"]
    identifier: str | None = (call.params.get("cancel") or {}).get("identifier")
    if identifier is None:
        raise invalid("Missing required param: cancel[identifier].", "cancel[identifier]", "parameter_missing")
    _meter(call.world, name)
    found = _event(call.world, name, identifier)
    if found is None:
        raise missing("meter event", identifier, "cancel[identifier]", status=400)
    call.live_by({"customer": found["_customer"]})
    if call.now - found["created"] > DAY:
        raise invalid("A meter event can only be cancelled within 24 hours of its receipt.", "cancel[identifier]")
    if found["_cancelled"]:
        raise invalid("This meter event was already cancelled.", "cancel[identifier]")
    found["_cancelled"] = True
    return {
        "object": "billing.meter_event_adjustment",
        "cancel": {"identifier": identifier},
        "event_name": name,
        "livemode": False,
        "status": "pending",
        "type": "cancel",
    }


def _meter(world: World, event_name: str) -> Json:
    meters = [meter for meter in world.table(METER).values() if meter["event_name"] == event_name]
    active = next((meter for meter in meters if meter["status"] == "active"), None)
    if active is None:
        code = "archived_meter" if meters else "no_meter"
        raise invalid(f'No active meter found for event name "{event_name}".', "event_name", code)
    return active


def _customer(call: Call, meter: Json) -> str:
    key = meter["customer_mapping"]["event_payload_key"]
    named: str | None = call.params["payload"].get(key)
    if not named:
        message = f"The payload must have the key `{key}` with the id of a customer."
        raise invalid(message, f"payload[{key}]", "meter_event_no_customer_defined")
    found = call.world.table("customer").get(named)
    if found is None or found.get("deleted"):
        raise invalid(f"No such customer: '{named}'", f"payload[{key}]", "meter_event_customer_not_found")
    return named


def _value(meter: Json, payload: Json) -> str:
    """The value as exact text; a meter that counts events needs none."""
    key = meter["value_settings"]["event_payload_key"]
    if meter["default_aggregation"]["formula"] == "count" and key not in payload:
        return "1"
    given: str | None = payload.get(key)
    if given is None:
        message = f"The payload must have the key `{key}` with the value."
        raise invalid(message, f"payload[{key}]", "meter_event_value_not_found")
    if not VALUE.fullmatch(given):
        raise invalid(f"Invalid value in the payload: {given}", f"payload[{key}]", "meter_event_invalid_value")
    return str(Decimal(given))


def _refuse_time(now: int, moment: int) -> Refusal | None:
    if moment < now - OLDEST_SECONDS:
        message = "The timestamp must be within the past 35 calendar days."
        return invalid(message, "timestamp", "timestamp_too_far_in_past")
    if moment > now + AHEAD_SECONDS:
        message = "The timestamp must not be more than 5 minutes in the future."
        return invalid(message, "timestamp", "timestamp_in_future")
    return None


def _refuse_again(call: Call, identifier: str) -> Refusal | None:
    """An identifier belongs to one event for a day."""
    for event in call.world.table(EVENTS).values():
        if event["identifier"] == identifier and call.now - event["created"] < DAY:
            return invalid(f"An event already exists with identifier {identifier}.", "identifier")
    return None


def _event(world: World, name: str, identifier: str) -> Json | None:
    """The latest one, when an identifier was used again after a day."""
    rows = list(world.table(EVENTS).values())
    return next((row for row in rows[::-1] if row["event_name"] == name and row["identifier"] == identifier), None)


RESOURCE = Resource(
    routes=(
        Route(
            "POST",
            "/v1/billing/meter_events",
            create,
            take("billing.MeterEventCreateParams", "event_name identifier payload timestamp"),
        ),
        Route(
            "POST",
            "/v1/billing/meter_event_adjustments",
            adjust,
            take("billing.MeterEventAdjustmentCreateParams", "cancel event_name type"),
        ),
    ),
)
