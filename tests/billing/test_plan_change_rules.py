"""Bills, tokens and offers without any provider: pure decisions about changes of plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.bills import Bill, BillLine, bill, without
from billing.rules.calendars import later
from billing.rules.errors import BadInput, Conflict
from billing.rules.facts import InvoiceLine
from billing.rules.moments import DAY, MINUTE, SECOND, from_datetime, iso
from billing.rules.money import Credits, Money
from billing.rules.plan_changes import LimitChange, PlanSide, When, limit_changes, moment_of, suggested, token_of
from billing.rules.plans import Limit, PlanTerms

NOW = 20_000 * DAY


def line(amount: int, **more: int) -> BillLine:
    return BillLine("A line", InvoiceLine("price_1", "prod_1", 1, amount, 0, DAY), **more)


@given(st.lists(st.integers(-10_000, 10_000), max_size=6), st.integers(-20_000, 20_000))
def test_what_is_due_and_what_is_kept_account_for_every_cent(amounts: list[int], balance: int) -> None:
    made = bill(NOW, [line(each) for each in amounts], balance, "USD")
    assert made.total == Money(sum(amounts), "USD")
    assert made.due.minor - balance + made.balance_after_minor == sum(amounts)
    assert made.due.minor >= 0 >= min(made.balance_after_minor, 0)
    assert made.kept.minor >= 0
    assert made.given_back.minor == -sum(each for each in amounts if each < 0)


def test_what_is_taken_off_once_is_not_taken_off_again_and_its_tax_comes_back() -> None:
    once = line(1000, discount_minor=600, passing_minor=500, tax_minor=40)
    assert once.total_minor == 440
    assert (once.lasting.discount_minor, once.lasting.tax_minor, once.lasting.total_minor) == (100, 90, 990)
    free = line(1000, discount_minor=1000, passing_minor=1000)
    assert free.lasting.total_minor == 1000


def test_each_line_takes_one_like_it_away() -> None:
    one, other = line(100), line(-30)
    assert without([one, one, other], [one]) == (one, other)
    assert without([one], [other]) == (one,)


@pytest.mark.parametrize(
    ("start", "interval", "count", "end"),
    [
        ("2024-01-31", "month", 1, "2024-02-29"),
        ("2023-01-31", "month", 1, "2023-02-28"),
        ("2024-02-29", "year", 1, "2025-02-28"),
        ("2024-02-29", "year", 4, "2028-02-29"),
        ("2023-12-31", "month", 2, "2024-02-29"),
        ("2024-12-30", "week", 1, "2025-01-06"),
        ("2024-02-28", "day", 2, "2024-03-01"),
    ],
)
def test_an_interval_later_is_the_same_day_or_the_last_of_its_month(
    start: str, interval: str, count: int, end: str
) -> None:
    moment = _at(start)
    assert iso(later(moment, interval, count))[:10] == end


def _at(day: str) -> int:
    return from_datetime(datetime.fromisoformat(f"{day}T10:00:00+00:00"))


def test_a_token_names_what_was_shown_but_not_the_days_of_a_period_that_begins_anew() -> None:
    shown = bill(NOW, [line(100), line(-30)], 0, "USD")
    moved = [replace(each, line=replace(each.line, period_start=5)) for each in reversed(shown.lines)]
    later_look = Bill(NOW + SECOND, tuple(moved), 0, shown.due)
    assert token_of(NOW, "acc_1", shown) == token_of(NOW, "acc_1", later_look)
    for other in (("acc_2", shown), ("acc_1", bill(NOW, [line(101), line(-30)], 0, "USD")), ("acc_1", None)):
        assert token_of(NOW, *other) != token_of(NOW, "acc_1", shown)
    assert token_of(NOW, "acc_1", shown) != token_of(NOW + SECOND, "acc_1", shown)


def test_a_token_holds_for_five_minutes_and_names_a_whole_second_that_was() -> None:
    token = token_of(NOW, "acc_1")
    assert moment_of(token, NOW) == moment_of(token, NOW + 5 * MINUTE) == NOW
    for now in (NOW + 5 * MINUTE + 1, NOW - 2 * SECOND):
        with pytest.raises(Conflict):
            moment_of(token, now)
    with pytest.raises(Conflict):
        moment_of(token_of(NOW + 1, "acc_1"), NOW + SECOND)
    for odd in ("", "x", token[:-1], token + "0", "１" + token[1:], f"-{token}", token.upper()):
        with pytest.raises(BadInput):
            moment_of(odd, NOW)


def side(weight: int = 0, interval: str = "month", minor: int = 1000) -> PlanSide:
    terms = PlanTerms("p", "P", weight=weight)
    return PlanSide("p", "P", interval, 1, None, Money(minor, "USD"), Credits(0), terms)


@pytest.mark.parametrize(
    ("before", "after", "when"),
    [
        (side(1), side(2), When.NOW),
        (side(2), side(1, minor=9000), When.PERIOD_END),
        (side(), side(interval="year", minor=900), When.NOW),
        (side(interval="year"), side(), When.PERIOD_END),
        (side(), side(minor=1001), When.NOW),
        (side(), side(minor=999), When.PERIOD_END),
    ],
)
def test_more_is_wanted_now_and_less_when_what_is_paid_is_used_up(
    before: PlanSide, after: PlanSide, when: When
) -> None:
    assert suggested(before, after) is when


def test_limits_are_shown_that_change_or_that_are_exceeded() -> None:
    many = PlanTerms("a", "A", limits=(Limit("seats", 5), Limit("pipes", None), Limit("same", 3)))
    few = PlanTerms("b", "B", limits=(Limit("seats", 2), Limit("same", 3)))
    used = {"seats": 3, "pipes": 1, "same": 3}
    assert limit_changes(many, few, used) == (
        LimitChange("pipes", Limit("pipes", None), None, 1),
        LimitChange("seats", Limit("seats", 5), Limit("seats", 2), 3),
    )
    assert [each.is_exceeded for each in limit_changes(many, few, used)] == [True, True]
    assert [each.is_exceeded for each in limit_changes(few, many, used)] == [False, False]
    assert limit_changes(few, few, {"same": 4})[0].is_exceeded
