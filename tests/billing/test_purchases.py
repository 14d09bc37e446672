"""Buying through the real SDK and a sandbox process: one order, one payment, one credit, whatever happens between."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from billing import check, purchases, reconcile
from billing.purchases import Buyer
from billing.rules.catalog import Package
from billing.rules.errors import GatewayUnavailable, NotFound
from billing.rules.money import Credits, Money
from billing.rules.orders import OrderState
from tests.world.databases import Databases, migrated
from tests.world.portals import NOWHERE, World, open_world

KEY = "sk_test_sandbox_world"
STARTER = Package("starter", "", "Starter", "To begin with", Money(500, "USD"), Credits.whole(500))
SCALE = Package("scale", "", "Scale", "For more", Money(8000, "USD"), Credits.whole(10_000), default=True)


@dataclass
class Shop:
    """A world whose gateway speaks to a sandbox that posts no webhooks: news come only when somebody asks."""

    world: World
    url: str
    buyer: Buyer

    def pay(self, payment_ref: str | None, card: str = "4242424242424242") -> None:
        httpx.post(f"{self.url}/_sandbox/payments/{payment_ref}/pay", json={"card": card}, timeout=20)

    def begin(self, key: str = "starter") -> purchases.Checkout:
        return purchases.begin(self.world.portal, self.buyer, key)

    def payments(self) -> list[Any]:
        answer = httpx.get(f"{self.url}/v1/payment_intents", headers={"Authorization": f"Bearer {KEY}"}, timeout=20)
        return list(answer.json()["data"])

    @property
    def balance(self) -> Credits:
        return self.world.balance(self.buyer.account_id)


@pytest.fixture(scope="module")
def stripe_url() -> Iterator[str]:
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--port",
        "0",
        "--secret-key",
        KEY,
        "--publishable-key",
        "pk_test_world",
    ]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().rpartition(" ")[2].strip()
        process.terminate()


@pytest.fixture
def shop(databases: Databases, stripe_url: str) -> Iterator[Shop]:
    httpx.post(f"{stripe_url}/_sandbox/reset", json={}, timeout=20).raise_for_status()
    url = databases.prepared("schema", migrated)
    with open_world(url, SCRIP_STRIPE__API_BASE=stripe_url) as world:
        world.portal.gateway.publish_packages([STARTER, SCALE])
        yield Shop(world, stripe_url, Buyer("usr_ada", world.account("Ada")))


def test_offers_come_from_the_product_cheapest_first(shop: Shop) -> None:
    found = [(each.key, each.amount, each.credits, each.default) for each in purchases.offers(shop.world.portal)]
    assert found == [
        ("starter", Money(500, "USD"), Credits.whole(500), False),
        ("scale", Money(8000, "USD"), Credits.whole(10_000), True),
    ]


def test_a_paid_purchase_is_credited_when_somebody_asks_and_only_once(shop: Shop) -> None:
    checkout = shop.begin()
    assert checkout.client_secret
    assert shop.balance.micro == 0
    shop.pay(checkout.order.payment_ref)
    for _ in range(3):
        order = purchases.confirm(shop.world.portal, shop.buyer.account_id, checkout.order.id)
        assert order.state is OrderState.CREDITED
    assert shop.balance == Credits.whole(500)
    assert check.run(shop.world.portal.database) == []


def test_an_unpaid_purchase_stays_open_and_credits_nothing(shop: Shop) -> None:
    checkout = shop.begin()
    order = purchases.confirm(shop.world.portal, shop.buyer.account_id, checkout.order.id)
    assert order.state is OrderState.OPEN
    assert shop.balance.micro == 0


def test_a_second_tab_shares_the_open_payment(shop: Shop) -> None:
    first, second = shop.begin(), shop.begin()
    assert first.order.id == second.order.id
    assert first.client_secret == second.client_secret
    assert len(shop.payments()) == 1


def test_a_storm_of_clicks_makes_one_order_and_one_payment(shop: Shop) -> None:
    seen: list[str] = []
    threads = [threading.Thread(target=lambda: seen.append(shop.begin().order.id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert len(shop.payments()) == 1


def test_coming_back_after_paying_never_asks_to_pay_again(shop: Shop) -> None:
    checkout = shop.begin()
    shop.pay(checkout.order.payment_ref)
    again = shop.begin()
    assert again.order.id == checkout.order.id
    assert again.client_secret is None
    assert again.order.state is OrderState.CREDITED
    assert shop.balance == Credits.whole(500)


def test_the_same_package_can_be_bought_again_after_it_was_credited(shop: Shop) -> None:
    for _ in range(2):
        checkout = shop.begin()
        shop.pay(checkout.order.payment_ref)
        purchases.confirm(shop.world.portal, shop.buyer.account_id, checkout.order.id)
    assert shop.balance == Credits.whole(1000)
    assert len(shop.payments()) == 2


def test_a_declined_payment_takes_another_card(shop: Shop) -> None:
    checkout = shop.begin()
    shop.pay(checkout.order.payment_ref, "4000000000000002")
    order = purchases.confirm(shop.world.portal, shop.buyer.account_id, checkout.order.id)
    assert order.state is not OrderState.CREDITED
    assert shop.begin().order.id == checkout.order.id
    shop.pay(checkout.order.payment_ref)
    purchases.confirm(shop.world.portal, shop.buyer.account_id, checkout.order.id)
    assert shop.balance == Credits.whole(500)


def test_a_crash_between_stripes_answer_and_our_record_makes_no_second_payment(shop: Shop) -> None:
    checkout = shop.begin()
    shop.world.portal.till.write(
        lambda tx: tx.connection.execute(text("UPDATE orders SET payment_ref = NULL, state = 'new'"))
    )
    again = shop.begin()
    assert again.order.payment_ref == checkout.order.payment_ref
    assert len(shop.payments()) == 1


def test_an_offer_that_changed_is_not_sold_at_the_old_price(shop: Shop) -> None:
    checkout = shop.begin()
    dearer = Package("starter", "", "Starter", "To begin with", Money(700, "USD"), Credits.whole(500))
    shop.world.portal.gateway.publish_packages([dearer])
    fresh = shop.begin()
    assert fresh.order.id != checkout.order.id
    assert fresh.order.amount == Money(700, "USD")


def test_the_sweep_credits_what_no_webhook_told(shop: Shop) -> None:
    checkout = shop.begin()
    shop.begin("scale")
    shop.pay(checkout.order.payment_ref)
    assert reconcile.sweep(shop.world.portal) == reconcile.Swept(looked_at=2, credited=1, unanswered=0)
    assert reconcile.sweep(shop.world.portal).credited == 0
    assert shop.balance == Credits.whole(500)


def test_somebody_elses_order_looks_like_none(shop: Shop) -> None:
    checkout = shop.begin()
    stranger = shop.world.account("Bo")
    sentences = set()
    for order_id in (checkout.order.id, "ord_00000000000000000000", "'; DROP TABLE orders", ""):
        with pytest.raises(NotFound) as refused:
            purchases.order(shop.world.portal, stranger, order_id)
        sentences.add(refused.value.sentence)
    assert len(sentences) == 1


@pytest.mark.parametrize("key", ["", "unknown", "starter ", "x" * 10_000])
def test_an_unknown_package_is_refused_and_nothing_is_written(shop: Shop, key: str) -> None:
    before = shop.world.dump()
    with pytest.raises(NotFound):
        shop.begin(key)
    assert shop.world.dump() == before


def test_without_stripe_nothing_is_offered_at_a_guessed_price(databases: Databases) -> None:
    with open_world(databases.prepared("schema", migrated), SCRIP_STRIPE__API_BASE=NOWHERE) as world:
        with pytest.raises(GatewayUnavailable):
            purchases.offers(world.portal)
        with pytest.raises(GatewayUnavailable):
            purchases.begin(world.portal, Buyer("usr_ada", world.account()), "starter")


def test_an_order_that_stripe_does_not_know_keeps_no_other_waiting(shop: Shop) -> None:
    shop.world.order(shop.world.account("Bo", "cus_gone"), "pi_gone", "cus_gone")
    shop.world.clock.pass_by(1)
    shop.pay(shop.begin().order.payment_ref)
    swept = reconcile.sweep(shop.world.portal)
    assert (swept.looked_at, swept.credited, swept.unanswered) == (2, 1, 1)
    assert shop.balance == Credits.whole(500)
