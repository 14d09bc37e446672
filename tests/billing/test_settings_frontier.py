"""Every key of the `billing:` block loads by its documented name, or variable, and means what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from billing.background import intervals
from billing.rules.errors import BadInput
from billing.rules.money import Credits, Money
from billing.rules.rounds import Part, Rounds
from billing.settings import Settings, load_settings
from tests.billing.settings_papers import FRONTIER_YAML, OURS, refusal, written

PUBLIC = {"SCRIP_PUBLIC_URL": "https://billing.example.org"}


@pytest.fixture
def loaded(tmp_path: Path) -> Settings:
    return load_settings(OURS | PUBLIC | written(tmp_path, FRONTIER_YAML, "frontier"))


def test_the_block_means_what_the_document_says(loaded: Settings) -> None:
    stripe, catalog = loaded.stripe, loaded.catalog
    assert stripe.api_key
    assert (stripe.api_key.get_secret_value(), loaded.tax.automatic) == ("sk_live_...", True)
    assert [each.get_secret_value() for each in stripe.webhook_secrets if each] == ["whsec_new", "whsec_old"]
    assert (catalog.currency, catalog.plan_files) == ("EUR", ("file:///etc/frontier/plans",))
    organisations, overdraft = loaded.organisations, loaded.overdraft
    assert (organisations.enabled, organisations.auto_create_account, organisations.offline) == (True, True, True)
    assert loaded.credits.welcome_organisation == Credits.whole(250)
    assert (overdraft.product, overdraft.invoice_day, overdraft.range_shift_months) == ("tokens", 5, -1)
    change = loaded.plan_change
    assert (change.proration_behavior, change.immediate_proration_behavior) == ("none", "always_invoice")
    assert (change.collection_method, loaded.subscription.behavior_after_trial) == ("send_invoice", "cancel")
    assert loaded.seats.behavior == "incremental"


def test_the_documented_defaults_hold_when_nothing_is_set() -> None:
    found = load_settings({"SCRIP_PROFILE": "frontier"})
    assert (found.tax.automatic, found.organisations.offline, found.credits.welcome_organisation) == (
        False, False, Credits(0),
    )  # fmt: skip
    assert (found.overdraft.product, found.overdraft.invoice_day, found.overdraft.range_shift_months) == (None, 1, 0)
    change = found.plan_change
    assert (change.proration_behavior, change.immediate_proration_behavior) == ("create_prorations",) * 2
    assert (change.collection_method, found.subscription.behavior_after_trial) == ("charge_automatically", "release")
    assert (found.seats.behavior, found.purchase.surface) == ("exact", "hosted")
    own = found.refresh
    assert (own.customers, own.subscriptions, own.checkouts, own.invoices) == (60, 60, 60, 300)


@pytest.mark.parametrize("prefix", ["FRONTIER_BILLING_", "FRONTIER_SERVICE_BILLING_"])
def test_every_key_is_a_variable_as_well(tmp_path: Path, loaded: Settings, prefix: str) -> None:
    def leaves(tree: dict[str, object], above: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in tree.items():
            spelt = f"{above}{name.upper()}"
            found |= leaves(value, f"{spelt}_") if isinstance(value, dict) else {spelt: _text(value)}
        return found

    env = leaves(yaml.safe_load(FRONTIER_YAML)["billing"], prefix)
    assert load_settings(OURS | PUBLIC | {"SCRIP_PROFILE": "frontier"} | env) == loaded


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(value) if isinstance(value[0], str) else json.dumps(value)
    return str(value)


@pytest.mark.parametrize("name", ["behavior_after_trial", "behaviour_after_trial"])
def test_the_end_of_a_trial_may_be_spelt_either_way(tmp_path: Path, name: str) -> None:
    text = f"billing: {{subscription: {{{name}: cancel}}}}"
    assert load_settings(written(tmp_path, text, "frontier")).subscription.behavior_after_trial == "cancel"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("default_currency: dollars", "is not a currency that can be charged: use an ISO 4217 code such as USD"),
        ("default_currency: xxx", "is not a currency that can be charged"),
        ("refresh_interval: {customer: soon}", "must be a time such as 90s, 5m or 1h"),
        ("refresh_interval: {invoice: -1}", "must be a time such as 90s, 5m or 1h"),
        ("refresh_interval: {invoice: 500ms}", "must be a time such as 90s, 5m or 1h"),
        ("refresh_interval: {invoice: 25h}", "at most a day"),
        ("subscription: {behavior_after_trial: stop}", "should be 'release' or 'cancel'"),
        ("plan_change: {proration_behavior: always}", "'create_prorations', 'always_invoice' or 'none'"),
        ("product: {seat_change_behavior: precise}", "'exact' or 'incremental'"),
        ("product: {seat_change_behaviour: exact}", "did you mean billing.product.seat_change_behavior?"),
        ("customer: {credit_overdraft_invoice_day: 32}", "less than or equal to 31"),
        ("payment_method_config: [{type: card, min: 5, max: 4}]", "min is above max"),
        ("payment_method_config: [{type: card, min: 0.5}]", "valid integer"),
        ("payment_method_config: [{type: card, min: 5, least: 1}]", "write a limit once"),
        ("stripe_webhook_secrets: [whsec_a, '']", "one of them is blank"),
        ("stripe_key: pk_test_x", "must be a secret key"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(tmp_path: Path, text: str, line: str) -> None:
    assert line in refusal(written(tmp_path, f"billing: {{{text}}}", "frontier"))


def test_a_misspelt_variable_is_refused_and_those_of_other_parts_are_left_alone() -> None:
    env = {"SCRIP_PROFILE": "frontier", "FRONTIER_DB_URL": "postgres://x", "FRONTIER_APP_PORT": "8000"}
    assert load_settings(env).port == 8080
    assert "did you mean FRONTIER_BILLING_STRIPE_KEY" in refusal(env | {"FRONTIER_BILLING_STRIPE_KY": "sk_live_x"})


def test_payment_methods_are_offered_by_amounts_as_stripe_counts_them(loaded: Settings) -> None:
    offered = loaded.purchase.method_types
    assert offered(Money(99_999, "EUR")) == ("card",)
    assert offered(Money(100_000, "EUR")) == offered(Money(500_000, "JPY")) == ("card", "customer_balance")
    assert offered(Money(500_001, "EUR")) == ("customer_balance",)
    narrow = loaded.purchase.model_copy(update={"methods": loaded.purchase.methods[1:]})
    with pytest.raises(BadInput, match="No payment method is offered"):
        narrow.method_types(Money(1, "EUR"))


def test_each_refresh_interval_is_the_pace_of_its_part_and_zero_turns_it_off(loaded: Settings) -> None:
    paces = intervals(loaded)
    assert (paces[Part.CUSTOMERS], paces[Part.SUBSCRIPTIONS], paces[Part.INVOICES]) == (120, 90, 5400)
    assert (paces[Part.CHECKOUTS], paces[Part.EVENTS], paces[Part.DUTIES]) == (0, 60, 60)
    rounds = Rounds(paces)
    first = rounds.take(1000)
    assert first == set(Part) - {Part.CHECKOUTS}
    assert (rounds.pause(1000), rounds.take(1059)) == (60, frozenset())
    slower = {Part.CHECKOUTS, Part.CUSTOMERS, Part.SUBSCRIPTIONS, Part.METERS, Part.INVOICES}
    assert rounds.take(1060) == set(Part) - slower
    assert rounds.take(1095) == {Part.SUBSCRIPTIONS}
    assert rounds.pause(2000) == 0


def test_without_a_sweep_nothing_comes_around(loaded: Settings) -> None:
    still = intervals(loaded.model_copy(update={"sweep_seconds": 0}))
    assert set(still.values()) == {0}
    assert (Rounds(still).take(5), Rounds(still).pause(5)) == (frozenset(), None)


def test_a_part_without_a_time_of_its_own_comes_with_the_sweep() -> None:
    assert set(intervals(load_settings({"SCRIP_SWEEP_SECONDS": "7"})).values()) == {7}
