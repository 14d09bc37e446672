"""The manager's console: who gets in, and what a grant dialog does with whatever is sent to it."""

from __future__ import annotations

import asyncio

import pytest
from nicegui import Client, ui
from nicegui.testing.user_interaction import UserInteraction

from auth import people, sessions
from auth.policy import Role
from billing import accounts
from pages.parts.list_filters import ListFilters
from pages.parts.plain_table import PlainTable
from tests.pages.visits import Site, Visitor, until

REASON = "Compensation for an outage"


def a_manager(site: Site) -> Visitor:
    return site.visitor("Mia", Role.MANAGER)


async def at(site: Site, visitor: Visitor) -> Visitor:
    """A manager before the account of `visitor`, the dialog for granting open."""
    mia = a_manager(site)
    await mia.open(f"/manage/accounts/{visitor.account_id}")
    mia.find(marker="grant").click()
    await until(lambda: mia.text("preview").startswith("Balance"))
    return mia


def send(mia: Visitor, amount: object, reason: object = REASON, direction: object = "grant") -> None:
    """Submits the form as the browser would, or as somebody would who imitates one."""
    the_form(mia).trigger("submit", {"direction": direction, "amount": amount, "reason": reason})


def the_form(mia: Visitor) -> UserInteraction[ui.element]:
    return mia.find(marker="grant-form")


def balance(site: Site, visitor: Visitor) -> str:
    # Asking a simulated user for anything makes them the one who sees notices, so the account is read past that.
    return str(site.world.balance(object.__getattribute__(visitor, "account_id")))


async def test_man_1_a_grant_is_one_entry_with_one_line_in_the_audit_log(site: Site) -> None:
    ada = site.visitor()
    mia = await at(site, ada)
    send(mia, "500")
    await until(lambda: balance(site, ada) == "500")
    (line,) = accounts.history(site.world.portal, ada.account_id)
    assert (line.actor, line.reason, line.before, line.after) == (mia.principal.id, REASON, "0", "500")
    await mia.should_see("+500 credits for Ada. The balance is 500 now.")


async def test_man_1_a_short_reason_is_refused_beside_its_field(site: Site) -> None:
    ada = site.visitor()
    mia = await at(site, ada)
    send(mia, "500", reason="sorry")
    await mia.should_see("The reason needs at least 10 characters.")
    assert balance(site, ada) == "0"


@pytest.mark.parametrize(
    "amount",
    ["1e5", "-5", "−5", "NaN", "Infinity", "1,000.5", "0", "", "٥", "100000.000001", "0.0000001", None, 7, ["5"]],
)
async def test_man_2_an_amount_that_is_no_plain_number_within_the_limit_moves_nothing(
    site: Site, amount: object
) -> None:
    ada = site.visitor()
    mia = await at(site, ada)
    send(mia, amount)
    await until(lambda: mia.text("amount-error"))
    assert balance(site, ada) == "0"


async def test_man_3_before_and_after_are_what_the_ledger_says(site: Site) -> None:
    ada = site.visitor()
    ada.given("40")
    mia = await at(site, ada)
    the_form(mia).trigger("input", {"direction": "remove", "amount": "15.5", "reason": ""})
    await until(lambda: mia.text("preview") == "Balance 40 → 24.5")
    assert mia.text("grant-confirm") == "Remove 15.5 credits from Ada"
    send(mia, "15.5", direction="remove")
    await until(lambda: balance(site, ada) == "24.5")


async def test_man_3_more_than_there_is_cannot_be_removed(site: Site) -> None:
    ada = site.visitor()
    ada.given("40")
    mia = await at(site, ada)
    send(mia, "40.000001", direction="remove")
    await mia.should_see("Only 40 credits are available; 0.000001 are missing.")
    assert balance(site, ada) == "40"


async def test_man_4_a_double_click_and_a_late_repetition_grant_once(site: Site) -> None:
    ada = site.visitor()
    mia = await at(site, ada)
    for _ in range(3):
        send(mia, "500")
    await until(lambda: balance(site, ada) == "500")
    send(mia, "500")
    await asyncio.sleep(0.3)
    assert balance(site, ada) == "500"
    assert len(accounts.history(site.world.portal, ada.account_id)) == 1


async def test_man_4_another_opening_is_another_grant(site: Site) -> None:
    ada = site.visitor()
    mia = await at(site, ada)
    send(mia, "500")
    await until(lambda: balance(site, ada) == "500")
    mia.find(marker="grant").click()
    await until(lambda: mia.text("preview") == "Balance 500 → 500")
    send(mia, "500")
    await until(lambda: balance(site, ada) == "1000")
    assert len(accounts.history(site.world.portal, ada.account_id)) == 2


@pytest.mark.parametrize("path", ["/manage", "/manage/accounts/{own}"])
async def test_man_6_a_user_is_refused_the_console(site: Site, path: str) -> None:
    ada = site.visitor()
    answer = await ada.http_client.get(path.format(own=ada.account_id))
    assert answer.status_code == 403
    assert "x-nicegui-content" not in answer.headers


async def test_man_6_a_manager_who_is_one_no_longer_is_refused_at_the_next_click(site: Site) -> None:
    ada = site.visitor()
    mia = await at(site, ada)
    demote(site, mia)
    send(mia, "500")
    await mia.should_see("This needs at least the role billing manager; yours is user. Ask a manager of this portal.")
    assert balance(site, ada) == "0"


async def test_man_6_a_session_that_ended_grants_nothing_and_is_asked_for_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Client] = []
    monkeypatch.setattr("pages.frame.session_ended", asked.append)
    ada = site.visitor()
    mia = await at(site, ada)
    assert mia.principal.session is not None
    sessions.end(site.world.portal, mia.principal.session)
    send(mia, "500")
    await until(lambda: asked == [mia.client])
    assert balance(site, ada) == "0"


async def test_man_nobody_grants_to_themselves(site: Site) -> None:
    mia = a_manager(site)
    await mia.open(f"/manage/accounts/{mia.account_id}")
    await mia.should_see("This is your own account")
    await mia.should_not_see(marker="grant")
    send(mia, "500")
    await asyncio.sleep(0.2)
    assert balance(site, mia) == "0"


@pytest.mark.parametrize("account_id", ["acc_doesnotexist", "x", "..%2f..", "sys_stripe"])
async def test_man_an_account_that_is_none_is_a_plain_404(site: Site, account_id: str) -> None:
    answer = await a_manager(site).http_client.get(f"/manage/accounts/{account_id}")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


async def test_man_accounts_are_found_by_what_was_typed_and_by_address(site: Site) -> None:
    ada, mia = site.visitor("Zora 100%"), a_manager(site)
    await mia.open("/manage?search=zora")
    assert names(mia) == ["Zora 100%"]
    filters = mia.find(kind=ListFilters)
    filters.trigger("ask", {"search": "no such name", "how": "replace"})
    await until(lambda: found(mia) == "0 accounts")
    filters.trigger("ask", {"search": ada.account_id[:-1], "how": "replace"})
    await until(lambda: found(mia) == "1 account")
    for odd in ({"search": {"no": "text"}}, ["no", "form"], {"sort": "drop table", "kind": 7, "after": "[1]"}):
        filters.trigger("ask", odd)
        await until(lambda: len(names(mia)) > 1)


def found(mia: Visitor) -> str:
    return str(mia.the(ListFilters).props["count"])


def names(mia: Visitor) -> list[str]:
    return [row[0]["text"] for row in mia.the(PlainTable).props["rows"]]


def demote(site: Site, mia: Visitor) -> None:
    """Their provider says at the next sign-in that they are a manager no more."""
    with site.world.portal.database.read() as connection:
        subject = connection.exec_driver_sql(f"SELECT subject FROM people WHERE id = '{mia.principal.id}'").scalar()
    assert isinstance(subject, str)
    people.sign_in(site.world.portal, issuer="tests", subject=subject, name="Mia", email=None, role=Role.USER)
