"""/settings/alerts and the notices on every page: kept by section, never overwritten, put away until the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from auth import sessions
from billing import alert_rules, alerts, members
from billing.alert_rules import Wanted
from billing.rules.alerts import AlertKind
from billing.rules.money import Credits
from billing.rules.organisations import Standing
from tests.pages.visits import Site, Visitor, until
from tests.world.groups import ABOVE, founded

BALANCE, RUNWAY, SPENDING, EXPIRY = AlertKind


def levels(site: Site, visitor: Visitor, kind: AlertKind = BALANCE) -> tuple[int, ...]:
    return alert_rules.of_account(site.world.portal, visitor.account_id)[kind].levels


def saves(visitor: Visitor, kind: AlertKind = BALANCE, **typed: Any) -> None:
    form = {name.replace("_", "-") if name.startswith("level") else name: each for name, each in typed.items()}
    visitor.find(marker=f"alert-{kind}").trigger("submit", form)


def set_elsewhere(site: Site, visitor: Visitor, *credits: int, seen: int = 0) -> None:
    """The same thresholds, changed in another browser."""
    wanted = Wanted(BALANCE, [Credits.whole(each).micro for each in credits], True, seen)
    alerts.save(site.world.portal, visitor.account_id, wanted, visitor.principal.id)


async def looked_at(site: Site, visitor: Visitor) -> None:
    """What the server does by itself a moment after a change."""
    alerts.look(site.world.portal, [visitor.account_id])


async def test_a_section_is_kept_by_itself_and_says_who_saved_it(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/settings/alerts")
    saves(ada, level_1="1000", level_2="50.5", by_mail="on")
    await until(lambda: levels(site, ada) == (Credits.whole(1000).micro, Credits.of("50.5").micro))
    await until(lambda: "Saved by Ada" in ada.text("saved-balance"))
    assert levels(site, ada, SPENDING) == ()
    saves(ada, RUNWAY, level_1="7")
    await until(lambda: levels(site, ada, RUNWAY) == (7,))
    assert not alert_rules.of_account(site.world.portal, ada.account_id)[RUNWAY].by_mail


@pytest.mark.parametrize(
    ("kind", "typed", "place"),
    [
        (BALANCE, {"level_1": "many"}, 1), (BALANCE, {"level_1": "0"}, 1), (BALANCE, {"level_1": "-5"}, 1),
        (BALANCE, {"level_2": "1e5"}, 2), (BALANCE, {"level_1": "100", "level_2": "0"}, 2),
        (RUNWAY, {"level_1": "3.5"}, 1),
        (RUNWAY, {"level_1": "366"}, 1), (EXPIRY, {"level_1": "٣"}, 1), (EXPIRY, {"level_1": "91"}, 1),
    ],
)  # fmt: skip
async def test_what_is_no_threshold_is_refused_beside_its_field(
    site: Site, kind: AlertKind, typed: dict[str, str], place: int
) -> None:
    ada = site.visitor()
    await ada.open("/settings/alerts")
    before = levels(site, ada, kind)
    saves(ada, kind, **typed)
    await until(lambda: any(error(ada, kind, place)))
    assert levels(site, ada, kind) == before


def error(visitor: Visitor, kind: AlertKind, place: int) -> Iterator[str]:
    """What stands beside this field of this section."""
    (form,) = visitor.find(marker=f"alert-{kind}").elements
    found = visitor.find(marker=f"level-{place}-error").elements
    said = (getattr(each, "text", "") for each in found if form in list(each.ancestors()))
    yield from (each for each in said if each)


@pytest.mark.parametrize("form", [None, "x", {"level-1": 7}, {"level-1": ["a"]}, {"level-1": None}])
async def test_a_form_that_is_none_changes_nothing_but_to_nothing(site: Site, form: Any) -> None:
    ada = site.visitor()
    await ada.open("/settings/alerts")
    ada.find(marker="alert-spending").trigger("submit", form)
    await until(lambda: alert_rules.of_account(site.world.portal, ada.account_id)[SPENDING].version == 1)
    assert levels(site, ada, SPENDING) == ()


async def test_the_second_of_two_sessions_is_told_and_may_take_theirs(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/settings/alerts")
    set_elsewhere(site, ada, 300)
    saves(ada, level_1="100")
    await until(lambda: "Ada changed this" in ada.text("clash-balance"))
    assert levels(site, ada) == (Credits.whole(300).micro,)
    ada.find(marker="take-theirs").click()
    await until(lambda: ada.text("clash-balance") == "")
    saves(ada, level_1="250")
    await until(lambda: levels(site, ada) == (Credits.whole(250).micro,))


async def test_the_second_of_two_sessions_may_insist(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/settings/alerts")
    set_elsewhere(site, ada, 300)
    saves(ada, level_1="100", by_mail="on")
    await until(lambda: ada.text("clash-balance"))
    ada.find(marker="keep-mine").click()
    await until(lambda: levels(site, ada) == (Credits.whole(100).micro,))
    assert ada.text("clash-balance") == ""


async def test_how_things_stand_follows_the_account_and_typing_is_left_alone(site: Site) -> None:
    ada = site.visitor()
    ada.given("500")
    await ada.open("/settings/alerts")
    assert "500 credits" in ada.text("now-balance")
    inputs = list(ada.find(marker="alert-balance").elements)
    ada.given("250")
    await until(lambda: "750 credits" in ada.text("now-balance"))
    assert list(ada.find(marker="alert-balance").elements) == inputs
    assert "7 days of use" in ada.text("now-runway")


async def test_without_mail_the_page_says_so_and_sends_no_test(site: Site) -> None:
    ada = site.visitor()
    page = (await ada.http_client.get("/settings/alerts")).text
    assert "This portal sends no mail." in page
    assert "Send a test" not in page


async def test_plain_members_of_an_organisation_set_no_alerts(site: Site) -> None:
    ada, bo = site.visitor(), site.visitor("Bo")
    account_id = founded(site.world, ada.principal.id)
    members.add(site.world.portal, account_id, bo.principal.id, Standing.MEMBER, ABOVE)
    sessions.act_for(site.world.portal, bo.principal, account_id)
    assert (await bo.http_client.get("/settings/alerts")).status_code == 403


async def test_home_5_a_low_balance_is_warned_of_on_every_page_without_a_card(site: Site) -> None:
    ada = site.visitor()
    ada.given("500")
    set_elsewhere(site, ada, 100)
    await ada.open("/transactions")
    assert "Fewer than" not in ada.text("warnings")
    await ada.spends("450")
    await looked_at(site, ada)
    await until(lambda: "Fewer than 100 credits left. Now: 50 credits." in ada.text("warnings"))
    await ada.open("/cards")
    assert "Fewer than 100 credits left." in ada.text("warnings")


async def test_a_warning_put_away_is_gone_from_every_page_until_the_next(site: Site) -> None:
    ada = site.visitor()
    ada.given("500")
    set_elsewhere(site, ada, 100, 10)
    await ada.spends("450")
    await looked_at(site, ada)
    await ada.open("/")
    ada.find(marker="put-away").click()
    await until(lambda: "Fewer than" not in ada.text("warnings"))
    await ada.open("/transactions")
    assert "Fewer than" not in ada.text("warnings")
    await ada.spends("45")
    await looked_at(site, ada)
    await until(lambda: "Fewer than 10 credits left." in ada.text("warnings"))


async def test_two_notices_are_shown_and_the_others_are_behind_more(site: Site) -> None:
    ada = site.visitor()
    ada.given("500")
    set_elsewhere(site, ada, 100)
    spending = Wanted(SPENDING, [Credits.whole(5).micro], True, 0)
    await ada.spends("450")
    await looked_at(site, ada)
    alerts.save(site.world.portal, ada.account_id, spending, ada.principal.id)
    await ada.open("/")
    shown = ada.text("warnings")
    assert shown.index("Sandbox.") < shown.index("Fewer than 100") < shown.index("1 more notice")
    assert shown.index("1 more notice") < shown.index("This month's use has reached 5 credits.")


async def test_what_is_owed_and_that_nothing_is_left_cannot_be_put_away(site: Site) -> None:
    ada = site.visitor()
    ada.given("5")
    await ada.spends("5")
    await ada.open("/")
    assert "No credits are available." in ada.text("warnings")
    await ada.should_not_see(marker="put-away")


async def test_a_newcomer_is_warned_of_nothing(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/")
    assert ada.text("warnings") == "Sandbox. No real money moves."
