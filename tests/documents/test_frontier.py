"""Frontier's document, line by line: what the engine supports, what each key of its block does, and its test cards."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from billing import (
    check,
    credit_limits,
    customers,
    duties,
    metering,
    organisations,
    overdraft,
    plan_sync,
    purchases,
    subscribing,
    subscriptions,
    usage,
)  # fmt: skip
from billing.credit_limits import NewTerms
from billing.gateways.stripe_setup import StripeSetup
from billing.plan_files import load
from billing.plan_printing import Style, printed
from billing.rules.moments import system_clock
from billing.rules.money import Credits, Money
from billing.rules.orders import OrderState, Surface
from billing.rules.postings import Posted
from billing.setup import Installation
from tests.documents.frontier import KEY, Engine
from tests.world.groups import founded, person
from tests.world.portals import open_world

BACK = "https://portal.example/receipt"


@pytest.fixture
def here(frontier: Engine) -> Engine:
    frontier.running.calm()
    return frontier


@pytest.fixture
def org(here: Engine) -> str:
    return here.organisation()[0]


# Overview


def test_subscriptions_are_managed(here: Engine, org: str) -> None:
    url = subscribing.subscribe(here.world.portal, org, "team_monthly")
    assert url.startswith(here.running.sandbox_url)
    session = "cs_" + url.partition("cs_")[2].partition("#")[0]
    here.running.sandbox(f"sessions/{session}/complete", card="4242424242424242")
    subscriptions.refresh(here.world.portal, org)
    assert _status(here, org) == "active"
    subscribing.cancel(here.world.portal, org)
    found = subscriptions.current(here.world.portal, org)
    assert found is not None
    assert found.is_ending


def test_one_time_payments_sell_credits_so_many_at_once(here: Engine) -> None:
    account, buyer = here.organisation()
    order = purchases.begin(here.world.portal, buyer, "tokens", surface=Surface.HOSTED, quantity=3).order
    assert (order.amount, order.credits) == (Money(1500, "USD"), Credits.whole(300))
    here.running.sandbox(f"sessions/{order.session_ref}/complete", card="4242424242424242")
    assert purchases.confirm(here.world.portal, account, order.id).state is OrderState.CREDITED
    assert str(here.world.balance(account)) == "330"


def test_use_is_billed_by_a_meter_of_stripes(here: Engine, org: str) -> None:
    portal = here.world.portal
    here.subscribed(org, "payg_monthly")
    subscriptions.refresh(portal, org)
    credit_limits.set_terms(portal, NewTerms(org, "it pays afterwards", "usr_mia", Credits.whole(500)))
    _use(here, org, "42")
    metering.count(portal)
    duties.work(portal)
    (meter,) = (each for each in here.stripe("billing/meters", "GET")["data"] if each["event_name"] == "calls.used")
    now, ref = system_clock() // 60_000_000 * 60, customers.ensure(portal, org)
    span = f"customer={ref}&start_time={now - 3600}&end_time={now + 3600}"
    counted = here.stripe(f"billing/meters/{meter['id']}/event_summaries?{span}", "GET")["data"]
    assert [row["aggregated_value"] for row in counted] == [12.0]
    assert str(here.world.balance(org)) == "0"


def _use(here: Engine, account: str, amount: str) -> None:
    now = here.world.portal.clock()
    asked = usage._posting(usage.Debit(account, Credits.of(amount), f"use-{now}", "key_test"), now)
    (outcome,) = here.world.portal.till.write(lambda tx: usage._post(tx, [(asked, now)]))
    assert isinstance(outcome, Posted)


def test_a_second_currency_is_bought_in_by_whoever_chose_it(here: Engine, org: str) -> None:
    assert {each.amount.currency for each in purchases.offers(here.world.portal, org)} == {"USD"}
    with here.world.portal.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE accounts SET currency = 'EUR' WHERE id = ?", (org,))
    assert [each.amount for each in purchases.offers(here.world.portal, org)] == [Money(450, "EUR")]


def test_invoices_for_credits_on_account_are_made_at_the_price_of_the_named_product(here: Engine, org: str) -> None:
    portal = here.world.portal
    credit_limits.set_terms(portal, NewTerms(org, "it pays afterwards", "usr_mia", Credits.whole(500)))
    _use(here, org, "50")
    later = overdraft.invoice(portal, portal.clock() + 40 * 86_400_000_000, dry_run=True)
    (asked,) = (each for each in later if each.account_id == org)
    assert (asked.credits, asked.amount, asked.price.amount) == (
        Credits.whole(20),
        Money(100, "USD"),
        Money(500, "USD"),
    )


def test_tax_is_stripes_to_compute_once_it_is_switched_on(here: Engine) -> None:
    settings = here.world.portal.settings
    taxed = settings.model_copy(update={"tax": settings.tax.model_copy(update={"automatic": True})})
    _, buyer = here.organisation()
    order = purchases.begin(replace(here.world.portal, settings=taxed), buyer, "tokens", surface=Surface.HOSTED).order
    assert here.stripe(f"checkout/sessions/{order.session_ref}", "GET")["automatic_tax"]["enabled"] is True


@pytest.mark.parametrize(("quantity", "transfer"), [(199, False), (200, True), (1000, True)])
def test_payment_methods_follow_the_amount(here: Engine, quantity: int, transfer: bool) -> None:
    _, buyer = here.organisation()
    order = purchases.begin(here.world.portal, buyer, "tokens", surface=Surface.HOSTED, quantity=quantity).order
    options = here.stripe(f"checkout/sessions/{order.session_ref}", "GET")["payment_method_options"] or {}
    assert ("customer_balance" in options) is transfer


# Plans and products


def test_plans_were_synced_when_the_portal_started_and_both_forms_come_back_unchanged(here: Engine) -> None:
    folder = str(here.folder / "plans")
    assert here.synced(folder, dry_run=True) == []
    with closing(StripeSetup.of(here.world.portal.settings)) as account:
        kept = plan_sync.export(Installation(here.world.portal.settings, account, system_clock))
    assert kept == load([folder])
    for style in Style:
        printed_again = here.folder / f"exported-{style.value}.yaml"
        printed_again.write_text(printed(kept, style), "utf-8")
        assert load([str(printed_again)]) == kept
        assert here.synced(str(printed_again), dry_run=True) == []


def test_plans_are_offered_by_their_names(here: Engine) -> None:
    offered = {each.key: str(each.amount) for each in subscriptions.plans(here.world.portal)}
    assert offered["starter_monthly"] == "22.00 USD"
    assert offered["team_monthly"] == "49.00 USD"
    assert {"payg_monthly", "starter_yearly"} <= offered.keys()


# Customers


def test_an_organisation_is_a_customer_at_once_when_the_block_says_so(here: Engine, org: str) -> None:
    duties.work(here.world.portal)
    found = customers.details(here.world.portal, org)
    assert found is not None
    assert here.stripe(f"customers/{found.customer_ref}", "GET")["metadata"]["scrip_account"] == org


def test_onboarding_credits_are_credits_and_the_default_plan_gives_its_own(here: Engine, org: str) -> None:
    assert str(here.world.balance(org)) == "30", "25 for being there, 5 with the free plan"
    assert subscriptions.current(here.world.portal, org) is None


def test_an_offline_organisation_has_the_default_plan_and_its_credits_and_stripe_knows_nothing(
    here: Engine, tmp_path: Path
) -> None:
    config = here.folder / "frontier.yaml"
    (tmp_path / "offline.yaml").write_text(
        config.read_text("utf-8").replace("default_offline: false", "default_offline: true"), "utf-8"
    )
    own = {
        "SCRIP_PROFILE": "frontier", "SCRIP_CONFIG": str(tmp_path / "offline.yaml"), "SCRIP_STRIPE__PRODUCT": "",
        "SCRIP_STRIPE__API_KEY": KEY, "SCRIP_STRIPE__API_BASE": here.running.sandbox_url,
    }  # fmt: skip
    with open_world(f"sqlite:///{tmp_path}/scrip.db", clock=here.world.clock, **own) as world:
        account = founded(world, person(world))
        duties.work(world.portal)
        assert (customers.details(world.portal, account), str(world.balance(account))) == (None, "30")
        ref = customers.register(world.portal, account, by="usr_mia")
        assert here.stripe(f"customers/{ref}", "GET")["name"] == "Analytical Engines"
        assert not organisations.view(world.portal, account).is_offline


# Testing: the document's three cards


@pytest.mark.parametrize(
    ("card", "state", "credits"),
    [
        ("4242424242424242", OrderState.CREDITED, "130"),
        ("4000000000000002", OrderState.OPEN, "30"),
    ],
)
def test_the_test_cards_do_what_the_document_says(here: Engine, card: str, state: OrderState, credits: str) -> None:
    account, buyer = here.organisation()
    order = purchases.begin(here.world.portal, buyer, "tokens", surface=Surface.HOSTED).order
    here.running.sandbox(f"sessions/{order.session_ref}/complete", card=card)
    assert (purchases.confirm(here.world.portal, account, order.id).state, str(here.world.balance(account))) == (
        state, credits,
    )  # fmt: skip


def test_the_card_that_needs_3d_secure_waits_for_it(here: Engine) -> None:
    account, buyer = here.organisation()
    order = purchases.begin(here.world.portal, buyer, "tokens", surface=Surface.ELEMENTS).order
    typed = {"card[number]": "4000002500003155", "card[exp_month]": "12", "card[exp_year]": "2040", "card[cvc]": "123"}
    method = here.stripe("payment_methods", type="card", **typed)["id"]
    confirmed = here.stripe(f"payment_intents/{order.payment_ref}/confirm", payment_method=method, return_url=BACK)
    assert confirmed["status"] == "requires_action"
    assert purchases.confirm(here.world.portal, account, order.id).state is OrderState.OPEN
    assert str(here.world.balance(account)) == "30"


def test_the_ledger_is_whole_after_all_of_this(here: Engine) -> None:
    assert check.run(here.world.portal.database) == []


def _status(here: Engine, account: str) -> str | None:
    found = subscriptions.current(here.world.portal, account)
    return found.status if found else None
