"""Organisations on pages: picked on top, shown to members, managed by those who may, gone for whoever is removed."""

from __future__ import annotations

import re

import pytest

from auth import csrf, sessions
from auth.policy import Role
from billing import grants, invitations, members, organisations
from billing.grants import Grant
from billing.rules.money import Credits
from billing.rules.organisations import Actor, Standing
from billing.usage import Debit, debit
from pages.parts.ledger_table import LedgerTable
from tests.pages.visits import Site, Visitor, until
from tests.world.groups import ABOVE, founded, standings


def acting(site: Site, visitor: Visitor, account_id: str) -> None:
    """From now on the visitor acts for this account."""
    sessions.act_for(site.world.portal, visitor.principal, account_id)


def belonging(site: Site, standing: Standing, name: str = "Bo") -> tuple[Visitor, str]:
    """Somebody who acts for Ada's organisation."""
    ada, bo = site.visitor(), site.visitor(name)
    account_id = founded(site.world, ada.principal.id, "Engines")
    members.add(site.world.portal, account_id, bo.principal.id, standing, ABOVE)
    acting(site, bo, account_id)
    return bo, account_id


def of_session(site: Site, visitor: Visitor) -> str | None:
    """The account the visitor's session acts for now."""
    name = sessions.cookie_name(site.world.portal.settings)
    who = sessions.principal(site.world.portal, visitor.http_client.cookies[name])
    return who.account_id if who else None


def link_in(visitor: Visitor) -> str:
    """The token of the link that the dialog shows."""
    found = re.search(r"/invitation/([0-9a-f]{64})", visitor.text("invite-link"))
    return found[1] if found else ""


async def test_whoever_founds_an_organisation_acts_for_it_at_once(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/organisation")
    await ada.should_see("You act for your own account.")
    ada.find(marker="found").trigger("submit", {"title": "Engines"})
    own = site.world.portal
    await until(lambda: organisations.of_person(own, ada.principal.id))
    await until(lambda: of_session(site, ada) != ada.account_id)
    await ada.open("/organisation")
    await ada.should_see("Members")
    assert ada.text("title") == "Engines"


@pytest.mark.parametrize("title", ["", "   ", "a\nb", None, 7, ["x"]])
async def test_a_title_that_cannot_be_kept_is_refused_beside_its_field(site: Site, title: object) -> None:
    ada = site.visitor()
    await ada.open("/organisation")
    ada.find(marker="found").trigger("submit", {"title": title})
    await until(lambda: ada.text("title-error"))
    assert organisations.of_person(site.world.portal, ada.principal.id) == []


async def test_the_picker_lists_ones_own_account_and_organisations_and_marks_one(site: Site) -> None:
    bo, account_id = belonging(site, Standing.MEMBER)
    page = (await bo.http_client.get("/")).text
    assert "Acting for" in page
    assert "Your own account" in page
    assert "acting for Engines" in page
    form = {csrf.FIELD: csrf.token_for(bo.principal), "account": bo.account_id}
    answer = await bo.http_client.post("/acting", data=form)
    assert answer.headers["location"] == "/"
    assert "acting for Engines" not in (await bo.http_client.get("/")).text
    assert account_id in (await bo.http_client.get("/")).text


async def test_who_belongs_to_nothing_has_nothing_to_pick(site: Site) -> None:
    page = (await site.visitor().http_client.get("/")).text
    assert "Acting for" not in page
    assert "Your organisations" in page


@pytest.mark.parametrize("path", ["/buy", "/cards", "/plan", "/receipt/ord_00000000000000000000"])
async def test_a_plain_member_sees_no_money_matters(site: Site, path: str) -> None:
    bo, _ = belonging(site, Standing.MEMBER)
    assert (await bo.http_client.get(path)).status_code == 403


@pytest.mark.parametrize("path", ["/", "/transactions", "/organisation"])
async def test_a_plain_member_sees_the_balance_the_statement_and_who_else_is_there(site: Site, path: str) -> None:
    bo, _ = belonging(site, Standing.MEMBER)
    answer = await bo.http_client.get(path)
    assert answer.status_code == 200
    for hidden in ("Buy credits", '"Cards"', "Invite somebody", "Change…"):
        assert hidden not in answer.text


async def test_an_admin_invites_and_the_link_makes_a_member(site: Site) -> None:
    bo, account_id = belonging(site, Standing.ADMIN)
    await bo.open("/organisation")
    bo.find(marker="invite-form").trigger("submit", {"email": "", "standing": "member"})
    await until(lambda: link_in(bo))
    cy = site.visitor("Cy")
    token = link_in(bo)
    await cy.open(f"/invitation/{token}")
    assert "Cy" not in standings(site.world, account_id)
    cy.find(marker="accept").click()
    await until(lambda: standings(site.world, account_id).get("Cy") == "member")
    await until(lambda: of_session(site, cy) == account_id)
    await cy.open("/organisation")
    assert cy.text("title") == "Engines"


@pytest.mark.parametrize(("email", "standing"), [("x", "member"), ("", "king"), ("", None), (7, "member!")])
async def test_an_invitation_that_makes_no_sense_makes_no_link(site: Site, email: object, standing: object) -> None:
    bo, account_id = belonging(site, Standing.ADMIN)
    await bo.open("/organisation")
    bo.find(marker="invite-form").trigger("submit", {"email": email, "standing": standing})
    await until(lambda: bo.text("email-error") or bo.text("invite-error"))
    assert invitations.listing(site.world.portal, account_id) == []


async def test_a_link_that_is_none_looks_like_a_page_that_is_not_there(site: Site) -> None:
    answer = await site.visitor().http_client.get(f"/invitation/{'a' * 64}")
    assert answer.status_code == 404


async def test_a_stranger_with_a_link_signs_in_first_and_comes_back(site: Site) -> None:
    answer = await site.stranger().get(f"/invitation/{'a' * 64}")
    assert answer.headers["location"] == f"/sign-in?next=%2Finvitation%2F{'a' * 64}"


async def test_an_admin_is_told_in_the_dialog_what_only_owners_do(site: Site) -> None:
    bo, account_id = belonging(site, Standing.ADMIN)
    await bo.open("/organisation")
    (ada,) = [each for each in members.listing(site.world.portal, account_id) if each.name == "Ada"]
    bo.find(marker=f"member-{ada.person_id}").click()
    bo.find(marker="member-remove").click()
    await until(lambda: "Only an owner" in bo.text("member-error"))
    assert standings(site.world, account_id) == {"Ada": "owner", "Bo": "admin"}


async def test_a_member_leaves_and_is_in_their_own_account(site: Site) -> None:
    bo, account_id = belonging(site, Standing.MEMBER)
    await bo.open("/organisation")
    bo.find(marker=f"member-{bo.principal.id}").click()
    bo.find(marker="member-remove").click()
    await until(lambda: standings(site.world, account_id) == {"Ada": "owner"})
    assert of_session(site, bo) == bo.account_id


async def test_an_open_page_of_somebody_removed_does_nothing_any_more(site: Site) -> None:
    """Two people: what one of them is looking at when the other one ends their membership."""
    bo, account_id = belonging(site, Standing.ADMIN)
    await bo.open("/organisation")
    (ada,) = [each for each in members.listing(site.world.portal, account_id) if each.name == "Ada"]
    members.remove(site.world.portal, account_id, bo.principal.id, Actor(ada.person_id))
    bo.find(marker="invite-form").trigger("submit", {"email": "", "standing": "member"})
    await until(lambda: bo.text("invite-error"))
    assert invitations.listing(site.world.portal, account_id) == []
    after = await bo.http_client.get("/")
    assert "Engines" not in after.text


async def test_an_admin_made_a_plain_member_gives_no_orders_from_an_open_page(site: Site) -> None:
    bo, account_id = belonging(site, Standing.ADMIN)
    await bo.open("/organisation")
    (ada,) = [each for each in members.listing(site.world.portal, account_id) if each.name == "Ada"]
    members.change(site.world.portal, account_id, bo.principal.id, Standing.MEMBER, Actor(ada.person_id))
    bo.find(marker="rename").trigger("submit", {"title": "Bo's"})
    await bo.should_see("You act for another account now, or as somebody else.")
    assert organisations.view(site.world.portal, account_id).title == "Engines"


async def test_a_page_of_one_account_gives_no_orders_once_the_session_acts_for_another(site: Site) -> None:
    bo, account_id = belonging(site, Standing.OWNER)
    await bo.open("/organisation")
    acting(site, bo, bo.account_id)
    bo.find(marker="rename").trigger("submit", {"title": "Bo's"})
    await bo.should_see("You act for another account now, or as somebody else.")
    assert organisations.view(site.world.portal, account_id).title == "Engines"


async def test_managers_see_who_belongs_to_an_account(site: Site) -> None:
    _, account_id = belonging(site, Standing.ADMIN)
    mia = site.visitor("Mia", Role.MANAGER)
    answer = await mia.http_client.get(f"/manage/accounts/{account_id}/members")
    assert "Members, by name" in answer.text
    assert "Admin" in answer.text


async def test_use_6_a_member_sees_their_own_uses_and_is_told_whom_to_ask_for_credits(site: Site) -> None:
    bo, account_id = belonging(site, Standing.MEMBER)
    grants.give(site.world.portal, Grant(account_id, Credits.whole(50), "For everybody", "usr_x", account_id))
    for number, who in enumerate((bo.principal.id, "usr_somebody_else")):
        asked = Debit(account_id, Credits.whole(3 + 4 * number), f"use-{number}", "key_x", dimensions={"user": who})
        await debit(site.world.portal, asked)
    await bo.open("/")
    await bo.should_see("To buy credits, ask an owner: Ada")
    await bo.should_not_see("Buy credits")
    await bo.open("/usage")
    assert "Used 3" in bo.text("stats")
    await bo.open("/transactions")
    assert [row["amount"] for row in bo.the(LedgerTable).shown] == ["−3", "+50"]
    file = (await bo.http_client.get("/exports/transactions.csv")).text
    assert "usr_somebody_else" not in file
    assert len(file.splitlines()) == 3
