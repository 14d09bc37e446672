"""API keys: shown once, stored as a hash, recognised fast, and gone at once when revoked."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from auth import keys
from auth.policy import Action, Role, may
from billing.rules.errors import BadInput, NotFound, SignedOut
from billing.store.tables_trade import api_keys, audit
from tests.world.portals import World, open_world


def make(world: World, role: Role = Role.PROGRAM, account_id: str | None = None) -> tuple[str, str]:
    return keys.create(world.portal, name="Meter", role=role, account_id=account_id, by="usr_boss")


def test_a_key_is_recognised_by_its_secret_alone(world: World) -> None:
    key_id, secret = make(world)
    who = keys.principal_of(world.portal, secret)
    assert (who.id, who.name, who.role, who.account_id, who.session) == (key_id, "Meter", Role.PROGRAM, None, None)
    assert secret.startswith("scrip_")
    assert len(secret) == 46


def test_the_secret_is_nowhere_in_the_database(world: World) -> None:
    _, secret = make(world)
    with world.portal.database.read() as connection:
        stored = [
            str(value) for table in (api_keys, audit) for row in connection.execute(select(table)) for value in row
        ]
    assert stored
    assert not any(secret in value or secret.removeprefix("scrip_") in value for value in stored)


@pytest.mark.parametrize("secret", ["", "scrip_", "scrip_" + "a" * 40, "scrip_" + "é" * 40, "\udcff", "x" * 100_000])
def test_anything_else_is_nobody(own_world: World, secret: str) -> None:
    make(own_world)
    with pytest.raises(SignedOut):
        keys.principal_of(own_world.portal, secret)
    assert keys.remembered(own_world.portal, secret) is None


@pytest.mark.parametrize("role", [Role.PROGRAM, Role.MANAGER, Role.BILLING_MANAGER])
def test_a_key_has_the_role_it_was_made_with(world: World, role: Role) -> None:
    assert keys.principal_of(world.portal, make(world, role)[1]).role is role


def test_a_revoked_key_is_refused_in_the_same_moment(world: World) -> None:
    key_id, secret = make(world)
    keys.principal_of(world.portal, secret)
    keys.revoke(world.portal, key_id, by="usr_boss")
    assert keys.remembered(world.portal, secret) is None
    with pytest.raises(SignedOut):
        keys.principal_of(world.portal, secret)


def test_another_process_hears_of_it_within_two_seconds(own_url: str) -> None:
    with open_world(own_url) as here, open_world(own_url) as there:
        key_id, secret = make(here)
        keys.principal_of(there.portal, secret)
        keys.revoke(here.portal, key_id, by="usr_boss")
        assert keys.remembered(there.portal, secret) is not None
        there.clock.pass_by(keys.REMEMBERED_FOR)
        with pytest.raises(SignedOut):
            keys.principal_of(there.portal, secret)


def test_a_recognised_key_costs_no_second_look_into_the_database(own_world: World) -> None:
    _, secret = make(own_world)
    asked: list[str] = []
    engine = own_world.portal.database.engine
    event.listen(engine, "before_cursor_execute", lambda _c, _cur, statement, *_: asked.append(statement))
    for _ in range(5):
        keys.principal_of(own_world.portal, secret)
    assert len([statement for statement in asked if "api_keys" in statement]) == 1


def test_only_a_bounded_number_is_remembered(own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "REMEMBERED_MOST", 2)
    secrets = [make(own_world)[1] for _ in range(3)]
    for secret in secrets:
        keys.principal_of(own_world.portal, secret)
    assert [keys.remembered(own_world.portal, secret) is not None for secret in secrets] == [False, True, True]


def test_two_portals_of_one_process_share_no_memory(own_world: World, databases: object, tmp_path: object) -> None:
    _, secret = make(own_world)
    keys.principal_of(own_world.portal, secret)
    with open_world(f"sqlite:///{tmp_path}/other.db") as other, pytest.raises(SignedOut):
        keys.principal_of(other.portal, secret)


def test_a_managers_key_acts_as_a_manager_and_a_bound_one_for_its_account(own_world: World) -> None:
    account_id = own_world.account()
    manager = keys.principal_of(own_world.portal, make(own_world, Role.MANAGER)[1])
    bound = keys.principal_of(own_world.portal, make(own_world, account_id=account_id)[1])
    assert may(manager, Action.ADJUST_CREDITS, account_id)
    assert may(bound, Action.DEBIT_USAGE, account_id)
    assert not may(bound, Action.DEBIT_USAGE, "acc_other")


def test_the_list_names_every_key_and_no_secret(own_world: World) -> None:
    account_id = own_world.account()
    first, _ = make(own_world)
    second, secret = make(own_world, account_id=account_id)
    keys.revoke(own_world.portal, first, by="usr_boss")
    listed = {row.id: row for row in keys.listing(own_world.portal)}
    assert set(listed) == {first, second}
    assert listed[first].revoked_at == own_world.clock.now
    assert [row.id for row in keys.listing(own_world.portal, account_id)] == [second]
    assert secret not in repr(listed)


def test_making_and_revoking_are_audited_once(own_world: World) -> None:
    key_id, _ = make(own_world)
    keys.revoke(own_world.portal, key_id, by="usr_boss")
    keys.revoke(own_world.portal, key_id, by="usr_boss")
    with own_world.portal.database.read() as connection:
        found = connection.execute(select(audit.c.action, audit.c.actor)).all()
    assert sorted(tuple(row) for row in found) == [("key_created", "usr_boss"), ("key_revoked", "usr_boss")]


def test_a_key_needs_a_name_a_fitting_role_and_an_account_that_exists(own_world: World) -> None:
    with pytest.raises(BadInput):
        keys.create(own_world.portal, name=" ", role=Role.PROGRAM, account_id=None, by="usr_boss")
    with pytest.raises(BadInput):
        make(own_world, Role.USER)
    for absent in ("acc_absent", "stripe"):
        with pytest.raises(NotFound):
            make(own_world, account_id=absent)
    with pytest.raises(NotFound):
        keys.revoke(own_world.portal, "key_absent", by="usr_boss")
    assert keys.listing(own_world.portal) == []
