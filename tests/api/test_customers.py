"""An account's customer by program: read by its own, registered by managers alone, also while it is offline."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from billing import accounts, customers, rereading
from billing.rules.moments import DAY
from billing.store import organisations as organisation_rows
from tests.api.doorway import Api, api_of
from tests.world.groups import founded, person
from tests.world.shops import Shop, open_shop

OFFLINE = {"SCRIP_ORGANISATIONS__ENABLED": "yes", "SCRIP_ORGANISATIONS__OFFLINE": "yes"}


@pytest.fixture(scope="module")
def shop(stripe_sandbox: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("customers")
    with open_shop(f"sqlite:///{folder}/scrip.db", stripe_sandbox, False, **OFFLINE) as made:
        yield made


@pytest.fixture
async def api(shop: Shop) -> AsyncIterator[Api]:
    async with api_of(shop.world) as made:
        yield made


@pytest.fixture
def offline(shop: Shop) -> str:
    """An organisation the provider has never heard of."""
    return founded(shop.world, person(shop.world))


async def _asked(api: Api, method: str, account: str, headers: dict[str, str]) -> httpx.Response:
    return await api.client.request(method, f"/api/v1/accounts/{account}/customer", headers=headers)


async def test_an_offline_account_is_no_customer_until_a_manager_registers_it_once(
    api: Api, shop: Shop, offline: str
) -> None:
    nobody = (await _asked(api, "GET", offline, api.manager)).json()
    assert (nobody["account"], nobody["customer"], nobody["read_at"]) == (offline, None, None)
    first = await _asked(api, "POST", offline, api.manager)
    again = await _asked(api, "POST", offline, api.manager)
    assert (first.status_code, again.json()) == (200, first.json())
    made = shop.stripe(f"customers/{first.json()['customer']}", "GET")
    assert made["name"] == "Analytical Engines"
    with shop.portal.database.read() as connection:
        assert not organisation_rows.is_offline(connection, offline)
    acts = [line.action for line in accounts.history(shop.portal, offline)]
    assert acts.count("customer.registered") == 1


async def test_what_the_provider_says_is_told_to_whoever_may_look(api: Api, shop: Shop, offline: str) -> None:
    customer = customers.register(shop.portal, offline)
    shop.stripe(f"customers/{customer}", email="bills@example.org", **{"address[country]": "FR"})
    shop.world.clock.pass_by(DAY)
    rereading.customers(shop.portal)
    told = (await _asked(api, "GET", offline, api.bound(offline))).json()
    assert (told["customer"], told["email"], told["address"]["country"]) == (customer, "bills@example.org", "FR")
    assert told["tax_ids"] == []
    other = await _asked(api, "GET", offline, api.bound(shop.world.account()))
    assert other.status_code == 404


async def test_only_managers_register(api: Api, shop: Shop, offline: str) -> None:
    assert (await _asked(api, "POST", offline, api.bound(offline))).status_code == 403
    assert (await _asked(api, "POST", offline, api.program)).status_code == 403
    with shop.portal.database.read() as connection:
        assert organisation_rows.is_offline(connection, offline)


async def test_an_account_that_is_not_there_is_not_found(api: Api) -> None:
    for method in ("GET", "POST"):
        assert (await _asked(api, method, "acc_none", api.manager)).status_code == 404
