"""Alerts that time brings about: days that credits last, months of use, credits that expire."""

from __future__ import annotations

import threading

from billing import alerts, runway
from billing.rules.moments import DAY, HOUR, NEVER, from_datetime, to_datetime
from billing.rules.money import Credits
from tests.world.databases import Databases
from tests.world.portals import World, migrated, open_world
from tests.world.watchers import (
    EXPIRY,
    RUNWAY,
    SPENDING,
    ada_of,
    given,
    spent,
    subjects,
    told_of,
)


def test_the_days_that_credits_last_follow_the_last_seven(world: World) -> None:
    box, _, ada = ada_of(world)
    told_of(world, ada, RUNWAY, 5)
    for _ in range(7):
        spent(world, ada, 70)
        world.clock.pass_by(DAY)
        alerts.sweep(world.portal)
    assert subjects(world, box) == []
    spent(world, ada, 300)
    found = runway.of_account(world.portal, ada)
    assert (found.left, found.days) == (Credits.whole(210), 1)
    assert found.used_lately == Credits.whole(6 * 70 + 300)
    alerts.sweep(world.portal)
    assert subjects(world, box) == ["Your credits last about 1 more day"]
    world.clock.pass_by(8 * DAY)
    alerts.sweep(world.portal)
    assert runway.of_account(world.portal, ada).lasts == NEVER
    assert subjects(world, box) == ["210 credits again"]


def test_nobody_can_tell_how_long_credits_last_in_the_first_days(sqlite_world: World) -> None:
    _, _, ada = ada_of(sqlite_world)
    spent(sqlite_world, ada, 10)
    assert runway.of_account(sqlite_world.portal, ada).lasts is None
    told_of(sqlite_world, ada, RUNWAY, 300)
    assert alerts.sweep(sqlite_world.portal) == 0


def test_a_month_of_use_is_told_once_and_the_next_begins_anew(world: World) -> None:
    box, _, ada = ada_of(world)
    world.clock.now = from_datetime(to_datetime(world.clock.now).replace(month=11, day=29))
    told_of(world, ada, SPENDING, 100, 200)
    spent(world, ada, 150)
    assert [alerts.sweep(world.portal) for _ in range(2)] == [1, 0]
    assert subjects(world, box) == ["150 credits used in November 2024"]
    spent(world, ada, 60)
    alerts.sweep(world.portal)
    assert subjects(world, box) == ["210 credits used in November 2024"]
    world.clock.pass_by(3 * DAY)
    assert alerts.sweep(world.portal) == 0
    spent(world, ada, 100)
    alerts.sweep(world.portal)
    assert subjects(world, box) == ["100 credits used in December 2024"]


def test_use_is_gathered_once_however_often_and_by_whom_it_is_looked_at(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url) as one, open_world(url) as two:
        _, _, ada = ada_of(one)
        for _ in range(5):
            spent(one, ada, 10)
            threads = [
                threading.Thread(target=runway.of_account, args=(each.portal, ada)) for each in (one, two, one, two)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert runway.of_account(two.portal, ada).used_this_month == Credits.whole(50)


def test_credits_that_expire_soon_are_told_once_for_each_day(world: World) -> None:
    box, _, ada = ada_of(world)
    now = world.clock()
    for days, credits in ((20, 40), (20, 2), (21, 7), (60, 9)):
        given(world, ada, credits, expires_at=now + days * DAY + HOUR)
    subjects(world, box)
    told_of(world, ada, EXPIRY, 14)
    alerts.sweep(world.portal)
    assert subjects(world, box) == []
    world.clock.pass_by(8 * DAY)
    assert [alerts.sweep(world.portal) for _ in range(2)] == [3, 0]
    assert subjects(world, box) == ["42 credits expire on 24 October 2024", "7 credits expire on 25 October 2024"]
    world.clock.pass_by(60 * DAY)
    alerts.sweep(world.portal)
    assert [each for each in subjects(world, box) if "9 credits" not in each] == []
