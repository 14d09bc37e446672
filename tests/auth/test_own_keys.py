"""Keys people make for programs of theirs: they read one account, are replaced with time to spare, and end at once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from auth import keys, own_keys
from auth.policy import Role
from billing.rules.errors import BadInput, Conflict, NotFound, SignedOut
from billing.rules.moments import DAY, MINUTE, SECOND
from billing.store.tables_trade import audit
from tests.world.portals import World


def opens(world: World, secret: str) -> bool:
    world.clock.pass_by(keys.REMEMBERED_FOR)
    try:
        who = keys.principal_of(world.portal, secret)
    except SignedOut:
        return False
    return who.role is Role.READER


def test_a_key_of_ones_own_reads_the_account_and_names_it(world: World) -> None:
    account_id = world.account()
    key_id, secret = own_keys.make(world.portal, account_id, "  Books ", "usr_ada")
    who = keys.principal_of(world.portal, secret)
    assert (who.id, who.name, who.role, who.account_id) == (key_id, "Books", Role.READER, account_id)
    (row,) = own_keys.listing(world.portal, account_id)
    assert (row.name, row.created_by, row.revoked_at) == ("Books", "usr_ada", None)
    assert secret not in repr(row)


def test_a_replaced_key_opens_for_a_day_more_and_once_only(world: World) -> None:
    account_id = world.account()
    old_id, old = own_keys.make(world.portal, account_id, "Books", "usr_ada")
    _, new = own_keys.replace(world.portal, account_id, old_id, "usr_ada")
    assert [opens(world, each) for each in (old, new)] == [True, True]
    with pytest.raises(Conflict):
        own_keys.replace(world.portal, account_id, old_id, "usr_ada")
    world.clock.pass_by(own_keys.OVERLAP - DAY // 2)
    assert opens(world, old)
    world.clock.pass_by(DAY // 2)
    assert [opens(world, each) for each in (old, new)] == [False, True]
    assert [row.name for row in own_keys.listing(world.portal, account_id)] == ["Books"]


def test_a_key_ends_when_its_name_is_typed_and_at_once(world: World) -> None:
    account_id = world.account()
    key_id, secret = own_keys.make(world.portal, account_id, "Books", "usr_ada")
    for typed in ("", "books", "Book"):
        with pytest.raises(BadInput):
            own_keys.end(world.portal, account_id, key_id, typed, "usr_ada")
    assert keys.principal_of(world.portal, secret).id == key_id
    own_keys.end(world.portal, account_id, key_id, "Books ", "usr_ada")
    assert keys.remembered(world.portal, secret) is None
    assert not opens(world, secret)
    with pytest.raises(NotFound):
        own_keys.end(world.portal, account_id, key_id, "Books", "usr_ada")


def test_nobody_reaches_a_key_of_another_account_or_of_the_company(own_world: World) -> None:
    mine, other = own_world.account(), own_world.account("Bo")
    theirs, _ = own_keys.make(own_world.portal, other, "Books", "usr_bo")
    service, _ = keys.create(own_world.portal, name="Meter", role=Role.PROGRAM, account_id=mine, by="usr_boss")
    for key_id in (theirs, service, "key_absent"):
        with pytest.raises(NotFound):
            own_keys.end(own_world.portal, mine, key_id, "Books", "usr_ada")
        with pytest.raises(NotFound):
            own_keys.replace(own_world.portal, mine, key_id, "usr_ada")
    assert own_keys.listing(own_world.portal, mine) == []


def test_an_account_has_a_bounded_number_of_keys_and_ended_ones_do_not_count(
    own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_keys, "KEYS_MOST", 2)
    account_id = own_world.account()
    first, _ = own_keys.make(own_world.portal, account_id, "One", "usr_ada")
    own_keys.make(own_world.portal, account_id, "Two", "usr_ada")
    with pytest.raises(Conflict):
        own_keys.make(own_world.portal, account_id, "Three", "usr_ada")
    own_keys.end(own_world.portal, account_id, first, "One", "usr_ada")
    own_world.clock.pass_by(1)
    own_keys.make(own_world.portal, account_id, "Three", "usr_ada")
    assert [row.name for row in own_keys.listing(own_world.portal, account_id)] == ["Three", "Two"]


def test_when_a_key_was_used_is_known_to_the_minute(world: World) -> None:
    account_id = world.account()
    _, secret = own_keys.make(world.portal, account_id, "Books", "usr_ada")
    assert own_keys.listing(world.portal, account_id)[0].used_at is None
    begun = world.clock.now
    keys.principal_of(world.portal, secret)
    world.clock.pass_by(30 * SECOND)
    keys.principal_of(world.portal, secret)
    assert own_keys.listing(world.portal, account_id)[0].used_at == begun
    world.clock.pass_by(MINUTE)
    keys.principal_of(world.portal, secret)
    assert own_keys.listing(world.portal, account_id)[0].used_at == world.clock.now


def test_a_key_without_an_account_cannot_be_a_readers(own_world: World) -> None:
    with pytest.raises(BadInput):
        keys.create(own_world.portal, name="Books", role=Role.READER, account_id=None, by="usr_boss")
    for name in ("", " ", "a\nb", "x" * 200):
        with pytest.raises(BadInput):
            own_keys.make(own_world.portal, own_world.account(), name, "usr_ada")


def test_making_replacing_and_ending_are_audited(own_world: World) -> None:
    account_id = own_world.account()
    key_id, _ = own_keys.make(own_world.portal, account_id, "Books", "usr_ada")
    new_id, _ = own_keys.replace(own_world.portal, account_id, key_id, "usr_ada")
    own_keys.end(own_world.portal, account_id, new_id, "Books", "usr_ada")
    with own_world.portal.database.read() as connection:
        found = connection.scalars(select(audit.c.action).where(audit.c.account_id == account_id))
        assert sorted(found) == ["key_created", "key_created", "key_replaced", "key_revoked"]
