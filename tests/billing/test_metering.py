"""Use that a plan bills afterwards: credits first, then the meter, each credit asked for once, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from billing import check, credit_limits, duties, metering, subscriptions
from billing.rules.moments import DAY, MINUTE
from billing.rules.money import Credits
from billing.store import duties as outbox
from tests.world.databases import Databases, migrated
from tests.world.metered import CENTS, customer, fund, metered
from tests.world.portals import World
from tests.world.shops import Shop


@pytest.fixture(scope="module")
def shop(stripe_sandbox: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One shop for all: each test has a customer of its own, and time only goes forward."""
    folder: Path = tmp_path_factory.mktemp("metering")
    with metered(f"sqlite:///{folder}/scrip.db", stripe_sandbox, folder) as made:
        yield made


@contextmanager
def answers_get_lost(shop: Shop) -> Iterator[None]:
    """The provider does what it is asked, and nobody hears of it."""
    shop.told("faults/routes", kind="cut", method="POST", path="/v1/billing/meter_events", after=True, times=None)
    try:
        yield
    finally:
        httpx.delete(f"{shop.url}/_sandbox/faults/routes", timeout=20).raise_for_status()


def test_credits_come_first_and_the_meter_is_told_of_what_they_do_not_cover_once(shop: Shop) -> None:
    ada = customer(shop, credits=10)
    ada.use("8", product="calls")
    assert (ada.sweep(), ada.told(), ada.balance) == (0, 0, "2")
    ada.use("5", product="calls")
    ada.use("4")
    assert ada.balance == "-7"
    assert (ada.sweep(), ada.told(), ada.balance) == (1, 7, "0")
    assert (ada.sweep(), ada.sweep(), ada.told(), ada.balance) == (0, 0, 7, "0")
    assert credit_limits.standing(shop.portal, ada.account).owed == Credits(0)


def test_fractions_wait_for_a_whole_credit_and_stay_owed_meanwhile(shop: Shop) -> None:
    ada = customer(shop)
    for told, balance in ((0, "-0.6"), (1, "-0.2"), (1, "-0.8"), (2, "-0.4")):
        ada.use("0.6")
        ada.sweep()
        assert (ada.told(), ada.balance) == (told, balance)


def test_a_debit_for_another_product_stays_in_the_ledger(shop: Shop) -> None:
    ada = customer(shop)
    ada.use("3", product="storage")
    assert (ada.sweep(), ada.told(), ada.balance) == (0, 0, "-3")


def test_what_a_purchase_repaid_before_the_meter_was_told_is_not_asked_for_again(shop: Shop) -> None:
    ada = customer(shop)
    ada.use("9")
    fund(ada, 6)
    assert (ada.sweep(), ada.told(), ada.balance) == (1, 3, "0")


def test_what_is_given_back_is_taken_from_the_meter_again(shop: Shop) -> None:
    ada = customer(shop, credits=4)
    key = ada.use("10")
    ada.sweep()
    assert (ada.told(), ada.balance) == (6, "0")
    ada.revert(key, "5")
    assert ada.balance == "5"
    assert (ada.sweep(), ada.told(), ada.balance) == (1, 1, "0")
    ada.revert(key, "5")
    assert (ada.sweep(), ada.told(), ada.balance) == (1, 0, "4")


def test_credits_that_were_given_back_and_used_at_once_are_asked_for_once(shop: Shop) -> None:
    ada = customer(shop)
    key = ada.use("10")
    ada.sweep()
    ada.revert(key, "4")
    ada.use("7")
    for _ in range(3):
        ada.sweep()
    assert (ada.told(), ada.balance) == (13, "0")


def test_what_a_purchase_paid_is_given_back_as_credits_and_not_by_the_meter(shop: Shop) -> None:
    ada = customer(shop)
    key = ada.use("9")
    fund(ada, 9)
    ada.sweep()
    ada.revert(key, "4")
    assert (ada.sweep(), ada.told(), ada.balance) == (0, 0, "4")


def test_an_answer_that_was_lost_counts_once(shop: Shop) -> None:
    ada = customer(shop)
    ada.use("5")
    metering.count(shop.portal)
    with answers_get_lost(shop):
        duties.work(shop.portal)
    assert [state for state, _ in ada.duties()] == ["waiting"]
    ada.age(10 * MINUTE)
    duties.work(shop.portal)
    assert ([state for state, _ in ada.duties()], ada.told()) == (["done"], 5)


def test_a_report_that_may_have_arrived_is_not_sent_again_after_a_day(shop: Shop) -> None:
    ada = customer(shop)
    ada.use("5")
    metering.count(shop.portal)
    with answers_get_lost(shop):
        duties.work(shop.portal)
    ada.age(DAY)
    duties.work(shop.portal)
    ((state, why),) = ada.duties()
    assert (state, ada.told(), ada.balance) == ("refused", 5, "0")
    assert "Nobody knows whether the meter was told" in why


def test_a_process_that_dies_after_telling_leaves_no_report_that_looks_untold(shop: Shop) -> None:
    ada = customer(shop)
    ada.use("5")
    metering.count(shop.portal)
    with shop.portal.database.read() as connection:
        (duty,) = outbox.due(connection, ada.now, 9)
    metering.send(shop.portal, duty)  # and then it dies
    ada.age(DAY)
    duties.work(shop.portal)
    assert ([state for state, _ in ada.duties()], ada.told()) == (["refused"], 5)


def test_one_that_is_refused_for_good_is_owed_in_the_ledger_again(shop: Shop) -> None:
    ada = customer(shop)
    ada.use("5")
    shop.stripe(f"billing/meters/{ada.meter}/deactivate")
    try:
        ada.sweep()
        assert ([state for state, _ in ada.duties()], ada.balance) == (["refused"], "-5")
        assert (ada.sweep(), ada.balance) == (0, "-5"), "it is told to nobody again"
    finally:
        shop.stripe(f"billing/meters/{ada.meter}/reactivate")
    assert check.run(shop.portal.database) == []


def test_who_has_no_open_plan_is_not_counted(shop: Shop) -> None:
    ada = customer(shop)
    shop.stripe(f"subscriptions/{ada.subscription}", "DELETE")
    subscriptions.refresh(shop.portal, ada.account)
    ada.use("5")
    assert (ada.sweep(), ada.told(), ada.balance) == (0, 0, "-5")


def test_the_invoice_of_the_period_asks_for_what_the_meter_was_told(shop: Shop) -> None:
    ada = customer(shop)
    ada.use("12")
    ada.sweep()
    ada.age(32 * DAY)
    ada.use("3")
    assert ada.sweep() == 0, "nobody has read the new period yet"
    subscriptions.refresh(shop.portal, ada.account)
    invoices = shop.stripe(f"invoices?customer={ada.ref}", "GET")["data"]
    used = [line for invoice in invoices for line in invoice["lines"]["data"] if line["quantity"] == 12]
    assert [line["amount"] for line in used] == [12 * CENTS]
    assert (ada.sweep(), ada.balance) == (1, "0")


def test_two_sweeps_at_once_tell_it_once(shop: Shop) -> None:
    ada = customer(shop)
    ada.use("5")
    with ThreadPoolExecutor(4) as pool:
        owed = sum(pool.map(lambda _: metering.count(shop.portal), range(4)))
    duties.work(shop.portal)
    assert (owed, ada.told(), ada.balance) == (1, 5, "0")
    assert check.run(shop.portal.database) == []


def test_it_holds_on_each_engine(databases: Databases, stripe_sandbox: str, tmp_path: Path) -> None:
    with metered(databases.prepared("schema", migrated), stripe_sandbox, tmp_path) as shop:
        ada = customer(shop, credits=4)
        key = ada.use("10", product="calls")
        assert (ada.sweep(), ada.told(), ada.balance) == (1, 6, "0")
        ada.revert(key, "8")
        assert (ada.sweep(), ada.told(), ada.balance) == (1, 0, "2")
        assert check.run(shop.portal.database) == []


def test_without_a_metered_price_nobody_is_asked(world: World) -> None:
    assert metering.count(world.portal) == 0
