"""Alerts on both engines: each passage told once, by whoever looks, and never by spending itself."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from billing import alert_notices, alert_rules, alerts, duties
from billing.alert_notices import Warnings
from billing.alert_rules import Wanted
from billing.rules.errors import BadInput, Conflict
from billing.rules.moments import DAY, HOUR
from billing.rules.money import Credits
from tests.world.databases import Databases, migrated
from tests.world.groups import founded, person
from tests.world.mails import owed, post, with_mail
from tests.world.portals import World, open_world
from tests.world.watchers import (
    BALANCE,
    EXPIRY,
    RUNWAY,
    ada_of,
    given,
    spent,
    subjects,
    told_of,
    warned,
    with_default,
)


def test_a_low_balance_is_told_once_and_so_is_its_recovery(world: World) -> None:
    box, _, ada = ada_of(world)
    told_of(world, ada, BALANCE, 100)
    spent(world, ada, 901)
    assert subjects(world, box) == []
    assert [alerts.look(world.portal, [ada]) for _ in range(3)] == [1, 0, 0]
    assert subjects(world, box) == ["99 credits left"]
    given(world, ada, 5)
    assert alerts.look(world.portal, [ada]) == 0
    given(world, ada, 50)
    assert alerts.look(world.portal, [ada]) == 1
    assert subjects(world, box)[-1:] == ["154 credits again"]
    spent(world, ada, 100)
    alerts.look(world.portal, [ada])
    assert subjects(world, box) == ["54 credits left"]


def test_two_thresholds_passed_at_once_are_one_mail_and_recover_together(sqlite_world: World) -> None:
    box, _, ada = ada_of(sqlite_world)
    told_of(sqlite_world, ada, BALANCE, 500, 50)
    spent(sqlite_world, ada, 990)
    assert alerts.look(sqlite_world.portal, [ada]) == 2
    assert subjects(sqlite_world, box) == ["10 credits left"]
    given(sqlite_world, ada, 90)
    alerts.look(sqlite_world.portal, [ada])
    assert [each for each in subjects(sqlite_world, box) if "again" in each] == []
    given(sqlite_world, ada, 900)
    alerts.look(sqlite_world.portal, [ada])
    assert "1,000 credits again" in subjects(sqlite_world, box)


def test_two_processes_and_two_threads_tell_a_passage_once(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url) as one, open_world(url) as two:
        box, _, ada = ada_of(one)
        with_mail(two)
        told_of(one, ada, BALANCE, 100)
        spent(one, ada, 950)
        together = threading.Barrier(4)
        passed: list[int] = []

        def looks(world: World) -> None:
            together.wait()
            passed.append(alerts.look(world.portal, [ada]))

        threads = [threading.Thread(target=looks, args=(each,)) for each in (one, two, one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(passed) == 1
        assert subjects(one, box) == ["50 credits left"]
        assert len([cause for cause, _ in owed(one) if ":alert:" in cause]) == 1


def test_the_default_threshold_tells_who_came_down_to_it_and_no_newcomer(sqlite_world: World) -> None:
    box, _, ada = ada_of(sqlite_world, credits=80)
    with_default(sqlite_world, low=100)
    assert alerts.look(sqlite_world.portal, [ada]) == 0
    spent(sqlite_world, ada, 1)
    assert alerts.look(sqlite_world.portal, [ada]) == 1
    assert subjects(sqlite_world, box) == ["79 credits left"]


def test_whoever_wants_to_hear_nothing_hears_nothing(sqlite_world: World) -> None:
    box, _, ada = ada_of(sqlite_world)
    with_default(sqlite_world, low=100)
    told_of(sqlite_world, ada, BALANCE)
    spent(sqlite_world, ada, 990)
    assert alerts.look(sqlite_world.portal, [ada]) == 0
    told_of(sqlite_world, ada, BALANCE, 5, seen=1, by_mail=False)
    spent(sqlite_world, ada, 8)
    assert alerts.look(sqlite_world.portal, [ada]) == 1
    assert subjects(sqlite_world, box) == []


def test_setting_a_threshold_that_is_passed_already_tells_nobody_but_warns_on_the_page(sqlite_world: World) -> None:
    box, person_id, ada = ada_of(sqlite_world, credits=50)
    told_of(sqlite_world, ada, BALANCE, 100)
    assert subjects(sqlite_world, box) == []
    assert [each.kind for each in warned(sqlite_world, ada, person_id).shown] == [BALANCE]
    told_of(sqlite_world, ada, BALANCE, seen=1)
    assert warned(sqlite_world, ada, person_id).shown == ()
    told_of(sqlite_world, ada, BALANCE, 100, seen=2)
    given(sqlite_world, ada, 100)
    alerts.look(sqlite_world.portal, [ada])
    spent(sqlite_world, ada, 100)
    alerts.look(sqlite_world.portal, [ada])
    assert subjects(sqlite_world, box)[-1] == "50 credits left"


def test_a_default_set_one_day_writes_to_nobody_about_the_past(world: World) -> None:
    box, _, ada = ada_of(world)
    spent(world, ada, 990)
    with_default(world, low=100)
    assert alerts.sweep(world.portal) == 1
    assert subjects(world, box) == []
    given(world, ada, 1000)
    world.clock.pass_by(HOUR)
    assert alerts.sweep(world.portal) == 1
    assert "1,010 credits again" in subjects(world, box)


def test_the_sweep_finds_what_nobody_heard_of(world: World) -> None:
    box, _, ada = ada_of(world)
    with_default(world, low=100)
    alerts.sweep(world.portal)
    spent(world, ada, 950)
    assert alerts.sweep(world.portal) == 0
    world.clock.pass_by(HOUR)
    assert [alerts.sweep(world.portal) for _ in range(2)] == [1, 0]
    assert subjects(world, box) == ["50 credits left"]


def test_the_second_of_two_who_edit_the_same_hears_of_the_first(world: World) -> None:
    _, ada, account_id = ada_of(world)
    first = Wanted(BALANCE, [Credits.whole(5).micro], True, 0)
    alerts.save(world.portal, account_id, first, ada)
    with pytest.raises(Conflict) as refused:
        alerts.save(world.portal, account_id, replace(first, levels=[1]), "usr_bo")
    assert refused.value.details == {"by": "Ada", "at": world.clock()}
    assert alert_rules.of_account(world.portal, account_id)[BALANCE].levels == (Credits.whole(5).micro,)
    told_of(world, account_id, RUNWAY, 3)
    with pytest.raises(BadInput):
        told_of(world, account_id, BALANCE, -1, seen=1)


def test_a_warning_put_away_stays_away_until_the_next_threshold(world: World) -> None:
    _, ada, account_id = ada_of(world)
    bo = person(world, "Bo")
    told_of(world, account_id, BALANCE, 100, 10)
    spent(world, account_id, 950)
    alerts.look(world.portal, [account_id])
    (shown,) = warned(world, account_id, ada).shown
    assert (shown.kind, shown.level) == (BALANCE, Credits.whole(100).micro)
    alert_notices.put_away(world.portal, account_id, ada, shown.read)
    assert warned(world, account_id, ada).shown == ()
    assert len(warned(world, account_id, bo).shown) == 1
    spent(world, account_id, 45)
    alerts.look(world.portal, [account_id])
    assert [each.level for each in warned(world, account_id, ada).shown] == [Credits.whole(10).micro]
    given(world, account_id, 500)
    alerts.look(world.portal, [account_id])
    assert warned(world, account_id, ada).shown == ()


def test_credits_that_expire_are_warned_of_while_they_are_there(world: World) -> None:
    _, ada, account_id = ada_of(world, credits=5)
    given(world, account_id, 40, expires_at=world.clock() + 3 * DAY)
    with_default(world, days=7)
    alerts.sweep(world.portal)
    (shown,) = warned(world, account_id, ada).shown
    assert (shown.kind, shown.amount, shown.ends) == (EXPIRY, Credits.whole(40), world.clock() + 3 * DAY)
    spent(world, account_id, 15)
    assert warned(world, account_id, ada).shown[0].amount == Credits.whole(25)
    alert_notices.put_away(world.portal, account_id, ada, shown.read)
    assert warned(world, account_id, ada).shown == ()
    world.clock.pass_by(4 * DAY)
    assert warned(world, account_id, person(world)).shown == ()


def test_an_organisations_owners_are_told_and_an_unknown_account_warns_of_nothing(sqlite_world: World) -> None:
    box, ada, _ = ada_of(sqlite_world)
    engines = founded(sqlite_world, ada, "Engines")
    given(sqlite_world, engines, 100)
    told_of(sqlite_world, engines, BALANCE, 50)
    spent(sqlite_world, engines, 60)
    alerts.look(sqlite_world.portal, [engines, "acc_none", "sys_stripe"])
    post(sqlite_world)
    assert "on the account of Engines" in " ".join(box.letters[-1].text.split())
    assert warned(sqlite_world, "acc_none", ada) == Warnings()


def test_a_box_that_takes_nothing_keeps_no_money_waiting(sqlite_world: World) -> None:
    box, _, ada = ada_of(sqlite_world)
    told_of(sqlite_world, ada, BALANCE, 100)
    box.trouble = None
    spent(sqlite_world, ada, 950)
    alerts.look(sqlite_world.portal, [ada])
    assert duties.work(sqlite_world.portal, "refund") == 0
    assert sqlite_world.balance(ada) == Credits.whole(50)
    assert subjects(sqlite_world, box) == ["50 credits left"]
