"""When a month of use ends, in which time zone, and when it is invoiced."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from billing.rules.calendars import InvoiceCalendar, Period, zone_of
from billing.rules.errors import BadInput
from billing.rules.moments import DAY, HOUR, to_datetime
from tests.world.debtors import at

BERLIN, CAIRO, KIRITIMATI = ZoneInfo("Europe/Berlin"), ZoneInfo("Africa/Cairo"), ZoneInfo("Pacific/Kiritimati")


def ends(calendar: InvoiceCalendar, since: int, until: int) -> list[str]:
    """The days on which periods end, as the wall calendar there says."""
    return [str(to_datetime(each.end).astimezone(calendar.zone).date()) for each in calendar.closed(since, until)]


def test_the_31st_is_the_last_day_of_every_month() -> None:
    told = ends(InvoiceCalendar(31), at(UTC, 2027, 1, 1), at(UTC, 2028, 3, 31))
    assert told == [
        "2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30", "2027-07-31",
        "2027-08-31", "2027-09-30", "2027-10-31", "2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29",
        "2028-03-31",
    ]  # fmt: skip


def test_the_29th_is_the_28th_of_february_but_in_leap_years() -> None:
    calendar = InvoiceCalendar(29)
    assert ends(calendar, at(UTC, 2027, 2, 1), at(UTC, 2027, 2, 28)) == ["2027-02-28"]
    assert ends(calendar, at(UTC, 2028, 2, 1), at(UTC, 2028, 2, 28)) == []
    assert ends(calendar, at(UTC, 2028, 2, 1), at(UTC, 2028, 2, 29)) == ["2028-02-29"]


@pytest.mark.parametrize("day", [1, 15, 28, 29, 30, 31])
@pytest.mark.parametrize("zone", [UTC, BERLIN, CAIRO, KIRITIMATI], ids=str)
@pytest.mark.parametrize("later", [0, 1, 5])
def test_periods_follow_each_other_without_gap_or_overlap_however_the_run_falls(
    day: int, zone: ZoneInfo, later: int
) -> None:
    calendar = InvoiceCalendar(day, zone, later)
    since, until = at(UTC, 2026, 1, 7), at(UTC, 2029, 2, 1)
    whole = list(calendar.closed(since, until))
    assert whole[0].start == since
    assert all(before.end == after.start for before, after in pairwise(whole))
    pieces: list[Period] = []
    for now in range(since, until + 1, 3 * DAY + HOUR):
        pieces.extend(calendar.closed(pieces[-1].end if pieces else since, now))
    assert pieces == whole[: len(pieces)]
    assert len(whole) - len(pieces) <= 1


def test_midnight_is_that_of_the_zone_in_summer_and_in_winter() -> None:
    ended = [each.end for each in InvoiceCalendar(1, BERLIN).closed(at(UTC, 2027, 2, 15), at(UTC, 2027, 5, 1))]
    assert ended == [at(UTC, 2027, 2, 28, 23), at(UTC, 2027, 3, 31, 22), at(UTC, 2027, 4, 30, 22)]


def test_a_midnight_the_clock_jumps_over_is_the_first_moment_of_the_day() -> None:
    """Cairo goes from 23:59 to 01:00 in the night before the last Friday of April."""
    (period,) = InvoiceCalendar(30, CAIRO).closed(at(UTC, 2027, 4, 1), at(UTC, 2027, 5, 1))
    local = to_datetime(period.end).astimezone(CAIRO)
    assert local.replace(tzinfo=None) == datetime(2027, 4, 30, 1)  # noqa: DTZ001  the wall clock is meant
    assert to_datetime(period.end - 1).astimezone(CAIRO).day == 29


def test_a_shift_invoices_each_month_later_and_leaves_none_out() -> None:
    calendar = InvoiceCalendar(1, UTC, 2)
    since = at(UTC, 2027, 1, 1)
    assert ends(calendar, since, at(UTC, 2027, 4, 1) - 1) == []
    assert ends(calendar, since, at(UTC, 2027, 4, 1)) == ["2027-02-01"]
    assert ends(calendar, since, at(UTC, 2027, 6, 1)) == ["2027-02-01", "2027-03-01", "2027-04-01"]


def test_the_next_invoice_is_the_next_closing_day() -> None:
    calendar = InvoiceCalendar(31)
    assert calendar.next_invoice(at(UTC, 2027, 2, 10)) == at(UTC, 2027, 2, 28)
    assert calendar.next_invoice(at(UTC, 2027, 2, 28)) == at(UTC, 2027, 3, 31)
    assert calendar.opened(at(UTC, 2027, 2, 10)) == at(UTC, 2027, 1, 31)


@pytest.mark.parametrize("name", ["Europe/Nowhere", "", "../../etc/passwd", "/etc/localtime", "Europe", "x\0y"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        zone_of(name)
