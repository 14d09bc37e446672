"""Accounts with plans of a file: a portal over either engine, a sandbox with a test clock, and what happens in time.

No webhook comes by itself: `hear` hands the portal what the sandbox told since it was asked last.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from billing import accounts, expiry, subscriptions, webhooks
from billing.gateways.stripe_setup import StripeSetup
from billing.plan_files import load
from billing.rules.kinds import Kind
from billing.rules.moments import SECOND
from billing.rules.subscriptions import Plan
from billing.rules.views import Filters, Line
from billing.statements import page
from billing.store.inbox import EventState
from tests.world.portals import migrated
from tests.world.refilled import Refilled
from tests.world.shops import Shop, open_shop


@dataclass
class Subscriber:
    """An account, and its customer at the provider, who lives by a clock of their own."""

    desk: Desk
    account_id: str
    customer_ref: str
    clock_ref: str
    now: int

    def subscribe(self, key: str, **more: Any) -> str:
        """A subscription to the plan on offer; its id."""
        plan = self.desk.offered(key)
        rows = {f"items[{place}][price]": item.price_ref for place, item in enumerate(plan.items)}
        return str(self.desk.shop.stripe("subscriptions", customer=self.customer_ref, **rows, **more)["id"])

    def until(self, moment: int) -> None:
        """Time passes for them, and for the portal: what falls due happens."""
        self.desk.shop.world.clock.pass_by(moment - self.now)
        self.now = moment
        target = f"test_helpers/test_clocks/{self.clock_ref}/advance"
        self.desk.shop.stripe(target, frozen_time=moment // SECOND)

    def lines(self, kind: Kind = Kind.PLAN) -> list[Line]:
        """What plans gave, oldest first; or other lines."""
        found = page(self.desk.shop.portal, self.account_id, Filters(kinds=(kind,), limit=100)).lines
        return list(reversed(found))

    def gains(self, kind: Kind = Kind.PLAN) -> list[str]:
        """The same as numbers."""
        return [str(each.amount) for each in self.lines(kind)]

    @property
    def available(self) -> str:
        """What can be spent now."""
        return str(accounts.view(self.desk.shop.portal, self.account_id).available)


@dataclass
class Desk:
    """The portal, and short words for what its tests keep doing."""

    shop: Shop
    heard: set[str] = field(default_factory=set)

    def subscriber(self, moment: int, card: str = "pm_card_visa") -> Subscriber:
        """Somebody new whose time begins at the moment, which is the portal's own from now on."""
        self.shop.world.clock.pass_by(moment - self.shop.world.clock())
        clock = self.shop.stripe("test_helpers/test_clocks", frozen_time=moment // SECOND)["id"]
        customer = self.shop.stripe("customers", name="Ada", test_clock=clock)["id"]
        method = self.shop.stripe(f"payment_methods/{card}/attach", customer=customer)["id"]
        self.shop.stripe(f"customers/{customer}", **{"invoice_settings[default_payment_method]": method})
        return Subscriber(self, self.shop.world.account("Ada", customer), customer, clock, moment)

    def offered(self, key: str) -> Plan:
        """A plan that can be had."""
        return next(each for each in subscriptions.plans(self.shop.portal) if each.key == key)

    def events(self) -> list[dict[str, Any]]:
        """What the sandbox told and nobody heard yet, in any order."""
        found = [each for each in self.shop.asked() if each["id"] not in self.heard]
        self.heard |= {each["id"] for each in found}
        random.Random(len(self.heard)).shuffle(found)
        return found

    def hear(self, events: list[dict[str, Any]] | None = None) -> list[EventState]:
        """Hands events to the portal, as the sweep does, and empties what has expired."""
        raws = [json.dumps(each).encode() for each in (self.events() if events is None else events)]
        states = webhooks.take(self.shop.portal, raws)
        expiry.sweep(self.shop.portal)
        return states


@contextmanager
def open_desk(database_url: str, sandbox_url: str, plans: Path, **changes: str) -> Iterator[Desk]:
    """A portal whose plans stand in that file, synced to an empty account."""
    files = {"SCRIP_CATALOG__PLAN_FILES": str(plans), "SCRIP_PURCHASE__NEEDS_SUBSCRIPTION": "none"}
    with open_shop(database_url, sandbox_url, **files | changes) as shop:
        with closing(StripeSetup.of(shop.portal.settings)) as account:
            account.sync(load([str(plans)]), lambda _step: None)
        yield Desk(shop)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def desk(
    request: pytest.FixtureRequest, stripe_sandbox: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """One desk on each engine for all tests of a module, which says in PLANS what is sold there."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "plans.yml").write_text(request.module.PLANS, "utf-8")
    with ExitStack() as stack:
        url = f"sqlite:///{folder}/scrip.db"
        if request.param == "postgres":
            refilled: Refilled = request.getfixturevalue("refilled")
            url = stack.enter_context(refilled.database("schema", migrated))
        yield stack.enter_context(open_desk(url, stripe_sandbox, folder / "plans.yml"))
