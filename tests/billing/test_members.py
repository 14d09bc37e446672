"""Members on both engines: who may change whom, and that no race leaves an organisation without an owner."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from itertools import product

import pytest

from billing import accounts, members
from billing.rules.errors import Conflict, Forbidden, NotFound, ScripError
from billing.rules.organisations import Actor, Standing
from tests.world.databases import Databases, migrated
from tests.world.groups import ABOVE, founded, joined, person, standings
from tests.world.portals import World, open_world

OWNER, ADMIN, MEMBER = Standing.OWNER, Standing.ADMIN, Standing.MEMBER
RACES = 6

# actor, from, to: everything that is allowed; the rest is not
ALLOWED = {
    *((OWNER, before, after) for before, after in product(Standing, Standing)),
    *((ADMIN, before, after) for before, after in product((ADMIN, MEMBER), (ADMIN, MEMBER))),
}


def test_who_may_make_whom_what_is_the_table(world: World) -> None:
    account_id = founded(world, person(world, "Founder"))
    for actor, before, after in product(Standing, Standing, Standing):
        case = f"{actor} turns {before} into {after}"
        ada, bo = joined(world, account_id, f"Ada, {case}", actor), joined(world, account_id, case, before)
        allowed = (actor, before, after) in ALLOWED or before is after
        with nullcontext() if allowed else pytest.raises(Forbidden):
            members.change(world.portal, account_id, bo, after, Actor(ada))
        assert standings(world, account_id)[case] == (after if allowed else before), case


def test_who_may_remove_whom_is_the_table(world: World) -> None:
    account_id = founded(world, person(world, "Founder"))
    for actor, removed in product(Standing, Standing):
        case = f"{actor} removes {removed}"
        ada, bo = joined(world, account_id, f"Ada, {case}", actor), joined(world, account_id, case, removed)
        allowed = actor is OWNER or (actor is ADMIN and removed is not OWNER)
        with nullcontext() if allowed else pytest.raises(Forbidden):
            members.remove(world.portal, account_id, bo, Actor(ada))
        assert (case in standings(world, account_id)) is not allowed, case


def test_a_stranger_changes_nothing_and_learns_nothing(world: World) -> None:
    ada = person(world)
    account_id, eve = founded(world, ada), Actor(person(world, "Eve"))
    acts: list[Callable[[], None]] = [
        lambda: members.change(world.portal, account_id, ada, MEMBER, eve),
        lambda: members.remove(world.portal, account_id, ada, eve),
        lambda: members.transfer(world.portal, account_id, eve.id, eve),
        lambda: members.remove(world.portal, "acc_none", ada, eve),
    ]
    told = set()
    for act in acts:
        with pytest.raises(NotFound) as refused:
            act()
        told.add(refused.value.sentence)
    assert told == {"There is no such organisation."}
    assert standings(world, account_id) == {"Ada": "owner"}


def test_everybody_may_leave_but_the_last_owner(world: World) -> None:
    ada = person(world)
    account_id = founded(world, ada)
    bo = joined(world, account_id, "Bo")
    world.clock.pass_by(1)  # what follows is the newest line of the audit
    members.remove(world.portal, account_id, bo, Actor(bo))
    ways: list[Callable[[], None]] = [
        lambda: members.remove(world.portal, account_id, ada, Actor(ada)),
        lambda: members.change(world.portal, account_id, ada, ADMIN, Actor(ada)),
        lambda: members.remove(world.portal, account_id, ada, ABOVE),
    ]
    for leave in ways:
        with pytest.raises(Conflict, match="needs an owner"):
            leave()
    assert standings(world, account_id) == {"Ada": "owner"}
    assert [line.action for line in accounts.history(world.portal, account_id)][:1] == ["member.left"]


def test_handing_over_makes_an_owner_and_an_admin_in_one_step(world: World) -> None:
    ada = person(world)
    account_id = founded(world, ada)
    bo = joined(world, account_id, "Bo")
    members.transfer(world.portal, account_id, bo, Actor(ada))
    assert standings(world, account_id) == {"Ada": "admin", "Bo": "owner"}
    for to, error in ((ada, Forbidden), (person(world, "Eve"), Forbidden)):
        with pytest.raises(error):
            members.transfer(world.portal, account_id, to, Actor(ada))
    with pytest.raises(NotFound):
        members.transfer(world.portal, account_id, person(world, "Eve"), Actor(bo))
    assert standings(world, account_id) == {"Ada": "admin", "Bo": "owner"}


def test_only_those_above_put_somebody_in_and_never_themselves(world: World) -> None:
    ada = person(world)
    account_id, bo = founded(world, ada), person(world, "Bo")
    for by in (Actor(ada), Actor(bo, is_above=True)):
        with pytest.raises(Forbidden):
            members.add(world.portal, account_id, bo, MEMBER, by)
    for _ in range(2):
        members.add(world.portal, account_id, bo, MEMBER, ABOVE)
    with pytest.raises(Conflict):
        members.add(world.portal, account_id, bo, ADMIN, ABOVE)
    assert standings(world, account_id) == {"Ada": "owner", "Bo": "member"}


def at_once(*acts: Callable[[], object]) -> list[ScripError]:
    """Runs them in threads that start together; what was refused."""
    gate, refused = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        except ScripError as error:
            refused.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def test_owners_who_remove_each_other_at_once_leave_one(databases: Databases) -> None:
    """Two processes: without the lock both would find the other one still there."""
    url = databases.prepared("schema", migrated)
    with open_world(url) as one, open_world(url) as two:
        for _ in range(RACES):
            ada = person(one)
            account_id = founded(one, ada)
            bo = joined(one, account_id, "Bo", OWNER)

            def ada_removes(account_id: str = account_id, ada: str = ada, bo: str = bo) -> None:
                members.remove(one.portal, account_id, bo, Actor(ada))

            def bo_removes(account_id: str = account_id, ada: str = ada, bo: str = bo) -> None:
                members.remove(two.portal, account_id, ada, Actor(bo))

            refused = at_once(ada_removes, bo_removes)
            assert [type(error) for error in refused] == [NotFound]
            assert list(standings(one, account_id).values()) == ["owner"]


def test_owners_who_leave_at_once_leave_one(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url) as one, open_world(url) as two:
        for _ in range(RACES):
            ada = person(one)
            account_id = founded(one, ada)
            bo = joined(one, account_id, "Bo", OWNER)

            def leaves(world: World, who: str, account_id: str = account_id) -> Callable[[], None]:
                return lambda: members.remove(world.portal, account_id, who, Actor(who))

            refused = at_once(leaves(one, ada), leaves(two, bo))
            assert [type(error) for error in refused] == [Conflict]
            assert list(standings(one, account_id).values()) == ["owner"]
