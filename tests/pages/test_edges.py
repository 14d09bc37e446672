"""The edge between people and the rest: who gets which page, and what they are told when something fails."""

from __future__ import annotations

import re

import pytest
from nicegui import Client
from starlette.applications import Starlette
from starlette.routing import Route
from structlog.typing import EventDict

from auth import sessions
from auth.csrf import FIELD, is_token_of
from billing import statements
from billing.settings import SettingsError
from pages.edges import refuse_second_name
from pages.parts.filter_bar import FilterBar
from tests.pages.visits import Site, until

CANARY = "canary of the engine room"


@pytest.mark.parametrize("path", ["/", "/transactions?kind=grant", "/manage", "/manage/accounts/acc_1"])
async def test_all_8_a_stranger_is_sent_to_sign_in_and_back(site: Site, path: str) -> None:
    async with site.stranger() as stranger:
        answer = await stranger.get(path)
    back = {"/": "", "/transactions?kind=grant": "?next=%2Ftransactions%3Fkind%3Dgrant"}
    assert answer.status_code == 303
    expected = back.get(path, f"?next={path.replace('/', '%2F')}")
    assert answer.headers["location"] == f"/sign-in{expected}"


async def test_all_2_a_page_has_one_h1_one_language_and_a_title_of_three_parts(site: Site) -> None:
    ada = site.visitor()
    html = (await ada.http_client.get("/transactions")).text
    assert "<title>Transactions · Ada · Scrip</title>" in html
    assert '<html lang="en-US" dir="ltr">' in html
    assert html.count('"tag":"h1"') == 1


async def test_all_10_the_sandbox_says_that_no_real_money_moves(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/")
    await ada.should_see("No real money moves.")


async def test_a_page_on_a_busy_machine_is_late_and_not_broken(site: Site) -> None:
    ada = site.visitor()
    client = await ada.open("/")
    assert client.page.response_timeout >= 30


async def test_err_1_an_unknown_address_is_a_plain_404_for_everybody(site: Site) -> None:
    answers = [await client.get("/no/such/page") for client in (site.stranger(), site.visitor().http_client)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert all("x-nicegui-content" not in answer.headers for answer in answers)


async def test_err_2_a_page_that_breaks_shows_a_reference_and_nothing_else(
    site: Site, monkeypatch: pytest.MonkeyPatch, logged: list[EventDict]
) -> None:
    monkeypatch.setattr(statements, "page", _break)
    answer = await site.visitor().http_client.get("/transactions")
    event = logged.pop()
    assert answer.status_code == 500
    assert CANARY not in answer.text
    assert event["reference"] in answer.text


async def test_err_4_a_click_that_breaks_is_told_with_a_reference_that_is_in_the_log(
    site: Site, monkeypatch: pytest.MonkeyPatch, logged: list[EventDict]
) -> None:
    ada = site.visitor()
    await ada.open("/transactions")
    monkeypatch.setattr(statements, "page", _break)
    ada.find(kind=FilterBar).trigger("ask", {"search": "x"})
    await until(lambda: ada.notify.messages)
    (sentence,) = ada.notify.messages
    assert CANARY not in sentence
    assert logged.pop()["reference"] == re.findall(r"Reference ([0-9a-f]+)", sentence)[0]


async def test_what_a_page_says_reaches_who_opened_it(site: Site) -> None:
    ada, bob = site.visitor(), site.visitor("Bob")
    for visitor in (ada, bob):
        await visitor.open("/settings/profile")
    ada.find(marker="profile").trigger("submit", {"language": "xx"})
    assert bob.principal.name == "Bob", "he was looked at last"
    await until(lambda: ada.notify.contains("does not speak that language"))
    assert not bob.notify.messages


async def test_a_page_stays_within_its_budget_of_elements(site: Site) -> None:
    ada = site.visitor()
    ada.given("10")
    for path in ("/", "/transactions", "/usage"):
        client = await ada.open(path)
        assert len(client.elements) < 100, path


async def test_signing_out_is_a_post_with_the_token_of_this_session(site: Site) -> None:
    ada = site.visitor()
    html = (await ada.http_client.get("/")).text
    (token,) = re.findall(r'"name":"csrf","value":"([0-9a-f]+)"', html)
    assert is_token_of(ada.principal, token)
    assert not is_token_of(site.visitor().principal, token)


@pytest.mark.parametrize(("cookie", "checked"), [("dark", "dark"), ("light", "light"), ("<script>", "system")])
async def test_a_chosen_theme_is_remembered_and_anything_else_is_the_system(
    site: Site, cookie: str, checked: str
) -> None:
    ada = site.visitor()
    ada.http_client.cookies.set("scrip_theme", cookie)
    html = (await ada.http_client.get("/")).text
    assert re.findall(r'"value":"(\w+)","checked":true', html) == [checked]
    assert "<script>" not in html.partition("<body>")[0].partition("</title>")[0]


def _break(*_: object) -> None:
    raise RuntimeError(CANARY)


async def test_err_2_a_door_that_breaks_answers_people_with_a_page_as_well(
    site: Site, monkeypatch: pytest.MonkeyPatch, logged: list[EventDict]
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(sessions, "end", breaks)
    client, browser = site.visitor().http_client, {"Accept": "text/html"}
    html = (await client.get("/")).text
    (token,) = re.findall(r'"name":"csrf","value":"([0-9a-f]+)"', html)
    broken = await client.post("/sign-out", data={FIELD: token}, headers=browser)
    assert broken.status_code == 500
    assert "<h1>" in broken.text
    assert CANARY not in broken.text
    assert logged.pop()["reference"] in broken.text


async def test_err_5_a_404_makes_no_client(site: Site) -> None:
    before = len(Client.instances)
    async with site.stranger() as stranger:
        assert (await stranger.get("/no/such/page")).status_code == 404
    assert len(Client.instances) == before


@pytest.mark.parametrize(("route", "is_taken"), [("plan", True), ("settings", True), ("checkout", False), ("", False)])
async def test_a_second_name_of_the_page_buy_may_not_hide_another_page(
    site: Site, route: str, *, is_taken: bool
) -> None:
    """The names are all there, for the portal of these tests has its pages."""

    async def to_buy(_request: object) -> None: ...

    refusing_the_rest = Route(f"/{route}", to_buy, methods=["POST"])
    outer = Starlette(routes=[Route(f"/{route}", to_buy), refusing_the_rest])
    if is_taken:
        with pytest.raises(SettingsError, match=f"/{route} is taken"):
            refuse_second_name(outer, route)
    else:
        refuse_second_name(outer, route)
