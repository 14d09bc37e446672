"""The small parts that pages share: how amounts read, what an address may ask for, how a balance is explained."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.rules.kinds import Kind
from billing.rules.moments import DAY, HOUR, MINUTE
from billing.rules.money import Credits, Money
from billing.rules.views import AccountView
from pages.parts import format as written
from pages.parts.balance_panel import parts
from pages.parts.statement_query import Query

MICROS = st.integers(0, 10**15)
AMOUNTS = st.sampled_from(["", "0.5", "12.50", "1e3", "-1", "1,5", "999999999999"])
DAYS = st.dates().map(str) | st.sampled_from(["", "2026-02-29", "x"])


@pytest.mark.parametrize(
    ("micro", "text"),
    [
        (0, "0"), (1_250_000_000, "1,250"), (250_000, "0.25"), (-120_000_000, "−120"), (1, "0.000001"),
        (9_223_372_036_854_775_807, "9,223,372,036,854.775807"),
    ],
)  # fmt: skip
def test_credits_keep_every_digit_and_carry_a_real_minus(micro: int, text: str) -> None:
    assert written.credits(Credits(micro)) == text


def test_a_column_shows_as_many_decimals_as_its_longest_number() -> None:
    column = [Credits(1_500_000), Credits(-20_000_000), Credits(250_000)]
    places = written.places(column)
    assert [written.signed(each, places) for each in column] == ["+1.50", "−20.00", "+0.25"]


def test_money_reads_as_its_currency_is_written() -> None:
    assert [written.money(each) for each in (Money(1800, "USD"), Money(500, "JPY"))] == ["18.00 USD", "500 JPY"]


def test_moments_are_relative_for_a_week_and_name_their_zone() -> None:
    now = 20_000 * DAY
    said = [written.ago(now - past, now) for past in (0, 5 * MINUTE, 3 * HOUR, 2 * DAY, 8 * DAY)]
    assert said == ["just now", "5 min ago", "3 hr ago", "2 days ago", "26 Sept 2024, 00:00"]
    assert written.moment_whole(now).endswith("00:00:00 UTC")


@settings(deadline=None)
@given(
    search=st.text(), by=st.text(), kinds=st.lists(st.sampled_from(Kind)), since=DAYS, until=DAYS, cursor=st.integers(),
    amounts=st.tuples(AMOUNTS, AMOUNTS), order=st.sampled_from(["oldest", "x"]), size=st.sampled_from([25, 50, 7]),
)  # fmt: skip
def test_a_query_survives_its_address(
    search: str, by: str, kinds: list[Kind], since: str, until: str, cursor: int, amounts: tuple[str, str], order: str,
    size: int,
) -> None:  # fmt: skip
    given_ = {
        "search": search, "direction": "in", "since": since, "until": until, "cursor": cursor, "by": by,
        "least": amounts[0], "most": amounts[1], "order": order, "size": size,
    }  # fmt: skip
    query = Query.read(given_, [kind.value for kind in kinds])
    back = parse_qs(urlsplit(query.address("/transactions")).query)
    assert Query.read({name: values[0] for name, values in back.items()}, back.get("kind", [])) == query
    assert query.filters().limit > 0


def test_the_last_day_of_a_period_is_included() -> None:
    filters = Query.read({"since": "2026-11-20", "until": "2026-11-20"}, []).filters()
    assert filters.since is not None
    assert filters.until == filters.since + DAY


@given(balance=st.integers(-(10**15), 10**15), reserved=MICROS, frozen=MICROS, owed=MICROS, available=MICROS)
def test_home_2_what_stands_between_balance_and_available_adds_up_exactly(
    balance: int, reserved: int, frozen: int, owed: int, available: int
) -> None:
    account = AccountView(
        id="acc_1", kind="person", name="Ada", email=None, balance=Credits(balance), reserved=Credits(reserved),
        frozen=Credits(frozen), owed=Credits(owed), available=Credits(available), overdraft_limit=Credits(0),
        customer_ref=None, created_at=0, as_of=0,
    )  # fmt: skip
    shown = parts(account)
    assert balance - sum(amount.micro for _, amount in shown) == available
    assert all(amount.micro for _, amount in shown)
