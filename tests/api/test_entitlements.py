"""The doors of what a plan allows: each answer in parts and in a sentence, each refusal with its way out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from auth.policy import Principal, Role
from billing.recording import record_now
from billing.rules.facts import SubscriptionFact
from billing.rules.moments import DAY
from billing.rules.money import Money
from tests.api.doorway import PROBLEM, Api, api_of
from tests.world.databases import Databases, migrated
from tests.world.portals import open_world
from tests.world.registrars import LIMITED

CHECK, TAKE, RELEASE, READ = (f"/api/v1/entitlements{end}" for end in ("/check", "/take", "/release", ""))
TEAM = {
    "plan": "team", "name": "Team", "price": "49.00", "currency": "USD", "interval": "month",
    "url": "http://localhost:8080/plan",
}  # fmt: skip


@pytest.fixture
async def limited(databases: Databases) -> AsyncIterator[Api]:
    with open_world(databases.prepared("schema", migrated), clock=None, **LIMITED) as world:
        async with api_of(world) as made:
            yield made


async def asked(api: Api, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = await api.client.post(path, json=body, headers=api.program)
    return answer.status_code, answer.json()


async def test_three_pipelines_are_taken_and_the_fourth_is_told_what_to_buy(limited: Api) -> None:
    ada = limited.world.account()
    for number in range(3):
        status, told = await asked(limited, TAKE, account=ada, limit="pipelines", holder=f"p{number}")
        assert (status, told["used"], told["limit"], told["plan"]) == (201, number + 1, 3, "free")
    answer = await limited.client.post(
        TAKE, json={"account": ada, "limit": "pipelines", "holder": "p3"}, headers=limited.program
    )
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (403, PROBLEM)
    assert (told["code"], told["plan"], told["used"], told["limit"]) == ("limit_reached", "free", 3, 3)
    assert told["upgrade"] == TEAM
    assert (told["allowed"], told["reason"]) == (False, told["detail"])
    assert "Team allows 25 for 49.00 USD per month." in told["detail"]


async def test_the_same_pipeline_twice_takes_one_place_and_is_told_so(limited: Api) -> None:
    ada, body = limited.world.account(), {"limit": "pipelines", "holder": "p"}
    first = await limited.client.post(TAKE, json={"account": ada, **body}, headers=limited.program)
    again = await limited.client.post(TAKE, json={"account": ada, **body}, headers=limited.program)
    assert (first.status_code, again.status_code, again.headers["idempotent-replayed"]) == (201, 200, "true")
    assert first.json() == again.json()
    other = await asked(limited, TAKE, account=ada, count=2, **body)
    assert (other[0], other[1]["code"]) == (409, "key_reused")


async def test_a_place_given_back_can_be_taken_again_and_giving_back_twice_changes_nothing(limited: Api) -> None:
    ada = limited.world.account()
    await asked(limited, TAKE, account=ada, limit="connections", holder="a")
    await asked(limited, TAKE, account=ada, limit="connections", holder="b")
    assert (await asked(limited, TAKE, account=ada, limit="connections", holder="c"))[0] == 403
    for released in (True, False):
        told = await asked(limited, RELEASE, account=ada, limit="connections", holder="a")
        assert told == (200, {"holder": "a", "released": released})
    assert (await asked(limited, TAKE, account=ada, limit="connections", holder="c"))[0] == 201
    assert (await asked(limited, TAKE, account=ada, limit="connections", holder="a"))[0] == 403


async def test_a_check_answers_either_way_with_200_and_holds_nothing(limited: Api) -> None:
    ada = limited.world.account()
    assert await asked(limited, CHECK, account=ada, limit="pipelines", count=3) == (
        200, {"allowed": True, "reason": "", "plan": "free", "used": 0, "limit": 3, "upgrade": None},
    )  # fmt: skip
    status, told = await asked(limited, CHECK, account=ada, limit="pipelines", count=4)
    assert (status, told["allowed"], told["upgrade"]) == (200, False, TEAM)
    status, told = await asked(limited, CHECK, account=ada, feature="priority-support")
    assert (status, told["allowed"], told["upgrade"]["plan"], told["used"]) == (200, False, "business", None)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (CHECK, {}, "feature"), (CHECK, {"feature": "email-support", "limit": "pipelines"}, "feature"),
        (CHECK, {"feature": "sso"}, "feature"), (CHECK, {"limit": "pipeline"}, "limit"),
        (CHECK, {"feature": "email-support", "count": 1}, "count"),
        (CHECK, {"limit": "pipelines", "count": 0}, "count"),
        (CHECK, {"limit": "pipelines", "count": "1"}, "count"), (CHECK, {"limit": "pipelines", "count": True}, "count"),
        (TAKE, {"limit": "pipelines"}, "holder"), (TAKE, {"holder": "p"}, "limit"),
        (TAKE, {"limit": "pipelines", "holder": "x" * 201}, "holder"),
        (TAKE, {"limit": "pipelines", "holder": "a\u0000b"}, "holder"),
        (TAKE, {"limit": "sso", "holder": "p"}, "limit"), (TAKE, {"limit": "pipelines", "holder": 1}, "holder"),
        (RELEASE, {"limit": "sso", "holder": "p"}, "limit"), (RELEASE, {"limit": "pipelines"}, "holder"),
        (RELEASE, {"limit": "pipelines", "holder": "p", "count": 1}, "count"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused_and_names_its_field(
    limited: Api, path: str, body: dict[str, Any], field: str
) -> None:
    ada = limited.world.account()
    status, told = await asked(limited, path, account=ada, **body)
    assert (status, told["code"], told["field"]) == (400, "bad_input", field)


async def test_nobody_elses_account_is_reached_and_people_take_no_places(limited: Api) -> None:
    ada, bo = limited.world.account(), limited.world.account("Bo")
    own = limited.bound(ada)
    bodies = {
        CHECK: {"limit": "pipelines"},
        TAKE: {"limit": "pipelines", "holder": "p"},
        RELEASE: {"limit": "pipelines", "holder": "p"},
    }
    for path, body in bodies.items():
        for account, expected in ((ada, {200, 201}), (bo, {404}), ("acc_none", {404})):
            answer = await limited.client.post(path, json={"account": account, **body}, headers=own)
            assert answer.status_code in expected, (path, account)
        unknown = await limited.client.post(path, json={"account": "acc_none", **body}, headers=limited.program)
        assert unknown.status_code == 404
    async with limited.browser(Principal("usr_1", "Ada", Role.USER, ada, session="s")) as client:
        statuses = [
            (await client.post(path, json={"account": ada, **body})).status_code for path, body in bodies.items()
        ]
        read = [(await client.get(READ, params={"account": each})).status_code for each in (ada, "", bo)]
    assert (statuses, read) == ([200, 403, 403], [200, 200, 404])


async def test_the_whole_of_it_is_read_at_once(limited: Api) -> None:
    ada = limited.world.account(customer_ref="cus_1")
    await asked(limited, TAKE, account=ada, limit="pipelines", holder="p", count=2)
    now = limited.world.clock()
    fact = SubscriptionFact(
        "sub_1", "cus_1", "active", "prod_1", "price_business", 1, Money(19900, "USD"), "month", 1, now, now + 30 * DAY,
        now, now,
    )  # fmt: skip
    record_now(limited.world.portal, fact)
    told = (await limited.client.get(READ, params={"account": ada}, headers=limited.program)).json()
    assert (told["plan"], told["features"]) == ("business", ["email-support", "priority-support"])
    assert told["limits"] == [
        {"name": "connections", "used": 0, "limit": None},
        {"name": "pipelines", "used": 2, "limit": None},
    ]
    assert [(each["holder"], each["count"]) for each in told["places"]] == [("p", 2)]
