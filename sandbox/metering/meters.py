"""Meters: create, retrieve, update, list, switch off and on, and what they counted. Registered in `registry`;
`meter_events` feed them.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, invalid, missing
from sandbox.events import record
from sandbox.fields import lay
from sandbox.lists import envelope, page
from sandbox.metering.usage import aggregated, events_of
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, new_id

NOUN = "billing.meter"
SUMMARY = "billing.meter_event_summary"
WINDOWS = {"hour": 3600, "day": 24 * 3600}


def create(call: Call) -> Json:
    params = call.params
    name: str = params["event_name"]
    if any(other["event_name"] == name and other["status"] == "active" for other in call.world.table(NOUN).values()):
        message = f"There is already an active meter for event name `{name}`."
        raise invalid(message, "event_name", "resource_already_exists")
    meter: Json = {
        "id": new_id("mtr_test_61", 26),
        "object": NOUN,
        "created": call.now,
        "customer_mapping": params.get("customer_mapping")
        or {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        "default_aggregation": params["default_aggregation"],
        "display_name": params["display_name"],
        "event_name": name,
        "event_time_window": params.get("event_time_window"),
        "livemode": False,
        "status": "active",
        "status_transitions": {"deactivated_at": None},
        "updated": call.now,
        "value_settings": params.get("value_settings") or {"event_payload_key": "value"},
    }
    call.world.add(meter)
    record(call, "billing.meter.created", meter)
    return meter


def update(call: Call) -> Json:
    return _change(call, "updated", call.params)


def deactivate(call: Call) -> Json:
    """It takes no more events, and no new price may use it."""
    if retrieve(call)["status"] == "inactive":
        raise invalid("This meter is already inactive.")
    over = {"status": "inactive", "status_transitions": {"deactivated_at": call.now}}
    return _change(call, "deactivated", over)


def reactivate(call: Call) -> Json:
    meter = retrieve(call)
    if meter["status"] == "active":
        raise invalid("This meter is already active.")
    for other in call.world.table(NOUN).values():
        if other["event_name"] == meter["event_name"] and other["status"] == "active":
            message = f"There is already an active meter for event name `{meter['event_name']}`."
            raise invalid(message, "event_name", "resource_already_exists")
    return _change(call, "reactivated", {"status": "active", "status_transitions": {"deactivated_at": None}})


def _change(call: Call, what: str, values: Json) -> Json:
    meter = retrieve(call)
    before = deepcopy(meter)
    lay(meter, values, ("display_name", "status", "status_transitions"))
    meter["updated"] = call.now
    record(call, f"billing.meter.{what}", meter, before)
    return meter


def retrieve(call: Call) -> Json:
    return call.find(NOUN, "id", name="billing meter")


def listing(call: Call) -> Json:
    status: str | None = call.params.get("status")
    return page(call, NOUN, "/v1/billing/meters", lambda meter: status in (None, meter["status"]))


def summaries(call: Call) -> Json:
    """What a customer used, newest window first; a span or a window without events has no row."""
    meter, params = retrieve(call), call.params
    if params["customer"] not in call.world.table("customer"):
        raise missing("customer", params["customer"], "customer", status=400)
    window: str | None = params.get("value_grouping_window")
    start, end = params["start_time"], params["end_time"]
    _check_span(start, end, WINDOWS.get(window or "", 60))
    step = WINDOWS[window] if window else end - start
    rows: list[Json] = []
    for begins in range(start, end, step):
        ends = min(begins + step, end)
        events = events_of(call.world, meter, params["customer"], begins, ends)
        if events:
            rows.append(_summary(call, meter, begins, ends, float(aggregated(meter, events))))
    url = f"/v1/billing/meters/{meter['id']}/event_summaries"
    return envelope(call, rows[::-1], SUMMARY, url)


def _summary(call: Call, meter: Json, begins: int, ends: int, value: object) -> Json:
    """The same window keeps its id, so that a page can go on from it."""
    who = call.params["customer"].removeprefix("cus_")
    summary_id = f"mtrusg_test_{meter['id'][-8:]}{who}{begins}{ends}"
    row: Json = {
        "id": summary_id,
        "object": SUMMARY,
        "aggregated_value": value,
        "end_time": ends,
        "livemode": False,
        "meter": meter["id"],
        "start_time": begins,
    }
    return call.world.add(row)


def _check_span(start: int, end: int, grain: int) -> None:
    if start >= end:
        raise invalid("`start_time` must be before `end_time`.", "start_time")
    for name, moment in (("start_time", start), ("end_time", end)):
        if moment % grain:
            unit = {60: "minute", 3600: "hour", 24 * 3600: "day"}[grain]
            raise invalid(f"`{name}` must be aligned with UTC {unit} boundaries.", name)


BASE = "/v1/billing/meters"
RESOURCE = Resource(
    routes=(
        Route(
            "POST",
            BASE,
            create,
            take(
                "MeterCreateParams",
                "customer_mapping default_aggregation display_name event_name event_time_window value_settings",
            ),
        ),
        Route("GET", BASE, listing, {**PAGING, **take("MeterListParams", "status")}),
        Route("GET", f"{BASE}/{{id}}", retrieve),
        Route("POST", f"{BASE}/{{id}}", update, take("MeterModifyParams", "display_name")),
        Route("POST", f"{BASE}/{{id}}/deactivate", deactivate),
        Route("POST", f"{BASE}/{{id}}/reactivate", reactivate),
        Route(
            "GET",
            f"{BASE}/{{id}}/event_summaries",
            summaries,
            {**PAGING, **take("MeterListEventSummariesParams", "customer end_time start_time value_grouping_window")},
        ),
    ),
)
