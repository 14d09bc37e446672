"""Statements stay right under every filter, and their file cannot run in a spreadsheet."""

from __future__ import annotations

import csv
import io
import itertools
import random

import pytest

from billing import grants, statements
from billing.rules.kinds import Kind
from billing.rules.moments import DAY, HOUR
from billing.rules.money import Credits
from billing.rules.views import Filters
from tests.world.portals import World


def lived_in(world: World, moves: int = 40, seed: int = 7) -> str:
    """An account with a random history, an hour between two moves."""
    dice = random.Random(seed)
    account = world.account("Ada")
    for number in range(moves):
        removal = number > 0 and dice.random() < 0.4
        grants.give(
            world.portal,
            grants.Grant(
                account, Credits.whole(dice.randint(1, 5) if removal else dice.randint(5, 50)),
                f"move number {number} of this history", "usr_mia", f"move-{number}", removal=removal,
            ),
        )  # fmt: skip
        world.clock.pass_by(HOUR)
    return account


FILTERS = [
    Filters(limit=200),
    Filters(limit=200, direction="out"),
    Filters(limit=200, direction="in"),
    Filters(limit=200, kinds=(Kind.REMOVAL,)),
    Filters(limit=200, search="number 1"),
    Filters(limit=200, kinds=(Kind.USAGE,)),
]


@pytest.mark.parametrize("filters", FILTERS)
def test_a_filter_hides_lines_but_changes_no_balance(world: World, filters: Filters) -> None:
    account = lived_in(world)
    whole = {line.id: line for line in statements.page(world.portal, account, Filters(limit=200)).lines}
    shown = statements.page(world.portal, account, filters)
    assert all(whole[line.id] == line for line in shown.lines)
    assert shown.matching == len(shown.lines)


def test_each_balance_is_the_one_before_plus_the_amount(world: World) -> None:
    account = lived_in(world)
    lines = statements.page(world.portal, account, Filters(limit=200)).lines
    for later, earlier in itertools.pairwise(lines):
        assert later.balance_after == earlier.balance_after + later.amount
    assert lines[0].balance_after == world.balance(account)


def test_opening_plus_in_minus_out_is_closing_for_any_period(world: World) -> None:
    start = world.clock()
    account = lived_in(world)
    dice = random.Random(3)
    for _ in range(20):
        since = start + dice.randint(0, 40) * HOUR
        until = since + dice.randint(0, 40) * HOUR
        page = statements.page(world.portal, account, Filters(since=since, until=until, limit=200))
        assert page.opening + page.credits_in - page.credits_out == page.closing
        if page.lines:
            assert page.lines[0].balance_after == page.closing


def test_pages_joined_are_the_whole_without_gap_or_overlap(world: World) -> None:
    account = lived_in(world)
    joined, cursor = [], None
    while True:
        page = statements.page(world.portal, account, Filters(limit=7, cursor=cursor))
        joined += [line.id for line in page.lines]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert joined == [line.id for line in statements.page(world.portal, account, Filters(limit=200)).lines]
    assert len(joined) == 40


@pytest.mark.parametrize("words", ["%", "__", "'", '"', "<script>", "\\", "%%%"])
def test_a_search_is_literal(world: World, words: str) -> None:
    account = lived_in(world, 3)
    assert statements.page(world.portal, account, Filters(search=words)).lines == []


def test_the_file_holds_what_the_filter_shows(world: World) -> None:
    account = lived_in(world)
    filters = Filters(direction="out", limit=200)
    text = "".join(statements.csv_rows(world.portal, account, filters))
    rows = list(csv.DictReader(io.StringIO(text)))
    shown = statements.page(world.portal, account, filters).lines
    assert [row["transaction"] for row in rows] == [str(line.id) for line in shown]
    assert [row["amount"] for row in rows] == [str(line.amount) for line in shown]
    assert not text.startswith("\ufeff")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " ="])
def test_no_cell_of_the_file_is_a_formula(world: World, start: str) -> None:
    account = world.account("Ada")
    reason = f"{start}HYPERLINK(1) and more words"
    grants.give(world.portal, grants.Grant(account, Credits.whole(1), reason, "=usr_mia", "k"))
    row = list(csv.reader(io.StringIO("".join(statements.csv_rows(world.portal, account, Filters())))))[1]
    texts = [cell for cell in row if not cell.lstrip("-").replace(".", "").isdigit()]
    assert not [cell for cell in texts if cell.lstrip()[:1] in tuple("=+-@\t\r")]


def test_a_day_is_bounded_as_asked(world: World) -> None:
    start = world.clock()
    account = lived_in(world, 30)
    page = statements.page(world.portal, account, Filters(since=start, until=start + DAY, limit=200))
    assert len(page.lines) == 24
