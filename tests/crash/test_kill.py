"""Kill -9 at the worst moments: nothing that was answered is lost, nothing is credited twice."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from billing import check, purchases
from billing.purchases import Buyer
from billing.rules.moments import system_clock
from billing.rules.money import Credits
from billing.rules.orders import Order
from tests.crash.portals import KEY, Mortal, until
from tests.world.databases import Databases, migrated
from tests.world.portals import open_world, paid_event, rounds, signed

pytestmark = pytest.mark.campaign

EVENTS, SENDERS, KILLS = rounds(150, 400), 8, rounds(2, 4)


@pytest.fixture
def mortal(databases: Databases, tmp_path: Path) -> Iterator[Mortal]:
    portal = Mortal(tmp_path, databases.prepared("schema", migrated))
    yield portal
    portal.end()


def test_a_portal_killed_between_payment_and_webhook_credits_once_when_it_is_back(mortal: Mortal) -> None:
    mortal.start()
    mortal.control("delivery", paused=True)
    with open_world(mortal.database_url, SCRIP_STRIPE__API_KEY=KEY, SCRIP_STRIPE__API_BASE=mortal.sandbox_url) as world:
        account = world.account()
        package = purchases.offers(world.portal)[0]
        order = purchases.begin(world.portal, Buyer("usr_ada", account), package.key).order
        mortal.control(f"payments/{order.payment_ref}/pay", card="4242424242424242")
        mortal.kill()
        mortal.control("delivery", paused=False)
        time.sleep(1.5)  # the sandbox tries in vain at least once
        assert world.balance(account).micro == 0
        mortal.start()
        until("the credits did not arrive", lambda: world.balance(account) == package.credits)
        time.sleep(2)
        assert world.balance(account) == package.credits
        assert check.run(world.portal.database) == []


def test_what_was_answered_under_repeated_kills_is_in_the_ledger_once(mortal: Mortal) -> None:
    with open_world(mortal.database_url) as world:
        account = world.account(customer_ref="cus_1")
        orders = [world.order(account, f"pi_{number}", "cus_1", credits=1) for number in range(EVENTS)]
        mortal.start()
        waiting = list(enumerate(orders))
        senders = [threading.Thread(target=_deliver_until_answered, args=(mortal, waiting)) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        dice = random.Random(11)
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.1, 0.5))
            mortal.kill()
            mortal.start()
        for sender in senders:
            sender.join(60)
        assert not any(sender.is_alive() for sender in senders)
        assert world.balance(account) == Credits.whole(EVENTS)
        assert check.run(world.portal.database) == []


def _deliver_until_answered(mortal: Mortal, waiting: list[tuple[int, Order]]) -> None:
    """As Stripe does: the same event again and again, freshly signed, until a 2xx says that it is safe."""
    with httpx.Client(timeout=5) as client:
        while True:
            try:
                number, order = waiting.pop()
            except IndexError:
                return
            while not _accepted(client, mortal, order, f"evt_{number}"):
                time.sleep(0.05)


def _accepted(client: httpx.Client, mortal: Mortal, order: Order, event_id: str) -> bool:
    time.sleep(0.005)
    raw, signature = signed(paid_event(order, system_clock(), event_id), system_clock())
    try:
        answer = client.post(f"{mortal.url}/webhooks/stripe", content=raw, headers={"Stripe-Signature": signature})
    except httpx.HTTPError:
        return False
    return answer.is_success
