"""Meters, the events they count, and the one number they make of them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox

FEBRUARY, DAY, HOUR = 1_706_745_600, 86_400, 3600


def _meter(v1: Any, formula: str = "sum", name: str = "calls") -> Any:
    terms = {"display_name": "Calls", "event_name": name, "default_aggregation": {"formula": formula}}
    return v1.billing.meters.create(terms)


def _on_clock(v1: Any) -> tuple[str, str]:
    """A test clock at the start of February, and a customer who lives by it."""
    clock = v1.test_helpers.test_clocks.create({"frozen_time": FEBRUARY}).id
    return clock, v1.customers.create({"test_clock": clock}).id


def _send(v1: Any, customer: str, value: str | None = "1", **more: Any) -> Any:
    payload = {"stripe_customer_id": customer, **({} if value is None else {"value": value})}
    return v1.billing.meter_events.create({"event_name": "calls", "payload": payload, **more})


def _counted(v1: Any, meter: str, customer: str, days: int = 1, **more: Any) -> list[float]:
    span = {"customer": customer, "start_time": FEBRUARY, "end_time": FEBRUARY + days * DAY, **more}
    return [row.aggregated_value for row in v1.billing.meters.event_summaries.list(meter, span).data]


def _refused(make: Any, *args: Any, **terms: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make(*args, **terms)
    return caught.value


@pytest.mark.parametrize(("formula", "number"), [("sum", 9.0), ("count", 4.0), ("last", 6.0)])
def test_a_meter_makes_one_number(sandbox: Sandbox, formula: str, number: float) -> None:
    v1: Any = sandbox.client.v1
    meter = _meter(v1, formula).id
    _, customer = _on_clock(v1)
    for value, moment in (("6", FEBRUARY + 2), ("2", FEBRUARY), ("3", FEBRUARY + 1), ("-2", FEBRUARY)):
        _send(v1, customer, value, timestamp=moment)
    assert _counted(v1, meter, customer) == [number]


def test_windows_are_told_newest_first(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    meter = _meter(v1).id
    clock, customer = _on_clock(v1)
    _send(v1, customer, "1")
    v1.test_helpers.test_clocks.advance(clock, {"frozen_time": FEBRUARY + 3 * DAY})
    _send(v1, customer, "2", timestamp=FEBRUARY + 2 * DAY - 1)
    _send(v1, customer, "4", timestamp=FEBRUARY + 2 * DAY)
    assert _counted(v1, meter, customer, 4, value_grouping_window="day") == [4.0, 2.0, 1.0]
    assert _counted(v1, meter, customer, 4) == [7.0]
    assert _counted(v1, meter, customer, 4, value_grouping_window="day", limit=1) == [4.0]
    crooked = _refused(_counted, v1, meter, customer, value_grouping_window="day", start_time=FEBRUARY + HOUR)
    assert (crooked.param, "UTC day" in str(crooked)) == ("start_time", True)
    assert _refused(_counted, v1, meter, customer, 0).param == "start_time"


def test_a_cancelled_event_does_not_count(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    meter = _meter(v1).id
    clock, customer = _on_clock(v1)
    _send(v1, customer, "1", identifier="one")
    _send(v1, customer, "2", identifier="two")
    adjust = v1.billing.meter_event_adjustments.create
    wanted = {"event_name": "calls", "type": "cancel", "cancel": {"identifier": "one"}}
    assert adjust(wanted).status == "pending"
    assert _counted(v1, meter, customer) == [2.0]
    assert "already cancelled" in str(_refused(adjust, wanted))
    assert _refused(adjust, {**wanted, "cancel": {"identifier": "three"}}).param == "cancel[identifier]"
    v1.test_helpers.test_clocks.advance(clock, {"frozen_time": FEBRUARY + DAY + 1})
    assert "within 24 hours" in str(_refused(adjust, {**wanted, "cancel": {"identifier": "two"}}))


def test_an_identifier_counts_once_a_day(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    meter = _meter(v1).id
    clock, customer = _on_clock(v1)
    _send(v1, customer, "1", identifier="one")
    assert _refused(_send, v1, customer, "1", identifier="one").param == "identifier"
    v1.test_helpers.test_clocks.advance(clock, {"frozen_time": FEBRUARY + DAY})
    _send(v1, customer, "1", identifier="one")
    assert _counted(v1, meter, customer, 2) == [2.0]


def test_events_are_neither_old_nor_ahead(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    _meter(v1)
    _, customer = _on_clock(v1)
    old = _refused(_send, v1, customer, timestamp=FEBRUARY - 35 * DAY - 1)
    ahead = _refused(_send, v1, customer, timestamp=FEBRUARY + 301)
    assert (old.code, ahead.code) == ("timestamp_too_far_in_past", "timestamp_in_future")
    assert _send(v1, customer, timestamp=FEBRUARY - 35 * DAY).timestamp == FEBRUARY - 35 * DAY
    assert _send(v1, customer, timestamp=FEBRUARY + 300).timestamp == FEBRUARY + 300


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"event_name": "nobody"}, "no_meter"),
        ({"payload": {"value": "1"}}, "meter_event_no_customer_defined"),
        ({"payload": {"value": "1", "stripe_customer_id": "cus_nobody"}}, "meter_event_customer_not_found"),
        ({"value": "many"}, "meter_event_invalid_value"),
        ({"value": "5.5"}, "meter_event_invalid_value"),
    ],
)
def test_an_event_that_cannot_be_counted_is_refused(sandbox: Sandbox, more: Any, code: str) -> None:
    v1: Any = sandbox.client.v1
    _meter(v1)
    error = _refused(_send, v1, v1.customers.create({}).id, **more)
    assert (error.http_status, error.code) == (400, code)


def test_a_meter_is_switched_off_and_on(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    meter = _meter(v1).id
    customer = v1.customers.create({}).id
    off = v1.billing.meters.deactivate(meter)
    assert (off.status, off.status_transitions.deactivated_at) == ("inactive", off.updated)
    assert _refused(_send, v1, customer).code == "archived_meter"
    assert "already inactive" in str(_refused(v1.billing.meters.deactivate, meter))
    assert [row.id for row in v1.billing.meters.list({"status": "inactive"}).data] == [meter]
    second = _meter(v1).id
    assert _refused(v1.billing.meters.reactivate, meter).param == "event_name"
    v1.billing.meters.deactivate(second)
    assert v1.billing.meters.reactivate(meter).status == "active"
    assert _refused(_meter, v1).code == "resource_already_exists"
    assert v1.billing.meters.update(meter, {"display_name": "Requests"}).display_name == "Requests"
    told = [event.type.rpartition(".")[2] for event in v1.events.list({"type": "billing.meter.*"}).data]
    assert told == ["updated", "reactivated", "deactivated", "created", "deactivated", "created"]


def test_a_customer_of_a_test_clock_is_counted_by_it(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    meter = _meter(v1).id
    clock, customer = _on_clock(v1)
    v1.test_helpers.test_clocks.advance(clock, {"frozen_time": FEBRUARY + HOUR})
    event = _send(v1, customer, "7")
    assert (event.created, event.timestamp) == (FEBRUARY + HOUR, FEBRUARY + HOUR)
    assert _counted(v1, meter, customer) == [7.0]
    other = v1.customers.create({}).id
    assert 0 <= sandbox.look("time")["now"] - _send(v1, other).timestamp < 60


def test_the_stream_of_version_two_is_not_built(sandbox: Sandbox) -> None:
    body = {"event_name": "calls", "payload": {"value": "1"}, "identifier": uuid.uuid4().hex}
    with pytest.raises(stripe.StripeError) as caught:
        sandbox.client.v2.billing.meter_events.create(body)  # type: ignore[arg-type]
    assert caught.value.http_status == 501
