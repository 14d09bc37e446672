"""Two hundred lives of plans, forty in `make test`: what was shown is what happened, in money and in credits.

However the news arrive. A seed that fails is told with all that was done; `Changer(stage, seed, log)` does it again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from billing import accounts, check, expiry, wares, webhooks
from billing.gateways.stripe_events import LISTED
from billing.portal import Portal
from billing.rules.errors import ScripError
from billing.store.inbox import EventState
from billing.store.till import Till
from tests.world.catalogues import RHYTHMS, written
from tests.world.changers import BOUGHT, Changer, add_codes, buys, lots, plan_credits
from tests.world.databases import SqliteDatabases, migrated
from tests.world.inside import ADDRESS, KEY, connect, open_stage, plain_answers
from tests.world.portals import OwnClock, World, open_world, rounds

SEEDS = range(rounds(20, 200))


@pytest.mark.campaign
def test_sequences_happen_as_they_were_shown_in_whichever_order_they_are_told(
    tmp_path: Path, sqlite_templates: Path
) -> None:
    plans, databases = written(tmp_path, RHYTHMS), SqliteDatabases(tmp_path, sqlite_templates)
    with (
        open_stage(databases.prepared("schema", migrated), plans) as stage,
        _second(databases.prepared("schema", migrated), plans) as second,
        plain_answers(),
        _at_hand(),
    ):
        connect(second.portal.gateway, stage.wire)
        add_codes(stage)
        stage.keep()
        for seed in SEEDS:
            with _told(seed) as log:
                one = Changer(stage, seed, log)
                one.lives()
                _bought_credits_are_untouched(one)
                _hears_it_all(second, one)
                assert _state(second.portal, one.account) == _state(stage.portal, one.account)
        for each in (stage.world, second):
            assert check.run(each.portal.database) == []


def _bought_credits_are_untouched(one: Changer) -> None:
    expiry.sweep(one.stage.portal)
    bought = [each for each in lots(one.stage.portal, one.account) if each[0] == "purchase"]
    assert [each[1:3] for each in bought] == [(BOUGHT.micro, BOUGHT.micro)]


def _hears_it_all(second: World, one: Changer) -> None:
    """Another portal is told all of it in any order, some of it twice, and reads what it is about.

    As the till takes them under load: many events in one transaction.
    """
    second.clock.now = one.stage.world.clock.now
    second.account("Ada", one.customer, account_id=one.account)
    buys(second.portal, one.account)
    dice, events = Random(one.seed), one.stage.events(LISTED)
    events += dice.sample(events, min(5, len(events)))
    dice.shuffle(events)
    told = replace(second.portal, gateway=_Remembering(second.portal.gateway))
    half = dice.randrange(len(events))
    for some in (events[:half], events[half:]):
        envelopes = [told.gateway.read_event(raw) for raw in some]
        arrivals = [webhooks._ready(told, webhooks._arrival(told, each, told.clock())) for each in envelopes]
        states = second.portal.till.write(partial(webhooks.handle, arrivals=arrivals))
        assert set(states) <= {EventState.HANDLED, EventState.IGNORED}
    expiry.sweep(second.portal)


class _Remembering:
    """A gateway that reads each thing once: nothing changes while the news of it are told."""

    def __init__(self, gateway: Any) -> None:
        self._gateway = gateway
        self.read_about, self.invoices_of = cache(gateway.read_about), cache(gateway.invoices_of)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)


def _state(portal: Portal, account: str) -> dict[str, Any]:
    """What must not depend on the order of news: the subscription as it is, and every credit."""
    with portal.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM subscriptions WHERE account_id = ?", (account,)).mappings()
        seen = [{name: value for name, value in row.items() if name != "read_at"} for row in rows]
    view = accounts.view(portal, account)
    return {
        "subscriptions": seen, "balance": view.balance, "available": view.available,
        "lots": lots(portal, account), "gained": plan_credits(portal, account),
    }  # fmt: skip


@contextmanager
def _second(url: str, plans: str) -> Iterator[World]:
    """A portal with a database of its own, at the same Stripe."""
    settings = {
        "SCRIP_STRIPE__API_KEY": KEY, "SCRIP_STRIPE__API_BASE": ADDRESS, "SCRIP_CATALOG__PLAN_FILES": plans,
        "SCRIP_CATALOG__CACHE_SECONDS": "3600",
    }  # fmt: skip
    with open_world(url, clock=OwnClock(), **settings) as world:
        yield world


@contextmanager
def _at_hand() -> Iterator[None]:
    """What a price is does not change, what was imported is no garbage, and nobody else writes: looking again and
    handing over to another thread took a third of the time.
    """
    learned = wares.learned
    at_hand: dict[Any, Any] = {}

    def kept(portal: Portal, price_refs: Iterable[str]) -> Any:
        wanted = (id(portal.database), frozenset(price_refs))
        if wanted not in at_hand:
            at_hand[wanted] = learned(portal, wanted[1])
        return at_hand[wanted]

    gc.collect()
    gc.freeze()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wares, "learned", kept)
        patched.setattr(Till, "call", _written)
        yield
    gc.unfreeze()


def _written(till: Till, run: Any, payload: Any) -> Any:
    [outcome], _ = till._writer.settle([(run, payload)])
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


@contextmanager
def _told(seed: int) -> Iterator[list[str]]:
    """Whatever fails inside says how it came about."""
    log: list[str] = []
    try:
        yield log
    except (AssertionError, ScripError, LookupError) as error:
        error.add_note("\n  ".join((f"seed {seed}", *log)))
        raise
