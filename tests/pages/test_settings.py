"""The settings as pages: tabs with addresses, and sessions that end where somebody ends them."""

from __future__ import annotations

import pytest

from auth import sessions
from billing import members
from billing.rules.organisations import Standing
from pages.settings import TABS
from tests.pages.visits import Site, Visitor, until
from tests.world.groups import ABOVE, founded


def another_session(site: Site, visitor: Visitor, device: str = "Firefox · Linux") -> str:
    """Somebody signs in once more, elsewhere; the cookie of that browser."""
    return sessions.begin(site.world.portal, visitor.principal.id, device=device)


def is_open(site: Site, cookie: str) -> bool:
    return sessions.principal(site.world.portal, cookie) is not None


@pytest.mark.parametrize("path", sorted({tab.path for tab in TABS}))
async def test_every_tab_is_an_address_and_marks_itself(site: Site, path: str) -> None:
    ada = site.visitor()
    sessions.act_for(site.world.portal, ada.principal, founded(site.world, ada.principal.id))
    answer = await ada.http_client.get(path)
    assert answer.status_code == 200
    assert (await site.stranger().get(path)).headers["location"].startswith("/sign-in?next=")


async def test_sessions_are_listed_with_their_device_and_this_one_cannot_be_ended_alone(site: Site) -> None:
    ada = site.visitor()
    another_session(site, ada)
    await ada.open("/settings/sessions")
    shown = ada.text("sessions")
    assert "Firefox · Linux" in shown
    assert shown.count("This one") == 1
    assert len(ada.find(marker="end-session").elements) == 1


async def test_a_session_is_ended_from_another_one_and_leaves_the_list(site: Site) -> None:
    ada, bo = site.visitor(), site.visitor("Bo")
    elsewhere, of_bo = another_session(site, ada), another_session(site, bo)
    await ada.open("/settings/sessions")
    ada.find(marker="end-session").click()
    await until(lambda: not is_open(site, elsewhere))
    await until(lambda: "Firefox" not in ada.text("sessions"))
    assert is_open(site, of_bo)


async def test_a_sign_in_elsewhere_appears_by_itself(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/settings/sessions")
    another_session(site, ada, "Safari · iPhone")
    await until(lambda: "Safari · iPhone" in ada.text("sessions"))
    assert ada.text("sessions").count("Last seen") == 2


async def test_signing_out_everywhere_ends_every_session_of_this_person_alone(site: Site) -> None:
    ada, bo = site.visitor(), site.visitor("Bo")
    elsewhere = another_session(site, ada)
    await ada.open("/settings/sessions")
    ada.find(marker="end-all").click()
    await until(lambda: not is_open(site, elsewhere))
    assert (await ada.http_client.get("/settings/sessions")).status_code == 303
    assert (await bo.http_client.get("/settings/sessions")).status_code == 200


async def test_a_person_cannot_end_somebody_elses_session(site: Site) -> None:
    ada, bo = site.visitor(), site.visitor("Bo")
    assert bo.principal.session is not None
    sessions.end_other(site.world.portal, ada.principal, bo.principal.session)
    assert (await bo.http_client.get("/")).status_code == 200


async def test_members_are_a_tab_for_whoever_acts_for_an_organisation(site: Site) -> None:
    ada, bo = site.visitor(), site.visitor("Bo")
    account_id = founded(site.world, ada.principal.id)
    assert "Members" not in (await bo.http_client.get("/settings/sessions")).text
    members.add(site.world.portal, account_id, bo.principal.id, Standing.MEMBER, ABOVE)
    sessions.act_for(site.world.portal, bo.principal, account_id)
    assert "Members" in (await bo.http_client.get("/settings/sessions")).text
