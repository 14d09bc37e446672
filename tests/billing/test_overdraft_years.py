"""Two years of use: exactly one invoice for each month, and every sum as another reckoning has it.

The other reckoning knows no lots, no database and no integers: it plays the same history with fractions.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from sqlalchemy import text

from billing import check, credit_limits
from billing.rules.kinds import Kind
from billing.rules.moments import DAY
from billing.rules.money import MICRO
from billing.rules.overdraft import InvoiceState
from billing.store import overdraft as rows
from tests.world.databases import Databases, migrated
from tests.world.debtors import Books, Clerks, at, open_books
from tests.world.portals import rounds

pytestmark = pytest.mark.campaign

MONTHS = rounds(13, 24)
DRAWN = (
    "SELECT coalesce(-sum(e.amount_micro), 0) FROM entries e JOIN lots l ON l.id = e.lot_id"
    " WHERE l.account_id = :id AND l.source = 'overdraft' AND e.amount_micro < 0"
)
SETTLED = (
    "SELECT coalesce(sum(e.amount_micro), 0) FROM entries e JOIN lots l ON l.id = e.lot_id"
    " JOIN transfers t ON t.id = e.transfer_id WHERE l.account_id = :id AND l.source = 'overdraft' AND t.kind = :kind"
)
START = at(UTC, 2027, 1, 1)


@dataclass
class Reckoning:
    """One account by hand: what it has, what it owes, and what bills are out."""

    price: Fraction
    has: Fraction = Fraction(0)
    owes: Fraction = Fraction(0)
    out: dict[int, Fraction] = field(default_factory=dict)
    billed: list[tuple[Fraction, int]] = field(default_factory=list)
    drawn: Fraction = Fraction(0)
    repaid: Fraction = Fraction(0)

    def use(self, credits: Fraction) -> None:
        below = max(Fraction(0), credits - self.has)
        self.has -= credits - below
        self.owes += below
        self.drawn += below

    def get(self, credits: Fraction) -> Fraction:
        """What of it repaid."""
        back = min(self.owes, credits)
        self.owes -= back
        self.has += credits - back
        return back

    def buy(self, credits: Fraction) -> None:
        self.repaid += self.get(credits)

    def close(self) -> None:
        open_part = self.owes - sum(self.out.values(), Fraction(0))
        cost = floor(open_part * self.price + Fraction(1, 2)) if open_part > 0 else 0
        if cost:
            self.out[len(self.billed)] = open_part
            self.billed.append((open_part, cost))

    def pay(self, place: int) -> None:
        self.get(self.out.pop(place))


def month(number: int) -> int:
    return at(UTC, 2027 + number // 12, number % 12 + 1, 1)


def told(books: Books, account: str) -> list[tuple[Fraction, int]]:
    return [(Fraction(each.credits.micro, MICRO), each.amount.minor) for each in books.invoices(account)]


def drawn(books: Books, account: str) -> int:
    with books.portal.database.read() as connection:
        return int(connection.scalar(text(DRAWN), {"id": account}) or 0)


def play(books: Books, account: str, hand: Reckoning, chance: random.Random, number: int, **more: Any) -> None:
    """A month of uses at any moment, the first and the last included; now and then credits are bought."""
    begin, end = month(number), month(number + 1)
    for moment in sorted([begin, end - 1, *(chance.randrange(begin, end) for _ in range(4))]):
        books.world.clock.now = max(moment, books.world.clock.now)
        micro = chance.choice([1, 333_333, 12_345_678, 400 * MICRO])
        if more.get("buys") and chance.random() < 0.3:
            books.buy(account, micro)
            hand.buy(Fraction(micro, MICRO))
        else:
            books.use(account, micro)
            hand.use(Fraction(micro, MICRO))


def test_years_of_restarts_and_two_processes_make_an_invoice_a_month(databases: Databases, stripe_sandbox: str) -> None:
    url = databases.prepared("schema", migrated)
    chance, hand = random.Random(24), Reckoning(Fraction(199, 100))
    with open_books(url, stripe_sandbox, START) as books:
        account = books.debtor()
        clerks = Clerks(url, stripe_sandbox)
        for number in range(MONTHS):
            play(books, account, hand, chance, number)
            books.use(account, 30 * MICRO)
            hand.use(Fraction(30))
            if number == 11:
                books.priced(301)
                hand.price = Fraction(301, 100)
            now = books.world.clock.now = month(number + 1)
            assert clerks.turn(now, restarted=number % 8 == 7) == 1
            hand.close()
        clerks.go_home()
        assert len(told(books, account)) == len(books.at_stripe()) == MONTHS
        assert told(books, account) == hand.billed
        assert [each["total"] for each in books.at_stripe()] == [cost for _, cost in hand.billed]
        assert {each["status"] for each in books.at_stripe()} == {"open"}
        assert Fraction(drawn(books, account), MICRO) == hand.drawn == sum(credits for credits, _ in hand.billed)
        assert check.run(books.portal.database) == []


@pytest.mark.parametrize("seed", range(rounds(1, 4)))
def test_what_is_invoiced_repaid_and_not_invoiced_yet_is_all_that_was_drawn(
    databases: Databases, stripe_sandbox: str, seed: int
) -> None:
    """With purchases in between, invoices paid soon, late or never, and a job that runs every day of some months."""
    chance, hand = random.Random(seed), Reckoning(Fraction(199, 100))
    with open_books(databases.prepared("schema", migrated), stripe_sandbox, START) as books:
        account = books.debtor()
        for number in range(8):
            play(books, account, hand, chance, number, buys=True)
            books.world.clock.now = month(number + 1)
            books.run()
            hand.close()
            books.hear()
            settle_as_told(books, account, hand)
            if hand.out and chance.random() < 0.6:
                books.world.clock.pass_by(chance.randrange(DAY))
                place = chance.choice(sorted(hand.out))
                books.pay(books.invoices(account)[place])
                hand.pay(place)
            assert told(books, account) == hand.billed
        with books.portal.database.read() as connection:
            owed, unasked = rows.owed(connection, account), rows.unasked(connection, account)
            paid_back = connection.scalar(text(SETTLED), {"id": account, "kind": Kind.SETTLEMENT.value})
        assert Fraction(owed, MICRO) == hand.owes
        assert Fraction(drawn(books, account), MICRO) == hand.drawn
        assert hand.drawn == hand.repaid + Fraction(int(paid_back or 0), MICRO) + hand.owes
        asking = sum(hand.out.values(), Fraction(0))
        assert Fraction(unasked.micro, MICRO) == max(Fraction(0), hand.owes - asking)
        assert check.run(books.portal.database) == []


def settle_as_told(books: Books, account: str, hand: Reckoning) -> None:
    """Invoices too small for a card are paid at once by the customer's balance there."""
    for place, each in enumerate(books.invoices(account)):
        if each.state is InvoiceState.PAID and place in hand.out:
            hand.pay(place)


def test_a_zone_with_summer_time_puts_each_use_into_the_month_of_its_wall_calendar(
    databases: Databases, stripe_sandbox: str
) -> None:
    zone = {"SCRIP_OVERDRAFT__ZONE": "Europe/Berlin"}
    with open_books(databases.prepared("schema", migrated), stripe_sandbox, at(UTC, 2027, 3, 10), zone) as books:
        account = books.debtor()
        midnight = at(UTC, 2027, 3, 31, 22)
        for moment, credits in ((midnight - 1, 100), (midnight, 200)):
            books.world.clock.now = moment
            books.use(account, credits * MICRO)
        books.run()
        assert [each.amount.minor for each in books.invoices(account)] == [199]
        assert "2027-03-01 to 2027-03-31" in books.at_stripe()[0]["lines"]["data"][0]["description"]
        next_at = credit_limits.standing(books.portal, account).next_invoice_at
        assert next_at == at(UTC, 2027, 4, 30, 22)


def test_a_shift_of_a_month_invoices_march_in_may(databases: Databases, stripe_sandbox: str) -> None:
    late = {"SCRIP_OVERDRAFT__RANGE_SHIFT_MONTHS": "-1"}
    with open_books(databases.prepared("schema", migrated), stripe_sandbox, at(UTC, 2027, 3, 10), late) as books:
        account = books.debtor()
        books.use(account, 100 * MICRO)
        books.world.clock.now = at(UTC, 2027, 4, 10)
        books.use(account, 700 * MICRO)
        assert books.run() == []
        books.world.clock.now = at(UTC, 2027, 5, 1)
        assert [each.credits.micro // MICRO for each in books.run()] == [100]
        books.world.clock.now = at(UTC, 2027, 6, 1)
        assert [each.credits.micro // MICRO for each in books.run()] == [700]
