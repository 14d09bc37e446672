"""Portal configurations and sessions through the SDK: what may be configured, and which links are made."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.portal_guests import CANCEL, CARDS, HISTORY, ON, Guest, invite
from tests.sandbox.subscribers import refusal

INVALID = stripe.InvalidRequestError


@pytest.fixture
def guest(sandbox: Sandbox) -> Guest:
    return invite(sandbox)


def test_what_a_configuration_does_not_name_is_off(guest: Guest) -> None:
    made = guest.configure(HISTORY, business_profile={"headline": "Acme"}, metadata={"team": "a"})
    enabled = {name for name, feature in made.features.to_dict().items() if feature["enabled"]}
    assert enabled == {"invoice_history"}
    assert (made.business_profile.headline, made.metadata.team, made.is_default) == ("Acme", "a", False)
    cancel = made.features.subscription_cancel
    assert (cancel.mode, cancel.proration_behavior, made.features.customer_update.allowed_updates) == (
        "at_period_end",
        "none",
        [],
    )


def test_there_is_one_default_configuration_and_it_stays_on(guest: Guest) -> None:
    guest.configure(HISTORY)
    assert guest.come().configuration == guest.come().configuration
    defaults = guest.v1.billing_portal.configurations.list({"is_default": True}).data
    assert [row.features.payment_method_update.enabled for row in defaults] == [True]
    with pytest.raises(INVALID, match="cannot deactivate the default"):
        guest.v1.billing_portal.configurations.update(defaults[0].id, {"active": False})
    assert guest.v1.billing_portal.configurations.retrieve(defaults[0].id).active is True


def test_an_update_changes_only_what_it_names_and_tells_the_difference(guest: Guest) -> None:
    made = guest.configure(CANCEL, HISTORY, name="one")
    path = guest.v1.billing_portal.configurations
    after = path.update(made.id, {"features": {"subscription_cancel": {"mode": "immediately"}}})
    cancel = after.features.subscription_cancel
    assert (cancel.enabled, cancel.mode, after.features.invoice_history.enabled) == (True, "immediately", True)
    told = guest.shop.events("billing_portal.configuration.updated")[-1].data.to_dict()
    before = told["previous_attributes"]
    assert before["features"]["subscription_cancel"]["mode"] == "at_period_end"
    assert "name" not in before
    path.update(made.id, {"features": {"subscription_cancel": {"mode": "immediately"}}})
    assert len(guest.shop.events("billing_portal.configuration.updated")) == 1


@pytest.mark.parametrize(
    ("features", "param"),
    [
        (
            {"subscription_cancel": {"enabled": True, "proration_behavior": "always_invoice"}},
            "features[subscription_cancel][proration_behavior]",
        ),
        (
            {"subscription_cancel": {"enabled": True, "proration_behavior": "create_prorations"}},
            "features[subscription_cancel][proration_behavior]",
        ),
        ({"subscription_update": {"enabled": True}}, "features[subscription_update][default_allowed_updates]"),
        (
            {"subscription_update": {"enabled": True, "default_allowed_updates": ["price"]}},
            "features[subscription_update][products]",
        ),
        (
            {"subscription_pause": {"enabled": True, "duration": {"type": "interval_options"}}},
            "features[subscription_pause][duration][interval_options]",
        ),
        (
            {"customer_update": {"enabled": True, "allowed_updates": ["birthday"]}},
            "features[customer_update][allowed_updates][0]",
        ),
        ({}, "features"),
    ],
)
def test_features_that_contradict_themselves_are_refused(guest: Guest, features: Any, param: str) -> None:
    with pytest.raises(INVALID) as told:
        guest.v1.billing_portal.configurations.create({"features": features})
    assert (told.value.http_status, told.value.param) == (400, param)


def test_the_prices_offered_belong_to_their_product_and_differ_in_rhythm(guest: Guest) -> None:
    shop = guest.shop
    month, another = shop.price(1000), shop.price(2000)
    other = shop.v1.products.create({"name": "Silver"}).id
    for product, prices, words in (
        (shop.product, [month, another], "unique billing intervals"),
        (other, [month], "does not belong to the product"),
        ("prod_none", [month], "No such product"),
        (shop.product, ["price_none"], "No such price"),
    ):
        with pytest.raises(INVALID, match=words):
            guest.configure(guest.plans((product, prices)))
    made = guest.configure(guest.plans((shop.product, [month, shop.price(9000, "year")])))
    listed = guest.v1.billing_portal.configurations.retrieve(
        made.id, {"expand": ["features.subscription_update.products"]}
    )
    assert len(listed.features.subscription_update.products[0].prices) == 2


def test_a_login_page_has_an_address_only_while_it_is_on(guest: Guest) -> None:
    path = guest.v1.billing_portal.configurations
    made = guest.configure(HISTORY, login_page=ON)
    assert made.login_page.url.startswith(f"{guest.sandbox.url}/p/login/test_")
    assert path.update(made.id, {"name": "same"}).login_page.url == made.login_page.url
    off = path.update(made.id, {"login_page": {"enabled": False}}).login_page
    assert (off.enabled, off.url) == (False, None)
    assert path.update(made.id, {"login_page": ON}).login_page.url != made.login_page.url


def test_a_session_leads_to_a_page_of_this_sandbox_and_is_told(guest: Guest) -> None:
    made = guest.enter(HISTORY, return_url="https://example.com/account", locale="de")
    assert made.url.startswith(f"{guest.sandbox.url}/p/session/test_")
    assert (made.customer, made.return_url, made.locale, made.flow) == (
        guest.shop.customer,
        "https://example.com/account",
        "de",
        None,
    )
    assert "<h1" in guest.sandbox.raw("GET", made.url.removeprefix(guest.sandbox.url)).text
    told = guest.shop.events("billing_portal.session.created")[-1].data.object
    assert (told.id, guest.shown()["session"]["id"]) == (made.id, made.id)


def test_a_session_needs_a_customer_who_exists(guest: Guest) -> None:
    for params, expected in (
        ({}, (400, "parameter_missing", "customer")),
        ({"customer": "cus_none"}, (400, "resource_missing", "customer")),
    ):
        with pytest.raises(INVALID) as told:
            guest.v1.billing_portal.sessions.create(params)
        assert refusal(told.value) == expected


def test_an_inactive_configuration_opens_no_session(guest: Guest) -> None:
    made = guest.configure(HISTORY)
    guest.v1.billing_portal.configurations.update(made.id, {"active": False})
    with pytest.raises(INVALID, match="is inactive and cannot be used") as told:
        guest.come(configuration=made.id)
    assert told.value.param == "configuration"
    assert guest.v1.billing_portal.configurations.list({"active": False}).data[0].id == made.id


def test_a_flow_says_where_it_ends(guest: Guest) -> None:
    subscription = guest.shop.subscribe()
    redirect = {"type": "redirect", "redirect": {"return_url": "https://example.com/bye"}}
    told: Any = {
        "type": "subscription_cancel",
        "subscription_cancel": {"subscription": subscription.id},
        "after_completion": redirect,
    }
    flow = guest.enter(CANCEL, flow_data=told).flow
    assert (flow.type, flow.subscription_cancel.subscription) == ("subscription_cancel", subscription.id)
    assert (flow.after_completion.type, flow.after_completion.redirect.return_url) == (
        "redirect",
        "https://example.com/bye",
    )
    plain = guest.enter(CARDS, flow_data={"type": "payment_method_update"}).flow
    assert (plain.after_completion.type, plain.subscription_cancel) == ("portal_homepage", None)


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        ({"type": "subscription_cancel"}, "Missing required param: flow_data[subscription_cancel]."),
        ({"type": "subscription_cancel", "subscription_cancel": {"subscription": "sub_none"}}, "No such subscription"),
        (
            {"type": "subscription_update", "subscription_update": {"subscription": "sub_none"}},
            "because the subscription update feature in the portal configuration is disabled",
        ),
        (
            {"type": "payment_method_update", "subscription_cancel": {"subscription": "sub_none"}},
            "can only be set when",
        ),
        ({"type": "payment_method_update", "after_completion": {"type": "redirect"}}, "after_completion][redirect]"),
    ],
)
def test_a_flow_that_cannot_be_walked_is_refused(guest: Guest, flow: Any, words: str) -> None:
    with pytest.raises(INVALID) as told:
        guest.enter(CANCEL, CARDS, flow_data=flow)
    assert words in str(told.value)
    assert told.value.http_status == 400


def test_what_is_not_built_is_said_with_501(guest: Guest) -> None:
    with pytest.raises(stripe.APIError) as told:
        guest.come(on_behalf_of="acct_1")
    assert told.value.http_status == 501
