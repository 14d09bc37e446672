"""The doors of plans: what is on sale, what a change would mean, the change itself, and its way back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from auth.policy import Principal, Role
from billing import subscriptions
from tests.api.doorway import PROBLEM, Api, Headers, api_of
from tests.api.test_openapi import should_fit
from tests.world.inside import DAY, FEBRUARY, Stage

PLANS, STATE, PREVIEW, CHANGE, UNDO = (
    f"/api/v1/{path}"
    for path in ("plans", "subscription", "subscription/preview", "subscription/change", "subscription/undo")
)


@pytest.fixture
async def api(stage: Stage) -> AsyncIterator[Api]:
    """The doors over a stage."""
    async with api_of(stage.world) as made:
        yield made


@pytest.fixture
def ada(stage: Stage) -> str:
    """An account on Solo, halfway through its month."""
    account, customer = stage.customer()
    stage.subscribed(customer, "solo:month:usd")
    stage.until(FEBRUARY + 19 * DAY)
    subscriptions.refresh(stage.portal, account)
    return account


async def asked(api: Api, path: str, headers: Headers | None = None, **body: Any) -> httpx.Response:
    return await api.client.post(path, json=body, headers=headers or api.program)


async def read(api: Api, path: str, account: str) -> dict[str, Any]:
    answer = await api.client.get(path, params={"account": account}, headers=api.program)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_plans_are_listed_for_an_account_each_in_its_intervals(api: Api, ada: str) -> None:
    found = await read(api, PLANS, ada)
    assert found["default"] == "free"
    assert [(each["plan"], each["interval"], each["amount"]) for each in found["plans"]] == [
        ("gift", "month", "0.00"), ("solo", "week", "7.77"), ("solo", "month", "29.00"), ("team", "month", "67.00"),
        ("solo", "year", "290.00"), ("team", "year", "670.00"),
    ]  # fmt: skip
    solo = next(each for each in found["plans"] if each["key"] == "solo:month:usd")
    assert (solo["is_current"], solo["when"], solo["credits"], solo["features"]) == (True, None, "290", ["export"])
    assert {each["key"]: each["when"] for each in found["plans"] if each["when"] == "now"} == {
        "solo:year:usd": "now", "team:month:usd": "now", "team:year:usd": "now",
    }  # fmt: skip


async def test_a_change_is_looked_at_made_and_taken_back(api: Api, ada: str) -> None:
    wish: dict[str, Any] = {"account": ada, "plan": "team", "interval": "year", "seats": 3, "when": "period_end"}
    seen = (await asked(api, PREVIEW, **wish)).json()
    assert (seen["due_now"], seen["now"], seen["next"]["total"]) == ("0.00", None, "850.00")
    assert (seen["features_gained"], seen["after"]["seats"], seen["after"]["credits"]) == (["sso"], 3, "580")
    made = await asked(api, CHANGE, **wish, as_previewed=seen["as_previewed"])
    assert (made.status_code, made.json()["planned"]["title"]) == (200, "Team")
    assert (await read(api, STATE, ada))["planned"]["effective_at"] == seen["effective_at"]
    undone = await asked(api, UNDO, account=ada)
    assert (undone.status_code, undone.json()["planned"], undone.json()["current"]["plan"]) == (200, None, "solo")


async def test_every_answer_is_as_the_document_says(api: Api, ada: str) -> None:
    document = (await api.client.get("/openapi.json")).json()
    wish: dict[str, Any] = {"account": ada, "plan": "team", "interval": "year"}
    seen = await asked(api, PREVIEW, **wish)
    made = await asked(api, CHANGE, **wish, as_previewed=seen.json()["as_previewed"])
    for path, answer in ((PREVIEW, seen), (CHANGE, made)):
        told = document["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        should_fit(document, told, answer.json())
    for path in (PLANS, STATE):
        told = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        should_fit(document, told, await read(api, path, ada))


async def test_an_account_without_a_plan_is_told_so(api: Api, stage: Stage) -> None:
    account, _ = stage.customer()
    found = await read(api, STATE, account)
    assert (found["status"], found["current"], found["planned"]) == (None, None, None)
    trials = {each["key"]: each["trial_days"] for each in (await read(api, PLANS, account))["plans"]}
    assert (trials["solo:month:usd"], trials["team:year:usd"], trials["gift"]) == (14, 7, 0)
    refused = await asked(api, UNDO, account=account)
    assert (refused.status_code, refused.headers["content-type"]) == (404, PROBLEM)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"plan": "gold"}, 404, "plan"),
        ({}, 400, "plan"),
        ({"plan": 7}, 400, "plan"),
        ({"plan": "team", "when": "soon"}, 400, "when"),
        ({"plan": "team", "seats": 1.5}, 400, "amount"),
        ({"plan": "team", "seats": "3"}, 400, "seats"),
        ({"plan": "team", "seats": None}, 400, "seats"),
        ({"plan": "team", "seats": 10**9}, 400, "seats"),
        ({"plan": "team", "interval": "fortnight"}, 400, "interval"),
        ({"plan": "team", "promotion_code": "NOPE"}, 400, "promotion_code"),
        ({"plan": "team", "price": "price_1"}, 400, "price"),
        ({"plan": "te\u0000am"}, 400, "plan"),
    ],
)
async def test_what_cannot_be_is_a_problem_that_names_its_field(
    api: Api, ada: str, body: dict[str, Any], status: int, field: str
) -> None:
    raw = json.dumps({"account": ada, **body})
    answer = await api.client.post(PREVIEW, content=raw, headers=api.program)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["field"] == field


async def test_a_change_without_its_preview_or_with_an_old_one_is_refused(api: Api, ada: str, stage: Stage) -> None:
    wish: dict[str, Any] = {"account": ada, "plan": "team"}
    assert (await asked(api, CHANGE, **wish)).status_code == 400
    assert (await asked(api, CHANGE, **wish, as_previewed="x")).json()["field"] == "as_previewed"
    token = (await asked(api, PREVIEW, **wish)).json()["as_previewed"]
    stage.until(FEBRUARY + 19 * DAY + 301)
    old = await asked(api, CHANGE, **wish, as_previewed=token)
    assert (old.status_code, old.json()["code"]) == (409, "conflict")


async def test_an_unpaid_invoice_is_told_with_its_address(api: Api, ada: str, stage: Stage) -> None:
    customer = next(iter(stage.machine.world.table("subscription").values()))["customer"]
    bad = stage.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer}).id
    stage.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": bad}})
    stage.until(FEBRUARY + 30 * DAY)
    told = (await asked(api, PREVIEW, account=ada, plan="team")).json()
    assert (told["status"], told["due"], told["currency"]) == (409, "29.00", "USD")
    assert told["invoice_url"].startswith("http")


async def test_only_managers_name_coupons_and_others_see_no_foreign_account(api: Api, ada: str, stage: Stage) -> None:
    coupon = stage.v1.coupons.create({"percent_off": 50, "duration": "once", "name": "Half"}).id
    wish: dict[str, Any] = {"account": ada, "plan": "team", "interval": "year", "coupon": coupon}
    assert (await asked(api, PREVIEW, **wish)).status_code == 403
    other, _ = stage.customer("Bo")
    for path, body in ((PREVIEW, {"plan": "team"}), (CHANGE, {"plan": "team", "as_previewed": "x"}), (UNDO, {})):
        foreign = await asked(api, path, api.bound(other), account=ada, **body)
        assert foreign.status_code == 404
    for path in (PLANS, STATE):
        foreign = await api.client.get(path, params={"account": ada}, headers=api.bound(other))
        assert foreign.status_code == 404


async def test_a_person_changes_their_own_plan_from_the_browser(api: Api, ada: str) -> None:
    person = Principal("usr_ada", "Ada", Role.USER, ada)
    wish: dict[str, Any] = {"account": ada, "plan": "team"}
    async with api.browser(person) as client:
        for site, status in (("same-origin", 200), ("cross-site", 403)):
            answer = await client.post(PREVIEW, json=wish, headers={"Sec-Fetch-Site": site})
            assert answer.status_code == status
