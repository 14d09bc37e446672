"""Blocks of configuration as the systems' documents print them, and ways to hand them over. For the tests beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing.settings import SettingsError, load_settings

OURS = {
    "SCRIP_SESSION__SECRET": "0123456789abcdef0123456789abcdef",
    "SCRIP_OIDC__ISSUER": "https://id.example.org/",
    "SCRIP_OIDC__CLIENT_ID": "scrip",
    "SCRIP_OIDC__CLIENT_SECRET": "CLIENTVALUE",
}
"""What production requires and no document knows."""

TOPUP = """
DATALAYER_STRIPE_API_KEY=sk_live_...
DATALAYER_STRIPE_JS_API_KEY=pk_live_...
DATALAYER_STRIPE_TOPUP_PRODUCT_ID=prod_topup
DATALAYER_STRIPE_SUBSCRIPTION_PRODUCT_ID=prod_monthly
DATALAYER_STRIPE_WEBHOOK_SECRET=whsec_...
DATALAYER_STRIPE_CHECKOUT_ROUTE=top-up
DATALAYER_STRIPE_CUST_PORTAL_ID=bpc_1
DATALAYER_STRIPE_CUST_PORTAL_URL=https://billing.stripe.com/p/login/abc
"""

CHECKOUT = """
DATALAYER_STRIPE_PRODUCT_ID=prod_...
DATALAYER_STRIPE_WEBHOOK_SECRET=whsec_...
DATALAYER_STRIPE_JS_API_KEY=pk_live_...
DATALAYER_STRIPE_API_KEY=sk_live_...
"""

HOSTED = """
DWCTL_PAYMENT__STRIPE__API_KEY=sk_live_...
DWCTL_PAYMENT__STRIPE__WEBHOOK_SECRET=whsec_...
DWCTL_PAYMENT__STRIPE__PRICE_ID=price_...
DWCTL_PAYMENT__STRIPE__HOST_URL=https://your-app.example.com
"""

HOSTED_YAML = """
payment:
  stripe:
    api_key: "sk_live_..."
    webhook_secret: "whsec_..."
    price_id: "price_..."
    host_url: "https://your-app.example.com"
"""

DUMMY = """
DWCTL_PAYMENT__DUMMY__AMOUNT=50
DWCTL_PAYMENT__DUMMY__HOST_URL=http://localhost:3001
"""

DUMMY_YAML = """
payment:
  dummy:
    amount: 50
    host_url: "http://localhost:3001"
"""

INITIAL = "DWCTL_CREDITS__INITIAL_CREDITS_FOR_STANDARD_USERS=10"

INITIAL_YAML = """
credits:
  initial_credits_for_standard_users: 10
"""


def variables(block: str, profile: str = "") -> dict[str, str]:
    """The block as an environment; with a profile, which the documents do not know either."""
    given = dict(line.split("=", 1) for line in block.strip().splitlines())
    return given | ({"SCRIP_PROFILE": profile} if profile else {})


def written(folder: Path, text: str, profile: str = "") -> dict[str, str]:
    """The block as a file and the environment that points to it."""
    path = folder / "settings.yaml"
    path.write_text(text, "utf-8")
    return {"SCRIP_CONFIG": str(path)} | ({"SCRIP_PROFILE": profile} if profile else {})


def refusal(env: dict[str, str]) -> str:
    """The one line with which these settings are refused."""
    with pytest.raises(SettingsError) as caught:
        load_settings(env)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 250
    assert caught.value.__context__ is None  # a traceback would print what the context quotes
    return line


FRONTIER_YAML = """
billing:
  stripe_key: "sk_live_..."
  stripe_auto_tax: true
  stripe_webhook_secrets: ["whsec_new", "whsec_old"]
  default_currency: "eur"
  plans_path: "file:///etc/frontier/plans"
  payment_method_config:
    - {type: card, max: 500000}
    - {type: customer_balance, min: 100000}
  customer:
    auto_create_with_org: true
    default_plan: ""
    default_offline: true
    onboard_credits_with_org: 250
    credit_overdraft_product: tokens
    credit_overdraft_invoice_day: 5
    credit_overdraft_invoice_range_shift: -1
  plan_change:
    proration_behavior: none
    immediate_proration_behavior: always_invoice
    collection_method: send_invoice
  subscription:
    behavior_after_trial: cancel
  product:
    seat_change_behavior: incremental
  refresh_interval: {customer: 2m, subscription: 90s, checkout: 0, invoice: 1h30m}
"""
"""Every key that the document describes; its own examples are lost."""
