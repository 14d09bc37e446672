"""Portal configurations: create, retrieve, update, list, and the account's default one. Registered in `registry`."""

from __future__ import annotations

from copy import deepcopy
from urllib.parse import urlsplit

from sandbox.billing_portal.features import REASONS, begun, lay_features
from sandbox.errors import Json, invalid
from sandbox.events import changed, record
from sandbox.fields import lay, lay_metadata
from sandbox.lists import page
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, new_id

NOUN = "billing_portal.configuration"
LONGEST_HEADLINE = 60
DEFAULT: Json = {
    "customer_update": {"allowed_updates": ["email", "address", "phone", "tax_id", "name"], "enabled": True},
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": True, "options": list(REASONS)},
        "enabled": True,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
}


def create(call: Call) -> Json:
    configuration = _blank(call)
    if not call.params["features"]:
        raise invalid("You must enable at least one feature.", "features")
    _fill(call, configuration)
    call.world.add(configuration)
    record(call, f"{NOUN}.created", configuration)
    return configuration


def update(call: Call) -> Json:
    """The default configuration cannot be switched off: sessions without one of their own fall back to it."""
    configuration = _found(call)
    before = deepcopy(configuration)
    if configuration["is_default"] and call.params.get("active") is False:
        raise invalid("You cannot deactivate the default portal configuration.", "active")
    draft = deepcopy(configuration)
    _fill(call, draft)
    configuration.update(draft)
    if changed(configuration, before):
        configuration["updated"] = call.now
        record(call, f"{NOUN}.updated", configuration, before)
    return configuration


def retrieve(call: Call) -> Json:
    return _found(call)


def listing(call: Call) -> Json:
    default_configuration(call)
    asked = {name: call.params[name] for name in ("active", "is_default") if name in call.params}

    def keep(row: Json) -> bool:
        return all(row[name] == value for name, value in asked.items())

    return page(call, NOUN, "/v1/billing_portal/configurations", keep)


def default_configuration(call: Call) -> Json:
    """The one the account's dashboard holds. It is there from the first time somebody asks for it."""
    for row in call.world.table(NOUN).values():
        if row["is_default"]:
            return row
    configuration = {**_blank(call), "is_default": True, "name": None}
    lay_features(call, configuration["features"], DEFAULT)
    return call.world.add(configuration)


def check_url(url: str | None, param: str) -> None:
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid("Not a valid URL", param, "url_invalid")


def _found(call: Call) -> Json:
    default_configuration(call)
    return call.find(NOUN, "configuration", name="configuration")


def _blank(call: Call) -> Json:
    return {
        "id": new_id("bpc_1", 23),
        "object": NOUN,
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": call.now,
        "default_return_url": None,
        "features": begun(),
        "is_default": False,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": call.now,
    }


def _fill(call: Call, configuration: Json) -> None:
    params = call.params
    profile = params.get("business_profile") or {}
    if len(profile.get("headline") or "") > LONGEST_HEADLINE:
        message = f"Invalid string: must be at most {LONGEST_HEADLINE} characters"
        raise invalid(message, "business_profile[headline]")
    for name in ("privacy_policy_url", "terms_of_service_url"):
        check_url(profile.get(name), f"business_profile[{name}]")
    check_url(params.get("default_return_url"), "default_return_url")
    lay(configuration["business_profile"], profile, profile)
    lay(configuration, params, ("active", "default_return_url", "name"))
    lay_features(call, configuration["features"], params.get("features") or {})
    _lay_login_page(call, configuration)
    lay_metadata(configuration, params)


def _lay_login_page(call: Call, configuration: Json) -> None:
    """Switching it on makes a new address; switching it off kills the old one."""
    told = call.params.get("login_page") or {}
    enabled = told.get("enabled", configuration["login_page"]["enabled"])
    if enabled == configuration["login_page"]["enabled"]:
        return
    url = f"{call.origin}/p/login/test_{new_id('', 18)}" if enabled else None
    configuration["login_page"] = {"enabled": enabled, "url": url}


BUILT = """
    business_profile default_return_url login_page metadata name
    features.customer_update features.invoice_history features.payment_method_update.enabled
    features.subscription_cancel.cancellation_reason.enabled features.subscription_cancel.cancellation_reason.options
    features.subscription_cancel.enabled features.subscription_cancel.mode
    features.subscription_cancel.proration_behavior features.subscription_pause features.subscription_update
"""
RESOURCE = Resource(
    routes=(
        Route(
            "POST",
            "/v1/billing_portal/configurations",
            create,
            take("billing_portal.ConfigurationCreateParams", BUILT),
        ),
        Route(
            "GET",
            "/v1/billing_portal/configurations",
            listing,
            {**PAGING, **take("billing_portal.ConfigurationListParams", "active is_default")},
        ),
        Route("GET", "/v1/billing_portal/configurations/{id}", retrieve),
        Route(
            "POST",
            "/v1/billing_portal/configurations/{id}",
            update,
            take("billing_portal.ConfigurationUpdateParams", f"active {BUILT}"),
        ),
    ),
    links={NOUN: {"features.subscription_update.products": "product"}},
)
