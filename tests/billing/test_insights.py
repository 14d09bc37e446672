"""What insights say is what the ledger holds: every credit is in one flow, and what is outstanding is what balances
add up to, at both ends of every window.
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from billing import accounts, insights, trade_lists, webhooks
from billing.rules.errors import BadInput
from billing.rules.insights import (
    FLOW_OF,
    FLOWS,
    Bought,
    Flow,
    Insights,
    MovementFilters,
    PaymentFilters,
    kinds_of,
    worth,
)
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import HOUR, MINUTE, SECOND, from_datetime
from billing.rules.money import Credits, Money
from billing.rules.orders import OrderState
from billing.rules.postings import Posting
from billing.rules.windows import Window, days
from billing.store import ledger, periods
from billing.store import orders as order_rows
from billing.store.inbox import EventState
from tests.world.portals import World, paid_event, signed

PARIS = ZoneInfo("Europe/Paris")
KEYS = count()
GAINS = (Kind.PURCHASE, Kind.SETTLEMENT, Kind.BONUS, Kind.WELCOME, Kind.GRANT, Kind.PLAN, Kind.USAGE_REVERT)
LOSSES = (Kind.USAGE, Kind.USAGE, Kind.USAGE, Kind.REMOVAL, Kind.EXPIRY, Kind.REFUND, Kind.DISPUTE, Kind.CORRECTION)
Booked = tuple[int, str, Kind, int]


def start(world: World) -> None:
    world.clock.now = from_datetime(datetime(2026, 3, 20, tzinfo=UTC))


def book(world: World, account: str, kind: Kind, micro: int, lot_id: int | None = None) -> Booked:
    terms = LotTerms(LotSource.GRANT) if micro > 0 else None
    posting = Posting(
        account, kind, "tests", str(next(KEYS)), micro, "usr_x", world.clock(), terms=terms, lot_id=lot_id,
        forced=micro < 0,
    )  # fmt: skip
    world.portal.till.write(lambda tx: ledger.post(tx, [posting], world.clock()))
    return world.clock(), account, kind, micro


def lived(world: World, steps: int) -> list[Booked]:
    """Three accounts over about ten days around a change of clocks; one of them ends up owing."""
    start(world)
    dice, accounts = random.Random(7), [world.account(name) for name in ("Ada", "Ben", "Cy")]
    booked = []
    for _ in range(steps):
        world.clock.pass_by(dice.randint(1, 240) * MINUTE)
        kind = dice.choice(GAINS + LOSSES)
        micro = dice.randint(1, 10**9) * (1 if kind in GAINS else -1)
        booked.append(book(world, dice.choice(accounts), kind, micro))
    booked.append(book(world, accounts[2], Kind.DISPUTE, -(10**12)))
    return booked


def window(world: World, first: int, last: int, month: int = 3) -> Window:
    return days(date(2026, month, first), date(2026, month, last), PARIS, world.clock())


def should_be(found: Insights, booked: list[Booked], of: Window) -> None:
    assert found.opening.micro == sum(row[3] for row in booked if row[0] < of.since)
    assert found.closing.micro == sum(row[3] for row in booked if row[0] < of.until)
    for place, step in enumerate(found.flows):
        own = [row for row in booked if of.edges[place] <= row[0] < of.edges[place + 1]]
        for flow in Flow:
            assert step.get(flow, Credits(0)).micro == sum(row[3] for row in own if row[2] in FLOWS[flow])


def sum_of_balances(world: World) -> int:
    with world.portal.database.read() as connection:
        return int(connection.scalar(text("SELECT sum(balance_micro) FROM accounts WHERE kind <> 'system'")) or 0)


def test_every_kind_is_part_of_one_flow() -> None:
    assert sorted(kind for kinds in FLOWS.values() for kind in kinds) == sorted(Kind)
    assert set(FLOW_OF) == set(Kind)
    assert kinds_of("usage") == (Kind.USAGE,)
    assert kinds_of("returned") == (Kind.REFUND, Kind.DISPUTE)
    assert kinds_of("nonsense") == ()


def test_man_11_flows_lead_from_what_was_outstanding_to_what_is_and_that_is_the_sum_of_all_balances(
    world: World,
) -> None:
    booked = lived(world, 120)
    for first, last in ((20, 31), (22, 22), (28, 30), (1, 19), (30, 31)):
        asked = window(world, first, last)
        found = insights.report(world.portal, asked)
        should_be(found, booked, asked)
        assert found.held.micro + found.owed.micro == sum_of_balances(world)
        assert sum(amount.micro for _, amount in found.sources) == sum_of_balances(world)
        assert found.owed.micro < 0 < found.held.micro
        assert sum((found.total(flow) for flow in Flow), found.opening) == found.closing
        used = {row[1]: 0 for row in booked}
        for at, account, kind, micro in booked:
            used[account] -= micro if kind is Kind.USAGE and asked.since <= at < asked.until else 0
        assert [(each.id, each.used.micro) for each in found.top] == sorted(
            ((account, micro) for account, micro in used.items() if micro), key=lambda each: -each[1]
        )
    assert insights.report(world.portal, window(world, 1, 30, 4)).closing.micro == sum_of_balances(world)


def test_an_empty_portal_has_insights(world: World) -> None:
    found = insights.report(world.portal, window(world, 20, 21))
    assert (found.opening, found.closing, found.held, found.owed) == (Credits(0),) * 4
    assert (found.revenue, found.top, found.failures, found.told.lag_p95) == ([], [], [], None)


async def paid(world: World, number: int, minor: int, lag: int) -> str:
    """An order that is paid, and the news of it `lag` after it happened."""
    account = world.account(f"Buyer {number}", f"cus_{number}")
    order = world.order(account, f"pi_{number}", f"cus_{number}", minor=minor)
    event = paid_event(order, world.clock(), f"evt_{number}")
    world.clock.pass_by(lag)
    assert await webhooks.receive(world.portal, *signed(event, world.clock())) is EventState.HANDLED
    return order.id


def failed(world: World, number: int, code: str) -> None:
    order = world.order(world.account(), f"pi_failed_{number}", "cus")
    world.portal.till.write(
        lambda tx: order_rows.mark_state(tx, [(order.id, OrderState.FAILED, code, "No.", world.clock())])
    )


async def test_money_and_events_of_the_period_are_told_and_each_figure_has_its_list(world: World) -> None:
    start(world)
    before = await paid(world, 1, 900, SECOND)
    world.clock.pass_by(24 * HOUR)
    inside = [await paid(world, 2, 500, 2 * SECOND), await paid(world, 3, 700, 90 * SECOND)]
    for number, code in enumerate(("card_declined", "expired_card", "card_declined")):
        failed(world, number, code)
    asked = window(world, 21, 21)
    found = insights.report(world.portal, asked)
    (dollars,) = found.revenue
    assert (dollars.currency, dollars.payments, dollars.total) == ("USD", 2, Money(1200, "USD"))
    assert found.earned == [{"USD": 1200}]
    assert found.failures == [("card_declined", 2), ("expired_card", 1)]
    assert (found.told.states, found.told.lag_p50, found.told.lag_most) == ({"handled": 2}, 2 * SECOND, 90 * SECOND)
    of_day = PaymentFilters(since=asked.since, until=asked.until)
    credited = trade_lists.payments(world.portal, replace(of_day, state="credited", currency="USD"))
    assert [order.id for order, _ in credited.lines] == list(reversed(inside))
    declined = trade_lists.payments(world.portal, replace(of_day, failure="card_declined"))
    assert declined.matching == 2
    assert trade_lists.payments(world.portal, PaymentFilters(search=before)).lines[0][1] == "Buyer 1"
    assert trade_lists.currencies(world.portal) == ["USD"]
    text = "".join(trade_lists.payment_csv(world.portal, of_day))
    assert len(list(csv.DictReader(io.StringIO(text)))) == 5


def test_what_was_bought_is_worth_what_was_paid_for_it_to_the_last_unit() -> None:
    third = Bought(Credits.whole(1), Credits.whole(3), Money(100, "USD"))
    assert worth([third] * 3 + [replace(third, price=Money(50, "JPY"))]) == [Money(17, "JPY"), Money(100, "USD")]
    assert worth([replace(third, credits=Credits(2**62), price=Money(10**9, "USD"))])[0].minor > 10**15
    assert worth([]) == []


async def test_the_liability_is_what_was_paid_for_what_is_left_and_breakage_for_what_expired(world: World) -> None:
    start(world)
    account = world.account("Ada", "cus_1")
    order = world.order(account, "pi_1", "cus_1", credits=500, minor=700)
    assert await webhooks.receive(world.portal, *signed(paid_event(order, world.clock()), world.clock()))
    present = Posting(
        account, Kind.BONUS, "tests", str(next(KEYS)), 50 * 10**6, "usr_x", world.clock(),
        terms=LotTerms(LotSource.BONUS, order_id=order.id),
    )  # fmt: skip
    world.portal.till.write(lambda tx: ledger.post(tx, [present], world.clock()))
    (lot,) = [each for each in accounts.view(world.portal, account).lots if each.source is LotSource.PURCHASE]
    for kind, credits in ((Kind.USAGE, 100), (Kind.EXPIRY, 150)):
        book(world, account, kind, -credits * 10**6, lot.id)
    found = insights.report(world.portal, window(world, 20, 20))
    assert found.held == Credits.whole(300)
    assert sum((each.credits for each in found.unspent), Credits(0)) == Credits.whole(250)
    assert (worth(found.unspent), worth(found.lost)) == ([Money(350, "USD")], [Money(210, "USD")])
    assert (found.expired, found.ended) == (Credits.whole(150), Credits.whole(250))
    told = csv.DictReader(io.StringIO("".join(insights.csv_rows(world.portal, window(world, 20, 20)))))
    figures = {(row["figure"], row["unit"]): row["amount"] for row in told}
    assert (figures["outstanding", "credits"], figures["liability_worth", "USD"]) == ("300", "3.50")
    assert (figures["breakage_bought", "credits"], figures["breakage_worth", "USD"]) == ("150", "2.10")
    assert worth(insights.report(world.portal, window(world, 21, 21)).lost) == []


def test_transactions_of_everybody_are_listed_page_by_page_newest_first(world: World) -> None:
    booked = lived(world, 60)
    asked = window(world, 22, 26)
    wanted = [row for row in booked if asked.since <= row[0] < asked.until and row[2] in FLOWS[Flow.USED]]
    filters = MovementFilters(kinds=FLOWS[Flow.USED], since=asked.since, until=asked.until, limit=4)
    seen, after = [], ""
    while True:
        page = trade_lists.movements(world.portal, replace(filters, after=after))
        assert page.matching == len(wanted)
        seen += [(line.recorded_at, line.account_id, line.kind, line.amount.micro) for line, _ in page.lines]
        if page.after is None:
            break
        after = page.after
    assert seen == wanted[::-1]
    for flow in Flow:
        page = trade_lists.movements(world.portal, MovementFilters(kinds=FLOWS[flow]))
        assert page.matching == len([row for row in booked if row[2] in FLOWS[flow]])
        assert {name for _, name in page.lines} <= {"Ada", "Ben", "Cy"}
    rows = list(csv.reader(io.StringIO("".join(trade_lists.movement_csv(world.portal, MovementFilters())))))
    assert len(rows) == len(booked) + 1
    with pytest.raises(BadInput, match="page of the list"):
        trade_lists.movements(world.portal, MovementFilters(after="[1,2]"))


def test_the_first_transaction_of_a_period_is_found_among_ids_with_gaps(sqlite_world: World) -> None:
    booked = lived(sqlite_world, 40)
    with sqlite_world.portal.database.read() as connection:
        rows = connection.execute(text("SELECT id, recorded_at FROM transfers ORDER BY id")).all()
        for moment in {0, *(each for row in booked for each in (row[0] - 1, row[0], row[0] + 1))}:
            first = periods.first_id(connection, moment)
            assert [row[0] for row in rows if row[1] >= moment] == [row[0] for row in rows if row[0] >= first]


def test_the_file_holds_each_step_and_sums_to_the_page(world: World) -> None:
    lived(world, 40)
    asked = window(world, 20, 31)
    found = insights.report(world.portal, asked)
    rows = list(csv.DictReader(io.StringIO("".join(insights.csv_rows(world.portal, asked)))))
    for flow in Flow:
        told = [row["amount"] for row in rows if row["figure"] == flow]
        micro = sum(Decimal(amount) for amount in told) * 10**6
        assert micro == found.total(flow).micro
    assert rows[0]["local"].endswith("+01:00")
    assert rows[-1]["unit"] == "credits"
