"""Scenarios of the command line about what is sold and how it is taxed, and about tools; for test_cli_triggers."""

from __future__ import annotations

from tests.witness.scenes import Scene

# since 2025 a promotion code names its coupon inside `promotion`; the command line still writes it the old way
COUPON_INSIDE = (
    *("--remove", "promotion_code:coupon"),
    *("--add", "promotion_code:promotion.type=coupon"),
    *("--add", "promotion_code:promotion.coupon=${coupon:id}"),
)
NOTED = {"metadata": {"foo": "bar"}}
NOT_YET = {"metadata": {"foo": None}}

SHELF = (
    Scene("product.created", "product.created", {"name": "myproduct", "active": True}),
    Scene("product.updated", "product.created product.updated", NOTED, was=NOT_YET),
    Scene("product.deleted", "product.created product.deleted", {"name": "myproduct"}, {"products": None}),
    Scene(
        "price.created",
        "product.created price.created",
        {"unit_amount": 1500, "currency": "usd", "type": "recurring", "recurring.interval": "month"},
    ),
    Scene("price.updated", "price.created price.updated", NOTED, was=NOT_YET),
    Scene("coupon.created", "coupon.created", {"percent_off": 20.0, "duration": "once", "valid": True}),
    Scene("coupon.updated", "coupon.created coupon.updated", NOTED, was=NOT_YET),
    Scene("coupon.deleted", "coupon.created coupon.deleted", {"percent_off": 20.0}, {"coupons": None}),
    Scene(
        "promotion_code.created",
        "coupon.created promotion_code.created",
        {"active": True, "code": ..., "promotion.type": "coupon", "promotion.coupon": ...},
        options=COUPON_INSIDE,
    ),
    Scene(
        "promotion_code.updated",
        "promotion_code.created promotion_code.updated",
        NOTED,
        was=NOT_YET,
        options=COUPON_INSIDE,
    ),
    Scene("tax_rate.created", "tax_rate.created", {"percentage": 10.0, "inclusive": True, "display_name": "test"}),
    Scene("tax_rate.updated", "tax_rate.created tax_rate.updated", NOTED, was=NOT_YET),
)
CLOCK = "test_helpers.test_clock"
CLOCKS = (
    Scene(f"{CLOCK}.created", f"{CLOCK}.created", {"status": "ready", "frozen_time": 1577836800}),
    Scene(
        f"{CLOCK}.advancing",
        f"{CLOCK}.created {CLOCK}.advancing {CLOCK}.ready",
        {"status": "advancing"},
        {"test_clocks": {"status": "ready", "frozen_time": 1580515200}},
    ),
    Scene(
        f"{CLOCK}.ready",
        f"{CLOCK}.created {CLOCK}.advancing {CLOCK}.ready",
        {"status": "ready", "frozen_time": 1580515200},
    ),
    Scene(f"{CLOCK}.deleted", f"{CLOCK}.created {CLOCK}.deleted", {"object": CLOCK}, {"test_clocks": None}),
)
PORTAL = (
    Scene(
        "billing_portal.configuration.created",
        "billing_portal.configuration.created",
        {"active": True, "features.subscription_cancel.enabled": True, "features.invoice_history.enabled": False},
    ),
    Scene(
        "billing_portal.configuration.updated",
        "billing_portal.configuration.created billing_portal.configuration.updated",
        NOTED,
        was=NOT_YET,
    ),
    Scene(
        "billing_portal.session.created",
        "customer.created billing_portal.session.created",
        {"object": "billing_portal.session", "customer": ..., "configuration": ..., "url": ...},
    ),
)
SCENES = (*SHELF, *CLOCKS, *PORTAL)
