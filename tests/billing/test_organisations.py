"""Organisations on both engines: founded once, gifted once, unknown to the provider until they may be known."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from auth import people
from auth.policy import Role
from billing import accounts, check, customers, duties, grants, organisations
from billing.grants import Grant
from billing.organisations import Founding
from billing.portal import Portal
from billing.rules.errors import BadInput, Conflict, Forbidden, NotFound
from billing.rules.money import Credits
from billing.rules.organisations import Actor, Standing
from tests.world.databases import Databases, migrated
from tests.world.groups import ABOVE, founded, joined, person, standings
from tests.world.portals import World, open_world


def with_settings(world: World, **changes: Any) -> Portal:
    """The portal with other settings of organisations, or of credits."""
    settings = world.portal.settings
    credits = settings.credits.model_copy(update={"welcome_organisation": changes.pop("gift", Credits(0))})
    organised = settings.organisations.model_copy(update=changes)
    return replace(world.portal, settings=settings.model_copy(update={"organisations": organised, "credits": credits}))


class Customers:
    """A provider that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ensure_customer(self, account_id: str, name: str, _email: str | None, _key: str) -> str:
        self.asked.append(name)
        return f"cus_{account_id}"

    def portal(self, customer_ref: str, _back: str) -> str:
        return f"https://billing.example/{customer_ref}"


def test_whoever_founds_an_organisation_owns_it_and_it_is_audited(world: World) -> None:
    ada = person(world)
    account_id = founded(world, ada)
    seen = accounts.view(world.portal, account_id)
    assert (seen.kind, seen.name, seen.balance) == ("organisation", "Analytical Engines", Credits(0))
    assert standings(world, account_id) == {"Ada": "owner"}
    (line,) = accounts.history(world.portal, account_id)
    assert (line.actor, line.action) == (ada, "organisation.created")
    with world.portal.database.read() as connection:
        assert organisations.count_members(connection, account_id) == 1
        assert organisations.count_members(connection, "acc_none") == 0
    assert check.run(world.portal.database) == []


def test_the_same_external_id_finds_what_is_there(world: World) -> None:
    ada, bo = person(world), person(world, "Bo")
    first, fresh = organisations.create(world.portal, Founding("Engines", ada, ABOVE, "org-7"))
    again, fresh_again = organisations.create(world.portal, Founding("Other", bo, ABOVE, "org-7"))
    assert (fresh, fresh_again, again) == (True, False, first)
    assert organisations.find(world.portal, "org-7").title == "Engines"


def test_eight_processes_that_found_one_external_id_make_one_organisation(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url) as one, open_world(url) as two:
        ada, made = person(one), []

        def found(world: World) -> None:
            made.append(organisations.create(world.portal, Founding("Engines", ada, ABOVE, "org-7")))

        threads = [threading.Thread(target=found, args=(world,)) for world in (one, two) * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 8
        assert len({organisation.account_id for organisation, _ in made}) == 1
        assert sum(fresh for _, fresh in made) == 1


@pytest.mark.parametrize("title", ["", "   ", "x" * 121, "a\nb", "\ud800"])
def test_a_title_that_cannot_be_kept_makes_nothing(world: World, title: str) -> None:
    ada = person(world)
    with pytest.raises(BadInput):
        organisations.create(world.portal, Founding(title, ada, Actor(ada)))
    assert organisations.of_person(world.portal, ada) == []


def test_an_owner_nobody_knows_owns_nothing(world: World) -> None:
    with pytest.raises(NotFound):
        organisations.create(world.portal, Founding("Engines", "usr_none", ABOVE))


def test_one_person_earns_one_welcome_and_those_founded_for_others_get_theirs_each(world: World) -> None:
    portal = with_settings(world, gift=Credits.whole(50))
    ada = person(world)
    own = [organisations.create(portal, Founding(f"Own {each}", ada, Actor(ada)))[0] for each in range(3)]
    others = [organisations.create(portal, Founding(f"Made {each}", ada, ABOVE))[0] for each in range(2)]
    balances = [str(world.balance(each.account_id)) for each in (*own, *others)]
    assert balances == ["50", "0", "0", "50", "50"]
    assert check.run(world.portal.database) == []


def test_only_those_who_run_it_rename_it(world: World) -> None:
    ada = person(world)
    account_id = founded(world, ada)
    bo = joined(world, account_id, "Bo")
    assert organisations.rename(world.portal, account_id, " Looms ", Actor(ada)).title == "Looms"
    assert accounts.view(world.portal, account_id).name == "Looms"
    with pytest.raises(Forbidden):
        organisations.rename(world.portal, account_id, "Bo's", Actor(bo))
    with pytest.raises(NotFound):
        organisations.rename(world.portal, account_id, "Mine", Actor(person(world, "Eve")))
    assert organisations.view(world.portal, account_id).title == "Looms"


def test_a_persons_own_account_is_no_organisation(world: World) -> None:
    own = world.account()
    with pytest.raises(NotFound):
        organisations.view(world.portal, own)
    with pytest.raises(NotFound):
        organisations.rename(world.portal, own, "Mine", ABOVE)


def test_a_manager_gives_nothing_to_an_organisation_they_are_in(world: World) -> None:
    mia = person(world, "Mia", role=Role.MANAGER)
    account_id = founded(world, mia)
    gift = Grant(account_id, Credits.whole(5), "for ourselves, why not", mia, "form-1")
    with pytest.raises(Forbidden):
        grants.give(world.portal, gift)
    assert world.balance(account_id) == Credits(0)


def test_the_provider_hears_of_an_organisation_when_the_settings_say_so(world: World) -> None:
    provider, ada = Customers(), person(world)
    portal = replace(with_settings(world, auto_create_account=True), gateway=provider)  # type: ignore[arg-type]
    made, _ = organisations.create(portal, Founding("Engines", ada, Actor(ada)))
    assert provider.asked == []
    assert duties.work(portal) == 1
    assert duties.work(portal) == 0
    assert provider.asked == ["Engines"]
    assert accounts.view(portal, made.account_id).customer_ref == f"cus_{made.account_id}"


def test_the_provider_hears_nothing_of_an_offline_one_until_it_is_registered(world: World) -> None:
    provider, ada = Customers(), person(world)
    settings = with_settings(world, auto_create_account=True, offline=True)
    portal = replace(settings, gateway=provider)  # type: ignore[arg-type]
    made, _ = organisations.create(portal, Founding("Engines", ada, Actor(ada)))
    assert made.is_offline
    assert duties.work(portal) == 0
    assert customers.cards(portal, made.account_id) == ()
    with pytest.raises(Conflict):
        customers.portal_address(portal, made.account_id)
    assert provider.asked == []
    for _ in range(2):
        assert customers.register(portal, made.account_id, by="usr_mia") == f"cus_{made.account_id}"
    assert provider.asked == ["Engines"]
    assert not organisations.view(portal, made.account_id).is_offline
    assert customers.portal_address(portal, made.account_id).startswith("https://")
    acts = [line.action for line in accounts.history(portal, made.account_id)]
    assert sorted(acts) == ["customer.registered", "organisation.created"]


def test_the_first_purchase_registers_an_offline_one(world: World) -> None:
    provider, ada = Customers(), person(world)
    portal = replace(with_settings(world, offline=True), gateway=provider)  # type: ignore[arg-type]
    made, _ = organisations.create(portal, Founding("Engines", ada, Actor(ada)))
    customers.ensure(portal, made.account_id)
    assert not organisations.view(portal, made.account_id).is_offline


def test_a_disabled_person_is_nobody_to_found_for(world: World) -> None:
    ada = person(world)
    people.disable(world.portal, ada, by="usr_boss", reason="Left the company")
    with pytest.raises(NotFound):
        organisations.create(world.portal, Founding("Engines", ada, ABOVE))
    assert Standing("owner") is Standing.OWNER
