"""Where only organisations buy, no person's account becomes a customer, by whichever way it would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from billing import customers, organisations, purchases, subscribing
from billing.portal import Portal
from billing.purchases import Buyer
from billing.rules.errors import Forbidden
from billing.rules.orders import Surface
from billing.settings import SettingsError, load_settings
from tests.world.groups import founded, person
from tests.world.shops import Shop, open_shop

ONLY = {"SCRIP_ORGANISATIONS__ENABLED": "yes", "SCRIP_ORGANISATIONS__ONLY": "yes"}


@pytest.fixture(scope="module")
def shop(stripe_sandbox: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder: Path = tmp_path_factory.mktemp("only")
    free = {"SCRIP_PURCHASE__NEEDS_SUBSCRIPTION": "none"}
    with open_shop(f"sqlite:///{folder}/scrip.db", stripe_sandbox, **free, **ONLY) as made:
        yield made


WAYS: dict[str, Callable[[Portal, str], object]] = {
    "buying": lambda portal, account: purchases.begin(portal, Buyer("usr_1", account), "fifty", surface=Surface.HOSTED),
    "subscribing": lambda portal, account: subscribing.subscribe(portal, account, "team"),
    "subscribing in the page": lambda portal, account: subscribing.subscribe_in_page(portal, account, "team"),
    "the customer portal": lambda portal, account: customers.portal_address(portal, account),
    "registering": lambda portal, account: customers.register(portal, account),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_person_is_refused_and_led_to_an_organisation(shop: Shop, way: Callable[[Portal, str], object]) -> None:
    account = shop.world.account()
    with pytest.raises(Forbidden, match="Only organisations buy here") as refused:
        way(shop.portal, account)
    assert refused.value.details["organisations"] == "http://localhost:8080/organisation"
    assert customers.details(shop.portal, account) is None
    way(shop.portal, founded(shop.world, person(shop.world)))


def test_elsewhere_everybody_may(shop: Shop) -> None:
    usual = shop.portal.settings.model_copy(
        update={"organisations": shop.portal.settings.organisations.model_copy(update={"only": False})}
    )
    organisations.assert_buys(_with(shop.portal, usual), shop.world.account())


def _with(portal: Portal, settings: object) -> Portal:
    return Portal(settings, portal.database, portal.till, portal.gateway, portal.clock, portal.bell)  # type: ignore[arg-type]


def test_it_needs_organisations() -> None:
    with pytest.raises(SettingsError, match=r"organisations.only is set, so nobody could buy"):
        load_settings({"SCRIP_ORGANISATIONS__ONLY": "yes", "SCRIP_ORGANISATIONS__ENABLED": "no"})
