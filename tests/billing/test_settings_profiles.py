"""Every profile is whole by itself: it loads bare, runs on the sandbox, and its documents' names fit the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing.plan_files import catalogue_of
from billing.rules.money import Credits
from billing.settings import complete, load_settings
from billing.settings_sources import PROFILES, read_profile

ALL = sorted(path.stem for path in PROFILES.glob("*.yaml"))


@pytest.mark.parametrize("profile", ALL)
def test_a_profile_needs_nothing_to_run_on_the_sandbox(profile: str, tmp_path: Path) -> None:
    settings = complete(load_settings({"SCRIP_PROFILE": profile, "SCRIP_VAR_DIR": str(tmp_path)}))
    assert (settings.profile, settings.mode, settings.environment) == (profile, "sandbox", "development")
    assert settings.stripe.product == ("prod_scrip" if settings.catalog.packages else None)
    assert settings.stripe.subscription_product == ("prod_scrip_plans" if settings.catalog.plans else None)
    assert settings.catalog.packages or settings.catalog.plans or settings.catalog.plan_files
    assert settings.purchase.needs_subscription == "none" or settings.catalog.plans


@pytest.mark.parametrize("profile", ALL)
def test_the_files_of_plans_that_a_profile_names_keep_every_rule(profile: str) -> None:
    settings = load_settings({"SCRIP_PROFILE": profile})
    assert bool(catalogue_of(settings).plans) == bool(settings.catalog.plans or settings.catalog.plan_files)


@pytest.mark.parametrize("profile", ALL)
def test_a_profile_sells_what_its_prices_say(profile: str) -> None:
    """Where the amount decides, a package that promised another number would be a lie to its buyer."""
    settings = load_settings({"SCRIP_PROFILE": profile})
    for package in settings.catalog.packages:
        assert settings.purchase.credits == "units" or package.credits == Credits.of(str(package.price.major))
    assert sum(package.default for package in settings.catalog.packages) == bool(settings.catalog.packages)


@pytest.mark.parametrize("profile", ALL)
def test_a_profile_keeps_no_secret_and_guards_every_name_it_knows(profile: str) -> None:
    tree, names = read_profile(profile, {})
    assert not {"api_key", "webhook_secrets", "publishable_key"} & set(tree.get("stripe", {}))
    assert [name for name in names.variables if not name.startswith(names.prefixes)] == []


@pytest.mark.parametrize("profile", ALL)
def test_the_dummy_provider_runs_under_every_profile_without_a_sandbox(profile: str, tmp_path: Path) -> None:
    env = {"SCRIP_PROFILE": profile, "SCRIP_VAR_DIR": str(tmp_path), "SCRIP_DUMMY__AMOUNT": "7", "SCRIP_PORT": "12111"}
    settings = complete(load_settings(env))
    assert (settings.mode, settings.stripe.api_key, settings.stripe.webhook_secrets) == ("dummy", None, ())
    assert settings.stripe.api_base == "https://api.stripe.com"
    assert settings.session.secret


def test_an_own_subscription_product_wins_over_the_made_up_one(tmp_path: Path) -> None:
    env = {"SCRIP_PROFILE": "datalayer-topup", "SCRIP_VAR_DIR": str(tmp_path)}
    own = complete(load_settings(env | {"DATALAYER_STRIPE_SUBSCRIPTION_PRODUCT_ID": "prod_own"}))
    assert own.stripe.subscription_product == "prod_own"


def test_no_line_of_code_asks_which_profile_it_is() -> None:
    """A system is data: what it does differently stands in its profile, as settings."""
    root = PROFILES.parent.parent
    code = [path for room in ("billing", "pages", "auth", "api") for path in (root / room).rglob("*.py")]
    asking = [
        path.name for path in (*code, root / "app.py", root / "cli.py") if "settings.profile" in path.read_text("utf-8")
    ]
    assert asking == []
    assert len(code) > 50
