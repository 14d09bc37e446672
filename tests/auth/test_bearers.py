"""Access tokens at the API: sound ones are their person or organisation, all others are nobody."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import RSAKey
from sqlalchemy import func, select

from auth import people
from auth.policy import Role
from billing import members, organisations
from billing.organisations import Founding
from billing.rules.errors import BadInput
from billing.rules.moments import MINUTE, SECOND
from billing.rules.organisations import Standing
from billing.settings import SettingsError, load_settings
from billing.store.tables_trade import people as rows
from tests.api.doorway import Api, api_of
from tests.world.groups import ABOVE, founded, person
from tests.world.oidc import ABSENT, CLIENT_ID, CLIENT_SECRET, STRANGER, FakeProvider, public_pem, signed_with_text
from tests.world.oidc import unsigned as without_signature
from tests.world.portals import World, open_world

AUDIENCE = "https://credits.example/api"
BALANCE = "/api/v1/balance"


def settings(provider: FakeProvider, **more: str) -> dict[str, str]:
    return {
        "SCRIP_OIDC__ISSUER": provider.issuer, "SCRIP_OIDC__CLIENT_ID": CLIENT_ID,
        "SCRIP_OIDC__CLIENT_SECRET": CLIENT_SECRET, "SCRIP_OIDC__API_AUDIENCE": AUDIENCE,
        "SCRIP_OIDC__MANAGER_CLAIM": "groups", "SCRIP_OIDC__MANAGER_VALUES": "managers",
        "SCRIP_OIDC__ORGANISATION_CLAIM": "org", "SCRIP_OIDC__ORGANISATION_ROLE_CLAIM": "org_role",
        "SCRIP_OIDC__ORGANISATION_ADMIN_VALUES": "admin,billing", **more,
    }  # fmt: skip


@pytest.fixture
async def api(provider: FakeProvider, own_url: str) -> AsyncIterator[Api]:
    with open_world(own_url, **settings(provider)) as world:
        async with api_of(world) as made:
            yield made


def token(api: Api, provider: FakeProvider, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """An access token of Grace's, as the provider's other half would make it, but for `changes`."""
    protected, claims = parts(api, provider, header, **changes)
    return jws.serialize_compact(protected, json.dumps(claims).encode(), provider.behave.key, [protected["alg"]])


def parts(api: Api, provider: FakeProvider, header: dict[str, Any] | None, **changes: Any) -> tuple[Any, Any]:
    now = api.world.clock() // SECOND
    claims = {
        "iss": provider.issuer, "aud": AUDIENCE, "sub": "sub-1", "iat": now, "exp": now + 300, "name": "Grace Hopper",
        "email": "grace@example.org", "email_verified": True, **changes,
    }  # fmt: skip
    protected = {"alg": "RS256", "kid": "first", "typ": "at+jwt", **(header or {})}
    return tuple({name: value for name, value in each.items() if value is not ABSENT} for each in (protected, claims))  # type: ignore[return-value]


async def asked(api: Api, given: str, path: str = BALANCE, **headers: str) -> tuple[int, Any]:
    answer = await api.client.get(path, headers={"Authorization": f"Bearer {given}", **headers})
    return answer.status_code, answer.json()


def how_many_people(world: World) -> int:
    with world.portal.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(rows)) or 0


async def test_a_sound_token_is_its_person_who_gets_an_account_once(api: Api, provider: FakeProvider) -> None:
    answers = [await asked(api, token(api, provider)) for _ in range(3)]
    assert {status for status, _ in answers} == {200}
    assert len({told["account"] for _, told in answers}) == 1
    assert how_many_people(api.world) == 1
    assert provider.asked.count("/jwks") == 1


async def test_it_is_the_same_person_who_signs_in_with_a_browser(api: Api, provider: FakeProvider) -> None:
    signed_in = people.sign_in(
        api.world.portal, issuer=provider.issuer, subject="sub-1", name="Grace", email=None, role=Role.USER
    )
    await asked(api, token(api, provider))
    with api.world.portal.database.read() as connection:
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
    api: Api, provider: FakeProvider, changes: dict[str, Any]
) -> None:
    assert (await asked(api, token(api, provider, **changes)))[0] == 401
    assert how_many_people(api.world) == 0


async def test_a_token_is_over_when_it_says_so(api: Api, provider: FakeProvider) -> None:
    given = token(api, provider)
    assert (await asked(api, given))[0] == 200
    api.world.clock.pass_by(6 * MINUTE)
    assert (await asked(api, given))[0] == 401


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "other"}, {"kid": ABSENT, "alg": "RS512"}, {"alg": "RS512"}, {"typ": "logout+jwt"},
        {"crit": ["exp"], "exp": 1}, {"typ": "dpop+jwt"},
    ],
)  # fmt: skip
async def test_a_token_of_another_kind_is_nobody(api: Api, provider: FakeProvider, header: dict[str, Any]) -> None:
    try:
        given = token(api, provider, header)
    except (ValueError, KeyError):
        pytest.skip("cannot even be made")
    assert (await asked(api, given))[0] == 401


async def test_a_forged_signature_is_nobody(api: Api, provider: FakeProvider) -> None:
    protected, claims = parts(api, provider, None)
    stranger = jws.serialize_compact(protected, json.dumps(claims).encode(), STRANGER, ["RS256"])
    embedded = {**protected, "jwk": STRANGER.as_dict(private=False)}
    forged = [
        stranger,
        jws.serialize_compact(embedded, json.dumps(claims).encode(), STRANGER, ["RS256"]),
        without_signature(protected, claims),
        signed_with_text(public_pem())(protected, claims),
        signed_with_text(CLIENT_SECRET)(protected, claims),
        token(api, provider)[:-6] + "AAAAAA",
        "a.b.c", "..", "é.é.é", "a" * 7000 + ".b.c",
    ]  # fmt: skip
    for given in forged:
        answer = await api.client.get(BALANCE, headers={"Authorization": f"Bearer {given}".encode()})  # type: ignore[dict-item]
        assert answer.status_code == 401, given[:20]
    assert how_many_people(api.world) == 0


async def test_a_new_key_of_the_issuer_is_found_but_not_asked_for_by_everybody(
    api: Api, provider: FakeProvider
) -> None:
    await asked(api, token(api, provider))
    new = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"}, private=True)
    provider.behave.keys, provider.behave.key = [*provider.behave.keys, new], new
    given = token(api, provider, {"kid": "second"})
    assert (await asked(api, given))[0] == 401
    assert provider.asked.count("/jwks") == 1
    api.world.clock.pass_by(31 * SECOND)
    assert (await asked(api, given))[0] == 200
    assert provider.asked.count("/jwks") == 2


async def test_without_the_issuers_keys_nobody_is_let_in_and_nobody_is_told_no(
    api: Api, provider: FakeProvider
) -> None:
    provider.behave.failing["/jwks"] = (500, {})
    assert (await asked(api, token(api, provider)))[0] == 503


@pytest.mark.parametrize("away", [{"SCRIP_OIDC__API_AUDIENCE": ""}])
async def test_where_no_audience_is_set_no_token_is_taken(
    own_url: str, provider: FakeProvider, away: dict[str, str]
) -> None:
    changes = settings(provider, **away) | {
        f"SCRIP_OIDC__ORGANISATION_{each}": "" for each in ("CLAIM", "ROLE_CLAIM", "ADMIN_VALUES")
    }
    with open_world(own_url, **changes) as world:
        async with api_of(world) as api:
            assert (await asked(api, token(api, provider)))[0] == 401
    assert provider.asked == []


async def test_a_role_is_what_the_token_says_and_no_more(api: Api, provider: FakeProvider) -> None:
    """A manager's program gets a manager's power only by a token that carries it."""
    people.sign_in(
        api.world.portal, issuer=provider.issuer, subject="sub-1", name="Grace", email=None, role=Role.MANAGER
    )
    other = api.funded()
    plain, named = token(api, provider), token(api, provider, groups=["managers"])
    assert (await asked(api, plain, f"{BALANCE}?account={other}"))[0] == 404
    assert (await asked(api, named, f"{BALANCE}?account={other}"))[0] == 200


async def test_somebody_disabled_is_refused(api: Api, provider: FakeProvider) -> None:
    given = token(api, provider)
    await asked(api, given)
    with api.world.portal.database.read() as connection:
        who = str(connection.scalar(select(rows.c.id)))
    people.disable(api.world.portal, who, by="usr_boss", reason="Left the company")
    assert (await asked(api, given))[0] == 403


def organised(api: Api, external_id: str = "org-7") -> str:
    made, _ = organisations.create(api.world.portal, Founding("Engines", person(api.world), ABOVE, external_id))
    return made.account_id


@pytest.mark.parametrize(
    ("role", "may_manage"),
    [("admin", 200), (["user", "billing"], 200), ("user", 403), (ABSENT, 403), ({"admin": 1}, 403), ("Admin", 403)],
)
async def test_a_token_for_an_organisation_acts_for_it_as_the_claim_says(
    api: Api, provider: FakeProvider, role: object, may_manage: int
) -> None:
    account_id = organised(api)
    given = token(api, provider, org="org-7", org_role=role)
    status, told = await asked(api, given)
    assert (status, told["account"]) == (200, account_id)
    status, _ = await asked(api, given, f"/api/v1/organisations/{account_id}/invitations")
    assert status == may_manage


@pytest.mark.parametrize("named", ["org-8", 7, ["org-7"], {"id": "org-7"}, "x" * 5000])
async def test_a_token_for_an_unknown_organisation_never_acts_for_its_person_instead(
    api: Api, provider: FakeProvider, named: object
) -> None:
    organised(api)
    assert (await asked(api, token(api, provider, org=named)))[0] == 403


async def test_a_person_names_an_organisation_they_are_in_and_no_other(api: Api, provider: FakeProvider) -> None:
    world, given = api.world, token(api, provider)
    own = (await asked(api, given))[1]["account"]
    account_id, others = organised(api), founded(world, person(world, "Eve"))
    with world.portal.database.read() as connection:
        grace = str(connection.scalar(select(rows.c.id).where(rows.c.subject == "sub-1")))
    members.add(world.portal, account_id, grace, Standing.MEMBER, ABOVE)
    named = {each: await asked(api, given, **{"Scrip-Account": each}) for each in (own, account_id, others, "acc_x")}
    assert [status for status, _ in named.values()] == [200, 200, 404, 404]
    assert [named[each][1]["account"] for each in (own, account_id)] == [own, account_id]
    members.remove(world.portal, account_id, grace, ABOVE)
    assert (await asked(api, given, **{"Scrip-Account": account_id}))[0] == 404


@pytest.mark.parametrize(
    "change",
    [
        {"SCRIP_OIDC__API_AUDIENCE": CLIENT_ID}, {"SCRIP_OIDC__API_AUDIENCE": ""},
        {"SCRIP_OIDC__ORGANISATION_ADMIN_VALUES": ""}, {"SCRIP_ORGANISATIONS__ENABLED": "no"},
    ],
)  # fmt: skip
def test_settings_that_would_let_too_many_in_are_refused(provider: FakeProvider, change: dict[str, str]) -> None:
    with pytest.raises((SettingsError, BadInput)):
        load_settings(settings(provider) | change)
