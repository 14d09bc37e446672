"""Alerts that time brings about: days that credits last, months of use, credits that expire."""

from __future__ import annotations

from billing import alerts
from billing.rules.moments import DAY, HOUR, from_datetime, to_datetime
from tests.world.mails import post
from tests.world.portals import World
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
    world.clock.pass_by(HOUR)
    for _ in range(7):
        spent(world, ada, 20)
        world.clock.pass_by(DAY)
        alerts.look(world.portal, [ada])
    assert subjects(world, box) == []
    spent(world, ada, 600)
    assert [alerts.look(world.portal, [ada]) for _ in range(2)] == [1, 0]
    post(world)
    assert "260 credits left" in box.letters[-1].text
    assert subjects(world, box) == ["Your credits last about 2 more days"]
    world.clock.pass_by(8 * DAY)
    assert [alerts.sweep(world.portal) for _ in range(2)] == [1, 0]
    assert subjects(world, box) == ["260 credits again"]


def test_nobody_can_tell_how_long_credits_last_in_the_first_days(sqlite_world: World) -> None:
    _, _, ada = ada_of(sqlite_world)
    spent(sqlite_world, ada, 900)
    told_of(sqlite_world, ada, RUNWAY, 300)
    assert alerts.look(sqlite_world.portal, [ada]) == 0


def test_a_month_of_use_is_told_once_and_the_next_begins_anew(world: World) -> None:
    box, _, ada = ada_of(world)
    world.clock.now = from_datetime(to_datetime(world.clock.now).replace(month=11, day=29))
    told_of(world, ada, SPENDING, 100, 200)
    spent(world, ada, 150)
    assert [alerts.look(world.portal, [ada]) for _ in range(2)] == [1, 0]
    assert subjects(world, box) == ["150 credits used in November 2024"]
    spent(world, ada, 60)
    alerts.look(world.portal, [ada])
    assert subjects(world, box) == ["210 credits used in November 2024"]
    world.clock.pass_by(3 * DAY)
    assert alerts.look(world.portal, [ada]) == 0
    spent(world, ada, 100)
    alerts.look(world.portal, [ada])
    assert subjects(world, box) == ["100 credits used in December 2024"]


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
