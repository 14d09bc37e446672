"""Organisations by program, on both engines: made once, looked at and changed by those who may, hidden from others."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from auth import people, sessions
from auth.policy import Principal, Role
from billing import invitations
from billing.rules.organisations import Actor, Standing
from tests.api.doorway import Api
from tests.world.groups import founded, joined, person, standings

PATH = "/api/v1/organisations"


def who(api: Api, person_id: str, account_id: str | None = None) -> Principal:
    """The principal of this person's session, acting for `account_id`."""
    portal = api.world.portal
    cookie = sessions.begin(portal, person_id)
    found = sessions.principal(portal, cookie)
    assert found is not None
    if account_id is not None:
        sessions.act_for(portal, found, account_id)
        found = sessions.principal(portal, cookie)
        assert found is not None
    return found


async def asked(api: Api, principal: Principal, method: str, path: str, **body: Any) -> httpx.Response:
    async with api.browser(principal) as client:
        return await client.request(method, path, json=body or None)


async def test_a_person_founds_one_and_acts_for_it_before_they_see_it(api: Api) -> None:
    ada = person(api.world)
    made = await asked(api, who(api, ada), "POST", PATH, title="Engines")
    told = made.json()
    assert (made.status_code, told["title"], told["standing"], told["offline"]) == (201, "Engines", "owner", False)
    listed = (await asked(api, who(api, ada), "GET", PATH)).json()["items"]
    assert [each["account"] for each in listed] == [told["account"]]
    own = f"{PATH}/{told['account']}"
    assert (await asked(api, who(api, ada), "GET", own)).status_code == 404
    assert (await asked(api, who(api, ada, told["account"]), "GET", own)).json() == told


async def test_a_service_founds_one_for_others_once_for_each_external_id(api: Api) -> None:
    ada = person(api.world)
    body = {"title": "Engines", "owner": ada, "external_id": "org-7"}
    answers = [await api.client.post(PATH, json=body, headers=api.program) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    account_id = answers[0].json()["account"]
    found = (await api.client.get(f"{PATH}?external_id=org-7", headers=api.program)).json()["items"]
    assert [each["account"] for each in found] == [account_id]
    assert standings(api.world, account_id) == {"Ada": "owner"}
    # what is an account takes a balance, debits and keys like every other one
    balance = await api.client.get(f"/api/v1/balance?account={account_id}", headers=api.bound(account_id))
    assert balance.json()["balance"] == "0"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"title": "x", "owner": "usr_none"}, 404), ({"title": "x"}, 400), ({"title": "", "owner": "{ada}"}, 400),
        ({"owner": "{ada}"}, 400), ({"title": "x", "owner": "{ada}", "more": 1}, 400), ({"title": 7}, 400),
        ({"title": "x", "owner": "{ada}", "external_id": "x" * 121}, 400),
    ],
)  # fmt: skip
async def test_a_founding_that_makes_no_sense_makes_nothing(api: Api, body: dict[str, Any], status: int) -> None:
    ada = person(api.world)
    sent = {name: ada if value == "{ada}" else value for name, value in body.items()}
    answer = await api.client.post(PATH, json=sent, headers=api.program)
    assert answer.status_code == status
    assert (await asked(api, who(api, ada), "GET", PATH)).json()["items"] == []


async def test_people_name_neither_an_owner_nor_an_external_id(api: Api) -> None:
    ada, bo = person(api.world), person(api.world, "Bo")
    for more in ({"owner": bo}, {"external_id": "org-7"}):
        assert (await asked(api, who(api, ada), "POST", PATH, title="x", **more)).status_code == 403


async def test_a_key_of_one_account_founds_nothing_for_others(api: Api) -> None:
    ada, key = person(api.world), api.bound(api.world.account("Eve"))
    answer = await api.client.post(PATH, json={"title": "x", "owner": ada}, headers=key)
    assert answer.status_code == 404


@pytest.mark.parametrize("asks", ["a stranger", "a key of another account", "a member who acts for their own"])
async def test_a_foreign_organisation_is_not_there_at_any_door(api: Api, asks: str) -> None:
    account_id = founded(api.world, person(api.world))
    bo = joined(api.world, account_id, "Bo", Standing.OWNER)
    made, _ = invitations.invite(api.world.portal, account_id, Standing.MEMBER, Actor(bo))
    stranger = who(api, bo if asks.startswith("a member") else person(api.world, "Eve"))
    key = api.bound(api.world.account("Eve's"))
    doors: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", "", None), ("PATCH", "", {"title": "x"}), ("GET", "/members", None),
        ("POST", "/members", {"standing": "member"}), ("PATCH", f"/members/{bo}", {"standing": "member"}),
        ("DELETE", f"/members/{bo}", None), ("GET", "/invitations", None), ("DELETE", f"/invitations/{made.id}", None),
    ]  # fmt: skip
    for method, rest, body in doors:
        for whose in (account_id, "acc_none"):
            path = f"{PATH}/{whose}{rest}"
            if asks.startswith("a key"):
                answer = await api.client.request(method, path, json=body, headers=key)
            else:
                answer = await asked(api, stranger, method, path, **(body or {}))
            assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such account."), (method, rest)
    assert standings(api.world, account_id) == {"Ada": "owner", "Bo": "owner"}


async def test_a_plain_member_looks_and_leaves_and_no_more(api: Api) -> None:
    account_id = founded(api.world, person(api.world))
    bo = joined(api.world, account_id, "Bo")
    acts, own = who(api, bo, account_id), f"{PATH}/{account_id}"
    seen = (await asked(api, acts, "GET", f"{own}/members")).json()["items"]
    assert [(each["name"], each["standing"]) for each in seen] == [("Ada", "owner"), ("Bo", "member")]
    ada = seen[0]["person"]
    for method, rest, body in (
        ("PATCH", "", {"title": "x"}), ("POST", "/members", {"standing": "member"}), ("GET", "/invitations", {}),
        ("PATCH", f"/members/{ada}", {"standing": "member"}), ("DELETE", f"/members/{ada}", {}),
    ):  # fmt: skip
        assert (await asked(api, acts, method, f"{own}{rest}", **body)).status_code == 403
    left = await asked(api, acts, "DELETE", f"{own}/members/{bo}")
    assert (left.status_code, left.json()["standing"]) == (200, None)
    assert standings(api.world, account_id) == {"Ada": "owner"}


async def test_an_invitation_is_made_listed_accepted_and_gone(api: Api) -> None:
    ada = person(api.world)
    account_id = founded(api.world, ada)
    acts, own = who(api, ada, account_id), f"{PATH}/{account_id}"
    made = (await asked(api, acts, "POST", f"{own}/members", standing="admin", email="bo@example.org")).json()
    link = made["invitation"]["link"]
    (listed,) = (await asked(api, acts, "GET", f"{own}/invitations")).json()["items"]
    assert (listed["id"], listed["link"]) == (made["invitation"]["id"], None)
    bo = person(api.world, "Bo", "bo@example.org")
    token = link.rpartition("/")[2]
    taken = await asked(api, who(api, bo), "POST", "/api/v1/invitations", token=token)
    assert (taken.status_code, taken.json()["account"], taken.json()["standing"]) == (200, account_id, "admin")
    again = await asked(api, who(api, person(api.world, "Eve")), "POST", "/api/v1/invitations", token=token)
    assert again.status_code == 404
    assert standings(api.world, account_id) == {"Ada": "owner", "Bo": "admin"}


async def test_ownership_is_handed_over_and_the_last_owner_stays(api: Api) -> None:
    ada = person(api.world)
    account_id = founded(api.world, ada)
    bo = joined(api.world, account_id, "Bo")
    acts, own = who(api, ada, account_id), f"{PATH}/{account_id}/members"
    refused = await asked(api, acts, "DELETE", f"{own}/{ada}")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    for body in ({"standing": "admin", "transfer": True}, {"standing": "owner", "transfer": "yes"}, {"standing": 7}):
        assert (await asked(api, acts, "PATCH", f"{own}/{bo}", **body)).status_code == 400
    handed = await asked(api, acts, "PATCH", f"{own}/{bo}", standing="owner", transfer=True)
    assert handed.status_code == 200
    assert standings(api.world, account_id) == {"Ada": "admin", "Bo": "owner"}


async def test_managers_and_services_put_people_in(api: Api) -> None:
    account_id = founded(api.world, person(api.world))
    for number, headers in enumerate((api.program, api.manager)):
        one = person(api.world, f"P{number}")
        body = {"person": one, "standing": "member"}
        answer = await api.client.post(f"{PATH}/{account_id}/members", json=body, headers=headers)
        assert (answer.status_code, answer.json()["person"]) == (201, one)
    assert len(standings(api.world, account_id)) == 3
    mia = people.sign_in(api.world.portal, issuer="i", subject="mia", name="Mia", email=None, role=Role.MANAGER)
    own = await asked(api, who(api, mia), "POST", f"{PATH}/{account_id}/members", person=mia, standing="owner")
    assert own.status_code == 403


async def test_a_key_accepts_no_invitation(api: Api) -> None:
    answer = await api.client.post("/api/v1/invitations", json={"token": "0" * 64}, headers=api.program)
    assert answer.status_code == 403
