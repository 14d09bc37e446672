"""What a provider, or somebody in its place, may send: each case is a plain page and nobody comes in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from billing.rules.moments import MINUTE
from tests.auth.conftest import Site
from tests.world.oidc import (
    ABSENT,
    CLIENT_ID,
    CLIENT_SECRET,
    STRANGER,
    Behaviour,
    FakeProvider,
    public_pem,
    signed_with_text,
    unsigned,
)

Change = Callable[[Behaviour], None]
NOW = int(time.time())
UNKNOWN = RSAKey.generate_key(2048, {"kid": "unknown"}, private=True)


def claims(**values: Any) -> Change:
    return lambda behave: behave.claims.update(values)


def header(**values: Any) -> Change:
    return lambda behave: behave.header.update(values)


def answer(**values: Any) -> Change:
    return lambda behave: behave.answer.update(values)


def token(**values: Any) -> Change:
    return lambda behave: behave.token.update(values)


def metadata(**values: Any) -> Change:
    return lambda behave: behave.metadata.update(values)


def failing(path: str, status: int, content: Any) -> Change:
    return lambda behave: behave.failing.update({path: (status, content)})


def signing(sign: Callable[[dict[str, Any], dict[str, Any]], str]) -> Change:
    return lambda behave: setattr(behave, "sign", sign)


def key(own: RSAKey, **values: Any) -> Change:
    def change(behave: Behaviour) -> None:
        behave.key = own
        behave.header.update(values)

    return change


REFUSED: dict[str, Change] = {
    "state missing": answer(state=ABSENT),
    "state wrong": answer(state="x" * 30),
    "state not ascii": answer(state="é"),
    "code missing": answer(code=ABSENT),
    "code empty": answer(code=""),
    "code unknown": answer(code="made-up"),
    "code overlong": answer(code="c" * 5000),
    "issuer of the answer wrong": answer(iss="https://evil.example"),
    "issuer of the answer missing although promised": answer(iss=ABSENT),
    "the person said no": answer(error="access_denied"),
    "nonce missing": claims(nonce=ABSENT),
    "nonce wrong": claims(nonce="of-another-sign-in"),
    "no algorithm": signing(unsigned),
    "hmac with the public key": signing(signed_with_text(public_pem())),
    "hmac with the client secret": signing(signed_with_text(CLIENT_SECRET)),
    "an algorithm the metadata allows but we do not": header(alg="RS512"),
    "a critical header nobody knows": header(crit=["exp2"], exp2=1),
    "a key embedded by the sender": key(STRANGER, jwk=STRANGER.as_dict(private=False)),
    "a key address chosen by the sender": key(STRANGER, jku="http://127.0.0.1:9/jwks"),
    "a stranger's key under the known name": key(STRANGER),
    "a key of unknown name": key(UNKNOWN, kid="unknown"),
    "expired": claims(exp=NOW - 300),
    "expiry missing": claims(exp=ABSENT),
    "expiry no number": claims(exp="tomorrow"),
    "not valid yet": claims(nbf=NOW + 86_400),
    "issued far ahead": claims(iat=NOW + 86_400),
    "issue time missing": claims(iat=ABSENT),
    "audience wrong": claims(aud="somebody-else"),
    "audience missing": claims(aud=ABSENT),
    "audience list with a stranger and no azp": claims(aud=[CLIENT_ID, "somebody-else"]),
    "audience wrong although azp is ours": claims(aud=["somebody-else"], azp=CLIENT_ID),
    "azp of somebody else": claims(aud=[CLIENT_ID], azp="somebody-else"),
    "issuer of the token wrong": claims(iss="https://evil.example"),
    "issuer of the token missing": claims(iss=ABSENT),
    "subject missing": claims(sub=ABSENT),
    "subject empty": claims(sub=""),
    "subject blank": claims(sub="  "),
    "subject a number": claims(sub=1),
    "subject of ten kilobytes": claims(sub="s" * 10_000),
    "subject with a line break": claims(sub="sub\n1"),
    "access token of another sign-in": claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "no identity token": token(id_token=ABSENT),
    "identity token no text": token(id_token=["a"]),
    "identity token no token": token(id_token="a.b.c"),
    "identity token of three dots": token(id_token="..."),
    "token error": token(error="invalid_client"),
    "token page no json": failing("/token", 200, b"<html>"),
    "token page a list": failing("/token", 200, []),
    "token page a redirect": failing("/token", 302, {}),
    "token page forbids": failing("/token", 403, {"error": "<script>alert(1)</script>"}),
    "token page broken": failing("/token", 500, {}),
    "keys no json": failing("/jwks", 200, b"nonsense"),
    "keys a list": failing("/jwks", 200, []),
    "keys none": failing("/jwks", 200, {"keys": []}),
    "keys away": failing("/jwks", 503, {}),
}  # fmt: skip

UNBEGUN: dict[str, Change] = {
    "metadata of another issuer": metadata(issuer="https://evil.example"),
    "metadata without an issuer": metadata(issuer=ABSENT),
    "metadata without keys": metadata(jwks_uri=ABSENT),
    "metadata with a number for an address": metadata(token_endpoint=1),
    "metadata that sends codes over plain http": metadata(token_endpoint="http://evil.example/token"),
    "metadata that sends people over plain http": metadata(authorization_endpoint="http://evil.example/"),
    "metadata that sends people to a script": metadata(authorization_endpoint="javascript:alert(1)"),
    "metadata no object": failing("/.well-known/openid-configuration", 200, []),
    "metadata no json": failing("/.well-known/openid-configuration", 200, b"<html>"),
    "metadata a redirect": failing("/.well-known/openid-configuration", 302, {}),
    "metadata away": failing("/.well-known/openid-configuration", 503, {}),
}


def assert_refused(site: Site, client: httpx.AsyncClient, refused: httpx.Response) -> None:
    """A plain sentence, no trace, nobody in."""
    assert refused.status_code in (400, 503)
    assert 'role="alert"' in refused.text
    assert "Traceback" not in refused.text
    assert "<script" not in refused.text
    assert "scrip" not in client.cookies
    assert site.nobody_came_in()


@pytest.mark.parametrize("case", REFUSED)
async def test_an_answer_that_is_not_sound_lets_nobody_in(provided: Site, provider: FakeProvider, case: str) -> None:
    REFUSED[case](provider.behave)
    async with provided.browser() as client:
        begun = await client.get("/sign-in/oidc")
        refused = await client.get(provider.consent(begun.headers["location"]))
        assert_refused(provided, client, refused)


@pytest.mark.parametrize("case", UNBEGUN)
async def test_metadata_that_is_not_sound_begins_nothing(provided: Site, provider: FakeProvider, case: str) -> None:
    UNBEGUN[case](provider.behave)
    async with provided.browser() as client:
        refused = await client.get("/sign-in/oidc")
        assert_refused(provided, client, refused)
        assert "scrip-login" not in client.cookies


async def test_metadata_with_a_slash_more_is_another_issuer(provided: Site, provider: FakeProvider) -> None:
    provider.behave.metadata = {"issuer": provider.issuer + "/"}
    async with provided.browser() as client:
        assert_refused(provided, client, await client.get("/sign-in/oidc"))


async def test_a_token_with_a_slash_more_is_of_another_issuer(provided: Site, provider: FakeProvider) -> None:
    provider.behave.claims = {"iss": provider.issuer + "/"}
    async with provided.browser() as client:
        begun = await client.get("/sign-in/oidc")
        assert_refused(provided, client, await client.get(provider.consent(begun.headers["location"])))


async def test_userinfo_about_somebody_else_lets_nobody_in(provided: Site, provider: FakeProvider) -> None:
    provider.behave.claims = {"name": ABSENT}
    provider.behave.userinfo = {"sub": "sub-2", "name": "Mallory"}
    async with provided.browser() as client:
        begun = await client.get("/sign-in/oidc")
        assert_refused(provided, client, await client.get(provider.consent(begun.headers["location"])))


async def test_another_browser_cannot_finish_what_this_one_began(provided: Site, provider: FakeProvider) -> None:
    """Login CSRF: the attacker's answer, opened by the victim."""
    async with provided.browser() as attacker, provided.browser() as victim:
        begun = await attacker.get("/sign-in/oidc")
        assert_refused(provided, victim, await victim.get(provider.consent(begun.headers["location"])))


async def test_a_stolen_code_is_worthless_in_the_thiefs_own_sign_in(provided: Site, provider: FakeProvider) -> None:
    async with provided.browser() as victim, provided.browser() as thief:
        stolen = provider.consent((await victim.get("/sign-in/oidc")).headers["location"])
        own = provider.consent((await thief.get("/sign-in/oidc")).headers["location"])
        code, state = httpx.URL(stolen).params["code"], httpx.URL(own).params["state"]
        query = {"code": code, "state": state, "iss": provider.issuer}
        assert_refused(provided, thief, await thief.get("/sign-in/callback", params=query))


async def test_an_answer_works_once(provided: Site, provider: FakeProvider) -> None:
    async with provided.browser() as client:
        back = provider.consent((await client.get("/sign-in/oidc")).headers["location"])
        cookie = client.cookies["scrip-login"]
        assert (await client.get(back)).status_code == 303
        assert (await client.get(back)).status_code == 400
    async with provided.browser() as thief:
        thief.cookies.set("scrip-login", cookie, domain="localhost.local", path="/")
        assert (await thief.get(back)).status_code == 400
        assert "scrip" not in thief.cookies


async def test_ten_minutes_later_the_sign_in_is_stale(provided: Site, provider: FakeProvider) -> None:
    async with provided.browser() as client:
        back = provider.consent((await client.get("/sign-in/oidc")).headers["location"])
        provided.world.clock.pass_by(10 * MINUTE)
        assert_refused(provided, client, await client.get(back))


@pytest.mark.parametrize("cookie", ["", "nonsense", "W10.AAAA", "é", "." * 50])
async def test_a_made_up_login_cookie_counts_as_none(provided: Site, provider: FakeProvider, cookie: str) -> None:
    async with provided.browser() as client:
        back = provider.consent((await client.get("/sign-in/oidc")).headers["location"])
    async with provided.browser(cookie=f"scrip-login={cookie}".encode()) as client:  # type: ignore[arg-type]
        assert_refused(provided, client, await client.get(back))


async def test_what_the_provider_says_about_an_error_is_not_shown(provided: Site, provider: FakeProvider) -> None:
    provider.behave.answer = {"error": "access_denied", "error_description": "<script>alert('x')</script>canary"}
    async with provided.browser() as client:
        begun = await client.get("/sign-in/oidc")
        refused = await client.get(provider.consent(begun.headers["location"]))
        assert_refused(provided, client, refused)
        assert "canary" not in refused.text


async def test_the_callback_takes_no_post(provided: Site) -> None:
    async with provided.browser() as client:
        assert (await client.post("/sign-in/callback", data={"code": "c", "state": "s"})).status_code == 405
    assert provided.nobody_came_in()
