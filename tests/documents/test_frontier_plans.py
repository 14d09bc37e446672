"""Frontier's document on plans and trouble: trials, changes, seats, features, and what is said to whoever set it up."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from billing import doctor, duties, entitlements, members, plan_changes, seats, subscribing, subscriptions
from billing.doctor import Finding, State
from billing.gateways.stripe_setup import StripeSetup
from billing.plan_beginnings import Options
from billing.plan_changes import When, Wish
from billing.portal import Portal
from billing.rules.moments import DAY, SECOND, system_clock
from billing.rules.money import Money
from billing.settings import load_settings
from billing.settings_keys import complete
from billing.setup import Installation
from tests.documents.frontier import KEY, Engine
from tests.world.groups import ABOVE, joined


@pytest.fixture
def here(frontier: Engine) -> Engine:
    frontier.running.calm()
    return frontier


@pytest.fixture
def org(here: Engine) -> str:
    return here.organisation()[0]


def _begun(here: Engine, account: str, plan: str, options: Options) -> dict[str, Any]:
    """What the account has who finished the checkout of the plan."""
    url = subscribing.subscribe(here.world.portal, account, plan, options)
    session = "cs_" + url.partition("cs_")[2].partition("#")[0]
    here.running.sandbox(f"sessions/{session}/complete", card="4242424242424242")
    subscriptions.refresh(here.world.portal, account)
    return _subscription(here, account)


def _subscription(here: Engine, account: str) -> dict[str, Any]:
    found = subscriptions.current(here.world.portal, account)
    assert found is not None
    return dict(here.stripe(f"subscriptions/{found.id}", "GET"))


def _told(here: Engine, **changes: Any) -> Portal:
    """The portal with another rule about subscriptions."""
    settings = here.world.portal.settings
    rules = settings.subscription.model_copy(update=changes)
    return replace(here.world.portal, settings=settings.model_copy(update={"subscription": rules}))


@pytest.mark.parametrize(("behavior", "ends"), [("release", False), ("cancel", True)])
def test_a_trial_is_as_long_as_the_file_says_and_ends_as_the_block_says(
    here: Engine, org: str, behavior: str, ends: bool
) -> None:
    portal = _told(here, behavior_after_trial=behavior)
    subscribing.subscribe_in_page(portal, org, "starter_monthly", Options())
    duties.work(portal)
    made = _subscription(here, org)
    assert (made["status"], made["trial_end"] - made["trial_start"]) == ("trialing", 7 * DAY // SECOND)
    assert made["cancel_at_period_end"] is ends


def test_a_plans_features_are_what_its_products_name(here: Engine, org: str) -> None:
    portal = here.world.portal
    assert not entitlements.check(portal, org, "priority_mail").allowed
    _begun(here, org, "starter_monthly", Options())
    assert entitlements.check(portal, org, "priority_mail").allowed
    assert entitlements.check(portal, org, "audit").allowed
    assert not entitlements.check(portal, org, "single_sign_on").allowed


@pytest.mark.parametrize(("behavior", "left_with"), [("exact", 1), ("incremental", 2)])
def test_seats_follow_the_members(here: Engine, org: str, behavior: str, left_with: int) -> None:
    settings = here.world.portal.settings
    rule = settings.seats.model_copy(update={"behavior": behavior})
    portal = replace(here.world.portal, settings=settings.model_copy(update={"seats": rule}))
    _begun(here, org, "starter_monthly", Options(skip_trial=True))
    newcomer = joined(here.world, org, "Grace")
    seats.catch_up(portal)
    assert _seats(here, org) == 2
    members.remove(here.world.portal, org, newcomer, ABOVE)
    seats.catch_up(portal)
    assert _seats(here, org) == left_with


def _seats(here: Engine, account: str) -> int:
    rows = _subscription(here, account)["items"]["data"]
    return next(int(row["quantity"]) for row in rows if row["price"]["unit_amount"] == 300)


def test_a_change_of_plan_at_once_puts_the_difference_onto_the_next_invoice(here: Engine, org: str) -> None:
    portal = here.world.portal
    _begun(here, org, "starter_monthly", Options(skip_trial=True))
    seen = plan_changes.preview(portal, org, Wish("team_monthly"))
    assert (seen.due_now, seen.next.total > Money(4900, "USD")) == (Money(0, "USD"), True)
    plan_changes.change(portal, org, Wish("team_monthly"), seen.token)
    assert _sold(here, org) == [4900]


def test_a_change_of_plan_may_wait_for_the_end_of_the_period(here: Engine, org: str) -> None:
    portal = here.world.portal
    _begun(here, org, "team_monthly", Options())
    wish = Wish("starter_monthly", when=When.PERIOD_END)
    plan_changes.change(portal, org, wish, plan_changes.preview(portal, org, wish).token)
    assert _sold(here, org) == [4900]
    assert plan_changes.undo(portal, org).planned is None


def _sold(here: Engine, account: str) -> list[int]:
    return [row["price"]["unit_amount"] for row in _subscription(here, account)["items"]["data"]]


# Troubleshooting


def test_the_key_says_whether_money_is_real() -> None:
    def mode(key: str) -> str:
        served = {
            "SCRIP_PUBLIC_URL": "https://a.example",
            "SCRIP_SESSION__SECRET": "0123456789abcdefghijklmnopqrstuvwxyz",
        }
        env = {"SCRIP_PROFILE": "frontier", "FRONTIER_BILLING_STRIPE_KEY": key, **served}
        return load_settings(env, setting_up=True).mode

    assert [mode("sk_test_51abc"), mode("sk_live_51abc")] == ["test", "live"]


def test_debug_mode_is_switched_on_as_its_own_file_does(tmp_path: Path) -> None:
    config = tmp_path / "frontier.yaml"
    config.write_text("log: {level: debug}\nbilling: {}", "utf-8")
    assert load_settings({"SCRIP_PROFILE": "frontier", "SCRIP_CONFIG": str(config)}).log_level == "DEBUG"
    assert load_settings({"SCRIP_PROFILE": "frontier", "FRONTIER_LOG_LEVEL": "debug"}).log_level == "DEBUG"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        (KEY, f"{KEY}_of_another", "key: Stripe does not accept"),
        ("file://", "gs://", "plan files: gs://"),
        ("/plans", "/nowhere", "/nowhere"),
        ("free_monthly", "free_montly", "did you mean free_monthly?"),
        ("product: tokens", "product: coins", "overdraft: overdraft.product names coins"),
        ("checkout: 1m", "checkout: 0", "sweep: refresh.checkouts is 0"),
    ],
)
def test_what_is_set_up_wrongly_the_doctor_says_in_one_line(
    here: Engine, tmp_path: Path, old: str, new: str, said: str
) -> None:
    config = tmp_path / "frontier.yaml"
    config.write_text((here.folder / "frontier.yaml").read_text("utf-8").replace(old, new), "utf-8")
    found = [str(each) for each in _findings(here, config) if each.state is State.WRONG]
    assert found == [line for line in found if said and said in line]
    assert len(found) == bool(said)


def _findings(here: Engine, config: Path) -> list[Finding]:
    env = {
        "SCRIP_PROFILE": "frontier", "SCRIP_CONFIG": str(config), "SCRIP_PUBLIC_URL": here.running.url,
        "SCRIP_VAR_DIR": str(here.folder), "SCRIP_STRIPE__API_BASE": here.running.sandbox_url,
    }  # fmt: skip
    settings = complete(load_settings(env))
    with closing(StripeSetup.of(settings)) as account:
        return list(doctor.examine(Installation(settings, account, system_clock)))
