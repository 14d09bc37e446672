"""Twenty race for the last seat; and how many seats a rule charges for, without a database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from billing import check, invitations, members
from billing.rules.errors import LimitReached
from billing.rules.organisations import Standing
from billing.rules.plans import SeatChange
from billing.rules.seats import Seats
from tests.world.databases import Databases, migrated
from tests.world.groups import ABOVE, SEATED, founded, joined, person
from tests.world.portals import World, open_world

MEMBER = Standing.MEMBER
ROUNDS = 4


@pytest.mark.parametrize(
    ("rule", "members_", "paid", "charged"),
    [
        (Seats(None, 1, SeatChange.EXACT), 3, 9, 3), (Seats(None, 5, SeatChange.EXACT), 3, 9, 5),
        (Seats(None, 1, SeatChange.INCREMENTAL), 3, 9, 9), (Seats(None, 1, SeatChange.INCREMENTAL), 10, 9, 10),
        (Seats(None, 1, SeatChange.EXACT), 0, 9, 9), (Seats(None, 2, SeatChange.EXACT), 0, 0, 2),
    ],
)  # fmt: skip
def test_how_many_seats_are_charged(rule: Seats, members_: int, paid: int, charged: int) -> None:
    assert rule.charged(members_, paid) == charged


@contextmanager
def two(databases: Databases, folder: Path) -> Iterator[tuple[World, World]]:
    """Two portals over one database, whose free plan has room for three."""
    (folder / "plans.yml").write_text(SEATED, "utf-8")
    changes = {"SCRIP_CATALOG__PLAN_FILES": str(folder / "plans.yml"), "SCRIP_ORGANISATIONS__OFFLINE": "true"}
    url = databases.prepared("schema", migrated)
    with ExitStack() as stack:
        one, other = (stack.enter_context(open_world(url, clock=None, **changes)) for _ in range(2))
        yield one, other


def test_of_twenty_who_race_for_the_last_seat_exactly_one_joins_also_where_nobody_knows_stripe(
    databases: Databases, tmp_path: Path
) -> None:
    with two(databases, tmp_path) as worlds:
        newcomers = [person(worlds[0], f"Late {each}") for each in range(20)]
        for _ in range(ROUNDS):
            account = founded(worlds[0], person(worlds[0], "Ada"))
            joined(worlds[0], account, "Bo")
            tokens = [invitations.invite(worlds[0].portal, account, MEMBER, ABOVE)[1] for _ in newcomers]
            assert sorted(race(worlds, account, newcomers, tokens)) == ["full"] * 19 + ["in"]
            assert len(members.listing(worlds[1].portal, account)) == 3
        assert check.run(worlds[0].portal.database) == []


def race(worlds: tuple[World, World], account: str, newcomers: list[str], tokens: list[str]) -> list[str]:
    """All at once, half of them invited, in two portals; what each of them is told."""
    told: list[str] = []
    began = threading.Barrier(len(newcomers))

    def joins(place: int) -> None:
        portal = worlds[place % 2].portal
        began.wait(20)
        try:
            if place % 4 < 2:
                invitations.accept(portal, tokens[place], newcomers[place], None)
            else:
                members.add(portal, account, newcomers[place], MEMBER, ABOVE)
            told.append("in")
        except LimitReached:
            told.append("full")

    running = [threading.Thread(target=joins, args=(place,)) for place in range(len(newcomers))]
    for each in running:
        each.start()
    for each in running:
        each.join(60)
    return told
