"""People on both engines: one person, one account and one gift for each issuer and subject, whoever races."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from auth import people
from auth.policy import Role
from billing import accounts
from billing.rules.errors import BadInput, Forbidden, NotFound
from billing.rules.money import Credits
from billing.store.tables import accounts as account_rows
from billing.store.tables_trade import audit
from billing.store.tables_trade import people as rows
from tests.world.databases import Databases
from tests.world.portals import World, open_world

GIFT: dict[str, Any] = {"SCRIP_CREDITS__WELCOME": "50"}


def arrive(world: World, subject: str = "s1", name: str = "Ada", email: str | None = "a@b.c", **changes: Role) -> str:
    role = changes.get("role", Role.USER)
    return people.sign_in(world.portal, issuer="i", subject=subject, name=name, email=email, role=role)


def account_of(world: World, person_id: str) -> str:
    with world.portal.database.read() as connection:
        return str(connection.scalar(select(rows.c.account_id).where(rows.c.id == person_id)))


def test_the_first_arrival_brings_an_account_and_the_gift_and_the_next_does_not(databases: Databases) -> None:
    with open_world(databases.fresh(), **GIFT) as world:
        first, again = arrive(world), arrive(world)
        assert first == again
        assert world.balance(account_of(world, first)) == Credits.whole(50)


@pytest.mark.race
def test_one_newcomer_through_many_doors_at_once_is_one_person(databases: Databases) -> None:
    """Two portals stand for two processes: each has a till of its own, so only the database can decide."""
    url = databases.fresh()
    with open_world(url, **GIFT) as here, open_world(url, **GIFT) as there, ThreadPoolExecutor(8) as pool:
        for round_number in range(10):
            subject = f"subject {round_number}"
            found = {each.result() for each in [pool.submit(arrive, w, subject) for w in (here, there) * 4]}
            assert len(found) == 1
            assert here.balance(account_of(here, found.pop())) == Credits.whole(50)
        with here.portal.database.read() as connection:
            is_person = account_rows.c.kind == "person"
            assert connection.scalar(select(func.count()).select_from(account_rows).where(is_person)) == 10


@pytest.mark.parametrize("role", [Role.MANAGER, Role.BILLING_MANAGER])
def test_the_gift_is_for_users_and_a_change_of_role_neither_brings_nor_takes_it(own_url: str, role: Role) -> None:
    with open_world(own_url, **GIFT) as world:
        user, boss = arrive(world, "user"), arrive(world, "boss", role=role)
        for _ in range(2):
            assert world.balance(account_of(world, user)) == Credits.whole(50)
            assert world.balance(account_of(world, boss)) == Credits.whole(0)
            arrive(world, "user", role=role)
            arrive(world, "boss")


def test_an_equal_address_makes_two_people_of_two_subjects(world: World) -> None:
    assert account_of(world, arrive(world, "s1")) != account_of(world, arrive(world, "s2"))


def test_an_equal_subject_of_two_issuers_is_two_people(world: World) -> None:
    other = people.sign_in(world.portal, issuer="j", subject="s1", name="Ada", email=None, role=Role.USER)
    assert arrive(world) != other


def test_a_new_name_and_address_reach_person_and_account(world: World) -> None:
    person_id = arrive(world)
    arrive(world, name="Ada King", email="new@b.c")
    seen = accounts.view(world.portal, account_of(world, person_id))
    assert (seen.name, seen.email) == ("Ada King", "new@b.c")


def test_a_changed_role_is_audited(world: World) -> None:
    person_id = arrive(world)
    arrive(world, role=Role.MANAGER)
    with world.portal.database.read() as connection:
        found = connection.execute(select(audit.c.actor, audit.c.action, audit.c.before, audit.c.after)).all()
    assert [tuple(row) for row in found] == [(person_id, "role_changed", "user", "manager")]


def test_a_disabled_person_stays_out_whatever_changes(world: World) -> None:
    person_id = arrive(world)
    people.disable(world.portal, person_id, by="usr_boss", reason="Left the company")
    with pytest.raises(Forbidden):
        arrive(world, name="Ada Again", role=Role.MANAGER)


@pytest.mark.parametrize("subject", ["", " s", "s ", "a\nb", "a\x00b", "s" * 256])
def test_a_subject_that_cannot_be_kept_letter_by_letter_is_refused(own_world: World, subject: str) -> None:
    with pytest.raises(BadInput):
        arrive(own_world, subject)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Ada\nLovelace ", "AdaLovelace"),
        ("\u202emia", "mia"),
        ("\x00\x07", "Somebody"),
        ("é" * 300, "é" * 120),
        ("<script>", "<script>"),
    ],
)
def test_nobody_is_locked_out_by_their_name(own_world: World, written: str, kept: str) -> None:
    seen = accounts.view(own_world.portal, account_of(own_world, arrive(own_world, name=written)))
    assert seen.name == kept


@pytest.mark.parametrize("email", ["", "nothing", "a b@c.d", "a\n@b.c", "@b.c", "a@", "a@" + "b" * 300])
def test_an_address_that_is_none_is_not_kept(own_world: World, email: str) -> None:
    assert accounts.view(own_world.portal, account_of(own_world, arrive(own_world, email=email))).email is None


def test_a_person_cannot_be_a_program(own_world: World) -> None:
    with pytest.raises(BadInput):
        arrive(own_world, role=Role.PROGRAM)


def test_the_sandbox_knows_its_four_people_and_nobody_else(own_world: World) -> None:
    found = [people.sign_in_demo(own_world.portal, subject) for subject in ("ada", "bo", "mia", "ben")]
    assert len(set(found)) == 4
    assert found[0] == people.sign_in_demo(own_world.portal, "ada")
    with pytest.raises(NotFound):
        people.sign_in_demo(own_world.portal, "eve")


def test_with_a_real_key_there_are_no_demo_people(own_url: str) -> None:
    real: dict[str, Any] = {
        "SCRIP_STRIPE__API_KEY": "sk_test_51abc", "SCRIP_STRIPE__API_BASE": "https://api.stripe.com",
        "SCRIP_OIDC__ISSUER": "https://id.example.org", "SCRIP_OIDC__CLIENT_ID": "c", "SCRIP_OIDC__CLIENT_SECRET": "s",
    }  # fmt: skip
    with open_world(own_url, **real) as world, pytest.raises(NotFound):
        people.sign_in_demo(world.portal, "mia")
