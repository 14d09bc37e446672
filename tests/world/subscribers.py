"""Accounts with plans of a file: a portal over either engine, Stripe inside, and what happens in time.

No webhook comes by itself: `hear` hands the portal what Stripe told since it was asked last, in any order.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from billing import accounts, expiry, subscriptions, webhooks
from billing.portal import Portal
from billing.rules.kinds import Kind
from billing.rules.moments import SECOND
from billing.rules.subscriptions import Plan
from billing.rules.views import Filters, Line
from billing.statements import page
from billing.store.inbox import EventState
from tests.world.databases import migrated
from tests.world.inside import Stage, open_stage
from tests.world.refilled import Refilled


@dataclass
class Subscriber:
    """An account and its customer, by whose clock the portal lives as well."""

    desk: Desk
    account_id: str
    customer_ref: str

    @property
    def now(self) -> int:
        """The time they live in."""
        return self.desk.portal.clock()

    def subscribe(self, key: str, seats: int = 1, **more: Any) -> str:
        """A subscription to the plan on offer; its id."""
        return self.desk.stage.subscribed(self.customer_ref, key, seats, **more)

    def until(self, moment: int) -> None:
        """Time passes: what falls due happens."""
        self.desk.stage.until(moment // SECOND)

    def pays_with(self, card: str) -> None:
        """From now on another card is charged."""
        v1 = self.desk.stage.v1
        method = v1.payment_methods.attach(card, {"customer": self.customer_ref})
        v1.customers.update(self.customer_ref, {"invoice_settings": {"default_payment_method": method.id}})

    def lines(self, kind: Kind = Kind.PLAN) -> list[Line]:
        """What plans gave, oldest first; or other lines."""
        found = page(self.desk.portal, self.account_id, Filters(kinds=(kind,), limit=100)).lines
        return list(reversed(found))

    def gains(self, kind: Kind = Kind.PLAN) -> list[str]:
        """The same as numbers."""
        return [str(each.amount) for each in self.lines(kind)]

    @property
    def available(self) -> str:
        """What can be spent now."""
        return str(accounts.view(self.desk.portal, self.account_id).available)


@dataclass
class Desk:
    """The portal, and short words for what its tests keep doing."""

    stage: Stage
    heard: set[str] = field(default_factory=set)

    @property
    def portal(self) -> Portal:
        """The portal of the stage."""
        return self.stage.portal

    def subscriber(self, moment: int) -> Subscriber:
        """Somebody new in an account of Stripe that knows nobody else, at this moment."""
        self.stage.begin(moment // SECOND)
        return Subscriber(self, *self.stage.customer())

    def offered(self, key: str) -> Plan:
        """A plan that can be had."""
        return next(each for each in subscriptions.plans(self.portal) if each.key == key)

    def events(self) -> list[dict[str, Any]]:
        """What Stripe told and nobody heard yet, in any order."""
        found = [each for each in map(json.loads, self.stage.events()) if each["id"] not in self.heard]
        self.heard |= {each["id"] for each in found}
        random.Random(len(self.heard)).shuffle(found)
        return found

    def hear(self, events: list[dict[str, Any]] | None = None) -> list[EventState]:
        """Hands events to the portal, as the sweep does, and empties what has expired."""
        raws = [json.dumps(each).encode() for each in (self.events() if events is None else events)]
        states = webhooks.take(self.portal, raws)
        expiry.sweep(self.portal)
        return states


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """One desk on each engine for all tests of a module, which says in PLANS what is sold there."""
    folder = request.getfixturevalue("tmp_path_factory").mktemp("desk")
    (folder / "plans.yml").write_text(request.module.PLANS, "utf-8")
    with ExitStack() as stack:
        url = f"sqlite:///{folder}/scrip.db"
        if request.param == "postgres":
            refilled: Refilled = request.getfixturevalue("refilled")
            url = stack.enter_context(refilled.database("schema", migrated))
        yield Desk(stack.enter_context(open_stage(url, str(folder / "plans.yml"))))
