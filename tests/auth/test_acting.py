"""Acting for an organisation, on both engines: chosen by its members, gone the moment they are none."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from auth import csrf, people, sessions
from auth.policy import Action, Principal, authorize
from billing import accounts, members
from billing.rules.errors import ActsElsewhere, Forbidden, NotFound, SignedOut
from billing.rules.organisations import Actor, Standing
from billing.store.tables_people import members as rows
from tests.auth.conftest import Site
from tests.world.groups import founded, joined, person
from tests.world.portals import World


def signed_in(world: World, person_id: str) -> tuple[str, Principal]:
    cookie = sessions.begin(world.portal, person_id)
    return cookie, now(world, cookie)


def now(world: World, cookie: str) -> Principal:
    who = sessions.principal(world.portal, cookie)
    assert who is not None
    return who


def acting(world: World, standing: Standing = Standing.MEMBER) -> tuple[str, Principal, str]:
    """The cookie and principal of Bo, acting for Ada's organisation."""
    account_id = founded(world, person(world))
    cookie, who = signed_in(world, joined(world, account_id, "Bo", standing))
    world.clock.pass_by(1)  # what follows is the newest line of the audit
    sessions.act_for(world.portal, who, account_id)
    return cookie, now(world, cookie), account_id


def test_everybody_begins_with_their_own_account(world: World) -> None:
    account_id = founded(world, person(world))
    _, who = signed_in(world, joined(world, account_id, "Bo"))
    assert who.account_id == who.person_account_id != account_id
    assert (who.standing, who.acts_for_others) == (Standing.OWNER, False)


@pytest.mark.parametrize("standing", Standing)
def test_a_member_acts_with_the_standing_they_have_and_that_is_audited(world: World, standing: Standing) -> None:
    _, who, account_id = acting(world, standing)
    assert (who.account_id, who.standing, who.acts_for_others) == (account_id, standing, True)
    line = accounts.history(world.portal, account_id)[0]
    assert (line.actor, line.action, line.before) == (who.id, "acts_for", who.person_account_id)


def test_nobody_acts_for_an_organisation_they_are_not_in(world: World) -> None:
    account_id = founded(world, person(world))
    cookie, eve = signed_in(world, person(world, "Eve"))
    told = set()
    for wanted in (account_id, "acc_none", "", world.account("Somebody")):
        with pytest.raises(NotFound) as refused:
            sessions.act_for(world.portal, eve, wanted)
        told.add(refused.value.sentence)
    assert told == {"There is no such account."}
    assert now(world, cookie) == eve


def test_who_is_removed_is_back_in_their_own_account_with_the_next_request(world: World) -> None:
    cookie, who, account_id = acting(world, Standing.ADMIN)
    members.remove(world.portal, account_id, who.id, Actor("usr_boss", is_above=True))
    after = now(world, cookie)
    assert (after.account_id, after.standing) == (who.person_account_id, Standing.OWNER)
    with pytest.raises(ActsElsewhere):
        sessions.still_valid(world.portal, who)
    with pytest.raises(NotFound):
        authorize(after, Action.VIEW_ACCOUNT, account_id)


def test_the_session_alone_proves_no_membership(world: World) -> None:
    """A membership that ended in any other way, such as by hand in the database, is over as well."""
    cookie, who, _ = acting(world, Standing.OWNER)
    world.portal.till.write(lambda tx: tx.connection.execute(delete(rows).where(rows.c.person_id == who.id)).rowcount)
    assert now(world, cookie).account_id == who.person_account_id


def test_who_is_taken_back_does_not_act_again_by_themselves(world: World) -> None:
    cookie, who, account_id = acting(world)
    boss = Actor("usr_boss", is_above=True)
    members.remove(world.portal, account_id, who.id, boss)
    members.add(world.portal, account_id, who.id, Standing.OWNER, boss)
    assert not now(world, cookie).acts_for_others


def test_who_is_made_a_plain_member_buys_nothing_from_that_moment(world: World) -> None:
    cookie, who, account_id = acting(world, Standing.ADMIN)
    authorize(who, Action.BUY, account_id)
    members.change(world.portal, account_id, who.id, Standing.MEMBER, Actor("usr_boss", is_above=True))
    with pytest.raises(ActsElsewhere):
        sessions.still_valid(world.portal, who)
    with pytest.raises(Forbidden):
        authorize(now(world, cookie), Action.BUY, account_id)


def test_sessions_of_one_person_act_each_for_itself(world: World) -> None:
    cookie, who, account_id = acting(world)
    other, _ = signed_in(world, who.id)
    assert now(world, other).account_id == who.person_account_id
    assert now(world, cookie).account_id == account_id


def test_an_open_page_hears_that_its_session_acts_for_another_account(world: World) -> None:
    _, who, account_id = acting(world)
    heard: list[str] = []
    world.portal.bell.listen(account_id, heard.append)
    assert who.person_account_id is not None
    sessions.act_for(world.portal, who, who.person_account_id)
    # PostgreSQL tells by NOTIFY, for which no listener runs here
    assert heard == ([account_id] if world.portal.database.is_sqlite else [])


@pytest.mark.parametrize("end", ["signed out", "disabled"])
def test_pages_about_an_organisation_hear_that_their_session_ended(world: World, end: str) -> None:
    _, who, account_id = acting(world)
    heard: list[str] = []
    world.portal.bell.listen(account_id, heard.append)
    if end == "disabled":
        people.disable(world.portal, who.id, by="usr_boss", reason="Left the company")
    else:
        sessions.end(world.portal, who.session or "")
    assert (account_id in heard) is world.portal.database.is_sqlite


def test_an_ended_session_acts_for_nobody(world: World) -> None:
    _, who, account_id = acting(world)
    sessions.end(world.portal, who.session or "")
    with pytest.raises(SignedOut):
        sessions.act_for(world.portal, who, account_id)


async def test_the_picker_needs_the_form_of_this_session(site: Site) -> None:
    world = site.world
    account_id = founded(world, person(world))
    cookie, who = signed_in(world, joined(world, account_id, "Bo"))
    name = sessions.cookie_name(world.portal.settings)
    async with site.browser() as browser:
        browser.cookies.set(name, cookie)
        answers = []
        for token, wanted in (("", account_id), ("x", account_id), (csrf.token_for(who), "acc_none")):
            answer = await browser.post("/acting", data={csrf.FIELD: token, "account": wanted})
            answers.append((answer.status_code, now(world, cookie).account_id == who.account_id))
        chosen = await browser.post("/acting", data={csrf.FIELD: csrf.token_for(who), "account": account_id})
    assert answers == [(403, True), (403, True), (404, True)]
    assert (chosen.status_code, chosen.headers["location"], "set-cookie" in chosen.headers) == (303, "/", False)
    assert now(world, cookie).account_id == account_id


async def test_a_stranger_at_the_picker_is_asked_to_sign_in(site: Site) -> None:
    async with site.browser() as browser:
        answer = await browser.post("/acting", data={"account": "acc_x"})
    assert answer.headers["location"].startswith("/sign-in")
