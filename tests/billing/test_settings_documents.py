"""What the three systems' documents print is pasted as it stands, loads, and means what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing.rules.money import Credits, Money
from billing.settings import Settings, load_settings, unheard
from tests.billing.settings_papers import (
    CHECKOUT,
    DUMMY,
    DUMMY_YAML,
    HOSTED,
    HOSTED_YAML,
    INITIAL,
    INITIAL_YAML,
    OURS,
    TOPUP,
    variables,
    written,
)

PUBLIC = {"SCRIP_PUBLIC_URL": "https://credits.example.org"}


def secrets(settings: Settings) -> tuple[str, list[str]]:
    key = settings.stripe.api_key
    return key.get_secret_value() if key else "", [
        each.get_secret_value() for each in settings.stripe.webhook_secrets if each
    ]


def test_the_eight_variables_of_the_top_up_mean_what_they_say() -> None:
    settings = load_settings(OURS | PUBLIC | variables(TOPUP, "datalayer-topup"))
    stripe = settings.stripe
    assert (settings.mode, settings.environment) == ("live", "production")
    assert secrets(settings) == ("sk_live_...", ["whsec_..."])
    assert (stripe.publishable_key, stripe.product, stripe.subscription_product) == (
        "pk_live_...",
        "prod_topup",
        "prod_monthly",
    )
    assert (stripe.portal_configuration, stripe.portal_url) == ("bpc_1", "https://billing.stripe.com/p/login/abc")
    assert settings.checkout_route == "top-up"


def test_the_top_up_is_bought_in_our_page_with_a_monthly_subscription() -> None:
    settings = load_settings({"SCRIP_PROFILE": "datalayer-topup"})
    purchase = settings.purchase
    assert (purchase.surface, purchase.credits, purchase.needs_subscription) == ("elements", "units", "month")
    assert (settings.checkout_route, settings.doors) == ("checkout", ("datalayer",))
    assert settings.webhook_paths == ("/api/iam/stripe/v1/webhook",)
    assert [plan.interval for plan in settings.catalog.plans] == ["month"]


@pytest.mark.parametrize("route", ["/top-up", "top-up", "/top-up/"])
def test_the_checkout_route_may_be_written_with_its_slash(route: str) -> None:
    env = {"SCRIP_PROFILE": "datalayer-topup", "DATALAYER_STRIPE_CHECKOUT_ROUTE": route}
    assert load_settings(env).checkout_route == "top-up"


def test_lookup_keys_take_the_place_of_the_products() -> None:
    env = variables(TOPUP, "datalayer-topup") | {
        "DATALAYER_STRIPE_TOPUP_PRODUCT_ID": "",
        "DATALAYER_STRIPE_SUBSCRIPTION_PRODUCT_ID": "",
        "DATALAYER_STRIPE_TOPUP_PRICE_LOOKUP_KEYS": "topup_50,topup_250",
        "DATALAYER_STRIPE_TEAM_PLAN_PRICE_LOOKUP_KEY": "team",
        "DATALAYER_STRIPE_ORGANIZATION_SEAT_PRICE_LOOKUP_KEY": "seat",
        "DATALAYER_INITIAL_USER_CREDITS": "500",
    }
    settings = load_settings(OURS | PUBLIC | env)
    assert settings.stripe.lookup_keys == ("topup_50", "topup_250")
    assert settings.stripe.plan_lookup_keys == ("team", "seat")
    assert settings.credits.welcome == Credits.whole(500)
    assert settings.stripe.product is None


def test_the_four_variables_of_the_embedded_checkout_mean_what_they_say() -> None:
    settings = load_settings(OURS | PUBLIC | variables(CHECKOUT, "datalayer-checkout"))
    assert secrets(settings) == ("sk_live_...", ["whsec_..."])
    assert (settings.stripe.publishable_key, settings.stripe.product) == ("pk_live_...", "prod_...")
    assert (settings.purchase.surface, settings.purchase.needs_subscription) == ("embedded", "none")
    assert settings.webhook_paths == ("/api/iam/stripe/v1/webhook",)
    assert settings.tax.included == "auto"


@pytest.mark.parametrize(("word", "meant"), [("Auto", "auto"), ("Yes", "yes"), ("No", "no"), ("yes", "yes")])
def test_the_vat_policy_is_one_of_three_words(tmp_path: Path, word: str, meant: str) -> None:
    env = written(tmp_path, f"tax: {{included: {word}}}", "datalayer-checkout")
    assert load_settings(env).tax.included == meant
    assert load_settings({"SCRIP_TAX__INCLUDED": word}).tax.included == meant


def test_the_first_package_is_fifty_credits_for_five_dollars_with_a_description_to_read() -> None:
    first = load_settings({"SCRIP_PROFILE": "datalayer-checkout"}).catalog.packages[0]
    assert (first.price, first.credits, bool(first.description)) == (Money(500, "USD"), Credits.whole(50), True)


def means_the_hosted_checkout(settings: Settings) -> bool:
    stripe = settings.stripe
    return (
        (settings.mode, settings.environment) == ("live", "production")
        and secrets(settings) == ("sk_live_...", ["whsec_..."])
        and (stripe.price, stripe.product, stripe.publishable_key) == ("price_...", None, None)
        and settings.public_url == "https://your-app.example.com"
        and (settings.purchase.surface, settings.purchase.credits, settings.purchase.invoice)
        == ("hosted", "amount", False)
    )


def test_the_four_lines_of_the_hosted_checkout_are_enough() -> None:
    assert means_the_hosted_checkout(load_settings(OURS | variables(HOSTED, "doubleword")))


def test_the_file_of_the_hosted_checkout_is_enough(tmp_path: Path) -> None:
    assert means_the_hosted_checkout(load_settings(OURS | written(tmp_path, HOSTED_YAML, "doubleword")))


def test_the_file_may_name_its_profile_and_hold_our_own_names_as_well(tmp_path: Path) -> None:
    ours = "session: {secret: 0123456789abcdef0123456789abcdef}\noidc: {issuer: https://id.example.org/, client_id: a,"
    env = written(tmp_path, f"profile: doubleword\n{HOSTED_YAML}\n{ours} client_secret: b}}\n")
    settings = load_settings(env)
    assert means_the_hosted_checkout(settings)
    assert (settings.profile, settings.oidc.client_id) == ("doubleword", "a")


@pytest.mark.parametrize("by_file", [True, False])
def test_the_dummy_provider_needs_nothing_else(tmp_path: Path, by_file: bool) -> None:
    env = written(tmp_path, DUMMY_YAML, "doubleword") if by_file else variables(DUMMY, "doubleword")
    settings = load_settings(env)
    assert (settings.mode, settings.is_play, settings.environment) == ("dummy", True, "development")
    assert settings.dummy
    assert settings.dummy.price == Money(5000, "USD")
    assert (settings.public_url, settings.port) == ("http://localhost:3001", 3001)


@pytest.mark.parametrize("by_file", [True, False])
def test_initial_credits_are_the_welcome_gift(tmp_path: Path, by_file: bool) -> None:
    env = written(tmp_path, INITIAL_YAML, "doubleword") if by_file else variables(INITIAL, "doubleword")
    assert load_settings(env).credits.welcome == Credits.whole(10)


def test_every_other_name_of_the_file_has_its_setting(tmp_path: Path) -> None:
    text = """
dashboard_url: https://app.example.com
payment: {stripe: {enable_invoice_creation: true, tax_code: txcd_1}}
credits: {first_payment_match_up_to: 25, verification_credits: 0.5, unit_name: dollars}
"""
    settings = load_settings(written(tmp_path, text, "doubleword") | {"SCRIP_ENVIRONMENT": "development"})
    assert (settings.public_url, settings.purchase.invoice) == ("https://app.example.com", True)
    assert (settings.tax.code, settings.credits.unit_name) == ("txcd_1", "dollars")
    assert settings.credits.first_purchase_match_up_to == Credits.whole(25)
    assert settings.credits.verification == Credits(500_000)


def test_one_price_of_ten_dollars_gives_ten_credits() -> None:
    settings = load_settings({"SCRIP_PROFILE": "doubleword"})
    assert [(each.price, each.credits) for each in settings.catalog.packages] == [
        (Money(1000, "USD"), Credits.whole(10))
    ]
    assert settings.webhook_paths == ("/webhooks/payments", "/admin/api/v1/webhooks/payments")


def test_documents_names_without_their_profile_are_told_and_not_silently_ignored() -> None:
    given = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_PRICE_TEAM": "price_1", "HOME": "/"}
    said = unheard(load_settings(given), given)
    assert said == (
        "Not read: STRIPE_PRICE_TEAM, STRIPE_SECRET_KEY. Profile dataxpipe has these names, but default is chosen:"
        " set SCRIP_PROFILE=dataxpipe."
    )
    assert unheard(load_settings({"HOME": "/"}), {"HOME": "/"}) is None
    chosen = {"SCRIP_PROFILE": "dataxpipe", "STRIPE_SECRET_KEY": "sk_test_1"}
    assert unheard(load_settings({"SCRIP_PROFILE": "dataxpipe"}), chosen) is None
