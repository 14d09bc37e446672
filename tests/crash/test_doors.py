"""Webhook, return page and sweep: each alone credits what was paid, and all at once credit it once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from billing import check, purchases
from billing.purchases import Buyer, Checkout
from billing.rules.errors import GatewayUnavailable
from billing.rules.moments import system_clock
from billing.rules.orders import Surface
from tests.crash.portals import KEY, Mortal, until
from tests.world.databases import Databases, migrated
from tests.world.portals import World, open_world, rounds

pytestmark = pytest.mark.campaign

SURFACES = (Surface.ELEMENTS, Surface.HOSTED, Surface.EMBEDDED)
FEW, MANY = 3, rounds(18, 100)


class Street:
    """A running portal and people in front of it; `doors` says which of its doors are open."""

    def __init__(self, stack: ExitStack, databases: Databases, folder: Path, *, webhook: bool, sweep: bool) -> None:
        self.portal = Mortal(folder, databases.prepared("schema", migrated))
        stack.callback(self.portal.end)
        self.portal.start(SCRIP_SWEEP_SECONDS="1" if sweep else "0")
        self.portal.control("delivery", paused=not webhook)
        stripe = {"SCRIP_STRIPE__API_KEY": KEY, "SCRIP_STRIPE__API_BASE": self.portal.sandbox_url}
        self.world: World = stack.enter_context(
            open_world(self.portal.database_url, clock=system_clock, **stripe)  # type: ignore[arg-type]
        )
        self.package = purchases.offers(self.world.portal)[0]

    def begin(self, count: int) -> dict[str, Checkout]:
        """So many accounts, each with an order, at the surfaces in turn."""
        begun: dict[str, Checkout] = {}
        for number in range(count):
            account = self.world.account(f"Ada {number}")
            buyer, where = Buyer("usr_ada", account), SURFACES[number % len(SURFACES)]
            begun[account] = purchases.begin(self.world.portal, buyer, self.package.key, surface=where)
        return begun

    def pay(self, checkout: Checkout) -> None:
        order = checkout.order
        if order.surface is Surface.ELEMENTS:
            self.portal.control(f"payments/{order.payment_ref}/pay", card="4242424242424242")
        else:
            self.portal.control(f"sessions/{order.session_ref}/complete", card="4242424242424242")

    def credited(self, begun: dict[str, Checkout]) -> int:
        return sum(self.world.balance(account) == self.package.credits for account in begun)


@pytest.fixture
def stack(databases: Databases) -> Iterator[ExitStack]:
    """Closed before the databases are put away, in which its portals are."""
    with ExitStack() as opened:
        yield opened


def test_with_a_silent_webhook_one_sweep_credits_everything(
    stack: ExitStack, databases: Databases, tmp_path: Path
) -> None:
    street = Street(stack, databases, tmp_path, webhook=False, sweep=True)
    begun = street.begin(FEW)
    for checkout in begun.values():
        street.pay(checkout)
    until("the sweep did not credit", lambda: street.credited(begun) == FEW)
    assert check.run(street.world.portal.database) == []


def test_asking_about_an_order_credits_it_and_so_does_its_webhook_alone(
    stack: ExitStack, databases: Databases, tmp_path: Path
) -> None:
    """Without a sweep: first the return page asks while the webhook is silent, then only the webhook speaks."""
    street = Street(stack, databases, tmp_path, webhook=False, sweep=False)
    asked, told = street.begin(FEW), street.begin(FEW)
    for checkout in (*asked.values(), *told.values()):
        street.pay(checkout)
    assert (street.credited(asked), street.credited(told)) == (0, 0)
    for account, checkout in asked.items():
        purchases.confirm(street.world.portal, account, checkout.order.id)
    assert (street.credited(asked), street.credited(told)) == (FEW, 0)
    street.portal.control("delivery", paused=False)
    until("the webhook did not credit", lambda: street.credited(told) == FEW)
    assert street.credited(asked) == FEW
    assert check.run(street.world.portal.database) == []


def test_through_all_doors_at_once_every_order_is_credited_once(
    stack: ExitStack, databases: Databases, tmp_path: Path
) -> None:
    street = Street(stack, databases, tmp_path, webhook=True, sweep=True)
    street.portal.control("delivery", duplicate=1, shuffle=True)
    begun = street.begin(MANY)
    waiting = list(begun.items())

    def live() -> None:
        while waiting:
            account, checkout = waiting.pop()
            street.pay(checkout)
            try:
                purchases.confirm(street.world.portal, account, checkout.order.id)
            except GatewayUnavailable:
                continue  # the other doors are open

    people = [threading.Thread(target=live) for _ in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join(60)
    until("not everything was credited", lambda: street.credited(begun) == MANY, seconds=40)
    _calm_down(street)
    assert street.credited(begun) == MANY
    assert check.run(street.world.portal.database) == []


def _calm_down(street: Street) -> None:
    """Waits until the sandbox has delivered what it had, duplicates too."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        told = httpx.get(f"{street.portal.sandbox_url}/_sandbox/deliveries", params={"limit": 2000}, timeout=10).json()
        if all(each["state"] == "delivered" for each in told["deliveries"]):
            return
        time.sleep(0.1)
