"""Plans at Stripe: what a file says is made once, nothing is deleted, and what comes back out is the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings

from billing import plan_sync
from billing.gateways.preparation import Act, Step
from billing.gateways.stripe_setup import StripeSetup
from billing.plan_files import load
from billing.plan_printing import Style, printed
from billing.rules.errors import BadInput, GatewayUnavailable
from billing.rules.moments import system_clock
from billing.rules.plans import Catalogue
from billing.setup import Installation
from tests.world.catalogues import THREE_TIERS, catalogues, of_text, written
from tests.world.merchants import Merchant

T = TypeVar("T")
SEAT_PRICE = 'prices: [{amount: "9.00", currency: USD, interval: month}]'
YEARLY = '      - {amount: "490.00"'
OLDER = '      - {amount: "99.00", currency: USD, interval: month, name: old}\n'
BUSINESS_PRICE = 'prices: [{amount: "199.00", currency: USD, interval: month}]'


class Account:
    """An account to which files of plans are synced."""

    def __init__(self, merchant: Merchant, folder: Path) -> None:
        self.merchant, self.folder = merchant, folder

    def here(self, act: Callable[[Installation], T]) -> T:
        told = self.merchant.settings()
        with closing(StripeSetup.of(told)) as account:
            return act(Installation(told, account, system_clock))

    def sync(self, text: str, *, dry_run: bool = False) -> list[Step]:
        steps: list[Step] = []
        file = written(self.folder, text)
        self.here(lambda here: plan_sync.run(here, [file], steps.append, dry_run=dry_run))
        return steps

    def changes(self, text: str, *, dry_run: bool = False) -> list[str]:
        return [f"{step.act} {step.thing}" for step in self.sync(text, dry_run=dry_run) if step.act is not Act.KEEP]

    def exported(self) -> Catalogue:
        return self.here(plan_sync.export)


@pytest.fixture
def account(merchant: Merchant, tmp_path: Path) -> Account:
    return Account(merchant, tmp_path)


def test_a_dry_run_plans_what_the_run_does_and_the_second_run_does_nothing(account: Account) -> None:
    before = account.merchant.state()
    planned = account.sync(THREE_TIERS, dry_run=True)
    assert account.merchant.state() == before
    done = account.sync(THREE_TIERS)
    assert planned == done
    assert {step.act for step in done} == {Act.MAKE}
    after = account.merchant.state()
    assert {step.act for step in account.sync(THREE_TIERS)} == {Act.KEEP}
    assert account.merchant.state() == after


def test_products_prices_and_features_bear_names_of_our_making(account: Account) -> None:
    account.sync(THREE_TIERS)
    v1 = account.merchant.v1
    team = v1.products.retrieve("scrip_team").to_dict()
    assert (team["name"], team["metadata"]["scrip_product"]) == ("Team", "team")
    (price,) = v1.prices.list({"lookup_keys": ["team:year"]}).data
    assert (price.unit_amount, price.recurring.interval, price.metadata["scrip_price"]) == (49_000, "year", "year")
    (feature,) = v1.entitlements.features.list({"lookup_key": "sso"}).data
    assert feature.name == "Single sign-on"


def test_texts_change_in_place(account: Account) -> None:
    account.sync(THREE_TIERS)
    changed = THREE_TIERS.replace("title: Team", "title: Crew").replace("pipelines: 25", "pipelines: 30")
    assert account.changes(changed) == ["change product team", "change plan team"]
    assert account.changes(changed) == []
    assert account.exported() == load([written(account.folder, changed)])


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("49.00", "59.00", "49.00 USD every month at Stripe and 59.00 USD every month in the file, and a price never"),
        ("interval: year}", "interval: year, usage: metered}\n" + OLDER.replace("month", "year").rstrip(),
         "a price never changes"),
        (BUSINESS_PRICE, BUSINESS_PRICE.replace("month", "year, name: month"), "a price never changes"),
        ('      - {amount: "490.00", currency: USD, interval: year}\n', "", "no price every year any more"),
        (", prices: [{amount: \"9.00\", currency: USD, interval: month}]}", "}", "cannot become per_seat"),
    ],
)  # fmt: skip
def test_what_others_rely_on_is_refused_before_anything_is_written(
    account: Account, old: str, new: str, told: str, dry_run: bool
) -> None:
    account.sync(THREE_TIERS)
    before = account.merchant.state()
    assert old in THREE_TIERS
    text = THREE_TIERS.replace(old, new).replace("title: Free", "title: Changed as well")
    if "year, name: month" in new:
        text = text.replace(SEAT_PRICE, SEAT_PRICE.replace("month", "year"))
    with pytest.raises(BadInput, match=told):
        account.sync(text, dry_run=dry_run)
    assert account.merchant.state() == before


def test_a_dropped_price_is_retired_and_listed_again_revived(account: Account) -> None:
    more = THREE_TIERS.replace(YEARLY, OLDER + YEARLY)
    account.sync(more)
    assert account.changes(THREE_TIERS) == ["retire price old of team"]
    (price,) = account.merchant.v1.prices.list({"lookup_keys": ["team:old"]}).data
    assert not price.active
    assert account.changes(THREE_TIERS) == []
    assert account.changes(more) == ["revive price old of team"]
    assert account.merchant.v1.prices.retrieve(price.id).active


def test_a_plan_is_retired_by_its_state_and_one_no_file_names_is_left_alone(account: Account) -> None:
    account.sync(THREE_TIERS)
    gone, kept = THREE_TIERS.split("  - name: business")
    alone = account.sync(gone)
    assert [str(step.thing) for step in alone if "do not name it" in step.why] == [
        "product business-seats", "product business", "plan business",
    ]  # fmt: skip
    assert {step.act for step in alone} == {Act.KEEP}
    inactive = f"{gone}  - name: business{kept}    active: false\n"
    assert account.changes(inactive) == [
        "retire product business", "retire product business-seats", "retire plan business",
    ]  # fmt: skip
    assert account.changes(inactive) == []
    assert account.exported() == load([written(account.folder, inactive)])
    assert "revive plan business" in account.changes(THREE_TIERS)


METERED = """
products:
  - name: calls
    prices: [{amount: "0.02", currency: USD, interval: month, usage: metered, aggregate: last_during_period}]
plans: [{name: payg, products: [calls], intervals: [month]}]
"""


def test_a_metered_price_gets_its_meter_once(account: Account) -> None:
    assert account.changes(METERED)[1:3] == ["make meter calls.month", "make price month of calls"]
    (meter,) = account.merchant.v1.billing.meters.list().data
    assert (meter.event_name, meter.default_aggregation.formula) == ("calls.month", "last")
    assert account.changes(METERED) == []
    with pytest.raises(BadInput, match="Stripe's meters cannot"):
        account.sync(METERED.replace("last_during_period", "max"))


@pytest.mark.parametrize("style", Style)
def test_what_is_exported_loads_to_the_same_catalogue_with_no_change_planned(account: Account, style: Style) -> None:
    account.sync(THREE_TIERS)
    text = printed(account.exported(), style)
    assert of_text(text, account.folder) == of_text(THREE_TIERS, account.folder)
    assert account.changes(text, dry_run=True) == []


@given(found=catalogues())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_catalogue_comes_back_as_it_went(account: Account, found: Catalogue) -> None:
    account.merchant.control("reset")
    text = printed(found, Style.OURS)
    account.sync(text)
    assert account.exported() == found
    for style in Style:
        assert account.changes(printed(found, style), dry_run=True) == []


def test_metadata_somebody_edited_are_written_anew(account: Account) -> None:
    account.sync(THREE_TIERS)
    account.merchant.v1.products.update("scrip_plan_team", {"metadata": {"scrip_terms_0": "{"}})
    assert account.exported().plan("team") is None
    assert account.changes(THREE_TIERS) == ["change plan team"]
    assert account.exported() == of_text(THREE_TIERS, account.folder)


def test_a_run_that_broke_off_is_finished_by_the_next(account: Account) -> None:
    account.merchant.control("faults/routes", kind="error", method="POST", path="/v1/prices")
    with pytest.raises(GatewayUnavailable):
        account.sync(THREE_TIERS)
    account.sync(THREE_TIERS)
    assert account.exported() == of_text(THREE_TIERS, account.folder)
