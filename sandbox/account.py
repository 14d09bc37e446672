"""The account itself, as its own key may read it. Registered in `registry`; nobody changes it here."""

from __future__ import annotations

from sandbox.errors import Json
from sandbox.routes import Resource, Route
from sandbox.state import Call

ACCOUNT = "acct_1SandboxOfThisTree"


def retrieve(_: Call) -> Json:
    """A company in the United States that may charge and be paid out."""
    return {
        "id": ACCOUNT,
        "object": "account",
        "business_profile": {"mcc": None, "name": "Sandbox", "product_description": None, "url": None},
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "created": 1_577_836_800,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "owner@example.org",
        "metadata": {},
        "payouts_enabled": True,
        "requirements": _nothing_due(),
        "future_requirements": _nothing_due(),
        "settings": {
            "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
            "card_payments": {"statement_descriptor_prefix": None},
            "dashboard": {"display_name": "Sandbox", "timezone": "Etc/UTC"},
            "payments": {"statement_descriptor": "SANDBOX"},
        },
        "tos_acceptance": {},
        "type": "standard",
    }


def _nothing_due() -> Json:
    lists = ("alternatives", "currently_due", "errors", "eventually_due", "past_due", "pending_verification")
    return {"current_deadline": None, "disabled_reason": None, **{name: [] for name in lists}}


RESOURCE = Resource(routes=(Route("GET", "/v1/account", retrieve),))
