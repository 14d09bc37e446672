"""Looking at an account as its customer: what a manager sees then, that nothing can be changed, that it is audited."""

from __future__ import annotations

import pytest

from auth import csrf, people, sessions, viewing
from auth.policy import Action, Principal, Role, may
from billing import accounts
from billing.rules.errors import ActsElsewhere, Forbidden, NotFound
from tests.auth.conftest import Site
from tests.world.portals import World

LOOKS = {Action.VIEW_ACCOUNT, Action.VIEW_ALL_USAGE, Action.EXPORT, Action.VIEW_MEMBERS}


def signed_in(world: World, role: Role = Role.MANAGER, name: str = "Mia") -> tuple[str, Principal]:
    person_id = people.sign_in(world.portal, issuer="tests", subject=name, name=name, email=None, role=role)
    cookie = sessions.begin(world.portal, person_id)
    return cookie, now(world, cookie)


def now(world: World, cookie: str) -> Principal:
    who = sessions.principal(world.portal, cookie)
    assert who is not None
    return who


def test_who_looks_sees_what_the_owner_sees_and_may_change_nothing(world: World) -> None:
    account_id = world.account("Ada")
    cookie, mia = signed_in(world)
    viewing.view_as(world.portal, mia, account_id)
    seen = now(world, cookie)
    assert (seen.id, seen.account_id, seen.role, seen.is_viewing) == (mia.id, account_id, Role.USER, True)
    assert {action for action in Action if may(seen, action, account_id)} == LOOKS
    assert not any(may(seen, action, world.account("Bo")) for action in Action)
    with pytest.raises(Forbidden, match="Stop looking"):
        sessions.act_for(world.portal, seen, mia.account_id or "")


def test_beginning_and_ending_are_audited_and_end_open_pages(world: World) -> None:
    account_id = world.account("Ada")
    cookie, mia = signed_in(world)
    viewing.view_as(world.portal, mia, account_id)
    with pytest.raises(ActsElsewhere):
        sessions.still_valid(world.portal, mia)
    assert not world.portal.database.is_sqlite or {account_id, mia.account_id} <= set(world.rung)
    viewing.view_as(world.portal, now(world, cookie), None)
    assert now(world, cookie) == mia
    acts = [(line.actor, line.action) for line in accounts.history(world.portal, account_id)]
    assert sorted(acts) == [(mia.id, "view_as.began"), (mia.id, "view_as.ended")]


def test_users_look_at_nobody_and_managers_only_at_accounts_that_are_there(world: World) -> None:
    _, ada = signed_in(world, Role.USER, "Ada")
    with pytest.raises(Forbidden):
        viewing.view_as(world.portal, ada, world.account("Bo"))
    _, mia = signed_in(world)
    for unknown in ("acc_none", "sys_stripe", ""):
        with pytest.raises(NotFound):
            viewing.view_as(world.portal, mia, unknown)


def test_a_manager_who_is_one_no_longer_is_back_in_their_own_account(world: World) -> None:
    cookie, mia = signed_in(world)
    viewing.view_as(world.portal, mia, world.account("Ada"))
    people.sign_in(world.portal, issuer="tests", subject="Mia", name="Mia", email=None, role=Role.USER)
    assert (now(world, cookie).account_id, now(world, cookie).is_viewing) == (mia.account_id, False)


async def test_the_door_asks_for_the_token_of_the_form_and_leads_back(site: Site) -> None:
    account_id = site.world.account("Ada")
    async with site.browser() as client:
        await client.post("/sign-in/demo", data={"subject": "mia"})
        assert (await client.post("/viewing", data={"account": account_id})).status_code == 403
        cookie = client.cookies.get("scrip") or ""
        token = csrf.token_for(now(site.world, cookie))
        began = await client.post("/viewing", data={"account": account_id, csrf.FIELD: token})
        assert (began.status_code, began.headers["location"]) == (303, "/")
        assert now(site.world, cookie).is_viewing
        ended = await client.post("/viewing", data={csrf.FIELD: token})
        assert ended.headers["location"] == f"/manage/accounts/{account_id}"
        unknown = await client.post("/viewing", data={"account": "acc_none", csrf.FIELD: token})
    assert (unknown.status_code, now(site.world, cookie).is_viewing) == (404, False)
