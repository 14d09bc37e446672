"""What the lines of invoices are worth in credits, decided without a database and without a provider."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.calendars import began
from billing.rules.facts import InvoiceLine
from billing.rules.moments import DAY, HOUR, NEVER, SECOND, from_datetime
from billing.rules.money import Credits
from billing.rules.plan_credits import Sold, earned, portions
from billing.rules.plans import PlanTerms, Rollover
from billing.rules.portions import NO_SURPLUS, Earned, Surplus, posting, reckon
from billing.rules.wares import Ware, lines_sold
from sandbox.subscriptions.periods import Rhythm
from tests.world.catalogues import of_text

TEAM = PlanTerms("team", "Team", intervals=("month",), period_credits=Credits.whole(50))
BUSINESS = PlanTerms("business", "Business", intervals=("month",), period_credits=Credits.whole(500))
SOLD = {"team": Sold(TEAM, "month"), "business": Sold(BUSINESS, "month"), "seat": Sold(BUSINESS, "month")}
START = from_datetime(datetime(2027, 4, 1, tzinfo=UTC))
END = START + 30 * DAY


def line(price: str, minor: int = 4900, start: int = START, end: int = END, *, share: bool = False) -> InvoiceLine:
    return InvoiceLine(price, f"prod_{price}", 1, minor, start, end, proration=share, subscription_ref="sub_1")


def left(price: str, minor: int, days: int) -> InvoiceLine:
    """The share for the last days of April."""
    return line(price, minor, END - days * DAY, share=True)


def plan_of(each: InvoiceLine) -> Sold | None:
    return SOLD.get(each.price_ref or "")


def given_(*lines: InvoiceLine, surplus: Surplus = NO_SURPLUS, renews: bool = False) -> tuple[dict[str, int], Surplus]:
    """Whole credits by plan, and what is kept in mind."""
    found = reckon(portions(lines, plan_of), surplus, renews=renews)
    return {each.plan: each.credits.micro // 10**6 for each in found.earned}, found.surplus


def test_a_whole_period_gives_once_for_the_plan_however_many_items_and_seats_it_has() -> None:
    seats = replace(line("seat", 9000), quantity=10)
    (one,) = earned([line("business", 19900), seats, line("magazine")], plan_of)
    assert one == Earned("business", "Business", Credits.whole(500), END)


def test_what_is_left_at_the_end_of_a_period_goes_or_stays_as_the_plan_says() -> None:
    keeps = replace(TEAM, rollover=Rollover.KEEP)
    assert [each.expires_at for each in earned([line("team")], plan_of)] == [END]
    assert [each.expires_at for each in earned([line("team")], lambda _: Sold(keeps, "month"))] == [NEVER]


@pytest.mark.parametrize(
    ("lines", "gives"),
    [
        ([left("team", -2450, 15), left("business", 9950, 15)], {"business": 225}),
        ([left("business", -9950, 15), left("team", 2450, 15)], {}),
        ([left("business", -9950, 15), left("business", 19900, 15)], {}),  # more seats
        ([left("team", -2450, 15), left("business", 9950, 15), line("business", 19900, END, END + 31 * DAY)],
         {"business": 725}),
        ([left("business", -9950, 15), left("team", 2450, 15), line("team", 4900, END, END + 31 * DAY)], {}),
        ([left("team", 0, 15), left("business", 0, 15)], {}),
        ([line("team", 0)], {}),  # a trial
        ([line("team", -4900)], {}),
        ([replace(line("team"), proration=True)], {"team": 50}),
        ([left("team", 1, 45)], {"team": 50}),
    ],
)  # fmt: skip
def test_shares_give_and_take_by_time_and_an_invoice_never_takes(
    lines: list[InvoiceLine], gives: dict[str, int]
) -> None:
    assert given_(*lines)[0] == gives


def test_a_trial_gives_what_the_plan_starts_with_and_a_free_plan_its_periods() -> None:
    starting = replace(TEAM, on_start_credits=Credits.whole(7))
    told = earned([line("team", 0)], lambda _: Sold(starting, "month"))
    assert told == (Earned("team", "Team", Credits.whole(7), NEVER, is_start=True),)
    free = earned([line("team", 0)], lambda _: Sold(starting, "month", free=True))
    assert [(each.is_start, each.credits) for each in free] == [(True, Credits.whole(7)), (False, Credits.whole(50))]
    assert earned([left("team", -2450, 15)], lambda _: Sold(starting, "month")) == ()


def test_going_down_and_up_again_gives_nothing_twice_until_the_period_is_over() -> None:
    """Without the surplus each round would give 225 credits more, for money that comes back as well."""
    up = (left("team", -2450, 15), left("business", 9950, 15))
    down = (left("business", -9950, 15), left("team", 2450, 15))
    first, surplus = given_(*up)
    assert (first, surplus) == ({"business": 225}, NO_SURPLUS)
    nothing, surplus = given_(*down)
    assert (nothing, surplus) == ({}, Surplus(225 * 10**6, END))
    again, settled = given_(*up, surplus=surplus)
    assert (again, settled) == ({}, NO_SURPLUS)
    renewal = line("team", 4900, END, END + 31 * DAY)
    assert given_(renewal, surplus=surplus, renews=True) == ({"team": 50}, NO_SURPLUS)


def test_a_renewal_within_a_year_that_was_given_back_gives_its_credits_all_the_same() -> None:
    surplus = Surplus(450 * 10**6, START + 300 * DAY)
    assert given_(line("team"), surplus=surplus, renews=True) == ({"team": 50}, surplus)
    restarted, rest = given_(line("business", 19900), surplus=surplus)
    assert (restarted, rest) == ({"business": 50}, NO_SURPLUS)


def test_a_start_is_once_for_an_account_and_a_period_once_for_an_invoice() -> None:
    start, period = Earned("team", "Team", Credits(5), is_start=True), Earned("team", "Team", Credits(5), END)
    assert {posting(start, "acc_1", 0, invoice).cause for invoice in ("in_1", "in_2")} == {("plan_start", "acc_1:team")}
    assert posting(period, "acc_1", 0, "in_1").cause == ("plan_period", "in_1:team")


moments = st.integers(START - 3000 * DAY, START + 3000 * DAY).map(lambda moment: moment // SECOND * SECOND)
rhythms = st.tuples(st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 4))


@given(anchor=moments, rhythm=rhythms, number=st.integers(-30, 60))
def test_a_period_began_where_the_one_before_it_ended_counted_from_the_anchor(
    anchor: int, rhythm: tuple[str, int], number: int
) -> None:
    boundary = Rhythm(*rhythm).boundary
    end, start = (boundary(anchor // SECOND, each) * SECOND for each in (number, number - 1))
    assert began(end, *rhythm, anchor) == start
    assert began(end, *rhythm, anchor + 7 * HOUR) <= end - DAY, "an anchor of another life still gives a period"


@pytest.mark.parametrize(
    ("end", "interval", "anchor", "start"),
    [
        ("2027-02-28", "month", "2027-01-31", "2027-01-31"), ("2027-02-28", "month", "2027-01-28", "2027-01-28"),
        ("2027-03-31", "month", "2027-01-31", "2027-02-28"), ("2028-02-29", "month", "2027-01-30", "2028-01-30"),
        ("2029-02-28", "year", "2028-02-29", "2028-02-29"), ("2028-02-29", "year", "2024-02-29", "2027-02-28"),
        ("2027-04-30", "month", None, "2027-03-30"), ("2027-01-15", "month", "2020-01-31", "2026-12-15"),
    ],
)  # fmt: skip
def test_short_months_and_leap_years(end: str, interval: str, anchor: str | None, start: str) -> None:
    def moment(day: str) -> int:
        return from_datetime(datetime.fromisoformat(f"{day}T10:00:00+00:00"))

    assert began(moment(end), interval, 1, moment(anchor) if anchor else None) == moment(start)


shares = st.tuples(st.sampled_from(["team", "business", "seat"]), st.sampled_from([-1, 0, 1]), st.integers(1, 30))


@given(
    told=st.lists(shares, max_size=8), whole=st.sampled_from(["", "team", "business"]), surplus=st.integers(0, 10**9),
    renews=st.booleans(),
)  # fmt: skip
def test_no_invoice_gives_less_than_nothing_or_more_than_its_lines(
    told: list[tuple[str, int, int]], whole: str, surplus: int, renews: bool
) -> None:
    lines = [left(price, sign * 100, days) for price, sign, days in told]
    lines += [line(whole, 100, END, END + 31 * DAY)] if whole else []
    before = Surplus(surplus, END)
    weights = portions(lines, plan_of)
    found = reckon(weights, before, renews=renews)
    total = sum(each.credits.micro for each in found.earned)
    net = sum(each.micro for each in weights)
    assert all(each.credits.micro > 0 for each in found.earned)
    assert 0 <= total <= max(0, net)
    assert total - found.surplus.micro == net - (surplus if weights and min(e.period_start for e in weights) < END
                                                 else 0 if weights else surplus)  # fmt: skip
    assert not renews or not whole or total >= min(max(0, net), SOLD[whole].terms.period_credits.micro)
    assert reckon(weights[::-1], before, renews=renews).surplus == found.surplus


@given(covered=st.integers(0, 30 * 86400), days=st.integers(1, 30))
def test_a_share_is_rounded_down_and_the_same_share_back_is_exactly_as_much(covered: int, days: int) -> None:
    def weight(minor: int) -> int:
        (one,) = portions([line("team", minor, END - covered * SECOND, share=True)], plan_of)
        return one.micro

    assert weight(5) == -weight(-5) == 50 * 10**6 * covered // (30 * 86400)
    assert sum(each.micro for each in portions([left("team", 5, days)], plan_of)) == 50 * 10**6 * days // 30


SHARED = """
products:
  - {name: core, prices: [{amount: "5.00", currency: USD, interval: month}]}
  - {name: calls, prices: [{amount: "0.02", currency: USD, interval: month, usage: metered}]}
  - {name: extra, prices: [{amount: "9.00", currency: USD, interval: month}]}
  - {name: more, prices: [{amount: "9.00", currency: USD, interval: month}]}
plans:
  - {name: basic, products: [core], intervals: [month], credits: {on_start: 3}}
  - {name: plus, products: [core, calls, extra], intervals: [month], credits: {each_period: 5}}
  - {name: pro, products: [core, more], intervals: [month], credits: {each_period: 9}}
"""


def test_a_line_is_of_the_plan_that_alone_has_its_product_or_of_the_one_it_stands_with(tmp_path: Path) -> None:
    of = of_text(SHARED, tmp_path)
    wares = {name: Ware(name, "month", metered=name == "calls") for name in ("core", "calls", "extra", "more")}
    before = line("calls", 100, START - 30 * DAY, START)
    for told, plans in (
        ([line("core")], ["basic"]), ([line("core"), before, line("extra")], ["plus", None, "plus"]),
        ([line("core"), line("more")], ["pro", "pro"]), ([left("core", -1, 9), left("core", 2, 9)], [None, None]),
        ([left("more", -1, 9), left("extra", 2, 9)], ["pro", "plus"]),
        ([replace(line("extra"), subscription_ref=None), line("magazine")], [None, None]),
    ):  # fmt: skip
        plan_of = lines_sold(of, wares, told)
        found = [plan_of(each) for each in told]
        assert [each.terms.name if each else None for each in found] == plans
    assert not any(each.free for each in map(lines_sold(of, wares, [line("core")]), [line("core")]) if each)
