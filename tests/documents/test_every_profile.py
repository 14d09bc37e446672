"""The same class for every profile there is: a system is data, so what holds for one holds for all.

Nothing here knows a profile by name. What differs is read from the settings the profile makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from billing import check, customers, purchases
from billing.purchases import Buyer, Checkout
from billing.rules.errors import Forbidden
from billing.rules.moments import system_clock
from billing.rules.money import Credits
from billing.rules.orders import Surface
from billing.settings_sources import PROFILES
from tests.documents.datalayer import KEY, Client, Platform, platform, until
from tests.world.portals import World, open_world

NAMES = sorted(path.stem for path in PROFILES.glob("*.yaml"))


@dataclass
class System:
    """A running portal of one profile; `world` is a second portal over the same database, with the same settings."""

    platform: Platform
    world: World

    def buyer(self) -> tuple[Client, Buyer]:
        """Somebody new, or an organisation where only those buy; subscribed where the profile asks for it."""
        settings = self.world.portal.settings
        client = self.platform.organisation() if settings.organisations.only else self.platform.person()
        needed = settings.purchase.needs_subscription
        if needed != "none":
            self._subscribe(client, needed)
        return client, Buyer("usr_test", client.account_id)

    def sells_nothing(self) -> bool:
        """Whether the profile has plans instead of credits; then nothing at all may be on offer."""
        catalog = self.world.portal.settings.catalog
        if catalog.packages or catalog.plan_files:
            return False
        assert purchases.offers(self.world.portal) == ()
        return True

    def pay(self, checkout: Checkout, card: str = "4242424242424242") -> None:
        """Types the card where the order is paid."""
        order, running = checkout.order, self.platform.running
        if order.surface is Surface.ELEMENTS:
            running.sandbox(f"payments/{order.payment_ref}/pay", card=card)
        else:
            running.sandbox(f"sessions/{order.session_ref}/complete", card=card)

    def _subscribe(self, client: Client, needed: str) -> None:
        with pytest.raises(Forbidden):
            purchases.begin(self.world.portal, Buyer("usr_test", client.account_id), self.cheapest)
        customer = customers.ensure(self.world.portal, client.account_id)
        method = self.platform.stripe("payment_methods/pm_card_visa/attach", customer=customer)["id"]
        plans = self.world.portal.gateway.plans()
        price = next(plan.price_ref for plan in plans if needed in ("any", plan.interval))
        items = {"items[0][price]": price, "default_payment_method": method}
        self.platform.stripe("subscriptions", customer=customer, **items)

    @property
    def cheapest(self) -> str:
        return purchases.offers(self.world.portal)[0].key


@pytest.fixture(scope="class", params=NAMES)
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder: Path = tmp_path_factory.mktemp("profile")
    with ExitStack() as stack:
        running = stack.enter_context(platform(folder, request.param))
        settings = {
            "SCRIP_PROFILE": request.param,
            "SCRIP_STRIPE__API_KEY": KEY,
            "SCRIP_STRIPE__API_BASE": running.running.sandbox_url,
            "SCRIP_STRIPE__SUBSCRIPTION_PRODUCT": "prod_scrip_plans",
        }
        url = f"sqlite:///{folder}/scrip.db"
        world = stack.enter_context(open_world(url, clock=system_clock, **settings))  # type: ignore[arg-type]
        yield System(running, world)


class TestEveryProfile:
    def test_every_webhook_path_answers_and_takes_nothing_unsigned(self, system: System) -> None:
        for path in ("/webhooks/stripe", *system.world.portal.settings.webhook_paths):
            assert httpx.post(f"{system.platform.running.url}{path}", content=b"{}", timeout=20).status_code == 400

    def test_a_purchase_becomes_its_credits_by_the_webhook_and_once(self, system: System) -> None:
        if system.sells_nothing():
            return
        client, buyer = system.buyer()
        begun = purchases.begin(system.world.portal, buyer, system.cheapest)
        assert begun.order.surface == system.world.portal.settings.purchase.surface
        system.pay(begun)
        until("the credits arrive", lambda: client.balance == begun.order.credits)
        purchases.confirm(system.world.portal, client.account_id, begun.order.id)
        assert client.balance == begun.order.credits

    def test_a_declined_card_adds_nothing_and_another_card_pays_the_same_order(self, system: System) -> None:
        if system.sells_nothing():
            return
        client, buyer = system.buyer()
        begun = purchases.begin(system.world.portal, buyer, system.cheapest)
        system.pay(begun, card="4000000000000002")
        purchases.confirm(system.world.portal, client.account_id, begun.order.id)
        assert client.balance == Credits(0)
        again = purchases.begin(system.world.portal, buyer, system.cheapest)
        assert again.order.id == begun.order.id
        system.pay(again)
        until("the credits arrive", lambda: client.balance == begun.order.credits)

    def test_programs_spend_and_managers_grant_by_the_same_api(self, system: System) -> None:
        client = system.platform.person()
        grant = {"account": client.account_id, "type": "grant", "amount": "5", "reason": "A test of every profile"}
        headers = {"Authorization": f"Bearer {_manager_key(system)}", "Idempotency-Key": client.account_id}
        url = system.platform.running.url
        assert httpx.post(f"{url}/api/v1/transactions", json=grant, headers=headers, timeout=20).status_code == 201
        debit = {"account": client.account_id, "amount": "2", "idempotency_key": "job"}
        assert client.post("/api/v1/usage", **debit).json()["balance_after"] == "3"

    def test_the_ledger_is_whole_after_all_of_this(self, system: System) -> None:
        assert check.run(system.world.portal.database) == []


def _manager_key(system: System) -> str:
    kept = (system.platform.running.folder / "demo-keys.json").read_text("utf-8")
    return str(httpx.Response(200, text=kept).json()["manager"])
