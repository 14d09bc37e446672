"""Signing in through a provider: who comes in, as whom, and what of it is remembered."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from auth import csrf, people, sessions
from auth.policy import Principal, Role
from billing.rules.moments import HOUR
from billing.store.tables_trade import people as rows
from tests.auth.conftest import Site
from tests.world.oidc import ABSENT, CLIENT_ID, FakeProvider


async def come_in(
    site: Site, provider: FakeProvider, client: httpx.AsyncClient, wanted: str = "/buy"
) -> httpx.Response:
    """The whole way of a browser, from the button to the page behind."""
    begun = await client.get("/sign-in/oidc", params={"next": wanted})
    assert begun.status_code == 303
    return await client.get(provider.consent(begun.headers["location"]))


def principal(site: Site, client: httpx.AsyncClient) -> Principal:
    found = sessions.principal(site.world.portal, client.cookies.get("scrip"))
    assert found is not None
    return found


async def test_a_person_comes_in_with_an_account_and_goes_where_they_wanted(
    provided: Site, provider: FakeProvider
) -> None:
    async with provided.browser() as client:
        answer = await come_in(provided, provider, client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/buy")
        who = principal(provided, client)
        assert (who.name, who.email, who.role) == ("Grace Hopper", "grace@example.org", Role.USER)
        assert (await client.get("/session")).status_code == 204
        assert "scrip-login" not in client.cookies


async def test_coming_back_finds_the_same_person_with_todays_name(provided: Site, provider: FakeProvider) -> None:
    async with provided.browser() as client:
        await come_in(provided, provider, client)
        before = principal(provided, client)
        provider.behave.claims = {"name": "Rear Admiral Hopper"}
        await come_in(provided, provider, client)
        after = principal(provided, client)
    assert (after.id, after.account_id) == (before.id, before.account_id)
    assert after.name == "Rear Admiral Hopper"
    assert after.session != before.session


async def test_the_session_from_before_signing_in_is_dead_after_it(provided: Site, provider: FakeProvider) -> None:
    async with provided.browser() as client:
        await come_in(provided, provider, client)
        old = client.cookies["scrip"]
        await come_in(provided, provider, client)
        assert client.cookies["scrip"] != old
    assert sessions.principal(provided.world.portal, old) is None


async def test_a_planted_cookie_never_becomes_the_session(provided: Site, provider: FakeProvider) -> None:
    planted = "A" * 43
    async with provided.browser() as client:
        client.cookies.set("scrip", planted, domain="localhost.local", path="/")
        await come_in(provided, provider, client)
    assert sessions.principal(provided.world.portal, planted) is None


@pytest.mark.parametrize(
    ("claim", "role"),
    [
        ("credit-managers", Role.MANAGER),
        (["staff", "credit-managers"], Role.MANAGER),
        ("billing", Role.BILLING_MANAGER),
        (["staff", "billing"], Role.BILLING_MANAGER),
        (["billing", "credit-managers"], Role.MANAGER),
        ("Billing", Role.USER),
        (["staff"], Role.USER),
        ("credit-managers-of-elsewhere", Role.USER),
        ("Credit-Managers", Role.USER),
        ({"credit-managers": True}, Role.USER),
        ([["credit-managers"]], Role.USER),
        (True, Role.USER),
        (ABSENT, Role.USER),
    ],
)
async def test_only_the_named_value_of_the_named_claim_makes_a_manager(
    provided: Site, provider: FakeProvider, claim: object, role: Role
) -> None:
    provider.behave.claims = {"groups": claim, "role": "manager", "is_admin": True, "roles": ["credit-managers"]}
    async with provided.browser() as client:
        await come_in(provided, provider, client)
        assert principal(provided, client).role is role


async def test_losing_the_group_takes_the_role_from_open_sessions_too(provided: Site, provider: FakeProvider) -> None:
    provider.behave.claims = {"groups": "credit-managers"}
    async with provided.browser() as first, provided.browser() as second:
        await come_in(provided, provider, first)
        provider.behave.claims = {"groups": []}
        await come_in(provided, provider, second)
        assert principal(provided, first).role is Role.USER


async def test_an_equal_address_never_joins_two_subjects(provided: Site, provider: FakeProvider) -> None:
    async with provided.browser() as first, provided.browser() as second:
        await come_in(provided, provider, first)
        provider.behave.claims = {"sub": "sub-2"}
        provider.behave.userinfo = {"sub": "sub-2"}
        await come_in(provided, provider, second)
        one, two = principal(provided, first), principal(provided, second)
    assert one.email == two.email
    assert one.account_id != two.account_id


async def test_an_address_nobody_verified_is_not_kept(provided: Site, provider: FakeProvider) -> None:
    provider.behave.claims = {"email_verified": False}
    async with provided.browser() as client:
        await come_in(provided, provider, client)
        assert principal(provided, client).email is None


async def test_a_person_described_only_by_userinfo_is_known_all_the_same(
    provided: Site, provider: FakeProvider
) -> None:
    provider.behave.claims = {"name": ABSENT, "email": ABSENT}
    provider.behave.userinfo = {"name": "Grace", "email": "g@example.org", "groups": ["credit-managers"]}
    async with provided.browser() as client:
        await come_in(provided, provider, client)
        who = principal(provided, client)
    assert (who.name, who.email, who.role) == ("Grace", "g@example.org", Role.MANAGER)


async def test_a_new_key_of_the_provider_is_fetched_once(provided: Site, provider: FakeProvider) -> None:
    async with provided.browser() as client:
        await come_in(provided, provider, client)
        renewed = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"}, private=True)
        provider.behave.key, provider.behave.keys = renewed, [renewed]
        provider.behave.header = {"kid": "second"}
        for _ in range(3):
            assert (await come_in(provided, provider, client)).status_code == 303
    assert provider.asked.count("/jwks") == 2


async def test_two_tabs_may_sign_in_at_the_same_time(provided: Site, provider: FakeProvider) -> None:
    async with provided.browser() as client:
        first = await client.get("/sign-in/oidc?next=/buy")
        second = await client.get("/sign-in/oidc?next=/usage")
        one = await client.get(provider.consent(first.headers["location"]))
        two = await client.get(provider.consent(second.headers["location"]))
    assert [one.headers["location"], two.headers["location"]] == ["/buy", "/usage"]


async def test_a_disabled_person_is_told_so_and_stays_out(provided: Site, provider: FakeProvider) -> None:
    portal = provided.world.portal
    async with provided.browser() as client:
        await come_in(provided, provider, client)
        people.disable(portal, principal(provided, client).id, by="usr_boss", reason="Left the company")
        assert (await client.get("/session")).status_code == 401
        refused = await come_in(provided, provider, client)
        assert refused.status_code == 403
        assert "may no longer sign in" in refused.text
        assert (await client.get("/session")).status_code == 401
    assert provided.count(rows) == 1


async def test_whoever_is_signed_in_stays_so_while_the_provider_is_away(provided: Site, provider: FakeProvider) -> None:
    async with provided.browser() as client:
        await come_in(provided, provider, client)
        provider.behave.failing = {"/.well-known/openid-configuration": (503, {})}
        provided.world.clock.pass_by(HOUR)
        assert (await client.get("/sign-in/oidc")).status_code == 503
        assert (await client.get("/session")).status_code == 204


async def test_the_browser_is_sent_with_pkce_state_and_nonce_to_our_own_address(
    provided: Site, provider: FakeProvider
) -> None:
    async with provided.browser() as client:
        asked = httpx.URL((await client.get("/sign-in/oidc")).headers["location"]).params
    assert asked["redirect_uri"] == "http://localhost:8080/sign-in/callback"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert all(len(asked[name]) >= 20 for name in ("state", "nonce", "code_challenge"))


async def test_signing_out_leads_by_the_provider_when_it_has_a_place_for_that(
    provided: Site, provider: FakeProvider
) -> None:
    provider.behave.metadata = {"end_session_endpoint": f"{provider.issuer}/end?tenant=1"}
    async with provided.browser() as client:
        await come_in(provided, provider, client)
        token = csrf.token_for(principal(provided, client))
        page = await client.post("/sign-out", data={csrf.FIELD: token})
        assert "scrip" not in client.cookies
    (there,) = set(re.findall(r'(?:url=|href=")(http://127[^"]+)"', page.text))
    asked = parse_qs(urlsplit(unescape(there)).query)
    assert unescape(there).startswith(f"{provider.issuer}/end?tenant=1&")
    assert asked["client_id"] == [CLIENT_ID]
    assert asked["post_logout_redirect_uri"] == ["http://localhost:8080/sign-in?why=signed-out"]


async def test_signing_out_needs_no_provider_that_answers(provided: Site, provider: FakeProvider) -> None:
    async with provided.browser() as client:
        await come_in(provided, provider, client)
        provider.behave.failing = {"/.well-known/openid-configuration": (500, {})}
        provided.world.clock.pass_by(HOUR)
        token = csrf.token_for(principal(provided, client))
        answer = await client.post("/sign-out", data={csrf.FIELD: token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?why=signed-out")
