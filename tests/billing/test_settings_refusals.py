"""What the portal refuses to start with: each mistake is one line that says what to do and quotes no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing.settings import SettingsError, load_settings
from tests.billing.settings_papers import refusal

READY = {
    "SCRIP_PUBLIC_URL": "https://credits.example.org",
    "SCRIP_STRIPE__API_KEY": "sk_live_abc",
    "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_live_abc",
    "SCRIP_STRIPE__WEBHOOK_SECRETS": "whsec_abc",
    "SCRIP_STRIPE__PRODUCT": "prod_1",
    "SCRIP_SESSION__SECRET": "0123456789abcdef0123456789abcdef",
    "SCRIP_OIDC__ISSUER": "https://id.example.org/",
    "SCRIP_OIDC__CLIENT_ID": "scrip",
    "SCRIP_OIDC__CLIENT_SECRET": "CLIENTVALUE",
}
TEST = READY | {"SCRIP_STRIPE__API_KEY": "sk_test_abc", "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_test_abc"}


def test_what_is_ready_is_accepted() -> None:
    assert load_settings(READY).environment == "production"
    assert load_settings(TEST).mode == "test"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"SCRIP_STRIPE__WEBHOOK_SECRETS": ""}, "stripe.webhook_secrets is empty"),
        ({"SCRIP_STRIPE__WEBHOOK_SECRETS": "[]"}, "stripe.webhook_secrets is empty"),
        ({"SCRIP_STRIPE__WEBHOOK_SECRETS": "   "}, "stripe.webhook_secrets is empty"),
        ({"SCRIP_STRIPE__WEBHOOK_SECRETS": "whsec_a,"}, "one of them is blank"),
        ({"SCRIP_STRIPE__WEBHOOK_SECRETS": '["whsec_a", " "]'}, "one of them is blank"),
        ({"SCRIP_STRIPE__WEBHOOK_SECRETS": "we_123"}, "no signing secret"),
        ({"SCRIP_STRIPE__WEBHOOK_SECRETS": "[whsec"}, "not valid JSON"),
        ({"SCRIP_PLAN_CHANGE__DAYS_UNTIL_DUE": "14"}, "set collection_method to send_invoice"),
        ({"SCRIP_PLAN_CHANGE__COLLECTION_METHOD": "by_mail"}, "'charge_automatically' or 'send_invoice'"),
        ({"SCRIP_STRIPE__API_BASE": "http://127.0.0.1:12111"}, "stripe.api_base is not Stripe's although"),
        ({"SCRIP_STRIPE__JS_URL": "http://localhost/stripe.js"}, "stripe.js_url is not Stripe's although"),
        ({"SCRIP_DUMMY__AMOUNT": "5"}, "dummy is set beside a live stripe.api_key"),
        ({"SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_test_abc"}, "live key but stripe.publishable_key is a test one"),
        ({"SCRIP_STRIPE__PUBLISHABLE_KEY": ""}, "stripe.publishable_key is not set"),
        ({"SCRIP_STRIPE__PUBLISHABLE_KEY": "sk_live_abc"}, "must be a publishable key"),
        ({"SCRIP_STRIPE__API_KEY": "pk_live_abc"}, "must be a secret key"),
        ({"SCRIP_STRIPE__API_KEY": ""}, "stripe.publishable_key is live but there is no stripe.api_key"),
        ({"SCRIP_STRIPE__PRODUCT": ""}, "stripe.product is not set"),
        ({"SCRIP_SESSION__SECRET": ""}, "session.secret needs 32 random characters"),
        ({"SCRIP_SESSION__SECRET": "0123456789abcdef0123456789abcde"}, "session.secret needs 32 random characters"),
        ({"SCRIP_SESSION__SECRET": "a" * 64}, "session.secret needs 32 random characters"),
        ({"SCRIP_PUBLIC_URL": "http://localhost:8080"}, "public_url is http in production"),
        ({"SCRIP_PUBLIC_URL": "http://credits.example.org"}, "must begin with https://"),
        ({"SCRIP_PUBLIC_URL": "https://user:pw@credits.example.org"}, "must be an address such as"),
        ({"SCRIP_PUBLIC_URL": "credits.example.org"}, "must be an address such as"),
        ({"SCRIP_OIDC__CLIENT_SECRET": ""}, "half configured: set client_secret as well"),
        (
            {"SCRIP_OIDC__CLIENT_SECRET": "", "SCRIP_OIDC__ISSUER": "", "SCRIP_OIDC__CLIENT_ID": ""},
            "oidc is not set, so nobody could sign in",
        ),
        ({"SCRIP_OIDC__ISSUER": "http://id.example.org"}, "must begin with https://"),
        ({"SCRIP_OIDC__ALGORITHMS": "none"}, "oidc.algorithms[0]"),
        ({"SCRIP_OIDC__ALGORITHMS": "HS256"}, "oidc.algorithms[0]"),
        ({"SCRIP_OIDC__MANAGER_CLAIM": "groups"}, "manager_claim and manager_values belong together"),
        ({"SCRIP_OIDC__SCOPES": "email"}, "scopes must contain openid"),
        ({"SCRIP_ENVIRONMENT": "development"}, "environment is development but stripe.api_key is live"),
        (
            {"SCRIP_PROFILE": "nope"},
            "'nope' is unknown; there are datalayer-checkout, datalayer-topup, dataxpipe, default, doubleword, "
            "frontier.",
        ),
        ({"SCRIP_PROFILE": "../settings"}, "is unknown; there are datalayer-checkout, "),
        ({"SCRIP_PORT": "0"}, "port (SCRIP_PORT): Input should be greater than or equal to 1"),
        ({"SCRIP_PORT": "65536"}, "port (SCRIP_PORT): Input should be less than or equal to 65535"),
        ({"SCRIP_PORT": "eighty"}, "port (SCRIP_PORT): Input should be a valid integer"),
        ({"SCRIP_TRUSTED_PROXIES": "10.0.0.0/99"}, "trusted_proxies[0] (SCRIP_TRUSTED_PROXIES)"),
        ({"SCRIP_DATABASE_URL": "mysql://u:DBVALUE@h/d"}, "must begin with sqlite:// or postgresql://"),
        ({"SCRIP_DURABILITY": "none"}, "durability (SCRIP_DURABILITY): Input should be 'full' or 'relaxed'"),
        ({"SCRIP_GRANTS__MAX_CREDITS_PER_DAY": "1"}, "must not be below max_credits_per_grant"),
        ({"SCRIP_CREDITS__WELCOME": "1e3"}, "not a plain positive number"),
        (
            {"SCRIP_STRIP__API_KEY": "sk_live_x"},
            "SCRIP_STRIP__API_KEY is not a setting; did you mean SCRIP_STRIPE__API_KEY?",
        ),
        ({"SCRIP_STRIPE": '{"api_key": "sk_live_x"}'}, "SCRIP_STRIPE is not a setting"),
        ({"SCRIP_CONFIG": "nowhere.yaml"}, "nowhere.yaml cannot be read"),
    ],
)
def test_a_live_portal_refuses(changes: dict[str, str], line: str) -> None:
    assert line in refusal(READY | changes)


@pytest.mark.parametrize(
    ("env", "line"),
    [
        (TEST | {"SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_live_abc"}, "test key but stripe.publishable_key is a live one"),
        (TEST | {"SCRIP_STRIPE__API_BASE": "http://127.0.0.1:1"}, "stripe.api_base is not Stripe's although"),
        ({"SCRIP_STRIPE__API_BASE": "https://evil.example"}, "stripe.api_base must be Stripe's or an address of this"),
        ({"SCRIP_STRIPE__JS_URL": "https://evil.example/x.js"}, "stripe.js_url must be Stripe's or an address of this"),
        ({"SCRIP_PUBLIC_URL": "https://credits.example.org"}, "the sandbox never runs in production"),
        ({"SCRIP_ENVIRONMENT": "production"}, "the sandbox never runs in production"),
        ({"SCRIP_SANDBOX_PORT": "8080"}, "port and sandbox_port are the same"),
    ],
)
def test_mixed_worlds_are_refused(env: dict[str, str], line: str) -> None:
    assert line in refusal(env)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("prot: 1", "prot is not a setting; did you mean port?"),
        ("catalog: {pakages: []}", "catalog.pakages is not a setting; did you mean catalog.packages?"),
        ("api_key: x", "api_key is not a setting; did you mean "),
        ("catalog: {packages: [{key: a, nam: A}]}", "catalog.packages[0].nam is not a setting; did you mean name?"),
        ("port: ${PORT}", "port needs the environment variable PORT, which is not set"),
        ("host: ${", "host has a ${ that is not"),
        ("stripe:\n  max_retries: 1\n  max_retries: 2", "line 2: this is not valid YAML (max_retries stands twice)"),
        ("- 1", "must be a mapping of settings"),
        ("a: b: c", "line 1: this is not valid YAML"),
        ("stripe: nonsense", "stripe holds several settings: write each with its name below it"),
        (
            "catalog: {packages: [{key: a, name: A, credits: 1, amount: 0.001, currency: USD}]}",
            "more decimals than USD",
        ),
        ("catalog: {packages: [{key: a, name: A, credits: 0, amount: 1, currency: USD}]}", "credits above zero"),
        ("catalog: {packages: [{key: a, name: A, credits: 1, amount: 0, currency: USD}]}", "credits above zero"),
        (
            "catalog: {packages: [{key: a, name: A, credits: true, amount: 1, currency: USD}]}",
            "a plain number of credits",
        ),
        ("catalog: {packages: [{key: a, name: A, credits: 1, amount: 1, currency: dollars}]}", "is not a currency"),
    ],
)
def test_a_file_is_refused_with_its_dotted_name(tmp_path: Path, text: str, line: str) -> None:
    path = tmp_path / "scrip.yaml"
    path.write_text(text, "utf-8")
    assert line in refusal({"SCRIP_CONFIG": str(path)})


@pytest.mark.parametrize("extra", ["key: a", "key: c, default: true"])
def test_two_packages_share_neither_key_nor_default(tmp_path: Path, extra: str) -> None:
    rest = "name: A, credits: 1, amount: 1, currency: USD"
    path = tmp_path / "scrip.yaml"
    path.write_text(f"catalog: {{packages: [{{key: a, default: true, {rest}}}, {{{extra}, {rest}}}]}}", "utf-8")
    assert "packages" in refusal({"SCRIP_CONFIG": str(path)})


@pytest.mark.parametrize(
    "env",
    [
        {"SCRIP_STRIPE__API_KEY": "SECRETVALUE"},
        {"SCRIP_STRIPE__WEBHOOK_SECRETS": '["SECRETVALUE", ""]'},
        {"SCRIP_STRIPE__WEBHOOK_SECRETS": '{"SECRETVALUE": 1}'},
        {"SCRIP_STRIPE__WEBHOOK_SECRETS": "[SECRETVALUE"},
        {"SCRIP_DATABASE_URL": "oracle://u:SECRETVALUE@h"},
        {"SCRIP_SESSION__SECRET": "SECRETVALUE", "SCRIP_ENVIRONMENT": "production"},
        {"SCRIP_OIDC__CLIENT_SECRET": "SECRETVALUE"},
    ],
)
def test_a_bad_secret_is_not_quoted(env: dict[str, str]) -> None:
    assert "SECRETVALUE" not in refusal(READY | env | {"SCRIP_OIDC__ISSUER": ""})


def test_setting_up_may_lack_what_it_will_make() -> None:
    bare = {name: value for name, value in READY.items() if not name.startswith("SCRIP_OIDC")}
    del bare["SCRIP_STRIPE__WEBHOOK_SECRETS"], bare["SCRIP_STRIPE__PRODUCT"]
    assert load_settings(bare, setting_up=True).mode == "live"
    with pytest.raises(SettingsError, match="is a live key but"):
        load_settings(bare | {"SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_test_x"}, setting_up=True)


def test_names_of_the_test_bench_are_left_alone() -> None:
    assert load_settings({"SCRIP_TEST_BROWSER": "/usr/bin/chromium"}).port == 8080
