"""Preparing an account: what is missing is made, what differs is changed, the rest is kept, and twice is once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing import setup
from billing.gateways.preparation import Act, Step
from billing.gateways.stripe_events import LISTED
from billing.gateways.stripe_setup_webhook import API_VERSION
from billing.rules.errors import BadInput, GatewayUnavailable, PaymentRefused
from billing.settings import names_in_profile
from tests.world.merchants import PUBLIC, Merchant

TOPUP = {"SCRIP_PROFILE": "datalayer-topup"}
TWO_PLANS = {
    "SCRIP_CATALOG__PLANS": json.dumps(
        [
            {"key": "month", "name": "Monthly", "amount": "20", "currency": "usd", "interval": "month"},
            {"key": "year", "name": "Yearly", "amount": "200", "currency": "usd", "interval": "year"},
        ]
    )
}


def _packages(*rows: tuple[str, int, str]) -> dict[str, str]:
    packages = [
        {"key": key, "name": key.title(), "credits": credits, "amount": amount, "currency": "USD"}
        for key, credits, amount in rows
    ]
    return {"SCRIP_CATALOG__PACKAGES": json.dumps(packages)}


def _changes(steps: list[Step]) -> list[Step]:
    return [step for step in steps if step.act is not Act.KEEP]


@pytest.mark.parametrize("profile", ["default", "datalayer-topup", "datalayer-checkout", "doubleword"])
def test_an_empty_account_is_prepared_and_the_second_run_changes_nothing(merchant: Merchant, profile: str) -> None:
    settings = merchant.settings(SCRIP_PROFILE=profile)
    steps, prepared = merchant.run(settings)
    assert all((prepared.product_ref, prepared.portal_ref, prepared.webhook_ref, prepared.webhook_secret))
    assert bool(prepared.plans_product_ref) is bool(settings.catalog.plans)
    assert len(prepared.price_refs) == len(settings.catalog.sold_packages)
    assert {step.act for step in steps} <= {Act.MAKE, Act.CHANGE}
    for later in (settings, setup.filled_in(settings, prepared)):
        state = merchant.state()
        again, found = merchant.run(later)
        assert _changes(again) == []
        assert (found.product_ref, found.portal_ref, found.webhook_ref) == (
            prepared.product_ref, prepared.portal_ref, prepared.webhook_ref,
        )  # fmt: skip
        assert found.webhook_secret is None
        assert merchant.state() == state


def test_a_dry_run_plans_what_the_run_then_does_and_changes_nothing(merchant: Merchant) -> None:
    settings = merchant.settings(**TOPUP)
    merchant.v1.billing_portal.configurations.list()  # Stripe makes its default when somebody first asks
    before = merchant.state()
    planned, prepared = merchant.run(settings, dry_run=True)
    assert merchant.state() == before
    assert (prepared.product_ref, prepared.portal_ref, prepared.webhook_secret, prepared.price_refs) == (
        None, None, None, {},
    )  # fmt: skip
    done, _prepared = merchant.run(settings)
    assert [(step.act, step.why) for step in planned] == [(step.act, step.why) for step in done]


def test_a_changed_package_gets_a_new_price_and_a_gone_one_is_retired(merchant: Merchant) -> None:
    _steps, first = merchant.run(merchant.settings(**_packages(("small", 50, "5"), ("big", 500, "45"))))
    steps, second = merchant.run(merchant.settings(**_packages(("small", 50, "6"))))
    made, pointed, *retired = _changes(steps)
    assert made == Step(Act.MAKE, "price of package small", "6.00 USD for 50 credits")
    assert pointed == Step(Act.CHANGE, f"product {first.product_ref}", "small is its default price")
    assert {step.thing for step in retired} == {f"price {ref}" for ref in first.price_refs.values()}
    active = merchant.v1.prices.list({"product": second.product_ref, "active": True}).data
    assert [price.unit_amount for price in active] == [600]


def test_a_renamed_package_keeps_its_price(merchant: Merchant) -> None:
    _steps, first = merchant.run(merchant.settings(**_packages(("small", 50, "5"))))
    renamed = json.dumps([{"key": "small", "name": "Little", "credits": 50, "amount": "5", "currency": "USD"}])
    steps, second = merchant.run(merchant.settings(SCRIP_CATALOG__PACKAGES=renamed))
    assert [step.thing for step in _changes(steps)] == ["price of package small"]
    assert first.price_refs == second.price_refs


def test_what_was_made_by_hand_is_left_alone(merchant: Merchant) -> None:
    product = merchant.v1.products.create({"name": "By hand"})
    price = merchant.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 900})
    portal = merchant.v1.billing_portal.configurations.create({"features": {"invoice_history": {"enabled": True}}})
    endpoint = merchant.v1.webhook_endpoints.create(
        {"url": f"{PUBLIC}/webhooks/stripe", "enabled_events": ["charge.refunded"]}
    )
    named = {"SCRIP_STRIPE__PRODUCT": product.id, "SCRIP_STRIPE__PORTAL_CONFIGURATION": portal.id}
    steps, prepared = merchant.run(merchant.settings(**named))
    assert (prepared.product_ref, prepared.portal_ref, prepared.webhook_ref) == (product.id, portal.id, endpoint.id)
    assert {step.thing for step in _changes(steps)} == {
        f"price of package {key}" for key in ("starter", "standard", "scale", "own")
    }
    assert merchant.v1.prices.retrieve(price.id).active
    assert merchant.v1.products.retrieve(product.id).to_dict()["default_price"] is None
    assert merchant.v1.webhook_endpoints.retrieve(endpoint.id).enabled_events == ["charge.refunded"]
    assert not merchant.v1.billing_portal.configurations.retrieve(portal.id).features.customer_update.enabled


def test_a_price_named_by_the_settings_is_left_alone_when_it_was_made_by_hand(merchant: Merchant) -> None:
    product = merchant.v1.products.create({"name": "By hand"})
    price = merchant.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 900})
    steps, prepared = merchant.run(merchant.settings(SCRIP_STRIPE__PRICE=price.id))
    assert steps[0] == Step(Act.KEEP, f"price {price.id}", "made by hand, so it is left alone")
    assert (prepared.product_ref, prepared.price_refs) == (None, {})


def test_lookup_keys_say_that_somebody_else_makes_the_prices(merchant: Merchant) -> None:
    keys = {"SCRIP_STRIPE__LOOKUP_KEYS": "one", "SCRIP_STRIPE__PLAN_LOOKUP_KEYS": "two"}
    steps, prepared = merchant.run(merchant.settings(**keys))
    assert [step.thing for step in steps if step.act is Act.KEEP] == ["packages", "plans"]
    assert merchant.v1.products.list().data == []
    assert prepared.price_refs == {}


def test_the_endpoint_gets_exactly_the_events_that_are_read(merchant: Merchant) -> None:
    _steps, prepared = merchant.run(merchant.settings(**TOPUP))
    endpoint = merchant.v1.webhook_endpoints.retrieve(prepared.webhook_ref)
    assert sorted(endpoint.enabled_events) == sorted(LISTED)
    assert (endpoint.api_version, endpoint.url) == (API_VERSION, f"{PUBLIC}/api/iam/stripe/v1/webhook")
    events = ["charge.refunded", "payment_intent.succeeded"]
    merchant.v1.webhook_endpoints.update(endpoint.id, {"enabled_events": events, "disabled": True})
    steps, again = merchant.run(merchant.settings(**TOPUP))
    (step,) = _changes(steps)
    assert step.why.startswith("it was disabled; missing checkout.session.")
    assert step.why.endswith("needless charge.refunded")
    mended = merchant.v1.webhook_endpoints.retrieve(endpoint.id)
    assert (again.webhook_ref, again.webhook_secret) == (endpoint.id, None)
    assert (sorted(mended.enabled_events), mended.status) == (sorted(LISTED), "enabled")


def test_plans_can_be_changed_in_the_customer_portal_when_their_intervals_differ(merchant: Merchant) -> None:
    _steps, prepared = merchant.run(merchant.settings(**TWO_PLANS))
    portal = merchant.v1.billing_portal.configurations.retrieve(
        prepared.portal_ref, {"expand": ["features.subscription_update.products"]}
    ).to_dict()
    features = portal["features"]
    (row,) = features["subscription_update"]["products"]
    assert (row["product"], len(row["prices"])) == (prepared.plans_product_ref, 2)
    assert features["customer_update"]["allowed_updates"] == ["address", "tax_id"]
    assert features["subscription_cancel"]["mode"] == "at_period_end"
    assert (portal["business_profile"]["headline"], portal["default_return_url"]) == ("Scrip", PUBLIC)
    assert _changes(merchant.run(merchant.settings(**TWO_PLANS))[0]) == []
    steps, _prepared = merchant.run(merchant.settings(SCRIP_PRODUCT_NAME="Other", **TWO_PLANS))
    assert [step.why for step in _changes(steps)] == ["not as it shall be: name, business_profile"]


def test_two_plans_of_one_interval_can_be_had_but_not_changed_between(merchant: Merchant) -> None:
    plans: list[dict[str, Any]] = json.loads(TWO_PLANS["SCRIP_CATALOG__PLANS"])
    same = json.dumps([{**plan, "interval": "month"} for plan in plans])
    steps, _prepared = merchant.run(merchant.settings(SCRIP_CATALOG__PLANS=same))
    assert any("no change of plan" in step.why for step in steps)
    assert _changes(merchant.run(merchant.settings(SCRIP_CATALOG__PLANS=same))[0]) == []


def test_tax_stands_on_products_and_prices(merchant: Merchant) -> None:
    taxed = {"SCRIP_TAX__INCLUDED": "yes", "SCRIP_TAX__CODE": "txcd_10103001"}
    merchant.run(merchant.settings())
    _steps, prepared = merchant.run(merchant.settings(**taxed))
    assert merchant.v1.products.retrieve(prepared.product_ref).tax_code == "txcd_10103001"
    active = merchant.v1.prices.list({"product": prepared.product_ref, "active": True}).data
    assert {price.tax_behavior for price in active} == {"inclusive"}


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("default", ["SCRIP_STRIPE__PRODUCT", "SCRIP_STRIPE__PORTAL_CONFIGURATION", "SCRIP_STRIPE__WEBHOOK_SECRETS"]),
        (
            "datalayer-topup",
            [
                "DATALAYER_STRIPE_TOPUP_PRODUCT_ID",
                "DATALAYER_STRIPE_SUBSCRIPTION_PRODUCT_ID",
                "DATALAYER_STRIPE_CUST_PORTAL_ID",
                "DATALAYER_STRIPE_WEBHOOK_SECRET",
            ],
        ),
        (
            "doubleword",
            [
                "DWCTL_PAYMENT__STRIPE__PRICE_ID",
                "SCRIP_STRIPE__PORTAL_CONFIGURATION",
                "DWCTL_PAYMENT__STRIPE__WEBHOOK_SECRET",
            ],
        ),
        (
            "dataxpipe",
            [
                *("STRIPE_PRICE_TEAM", "STRIPE_PRICE_BUSINESS"),
                "SCRIP_STRIPE__PORTAL_CONFIGURATION",
                "STRIPE_WEBHOOK_SECRET",
            ],
        ),
    ],
)
def test_the_settings_are_told_by_the_names_of_the_profile(
    merchant: Merchant, profile: str, expected: list[str]
) -> None:
    settings = merchant.settings(SCRIP_PROFILE=profile)
    names = names_in_profile(profile)
    _steps, prepared = merchant.run(settings)
    told = dict(setup.to_put_in_place(settings, prepared, names))
    assert list(told) == expected
    del told[expected[-1]]  # the signing secret: the account's answer does not repeat it
    inside = merchant.settings(SCRIP_PROFILE=profile, **told)
    steps, again = merchant.run(inside)
    assert (_changes(steps), list(setup.to_put_in_place(inside, again, names))) == ([], [])


def test_an_address_of_this_machine_gets_no_endpoint_and_is_told_why(merchant: Merchant) -> None:
    steps, prepared = merchant.run(merchant.settings(SCRIP_PUBLIC_URL="http://localhost:8080"))
    assert prepared.webhook_ref is None
    assert "stripe listen --forward-to http://localhost:8080/webhooks/stripe" in steps[-1].why
    _steps, given = merchant.run(merchant.settings(), webhook_url="https://elsewhere.example.org/in")
    assert merchant.v1.webhook_endpoints.retrieve(given.webhook_ref).url == "https://elsewhere.example.org/in"


@pytest.mark.parametrize("url", ["", "credits.example.org", "http://credits.example.org/in", "https://", "ftp://a/b"])
def test_an_address_that_cannot_be_one_is_refused_before_anything_is_made(merchant: Merchant, url: str) -> None:
    with pytest.raises(BadInput, match="must begin with https://"):
        merchant.run(merchant.settings(), webhook_url=url)
    assert merchant.v1.products.list().data == []


def test_what_was_done_before_a_failure_is_told_and_the_next_run_goes_on(merchant: Merchant) -> None:
    merchant.control("faults/routes", kind="error", method="POST", path="/v1/billing_portal/configurations")
    settings = merchant.settings()
    with pytest.raises(GatewayUnavailable, match="cannot be reached"):
        merchant.run(settings)
    steps, prepared = merchant.run(settings)
    assert [step.thing.split()[0] for step in _changes(steps)] == ["customer", "webhook"]
    assert prepared.webhook_secret


def test_stripes_own_sentence_reaches_the_operator(merchant: Merchant) -> None:
    for number in range(16):
        merchant.v1.webhook_endpoints.create({"url": f"https://e{number}.example.org", "enabled_events": ["*"]})
    with pytest.raises(PaymentRefused, match="Stripe refused: You have reached the maximum of 16"):
        merchant.run(merchant.settings())
