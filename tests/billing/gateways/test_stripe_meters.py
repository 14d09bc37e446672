"""What Stripe's meters are told: whole credits under the cause of our own transfer, once; refused when none counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from billing.gateways.metering import Report
from billing.rules.errors import NotFound, PaymentRefused
from billing.rules.moments import DAY, HOUR, MINUTE, SECOND, system_clock
from tests.billing.gateways.counters import Counter


@pytest.fixture
def told(counter: Counter) -> Report:
    counting: Any = {"event_name": "calls.monthly", "display_name": "Calls", "default_aggregation": {"formula": "sum"}}
    counter.v1.billing.meters.create(counting)
    return Report("calls.monthly", counter.customer, 12, "acc_1:7:0:used", system_clock() - HOUR)


def summed(counter: Counter) -> float:
    (meter,) = counter.v1.billing.meters.list().data
    now = system_clock() // MINUTE * 60
    span: Any = {"customer": counter.customer, "start_time": now - 2 * DAY // SECOND, "end_time": now + 600}
    return float(sum(row.aggregated_value for row in counter.v1.billing.meters.event_summaries.list(meter.id, span)))


def test_a_report_counts_once_whatever_key_and_moment_it_comes_with_again(counter: Counter, told: Report) -> None:
    for key, at in (("out_1", told.at), ("out_1", told.at), ("out_1", told.at + MINUTE), ("out_2", told.at)):
        counter.gateway.report(replace(told, at=at), key)
    assert summed(counter) == 12


def test_what_is_taken_back_is_told_below_zero(counter: Counter, told: Report) -> None:
    counter.gateway.report(told, "out_1")
    counter.gateway.report(replace(told, credits=-5, identifier="acc_1:9:0:undone"), "out_2")
    assert summed(counter) == 7


@pytest.mark.parametrize(
    "wrong",
    [{"meter": "nobody.counts"}, {"customer_ref": "cus_nobody"}, {"at": 0}],
    ids=["meter", "customer", "too old"],
)
def test_what_is_never_counted_is_refused(counter: Counter, told: Report, wrong: dict[str, Any]) -> None:
    with pytest.raises((PaymentRefused, NotFound)):
        counter.gateway.report(replace(told, **wrong), "out_1")
    assert summed(counter) == 0
