"""Which use a meter is told of, how much of it, and with which moment: decided without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.metering import Meter, Share, Use, counted, is_unsure, moment, share
from billing.rules.moments import DAY, HOUR
from billing.rules.money import MICRO, Money
from billing.rules.plans import Aggregate, Price, Usage, counts_use

CALLS, PAGES = Meter("calls.monthly", "calls", "price_1"), Meter("pages.monthly", "pages", "price_2")
NAMED, OTHER, UNNAMED = (Use(MICRO, name, 0) for name in ("calls", "storage", ""))
NOW = 1000 * DAY
PERIOD = (NOW - 10 * DAY, NOW + 20 * DAY)


def test_a_debit_counts_for_the_product_it_names_and_where_there_is_no_choice() -> None:
    uses = [NAMED, OTHER, UNNAMED]
    assert counted(uses, CALLS, [CALLS]) == [NAMED, UNNAMED]
    assert counted(uses, CALLS, [CALLS, PAGES]) == [NAMED]
    assert counted(uses, PAGES, [CALLS, PAGES]) == []


@given(
    rest=st.integers(0, MICRO - 1),
    micros=st.lists(st.integers(0, 50 * MICRO), max_size=5),
    most=st.integers(0, 100 * MICRO),
)
def test_no_more_is_told_than_is_owed_and_nothing_gets_lost_on_the_way(rest: int, micros: list[int], most: int) -> None:
    told = share(rest, [Use(each, "", 0) for each in micros], most)
    assert 0 <= told.rest_micro < MICRO
    assert told.credits * MICRO + told.rest_micro == min(rest + sum(micros), most)


def test_what_is_owed_by_nobody_is_told_to_nobody() -> None:
    assert share(0, [NAMED], -5) == Share(0, 0)


@pytest.mark.parametrize(
    ("at", "period", "told"),
    [
        (NOW - DAY, PERIOD, NOW - DAY),
        (NOW, PERIOD, NOW),
        (NOW + 1, PERIOD, NOW),
        (PERIOD[0], PERIOD, PERIOD[0]),
        (PERIOD[0] - 1, PERIOD, NOW),
        (NOW - DAY, (NOW - 40 * DAY, NOW), NOW),
        (NOW - DAY, (NOW + 1, NOW + DAY), NOW),
        (NOW - 36 * DAY, (NOW - 300 * DAY, NOW + DAY), NOW),
        (NOW - 35 * DAY + 2 * HOUR, (NOW - 300 * DAY, NOW + DAY), NOW - 35 * DAY + 2 * HOUR),
    ],
)
def test_a_use_is_told_with_its_moment_while_that_can_still_be_billed_and_taken(
    at: int, period: tuple[int, int], told: int
) -> None:
    assert moment(at, NOW, period) == told


@pytest.mark.parametrize(
    ("attempts", "age", "unsure"), [(0, 50 * DAY, False), (1, 22 * HOUR, False), (1, 24 * HOUR, True)]
)
def test_what_may_have_arrived_is_not_sent_again_once_it_would_count_twice(
    attempts: int, age: int, *, unsure: bool
) -> None:
    assert is_unsure(attempts, NOW - age, NOW) is unsure


def test_only_sums_of_metered_prices_count_the_use_of_credits() -> None:
    price = Price("monthly", Money(1, "USD"), "month")
    assert not counts_use(price)
    metered = [Price("m", Money(1, "USD"), "month", Usage.METERED, each) for each in Aggregate]
    assert [each.aggregate for each in metered if counts_use(each)] == [Aggregate.SUM]
