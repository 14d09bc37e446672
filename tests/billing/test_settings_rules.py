"""What a portal needs at start follows from what it sells and how: each rule with the line that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing.settings import load_settings
from tests.billing.settings_papers import CHECKOUT, DUMMY, HOSTED, OURS, TOPUP, refusal, variables, written

PUBLIC = {"SCRIP_PUBLIC_URL": "https://credits.example.org"}
TOP_UP = OURS | PUBLIC | variables(TOPUP, "datalayer-topup")
EMBEDDED = OURS | PUBLIC | variables(CHECKOUT, "datalayer-checkout")
ON_THEIR_PAGE = OURS | variables(HOSTED, "doubleword")
PLAY = variables(DUMMY, "doubleword")
CLAIM = {"SCRIP_OIDC__MANAGER_CLAIM": "groups"}


@pytest.mark.parametrize(
    ("env", "line"),
    [
        (
            PLAY | {"SCRIP_STRIPE__API_KEY": "sk_test_x"},
            "dummy is set beside stripe.api_key (DWCTL_PAYMENT__STRIPE__API_KEY): "
            "keep one, dummy approves every payment and never asks Stripe.",
        ),
        (
            {"SCRIP_DUMMY__AMOUNT": "5", "SCRIP_STRIPE__API_KEY": "sk_test_sandbox_x"},
            "dummy is set beside stripe.api_key: keep one, dummy approves every payment and never asks Stripe.",
        ),
        (
            ON_THEIR_PAGE | {"DWCTL_PAYMENT__DUMMY__AMOUNT": "5"},
            "dummy is set beside a live stripe.api_key (DWCTL_PAYMENT__STRIPE__API_KEY): "
            "remove dummy, it approves every payment.",
        ),
        (
            PLAY | OURS | {"SCRIP_ENVIRONMENT": "production"},
            "dummy is set in production, where it would give credits away: set stripe.api_key"
            " (DWCTL_PAYMENT__STRIPE__API_KEY) instead.",
        ),
        (
            OURS | PUBLIC | {"SCRIP_DUMMY__AMOUNT": "5"},
            "dummy is set in production, where it would give credits away: set stripe.api_key instead.",
        ),
        (
            {"SCRIP_DUMMY__AMOUNT": "5", "SCRIP_STRIPE__API_BASE": "http://127.0.0.1:1"},
            "stripe.api_base is set beside dummy, which never asks Stripe: remove one of them.",
        ),
        (
            {"SCRIP_DUMMY__AMOUNT": "5", "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_live_x"},
            "stripe.publishable_key is live but there is no stripe.api_key: set the live one, or neither.",
        ),
    ],
)
def test_the_dummy_provider_never_stands_where_a_payment_is_meant(env: dict[str, str], line: str) -> None:
    assert refusal(env) == line


@pytest.mark.parametrize("name", ["PRICE", "LOOKUP_KEYS", "PLAN_LOOKUP_KEYS"])
def test_what_only_an_account_can_know_needs_its_key(name: str) -> None:
    line = f"stripe.{name.lower()} is set but there is no stripe.api_key: only a Stripe account can know it."
    assert refusal({f"SCRIP_STRIPE__{name}": "x_1"}) == line


def test_only_our_own_pages_need_the_publishable_key() -> None:
    assert load_settings(ON_THEIR_PAGE).stripe.publishable_key is None
    for env in (TOP_UP, EMBEDDED):
        line = refusal(env | {"DATALAYER_STRIPE_JS_API_KEY": ""})
        assert line == (
            "stripe.publishable_key (DATALAYER_STRIPE_JS_API_KEY) is not set: "
            "copy it from Stripe, beside the secret key."
        )


@pytest.mark.parametrize("env", [TOP_UP, EMBEDDED, ON_THEIR_PAGE])
def test_every_surface_needs_the_webhook_secret(env: dict[str, str]) -> None:
    without = {name: value for name, value in env.items() if "WEBHOOK_SECRET" not in name}
    assert "is empty: copy the signing secret (whsec_...) of your endpoint from Stripe." in refusal(without)


def test_exactly_one_of_product_price_and_lookup_keys_says_what_is_sold() -> None:
    assert refusal(ON_THEIR_PAGE | {"SCRIP_STRIPE__PRODUCT": "prod_1"}) == (
        "stripe.product and stripe.price (DWCTL_PAYMENT__STRIPE__PRICE_ID) are set together: "
        "keep the one that says what is on sale."
    )
    assert refusal(TOP_UP | {"DATALAYER_STRIPE_TOPUP_PRODUCT_ID": ""}) == (
        "stripe.product (DATALAYER_STRIPE_TOPUP_PRODUCT_ID) is not set: name the product whose prices are the packages "
        "(prod_...), or the only price in stripe.price, or some in stripe.lookup_keys "
        "(DATALAYER_STRIPE_TOPUP_PRICE_LOOKUP_KEYS)."
    )


def test_a_subscription_that_is_needed_must_be_known() -> None:
    line = refusal(TOP_UP | {"DATALAYER_STRIPE_SUBSCRIPTION_PRODUCT_ID": ""})
    assert line.startswith("stripe.subscription_product (DATALAYER_STRIPE_SUBSCRIPTION_PRODUCT_ID) is not set, but")
    by_key = {"DATALAYER_STRIPE_SUBSCRIPTION_PRODUCT_ID": "", "DATALAYER_STRIPE_TEAM_PLAN_PRICE_LOOKUP_KEY": "team"}
    assert load_settings(TOP_UP | by_key).stripe.plan_lookup_keys == ("team",)
    assert load_settings(TOP_UP | {"SCRIP_PURCHASE__NEEDS_SUBSCRIPTION": "none"}).mode == "live"


def test_a_plan_must_be_charged_as_often_as_is_asked_for() -> None:
    env = {"SCRIP_PROFILE": "datalayer-topup", "SCRIP_PURCHASE__NEEDS_SUBSCRIPTION": "year"}
    assert refusal(env) == "purchase.needs_subscription is year, but no plan of catalog.plans is charged by the year."


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"DATALAYER_STRIPE_TOPUP_PRODUCT_ID": "price_1"}, "begins with price_, so it is the id of a price, not of a"),
        ({"DATALAYER_STRIPE_SUBSCRIPTION_PRODUCT_ID": "price_1"}, "so it is the id of a price, not of a product."),
        ({"SCRIP_STRIPE__PRICE": "prod_1"}, "begins with prod_, so it is the id of a product, not of a price."),
        ({"DATALAYER_STRIPE_CUST_PORTAL_ID": "pc_1"}, "must be a configuration of the customer portal: it begins with"),
        ({"DATALAYER_STRIPE_CUST_PORTAL_URL": "http://billing.stripe.com/p"}, "must begin with https://"),
        ({"DATALAYER_STRIPE_CUST_PORTAL_URL": "http://localhost/p"}, "is http: copy the customer portal's address"),
        (
            {"DATALAYER_STRIPE_CHECKOUT_ROUTE": "a/b"},
            "checkout_route (SCRIP_CHECKOUT_ROUTE or DATALAYER_STRIPE_CHECKOUT",
        ),
    ],
)
def test_an_id_or_address_of_the_wrong_kind_is_refused(changes: dict[str, str], line: str) -> None:
    assert line in refusal(TOP_UP | changes)


def test_automatic_tax_goes_with_every_surface() -> None:
    for env in (TOP_UP, EMBEDDED, ON_THEIR_PAGE, PLAY, {}):
        assert load_settings(env | {"SCRIP_TAX__AUTOMATIC": "true"}).tax.automatic


@pytest.mark.parametrize(
    ("env", "port"),
    [
        ({"SCRIP_PUBLIC_URL": "http://localhost:3001/"}, 3001),
        ({"SCRIP_PUBLIC_URL": "http://localhost:3001", "SCRIP_PORT": "9000"}, 9000),
        ({"SCRIP_PUBLIC_URL": "http://localhost"}, 8080),
        ({"SCRIP_PUBLIC_URL": "https://localhost:3001", "SCRIP_ENVIRONMENT": "development"}, 8080),
        ({"SCRIP_PUBLIC_URL": ""}, 8080),
    ],
)
def test_a_plain_address_of_this_machine_says_the_port(env: dict[str, str], port: int) -> None:
    assert load_settings(env).port == port


def test_an_address_with_a_senseless_port_is_one_line() -> None:
    for port in ("99999", "0", "a"):
        line = refusal({"SCRIP_PUBLIC_URL": f"http://localhost:{port}"})
        assert line == "public_url (SCRIP_PUBLIC_URL): must be an address such as https://credits.example.org."


@pytest.mark.parametrize(
    ("roles", "line"),
    [
        (CLAIM, "manager_claim and manager_values belong together"),
        ({"SCRIP_OIDC__BILLING_MANAGER_VALUES": "money"}, "manager_claim and manager_values belong together"),
        (
            CLAIM | {"SCRIP_OIDC__BILLING_MANAGER_VALUES": "money,"},
            "one of manager_values or billing_manager_values is",
        ),
        (CLAIM | {"SCRIP_OIDC__MANAGER_VALUES": '["a", " "]'}, "billing_manager_values is blank: remove it"),
        (
            CLAIM | {"SCRIP_OIDC__MANAGER_VALUES": "a,b", "SCRIP_OIDC__BILLING_MANAGER_VALUES": "c,b"},
            "b stands in manager_values and in billing_manager_values: keep it in one.",
        ),
    ],
)
def test_a_role_that_is_half_said_or_said_twice_is_refused(roles: dict[str, str], line: str) -> None:
    assert line in refusal(ON_THEIR_PAGE | roles)


def test_a_claim_may_name_billing_managers_alone(tmp_path: Path) -> None:
    text = "oidc: {manager_claim: realm_access.roles, billing_manager_values: BillingManager}"
    assert load_settings(written(tmp_path, text)).oidc.billing_manager_values == ("BillingManager",)
