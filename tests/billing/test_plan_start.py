"""Plans at the start of an instance: synced once, whoever starts beside it, and a Stripe that is away is no wall."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from billing import plan_sync
from billing.gateways.preparation import Step
from billing.gateways.stripe_setup import StripeSetup
from billing.rules.errors import BadInput, GatewayUnavailable
from billing.rules.plans import Catalogue
from tests.world.catalogues import THREE_TIERS, written
from tests.world.merchants import Merchant
from tests.world.portals import OwnClock, World, open_world


def _counted(account: StripeSetup, heard: list[str]) -> Any:
    class Counted:
        def sync(self, wanted: Catalogue, tell: Callable[[Step], None], **_: bool) -> None:
            heard.append("sync")
            account.sync(wanted, tell)

    return Counted()


@pytest.fixture
def starting(merchant: Merchant, tmp_path: Path) -> dict[str, str]:
    return {"SCRIP_CATALOG__PLAN_FILES": written(tmp_path, THREE_TIERS)}


def test_of_two_instances_that_start_together_one_syncs(
    merchant: Merchant, world: World, starting: dict[str, str]
) -> None:
    url = world.portal.settings.database_url.get_secret_value()
    heard: list[str] = []
    with closing(StripeSetup.of(merchant.settings())) as account, open_world(url, clock=OwnClock(), **starting) as one:
        with open_world(url, clock=OwnClock(), **starting) as two:
            began = threading.Barrier(2)

            def start(portal: Any) -> None:
                began.wait(20)
                plan_sync.at_start(portal, _counted(account, heard))

            threads = [threading.Thread(target=start, args=(each.portal,)) for each in (one, two)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            assert heard == ["sync"]
            one.clock.pass_by(1)
            plan_sync.at_start(one.portal, _counted(account, heard))
        assert heard == ["sync", "sync"]


def test_a_stripe_that_is_away_refuses_only_a_catalogue_it_never_held(
    merchant: Merchant, tmp_path: Path, starting: dict[str, str]
) -> None:
    away = merchant.settings()
    away = away.model_copy(update={"stripe": away.stripe.model_copy(update={"api_base": "http://127.0.0.1:9"})})
    with (
        closing(StripeSetup.of(merchant.settings())) as account,
        closing(StripeSetup.of(away)) as nobody,
        open_world(f"sqlite:///{tmp_path}/scrip.db", clock=OwnClock(), **starting) as world,
    ):
        with pytest.raises(GatewayUnavailable):
            plan_sync.at_start(world.portal, nobody)
        plan_sync.at_start(world.portal, account)
        world.clock.pass_by(1)
        plan_sync.at_start(world.portal, nobody)
        written(tmp_path, THREE_TIERS.replace("trial_days: 14", "trial_days: 7"))
        with pytest.raises(GatewayUnavailable):
            plan_sync.at_start(world.portal, nobody)
        written(tmp_path, "plans: [")
        with pytest.raises(BadInput, match="not valid YAML"):
            plan_sync.at_start(world.portal, account)
