"""Changes of plans in the database, on both engines: one at a time for a subscription, one for a preview."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from billing.rules.moments import MINUTE
from billing.store import plan_changes as rows
from billing.store.plan_changes import ASKED, DONE, REFUSED, PlanChange
from tests.world.portals import World


def asked(world: World, account: str, token: str) -> PlanChange:
    now = world.clock()
    return PlanChange(rows.new_change_id(), account, "sub_1", token, {"plan": "team"}, "usr_1", ASKED, now)


def asks(world: World, change: PlanChange) -> PlanChange | None:
    return world.portal.till.write(lambda tx: rows.ask(tx, change, world.clock() - MINUTE))


def ends(world: World, change: PlanChange, state: str) -> bool:
    return world.portal.till.write(lambda tx: rows.finish(tx, change.id, state, "", world.clock()))


def test_one_change_at_a_time_and_a_preview_is_of_one(world: World) -> None:
    account = world.account("Ada")
    one, other = asked(world, account, "a"), asked(world, account, "b")
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda each: asks(world, each), [one, other]))
    assert sorted(each is None for each in found) == [False, True]
    first = next(each for each in found if each)
    again = asks(world, replace(first, id=rows.new_change_id()))
    assert again is not None
    assert again.id == first.id
    assert (ends(world, first, DONE), ends(world, first, REFUSED)) == (True, False)
    assert asks(world, asked(world, account, "c")) is not None
    with world.portal.database.read() as connection:
        assert [each.state for each in rows.of_account(connection, account)].count(DONE) == 1


def test_one_that_never_ended_is_given_up_and_one_never_asked_is_forgotten(world: World) -> None:
    account = world.account("Ada")
    left = asked(world, account, "a")
    assert asks(world, left) is not None
    world.clock.pass_by(2 * MINUTE)
    next_one = asked(world, account, "b")
    assert asks(world, next_one) is not None
    assert not ends(world, left, DONE)
    world.portal.till.write(lambda tx: rows.forget(tx, next_one.id))
    with world.portal.database.read() as connection:
        assert [(each.token, each.state) for each in rows.of_account(connection, account)] == [("a", REFUSED)]
