"""Access tokens for organisations: the issuer's word, or a membership; never somebody else's account."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from billing import members, organisations
from billing.organisations import Founding
from billing.rules.organisations import Standing
from billing.store.tables_trade import people as rows
from tests.api.doorway import Api
from tests.auth.tokens import asked, token
from tests.world.groups import ABOVE, founded, person
from tests.world.oidc import ABSENT, FakeProvider


def organised(api: Api, external_id: str = "org-7") -> str:
    made, _ = organisations.create(api.world.portal, Founding("Engines", person(api.world), ABOVE, external_id))
    return made.account_id


@pytest.mark.parametrize(
    ("role", "may_manage"),
    [("admin", 200), (["user", "billing"], 200), ("user", 403), (ABSENT, 403), ({"admin": 1}, 403), ("Admin", 403)],
)
async def test_a_token_for_an_organisation_acts_for_it_as_the_claim_says(
    token_api: Api, provider: FakeProvider, role: object, may_manage: int
) -> None:
    account_id = organised(token_api)
    given = token(token_api, provider, org="org-7", org_role=role)
    status, told = await asked(token_api, given)
    assert (status, told["account"]) == (200, account_id)
    status, _ = await asked(token_api, given, f"/api/v1/organisations/{account_id}/invitations")
    assert status == may_manage


@pytest.mark.parametrize("named", ["org-8", 7, ["org-7"], {"id": "org-7"}, "x" * 5000])
async def test_a_token_for_an_unknown_organisation_never_acts_for_its_person_instead(
    token_api: Api, provider: FakeProvider, named: object
) -> None:
    organised(token_api)
    assert (await asked(token_api, token(token_api, provider, org=named)))[0] == 403


async def test_a_person_names_an_organisation_they_are_in_and_no_other(token_api: Api, provider: FakeProvider) -> None:
    world, given = token_api.world, token(token_api, provider)
    own = (await asked(token_api, given))[1]["account"]
    account_id, others = organised(token_api), founded(world, person(world, "Eve"))
    with world.portal.database.read() as connection:
        grace = str(connection.scalar(select(rows.c.id).where(rows.c.subject == "sub-1")))
    members.add(world.portal, account_id, grace, Standing.MEMBER, ABOVE)
    named = {
        each: await asked(token_api, given, **{"Scrip-Account": each}) for each in (own, account_id, others, "acc_x")
    }
    assert [status for status, _ in named.values()] == [200, 200, 404, 404]
    assert [named[each][1]["account"] for each in (own, account_id)] == [own, account_id]
    members.remove(world.portal, account_id, grace, ABOVE)
    assert (await asked(token_api, given, **{"Scrip-Account": account_id}))[0] == 404
