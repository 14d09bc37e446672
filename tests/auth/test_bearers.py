"""Access tokens at the API: sound ones are their person, all others are nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import RSAKey
from sqlalchemy import func, select

from auth import people
from auth.policy import Role
from billing.rules.moments import MINUTE, SECOND
from billing.settings import SettingsError, load_settings
from billing.store.tables_trade import people as rows
from tests.api.doorway import Api, api_of
from tests.auth.tokens import BALANCE, asked, by_hand, parts, settings, token, with_secret
from tests.world.oidc import ABSENT, CLIENT_ID, CLIENT_SECRET, STRANGER, FakeProvider, public_pem
from tests.world.oidc import unsigned as without_signature
from tests.world.portals import World, open_world


def how_many_people(world: World) -> int:
    with world.portal.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(rows)) or 0


async def test_a_sound_token_is_its_person_who_gets_an_account_once(token_api: Api, provider: FakeProvider) -> None:
    answers = [await asked(token_api, token(token_api, provider)) for _ in range(3)]
    assert {status for status, _ in answers} == {200}
    assert len({told["account"] for _, told in answers}) == 1
    assert how_many_people(token_api.world) == 1
    assert provider.asked.count("/jwks") == 1


async def test_it_is_the_same_person_who_signs_in_with_a_browser(token_api: Api, provider: FakeProvider) -> None:
    signed_in = people.sign_in(
        token_api.world.portal, issuer=provider.issuer, subject="sub-1", name="Grace", email=None, role=Role.USER
    )
    await asked(token_api, token(token_api, provider))
    with token_api.world.portal.database.read() as connection:
        assert connection.scalars(select(rows.c.id)).all() == [signed_in]


REFUSED: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"}, "no issuer": {"iss": ABSENT},
    "the audience of identity tokens": {"aud": CLIENT_ID}, "another audience": {"aud": ["a", "b"]},
    "no audience": {"aud": ABSENT}, "an audience of another type": {"aud": 7}, "no subject": {"sub": ABSENT},
    "a subject of another type": {"sub": 7}, "expired": {"exp": 1}, "no end": {"exp": ABSENT},
    "an end of another type": {"exp": "never"}, "not yet": {"nbf": 2**40}, "from the future": {"iat": 2**40},
}  # fmt: skip


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
async def test_a_token_with_claims_that_do_not_fit_is_nobody(
    token_api: Api, provider: FakeProvider, changes: dict[str, Any]
) -> None:
    assert (await asked(token_api, token(token_api, provider, **changes)))[0] == 401
    assert how_many_people(token_api.world) == 0


async def test_a_token_is_over_when_it_says_so(token_api: Api, provider: FakeProvider) -> None:
    given = token(token_api, provider)
    assert (await asked(token_api, given))[0] == 200
    token_api.world.clock.pass_by(6 * MINUTE)
    assert (await asked(token_api, given))[0] == 401


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "other"}, {"kid": ABSENT, "alg": "RS512"}, {"alg": "RS512"}, {"typ": "logout+jwt"},
        {"crit": ["exp"], "exp": 1}, {"typ": "dpop+jwt"},
    ],
)  # fmt: skip
async def test_a_token_of_another_kind_is_nobody(
    token_api: Api, provider: FakeProvider, header: dict[str, Any]
) -> None:
    protected, claims = parts(token_api, provider, header)
    given = by_hand(protected, claims, provider.behave.key)
    assert (await asked(token_api, given))[0] == 401


async def test_a_forged_signature_is_nobody(token_api: Api, provider: FakeProvider) -> None:
    protected, claims = parts(token_api, provider, None)
    stranger = jws.serialize_compact(protected, json.dumps(claims).encode(), STRANGER, ["RS256"])
    embedded = {**protected, "jwk": STRANGER.as_dict(private=False)}
    forged = [
        stranger,
        jws.serialize_compact(embedded, json.dumps(claims).encode(), STRANGER, ["RS256"]),
        without_signature(protected, claims),
        with_secret(protected, claims, public_pem()),
        with_secret(protected, claims, CLIENT_SECRET),
        token(token_api, provider)[:-6] + "AAAAAA",
        "a.b.c", "..", "é.é.é", "a" * 7000 + ".b.c",
    ]  # fmt: skip
    for given in forged:
        answer = await token_api.client.get(BALANCE, headers={b"Authorization": f"Bearer {given}".encode()})
        assert answer.status_code == 401, given[:20]
    assert how_many_people(token_api.world) == 0


async def test_a_new_key_of_the_issuer_is_found_but_not_asked_for_by_everybody(
    token_api: Api, provider: FakeProvider
) -> None:
    await asked(token_api, token(token_api, provider))
    new = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"}, private=True)
    provider.behave.keys, provider.behave.key = [*provider.behave.keys, new], new
    given = token(token_api, provider, {"kid": "second"})
    assert (await asked(token_api, given))[0] == 401
    assert provider.asked.count("/jwks") == 1
    token_api.world.clock.pass_by(31 * SECOND)
    assert (await asked(token_api, given))[0] == 200
    assert provider.asked.count("/jwks") == 2


async def test_without_the_issuers_keys_nobody_is_let_in_and_nobody_is_told_no(
    token_api: Api, provider: FakeProvider
) -> None:
    provider.behave.failing["/jwks"] = (500, {})
    assert (await asked(token_api, token(token_api, provider)))[0] == 503


@pytest.mark.parametrize("away", [{"SCRIP_OIDC__API_AUDIENCE": ""}])
async def test_where_no_audience_is_set_no_token_is_taken(
    own_url: str, provider: FakeProvider, away: dict[str, str]
) -> None:
    changes = settings(provider, **away) | {
        f"SCRIP_OIDC__ORGANISATION_{each}": "" for each in ("CLAIM", "ROLE_CLAIM", "ADMIN_VALUES")
    }
    with open_world(own_url, clock=None, **changes) as world:
        async with api_of(world) as api:
            assert (await asked(api, token(api, provider)))[0] == 401
    assert provider.asked == []


async def test_a_role_is_what_the_token_says_and_no_more(token_api: Api, provider: FakeProvider) -> None:
    """A manager's program gets a manager's power only by a token that carries it."""
    people.sign_in(
        token_api.world.portal, issuer=provider.issuer, subject="sub-1", name="Grace", email=None, role=Role.MANAGER
    )
    other = token_api.funded()
    plain, named = token(token_api, provider), token(token_api, provider, groups=["managers"])
    assert (await asked(token_api, plain, f"{BALANCE}?account={other}"))[0] == 404
    assert (await asked(token_api, named, f"{BALANCE}?account={other}"))[0] == 200


async def test_somebody_disabled_is_refused(token_api: Api, provider: FakeProvider) -> None:
    given = token(token_api, provider)
    await asked(token_api, given)
    with token_api.world.portal.database.read() as connection:
        who = str(connection.scalar(select(rows.c.id)))
    people.disable(token_api.world.portal, who, by="usr_boss", reason="Left the company")
    assert (await asked(token_api, given))[0] == 403


@pytest.mark.parametrize(
    "change",
    [
        {"SCRIP_OIDC__API_AUDIENCE": CLIENT_ID}, {"SCRIP_OIDC__API_AUDIENCE": ""},
        {"SCRIP_OIDC__ORGANISATION_ADMIN_VALUES": ""}, {"SCRIP_ORGANISATIONS__ENABLED": "no"},
    ],
)  # fmt: skip
def test_settings_that_would_let_too_many_in_are_refused(provider: FakeProvider, change: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        load_settings(settings(provider) | change)
