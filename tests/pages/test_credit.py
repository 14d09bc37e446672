"""Credit on account, as managers set it and as its owner reads it."""

from __future__ import annotations

import asyncio

from nicegui import ui
from nicegui.testing.user_interaction import UserInteraction

from auth.policy import Role
from billing import accounts, credit_limits, usage
from billing.rules.money import Credits
from tests.pages.visits import Site, Visitor, until

REASON = "agreed in the contract of March"


async def before(site: Site, visitor: Visitor) -> Visitor:
    """A manager before the account of `visitor`, the dialog open."""
    mia = site.visitor("Mia", Role.MANAGER)
    await mia.open(f"/manage/accounts/{visitor.account_id}")
    mia.find(marker="credit-limit").click()
    # Opening reads first, fills the form, and wipes what was said before.
    await until(lambda: "value" in limit_field(mia).props)
    return mia


def limit_field(mia: Visitor) -> ui.element:
    form: ui.element = next(iter(the_form(mia).elements))
    return next(each for each in form.descendants() if each.props.get("name") == "limit")


def the_form(mia: Visitor) -> UserInteraction[ui.element]:
    return mia.find(marker="credit-form")


def send(mia: Visitor, **typed: object) -> None:
    form = {"limit": "500", "minimum": "", "due_in_days": "", "reason": REASON}
    the_form(mia).trigger("submit", form | typed)


def limit(site: Site, account_id: str) -> str:
    return str(credit_limits.standing(site.world.portal, account_id).limit)


async def test_a_limit_that_is_set_stands_on_the_page_and_in_the_audit_log(site: Site) -> None:
    ada = site.visitor()
    account_id = ada.account_id
    mia = await before(site, ada)
    send(mia, due_in_days="14")
    await until(lambda: limit(site, account_id) == "500")
    (line,) = accounts.history(site.world.portal, account_id)
    assert (line.actor, line.action, line.reason) == (mia.principal.id, "credit_limit.set", REASON)
    await mia.should_see("Ada may owe 500 credits now.")
    for text in ("Postpaid", "500 credits", "14 days"):
        await mia.should_see(text)


async def test_what_is_wrong_is_said_beside_its_field_and_sets_nothing(site: Site) -> None:
    ada = site.visitor()
    account_id = ada.account_id
    mia = await before(site, ada)
    wrong: list[tuple[str, str]] = [
        ("limit", "many"), ("minimum", "-5"), ("due_in_days", "soon"), ("limit", "-5"), ("minimum", "5"),
        ("due_in_days", "0"),
    ]  # fmt: skip
    for field, typed in wrong:
        send(mia, **{field: typed})
        await until(lambda place=f"{field}-error": bool(mia.text(place)))  # type: ignore[misc]
    send(mia, reason="short")
    await mia.should_see("at least 10 characters")
    forms: tuple[object, ...] = ([], None, "x", {"limit": 5, "reason": {}})
    for form in forms:
        the_form(mia).trigger("submit", form)
    await asyncio.sleep(0)
    assert limit(site, account_id) == "0"
    assert accounts.history(site.world.portal, account_id) == []


async def test_the_owner_reads_what_is_owed_of_what(site: Site) -> None:
    ada = site.visitor()
    account_id = ada.account_id
    await ada.open("/")
    assert ada.text("postpaid") == ""
    asked = credit_limits.NewTerms(account_id, REASON, "usr_mia", Credits.whole(500))
    credit_limits.set_terms(site.world.portal, asked)
    debit = usage.Debit(account_id, Credits.whole(120), "job-1", "key_test")
    await usage.debit(site.world.portal, debit)
    await ada.should_see("Postpaid: owed 120 of 500 credits.")
    await usage.debit(site.world.portal, usage.Debit(account_id, Credits.whole(380), "job-2", "key_test"))
    await ada.should_see("Whatever spends credits is refused until some are paid.")


async def test_nobody_is_offered_their_own_limit(site: Site) -> None:
    mia = site.visitor("Mia", Role.MANAGER)
    await mia.open(f"/manage/accounts/{mia.account_id}")
    await mia.should_not_see(marker="credit-limit")
