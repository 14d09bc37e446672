"""Invitations on both engines: taken once, by whom they are for, while they are open and their maker may."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from billing import invitations, members
from billing.rules.errors import BadInput, Conflict, Forbidden, NotFound, ScripError
from billing.rules.organisations import OPEN_FOR, Actor, Standing
from billing.store.tables_people import invitations as rows
from tests.world.databases import Databases, migrated
from tests.world.groups import founded, joined, person, standings
from tests.world.portals import World, open_world

OWNER, ADMIN, MEMBER = Standing.OWNER, Standing.ADMIN, Standing.MEMBER


def test_a_link_without_an_address_is_for_whoever_holds_it_and_once(world: World) -> None:
    ada, bo, eve = person(world), person(world, "Bo"), person(world, "Eve")
    account_id = founded(world, ada)
    made, token = invitations.invite(world.portal, account_id, MEMBER, Actor(ada))
    assert invitations.link(world.portal, token) == f"http://localhost:8080/invitation/{token}"
    assert invitations.shown(world.portal, token).title == "Analytical Engines"
    assert [each.id for each in invitations.listing(world.portal, account_id)] == [made.id]
    invitations.accept(world.portal, token, bo, None)
    with pytest.raises(NotFound):
        invitations.accept(world.portal, token, eve, None)
    assert standings(world, account_id) == {"Ada": "owner", "Bo": "member"}
    assert invitations.listing(world.portal, account_id) == []


def test_a_link_with_an_address_is_for_that_address_alone(world: World) -> None:
    ada, bo = person(world), person(world, "Bo")
    account_id = founded(world, ada)
    _, token = invitations.invite(world.portal, account_id, ADMIN, Actor(ada), " Bo@Example.org ")
    for email in (None, "", "eve@example.org", "bo@example.com"):
        with pytest.raises(Forbidden):
            invitations.accept(world.portal, token, bo, email)
    invitations.accept(world.portal, token, bo, "bo@example.ORG")
    assert standings(world, account_id) == {"Ada": "owner", "Bo": "admin"}


def test_a_new_link_to_an_address_ends_the_older_one(world: World) -> None:
    ada, bo = person(world), person(world, "Bo")
    account_id = founded(world, ada)
    _, old = invitations.invite(world.portal, account_id, ADMIN, Actor(ada), "bo@example.org")
    _, new = invitations.invite(world.portal, account_id, MEMBER, Actor(ada), "BO@example.org")
    with pytest.raises(NotFound):
        invitations.accept(world.portal, old, bo, "bo@example.org")
    invitations.accept(world.portal, new, bo, "bo@example.org")
    assert standings(world, account_id)["Bo"] == "member"


def test_after_a_week_it_is_over(world: World) -> None:
    ada, bo = person(world), person(world, "Bo")
    account_id = founded(world, ada)
    _, token = invitations.invite(world.portal, account_id, MEMBER, Actor(ada))
    world.clock.pass_by(OPEN_FOR)
    with pytest.raises(NotFound):
        invitations.accept(world.portal, token, bo, None)


def test_the_database_never_holds_the_token(world: World) -> None:
    ada = person(world)
    _, token = invitations.invite(world.portal, founded(world, ada), MEMBER, Actor(ada))
    with world.portal.database.read() as connection:
        stored = [str(value) for row in connection.execute(select(rows)) for value in row]
    assert token not in stored
    with pytest.raises(NotFound):
        invitations.shown(world.portal, next(value for value in stored if len(value) == 64))


@pytest.mark.parametrize("token", ["", "x", "g" * 64, "a" * 63, "a" * 64, "../../x", "A" * 64, "\udcff"])
def test_a_made_up_link_is_none(world: World, token: str) -> None:
    with pytest.raises(NotFound):
        invitations.accept(world.portal, token, person(world), None)


@pytest.mark.parametrize("email", ["x", "@", "a@", "@b", "a b@c", "a@b\nc", "x" * 250 + "@y.org"])
def test_what_is_no_address_is_refused(world: World, email: str) -> None:
    ada = person(world)
    with pytest.raises(BadInput):
        invitations.invite(world.portal, founded(world, ada), MEMBER, Actor(ada), email)


@pytest.mark.parametrize(("actor", "standing"), [(ADMIN, OWNER), (MEMBER, MEMBER), (MEMBER, OWNER)])
def test_nobody_invites_above_what_they_may_change(world: World, actor: Standing, standing: Standing) -> None:
    account_id = founded(world, person(world))
    bo = joined(world, account_id, "Bo", actor)
    with pytest.raises(Forbidden):
        invitations.invite(world.portal, account_id, standing, Actor(bo))


def test_a_stranger_neither_invites_nor_ends_an_invitation(world: World) -> None:
    ada, eve = person(world), Actor(person(world, "Eve"))
    account_id = founded(world, ada)
    made, _ = invitations.invite(world.portal, account_id, MEMBER, Actor(ada))
    with pytest.raises(NotFound):
        invitations.invite(world.portal, account_id, OWNER, eve)
    with pytest.raises(NotFound):
        invitations.revoke(world.portal, account_id, made.id, eve)
    others = founded(world, eve.id, "Eve's")
    with pytest.raises(NotFound):
        invitations.revoke(world.portal, others, made.id, eve)
    assert len(invitations.listing(world.portal, account_id)) == 1


def test_an_ended_invitation_lets_nobody_in(world: World) -> None:
    ada, bo = person(world), person(world, "Bo")
    account_id = founded(world, ada)
    made, token = invitations.invite(world.portal, account_id, MEMBER, Actor(ada))
    invitations.revoke(world.portal, account_id, made.id, Actor(ada))
    with pytest.raises(NotFound):
        invitations.accept(world.portal, token, bo, None)


@pytest.mark.parametrize("fall", ["removed", "made a member"])
def test_a_link_somebody_kept_does_not_bring_them_back(world: World, fall: str) -> None:
    """An admin who expects to be thrown out must not leave a door open for themselves."""
    ada = person(world)
    account_id = founded(world, ada)
    bo = joined(world, account_id, "Bo", ADMIN)
    _, token = invitations.invite(world.portal, account_id, ADMIN, Actor(bo))
    if fall == "removed":
        members.remove(world.portal, account_id, bo, Actor(ada))
    else:
        members.change(world.portal, account_id, bo, MEMBER, Actor(ada))
    with pytest.raises(NotFound):
        invitations.accept(world.portal, token, bo, None)


def test_a_member_who_takes_a_link_leaves_it_for_others(world: World) -> None:
    ada = person(world)
    account_id = founded(world, ada)
    _, token = invitations.invite(world.portal, account_id, MEMBER, Actor(ada))
    with pytest.raises(Conflict):
        invitations.accept(world.portal, token, ada, None)
    assert len(invitations.listing(world.portal, account_id)) == 1
    assert standings(world, account_id) == {"Ada": "owner"}


def test_two_people_at_once_with_one_link_are_one_member(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url) as one, open_world(url) as two:
        ada = person(one)
        account_id, came = founded(one, ada), [person(one, "Bo"), person(one, "Cy")]
        _, token = invitations.invite(one.portal, account_id, MEMBER, Actor(ada))
        refused: list[ScripError] = []

        def accept(world: World, who: str) -> None:
            try:
                invitations.accept(world.portal, token, who, None)
            except ScripError as error:
                refused.append(error)

        threads = [threading.Thread(target=accept, args=each) for each in zip((one, two), came, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [type(error) for error in refused] == [NotFound]
        assert len(standings(one, account_id)) == 2
