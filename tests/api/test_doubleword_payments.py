"""Buying through Doubleword's doors: for oneself, for somebody else, back from Stripe's page, and a card proven there.

Stripe is the sandbox; no webhook comes, so whatever is credited was credited because somebody asked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.concurrency import run_in_threadpool

from auth.policy import Principal, Role
from billing import purchases
from billing.rules.bonuses import BonusStep
from billing.rules.catalog import Package, own_amount
from billing.rules.money import Credits, Money
from tests.api.doorway import Api, api_of
from tests.world.shops import PACKAGES, Shop, open_shop

ADMIN = "/admin/api/v1"
FIVE_PERCENT = (BonusStep(Credits.whole(1000), percent=5),)
STEP = Package("own", "", "Credits", "", Money(10, "USD"), Credits.whole(10), bonuses=FIVE_PERCENT)
SETTINGS = {
    "SCRIP_DOORS": "doubleword",
    "SCRIP_PURCHASE__NEEDS_SUBSCRIPTION": "none",
    "SCRIP_CREDITS__VERIFICATION": "5",
}


@dataclass
class Counter:
    """A shop and its doors."""

    shop: Shop
    api: Api

    def person(self, name: str = "Ada", role: Role = Role.USER) -> Principal:
        """Somebody with an account and a session."""
        return Principal(f"usr_{name.lower()}", name, role, self.shop.world.account(name), session="s")

    async def asks(self, who: Principal, method: str, path: str) -> httpx.Response:
        """A request with this person's session."""
        async with self.api.browser(who) as client:
            return await client.request(method, ADMIN + path)

    async def pays(self, answer: httpx.Response) -> str:
        """On Stripe's page, with a good card; the id of the checkout."""
        assert answer.status_code == 200, answer.text
        session = str(answer.json()["url"]).rpartition("/")[2]
        await run_in_threadpool(self.shop.told, f"sessions/{session}/complete")
        return session

    def balance(self, who: Principal) -> str:
        return str(self.shop.world.balance(who.account_id or ""))


@pytest.fixture
async def counter(stripe_sandbox: str, tmp_path: Path) -> AsyncIterator[Counter]:
    with open_shop(f"sqlite:///{tmp_path}/scrip.db", stripe_sandbox, **SETTINGS) as shop:
        async with api_of(shop.world) as api:
            yield Counter(shop, api)


async def test_what_was_paid_is_processed_when_the_buyer_is_back_and_then_again_and_again(counter: Counter) -> None:
    ada = counter.person()
    begun = await counter.asks(ada, "POST", "/payments")
    same = await counter.asks(ada, "POST", "/payments")
    assert begun.json() == same.json(), "a double click is one page"
    path = f"/payments/{begun.json()['url'].rpartition('/')[2]}"
    early = await counter.asks(ada, "PATCH", path)
    assert (early.status_code, early.json()["code"]) == (402, "not_paid_yet")
    await counter.pays(begun)
    for _ in range(3):
        done = await counter.asks(ada, "PATCH", path)
        assert (done.status_code, counter.balance(ada)) == (200, "50")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.BILLING_MANAGER])
async def test_a_manager_pays_for_another_who_gets_the_credits(counter: Counter, role: Role) -> None:
    ada, mia = counter.person(), counter.person("Mia", role)
    session = await counter.pays(await counter.asks(mia, "POST", f"/payments?creditee_id={ada.account_id}"))
    assert (await counter.asks(mia, "PATCH", f"/payments/{session}")).status_code == 200
    assert (counter.balance(ada), counter.balance(mia)) == ("50", "0")
    order = purchases.order_of_checkout(counter.shop.portal, session)
    assert (order.account_id, order.payer_id, order.person_id) == (ada.account_id, mia.account_id, mia.id)
    for who in (ada, mia):
        assert purchases.order(counter.shop.portal, who.account_id or "", order.id).credits == Credits.whole(50)
    paid = counter.shop.stripe(f"checkout/sessions/{session}", "GET")
    assert paid["customer"] == order.customer_ref, "the payer's customer and cards"


async def test_the_creditee_may_process_what_was_paid_for_them_and_a_stranger_may_not(counter: Counter) -> None:
    ada, bo, mia = counter.person(), counter.person("Bo"), counter.person("Mia", Role.MANAGER)
    session = await counter.pays(await counter.asks(mia, "POST", f"/payments?creditee_id={ada.account_id}"))
    foreign = await counter.asks(bo, "PATCH", f"/payments/{session}")
    unknown = await counter.asks(bo, "PATCH", "/payments/cs_test_nobody")
    assert (foreign.status_code, foreign.json()["message"]) == (404, unknown.json()["message"])
    assert unknown.status_code == 404
    assert counter.balance(ada) == "0"
    assert (await counter.asks(ada, "PATCH", f"/payments/{session}")).status_code == 200
    assert counter.balance(ada) == "50"


async def test_users_buy_for_nobody_else_and_nobody_buys_for_nobody(counter: Counter) -> None:
    ada, bo, mia = counter.person(), counter.person("Bo"), counter.person("Mia", Role.MANAGER)
    for named in (bo.account_id, "usr_none"):
        assert (await counter.asks(ada, "POST", f"/payments?creditee_id={named}")).status_code == 403
    assert (await counter.asks(mia, "POST", "/payments?creditee_id=usr_none")).status_code == 404
    assert (await counter.asks(mia, "POST", "/payments?creditee_id=a%20b")).status_code == 422


async def test_a_service_begins_a_purchase_that_the_account_pays_itself(counter: Counter) -> None:
    ada = counter.person()
    nobody = await counter.api.client.post(f"{ADMIN}/payments", headers=counter.api.program)
    assert (nobody.status_code, nobody.json()["field"]) == (400, "account")
    path = f"{ADMIN}/payments?creditee_id={ada.account_id}"
    session = await counter.pays(await counter.api.client.post(path, headers=counter.api.program))
    assert purchases.order_of_checkout(counter.shop.portal, session).payer_id == ada.account_id
    bound = counter.api.bound(counter.shop.world.account("Bo"))
    assert (await counter.api.client.post(path, headers=bound)).status_code == 404
    done = await counter.api.client.patch(f"{ADMIN}/payments/{session}", headers=counter.api.program)
    assert (done.status_code, counter.balance(ada)) == (200, "50")


@pytest.mark.parametrize("session_id", ["a-b", "cs.x", "x" * 300, "%F0%9F%92%B8", "'--"])
async def test_what_can_be_no_checkout_is_a_bad_request(counter: Counter, session_id: str) -> None:
    answer = await counter.asks(counter.person(), "PATCH", f"/payments/{session_id}")
    assert (answer.status_code, answer.json()["message"]) == (400, "This is no id of a checkout.")


async def test_a_card_is_verified_without_a_charge_and_earns_its_gift_once(counter: Counter) -> None:
    ada, bo = counter.person(), counter.person("Bo")
    begun = await counter.asks(ada, "POST", "/payments/setup")
    path = f"/payments/{begun.json()['url'].rpartition('/')[2]}"
    assert (await counter.asks(ada, "PATCH", path)).status_code == 402
    await counter.pays(begun)
    assert (await counter.asks(bo, "PATCH", path)).status_code == 404
    for _ in range(2):
        assert (await counter.asks(ada, "PATCH", path)).status_code == 200
        assert counter.balance(ada) == "5"
    seen = (await counter.asks(ada, "GET", f"/users/{ada.account_id}")).json()
    assert (seen["verified"], seen["has_payment_provider_id"]) == (True, True)


async def test_the_billing_portal_is_a_page_of_stripe(counter: Counter) -> None:
    answer = await counter.asks(counter.person(), "POST", "/billing-portal")
    assert answer.status_code == 200, answer.text
    assert answer.json()["url"].startswith(counter.shop.url)


async def test_an_amount_of_ones_own_is_asked_for_by_its_credits_and_priced_here(counter: Counter) -> None:
    ada, sold = counter.person(), own_amount(STEP, Credits.whole(50), Credits.whole(5000))
    refused = await counter.asks(ada, "POST", "/payments?credits=100")
    assert (refused.status_code, "cannot be chosen here" in refused.text) == (400, True)
    await run_in_threadpool(counter.shop.portal.gateway.publish_packages, [*PACKAGES, sold])
    for wrong in ("40", "105", "5010", "-50", "1e3", "NaN", "9" * 16):
        assert (await counter.asks(ada, "POST", f"/payments?credits={wrong}")).status_code in (400, 422), wrong
    await counter.pays(await counter.asks(ada, "POST", "/payments?credits=1230"))
    (order,) = purchases.recent(counter.shop.portal, ada.account_id or "")
    assert (order.amount, str(order.credits), str(order.bonus)) == (Money(1230, "USD"), "1230", "61.5")
    usual = await counter.asks(counter.person("Bo"), "POST", "/payments")
    session = str(usual.json()["url"]).rpartition("/")[2]
    assert purchases.order_of_checkout(counter.shop.portal, session).package_key == "fifty"
