"""Whatever is filtered, a statement shows the right lines with the right balances: as counted without the database."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import pytest

from billing import statements
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import HOUR
from billing.rules.money import Credits
from billing.rules.postings import Posted, Posting
from billing.rules.views import Filters, Line
from billing.store import ledger
from tests.world.databases import Databases, migrated
from tests.world.portals import START, World, open_world

LINES, AT_ONCE = 240, 8
KINDS = (Kind.USAGE, Kind.USAGE, Kind.GRANT, Kind.REMOVAL, Kind.USAGE_REVERT)
ACTORS, REASONS = ("key_a", "key_b", "usr_ada"), ("goodwill", "large job", "Gutschrift 100%", "")


@dataclass(frozen=True)
class Told:
    """A line as the test itself keeps it; `balance` is its own sum of all amounts so far."""

    id: int
    kind: Kind
    amount: int
    actor: str
    reason: str
    at: int
    balance: int


@pytest.fixture
def lived(databases: Databases) -> Iterator[tuple[World, str, list[Told]]]:
    """An account with some 240 lines, eight to a moment, and another one in between whose lines must not show."""
    dice = random.Random(31)
    with open_world(databases.prepared("schema", migrated)) as world:
        account, other = world.account("Ada"), world.account("Bob")
        told: list[Told] = []
        for number in range(LINES // AT_ONCE):
            drawn = [_posting(dice, account, world.clock(), f"{number}-{place}") for place in range(AT_ONCE)]
            noise = _posting(dice, other, world.clock(), f"other-{number}")
            _post(world, told, drawn, noise)
            world.clock.pass_by(HOUR)
        yield world, account, told


def _post(world: World, told: list[Told], drawn: list[Posting], noise: Posting) -> None:
    now = world.clock()
    *outcomes, _ = world.portal.till.write(lambda tx: ledger.post(tx, [*drawn, noise], now))
    for each, outcome in zip(drawn, outcomes, strict=True):
        if isinstance(outcome, Posted):
            balance = (told[-1].balance if told else 0) + each.amount_micro
            told.append(Told(outcome.transfer_id, each.kind, each.amount_micro, each.actor, each.reason, now, balance))


def _posting(dice: random.Random, account: str, now: int, key: str) -> Posting:
    kind, size = dice.choice(KINDS), dice.randint(1, 9) * dice.choice((1, 500_000, 10**6))
    brings = kind in (Kind.GRANT, Kind.USAGE_REVERT)
    return Posting(
        account, kind, "tests", key, size * 5 if brings else -size, dice.choice(ACTORS), now,
        reason=dice.choice(REASONS), terms=LotTerms(LotSource.GRANT) if brings else None,
    )  # fmt: skip


CHOICES: dict[str, Callable[[random.Random], object]] = {
    "search": lambda dice: dice.choice(("job", "100%", "KEY_A", "gut", "nothing like it")),
    "kinds": lambda dice: tuple(dice.sample(list(dict.fromkeys(KINDS)), dice.randint(1, 3))),
    "direction": lambda dice: dice.choice(("in", "out")),
    "since": lambda dice: START + dice.randint(-2, LINES // AT_ONCE) * HOUR + dice.choice((0, 1)),
    "until": lambda dice: START + dice.randint(-2, LINES // AT_ONCE) * HOUR + dice.choice((0, 1)),
    "least": lambda dice: Credits(dice.choice((0, 3, 10**6, 4 * 10**6))),
    "most": lambda dice: Credits(dice.choice((5, 10**6, 4 * 10**6, 10**8))),
    "actor": lambda dice: dice.choice(ACTORS),
}
"""What can be filtered by; every combination of them is asked for."""


def test_under_every_combination_of_filters_lines_balances_and_sums_are_right(
    lived: tuple[World, str, list[Told]],
) -> None:
    world, account, told = lived
    dice = random.Random(32)
    for count in range(len(CHOICES) + 1):
        for names in combinations(CHOICES, count):
            chosen: dict[str, Any] = {name: CHOICES[name](dice) for name in names}
            filters = Filters(**chosen, oldest_first=dice.random() < 0.5, limit=dice.choice((25, 100, 200)))
            should_be_right(world, account, told, filters)


def should_be_right(world: World, account: str, told: list[Told], filters: Filters) -> None:
    """The first page, and the one after it, against the test's own account of what happened."""
    before = [each for each in told if filters.since is not None and each.at < filters.since]
    period = [each for each in told[len(before) :] if filters.until is None or each.at < filters.until]
    wanted = [(each.id, each.amount, each.balance) for each in period if _fits(each, filters)]
    ordered = wanted if filters.oldest_first else wanted[::-1]
    page = statements.page(world.portal, account, filters)
    assert [_seen(line) for line in page.lines] == ordered[: filters.limit]
    assert page.matching == len(wanted)
    assert page.opening.micro == (before[-1].balance if before else 0)
    assert page.credits_in.micro == sum(each.amount for each in period if each.amount > 0)
    assert page.credits_out.micro == -sum(each.amount for each in period if each.amount < 0)
    assert page.closing == page.opening + page.credits_in - page.credits_out
    assert (page.next_cursor is not None) == (len(ordered) > filters.limit)
    if page.next_cursor is not None:
        further = statements.page(world.portal, account, replace(filters, cursor=page.next_cursor))
        assert [_seen(line) for line in further.lines] == ordered[filters.limit : 2 * filters.limit]


def _fits(each: Told, filters: Filters) -> bool:
    words = (each.reason, each.actor, each.kind.value)
    return (
        (not filters.search or any(filters.search.casefold() in text.casefold() for text in words))
        and (not filters.kinds or each.kind in filters.kinds)
        and (not filters.direction or (each.amount > 0) == (filters.direction == "in"))
        and (filters.least is None or abs(each.amount) >= filters.least.micro)
        and (filters.most is None or abs(each.amount) <= filters.most.micro)
        and (not filters.actor or each.actor == filters.actor)
    )


def _seen(line: Line) -> tuple[int, int, int]:
    return line.id, line.amount.micro, line.balance_after.micro
