"""The doors of signing in and out as a browser meets them, and the pages that stand there when something is wrong."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from starlette.routing import BaseRoute

from auth import csrf, doors, sessions
from auth.policy import Principal, Role
from auth.returning import sign_in_path, wanted_path
from billing.rules.errors import LedgerUnavailable
from billing.rules.moments import MINUTE
from tests.auth.conftest import OURS, Site, site_of
from tests.world.portals import open_world

REAL: dict[str, Any] = {
    "SCRIP_STRIPE__API_KEY": "sk_test_51abc", "SCRIP_STRIPE__API_BASE": "https://api.stripe.com",
    "SCRIP_OIDC__ISSUER": "https://id.example.org", "SCRIP_OIDC__CLIENT_ID": "c", "SCRIP_OIDC__CLIENT_SECRET": "s",
}  # fmt: skip
ATTACKS = (
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "evil.example",
    "javascript:alert(1)",
    "/buy\r\nSet-Cookie: a=b",
    "/buy%0d%0aSet-Cookie:a=b",
    "/buy?x=%0D%0Ay",
    "/buy\t",
    "/\t/evil.example",
    "/%09/evil.example",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "///evil.example",
    "/buy//evil.example",
    "/buy/../../x",
    "/.evil.example",
    "/@evil.example",
    "/buy@evil.example",
    "/unknown",
    "/sign-out",
    "/api/v1/balance",
    "/buy#x",
    " /buy",
    "/buy?x=<script>",
    "/buy?next=//evil\\",
    "/" + "a" * 600,
    "/buy?%",
    "/bûy",
    "data:text/html,x",
    "/buy?x=\x00",
)


async def come_in(client: httpx.AsyncClient, subject: str = "ada", **form: str) -> httpx.Response:
    return await client.post("/sign-in/demo", data={"subject": subject, **form})


def who(site: Site, client: httpx.AsyncClient) -> Principal:
    found = sessions.principal(site.world.portal, client.cookies.get("scrip"))
    assert found is not None
    return found


async def test_the_sandbox_offers_its_people_and_lets_the_chosen_one_in(site: Site) -> None:
    async with site.browser() as client:
        page = await client.get("/sign-in", params={"next": "/buy"})
        assert all(
            name in page.text for name in ("Ada Lovelace", "Bo Lindqvist", "Mia Okafor", "Ben Castellan", "Sandbox")
        )
        answer = await come_in(client, "mia", next="/buy")
        assert (answer.status_code, answer.headers["location"]) == (303, "/buy")
        assert who(site, client).role is Role.MANAGER
        assert (await client.get("/session")).status_code == 204


async def test_outside_the_sandbox_the_demo_door_is_not_there_at_all(own_url: str) -> None:
    with open_world(own_url, **REAL) as world:
        site = site_of(world)
        paths = {getattr(route, "path", "") for route in doors.router(world.portal).routes}
        assert "/sign-in/oidc" in paths
        assert not any("demo" in path for path in paths)
        async with site.browser() as client:
            assert (await come_in(client)).status_code in (404, 405)
            page = await client.get("/sign-in")
        assert "Continue with id.example.org" in page.text
        assert "Ada" not in page.text
        assert site.nobody_came_in()


def test_without_a_provider_there_is_no_callback(site: Site) -> None:
    routes: list[BaseRoute] = doors.router(site.world.portal).routes
    assert not any("callback" in getattr(route, "path", "") for route in routes)


@pytest.mark.parametrize("subject", ["", "eve", "ADA", "ada\n", "usr_1"])
async def test_nobody_else_comes_in_by_the_demo_door(site: Site, subject: str) -> None:
    async with site.browser() as client:
        refused = await come_in(client, subject)
        assert refused.status_code == 400
        assert 'role="alert"' in refused.text
    assert site.nobody_came_in()


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"&" * 5000, b"subject=ada&" * 50, b'{"subject": "ada"}'])
async def test_a_form_that_is_none_lets_nobody_in(site: Site, body: bytes) -> None:
    async with site.browser() as client:
        assert (await client.post("/sign-in/demo", content=body)).status_code == 400
    assert site.nobody_came_in()


async def test_another_site_cannot_sign_anybody_in(site: Site) -> None:
    async with site.browser(Origin="https://evil.example") as client:
        assert (await come_in(client)).status_code == 403
    assert site.nobody_came_in()


@pytest.mark.parametrize("wanted", ATTACKS)
async def test_a_way_back_that_is_not_ours_leads_to_the_start(site: Site, wanted: str) -> None:
    async with site.browser() as client:
        assert (await come_in(client, next=wanted)).headers["location"] == "/"
        assert (await client.get("/sign-in", params={"next": wanted})).headers["location"] == "/"
    assert sign_in_path(wanted) == "/sign-in"


@pytest.mark.parametrize(
    "wanted",
    [
        "/", "/buy", "/receipt/ord_0123abc", "/manage/accounts/acc_9", "/transactions?kind=purchase&from=2026-01-01",
        "/buy?package=starter%20plus", "/usage?cursor=a:b,c",
    ],
)  # fmt: skip
async def test_a_way_back_to_a_page_of_ours_is_kept(site: Site, wanted: str) -> None:
    async with site.browser() as client:
        assert (await come_in(client, next=wanted)).headers["location"] == wanted
    assert wanted_path(OURS + wanted) == wanted


async def test_whoever_is_signed_in_is_sent_on(site: Site) -> None:
    async with site.browser() as client:
        await come_in(client)
        answer = await client.get("/sign-in", params={"next": "/usage"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/usage")


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    async with site.browser() as client:
        cookie = (await come_in(client)).headers["set-cookie"].lower()
    assert cookie.startswith("scrip=")
    assert all(word in cookie for word in ("httponly", "samesite=lax", "path=/"))
    assert "domain" not in cookie


async def test_with_https_the_cookie_is_bound_to_this_host(own_url: str) -> None:
    public: dict[str, Any] = {"SCRIP_PUBLIC_URL": "https://credits.example.org", "SCRIP_ENVIRONMENT": "development"}
    with open_world(own_url, **public) as world:
        async with site_of(world).browser("https://credits.example.org") as client:
            cookie = (await come_in(client)).headers["set-cookie"]
            assert cookie.startswith("__Host-scrip=")
            assert "; Secure" in cookie
            assert (await client.get("/session")).status_code == 204


async def test_signing_out_needs_the_form_of_this_session(site: Site) -> None:
    async with site.browser() as client, site.browser() as other:
        await come_in(client)
        await come_in(other, "bo")
        for token in ("", "wrong", csrf.token_for(who(site, other)), "é"):
            refused = await client.post("/sign-out", data={csrf.FIELD: token})
            assert refused.status_code == 403
        assert (await client.get("/session")).status_code == 204


async def test_after_signing_out_the_old_cookie_is_dead(site: Site) -> None:
    async with site.browser() as client:
        await come_in(client)
        old = client.cookies["scrip"]
        answer = await client.post("/sign-out", data={csrf.FIELD: csrf.token_for(who(site, client))})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?why=signed-out")
        assert "scrip" not in client.cookies
        assert "You are signed out." in (await client.get("/sign-in?why=signed-out")).text
    assert sessions.principal(site.world.portal, old) is None


async def test_signing_out_by_get_is_not_there(site: Site) -> None:
    async with site.browser() as client:
        await come_in(client)
        assert (await client.get("/sign-out")).status_code == 405
        assert (await client.get("/session")).status_code == 204


async def test_the_reason_at_the_door_is_one_of_ours(site: Site) -> None:
    async with site.browser() as client:
        page = await client.get("/sign-in", params={"why": "<b>canary</b>", "next": '/buy?"><b>canary'})
    assert "canary" not in page.text


async def test_a_database_that_is_away_is_a_plain_503(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async with site.browser() as client:
        await come_in(client)

        def away(*_: Any) -> None:
            raise LedgerUnavailable("The ledger cannot be reached right now.")

        monkeypatch.setattr(type(site.world.portal.database), "read", away)
        answer = await client.get("/session")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert "cannot be reached" in answer.text
        assert (await client.get("/static/plain.css")).status_code == 200


async def test_a_request_with_a_bearer_key_or_without_a_cookie_never_asks_for_a_session(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site.browser() as client:
        await come_in(client)
        monkeypatch.setattr(type(site.world.portal.database), "read", OperationalError)
        assert (await client.get("/api/v1/x", headers={"Authorization": "Bearer k"})).status_code == 404
        assert (await client.get("/livez")).status_code == 404
    async with site.browser() as stranger:
        assert (await stranger.get("/session")).status_code == 401


async def test_the_stylesheet_may_be_kept_and_is_css(site: Site) -> None:
    async with site.browser() as client:
        answer = await client.get("/static/plain.css")
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == (
        "text/css; charset=utf-8",
        "public, max-age=3600",
    )


async def test_an_open_page_asks_without_keeping_the_session_alive_and_posts_to_stay(site: Site) -> None:
    async with site.browser() as client:
        await come_in(client)
        idle = site.world.portal.settings.session.idle_minutes
        site.world.clock.pass_by(5 * MINUTE)
        asked = [(await client.get("/session")).headers["session-ends-in"] for _ in range(2)]
        assert asked == [f"{idle * 60 - 300}, {idle * 60}"] * 2
        assert (await client.post("/session")).headers["session-ends-in"] == f"{idle * 60}, {idle * 60}"
