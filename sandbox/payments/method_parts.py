"""What payment methods of every type share: their parameters and their common fields.
Used by `new_cards`, `new_banks` and whoever takes payment method data.
"""

from __future__ import annotations

import hashlib

from sandbox.errors import Json, Refusal
from sandbox.fields import BILLING_DETAILS, METADATA, full_billing
from sandbox.params import Group, Kind, OneOf, Text, Whole
from sandbox.shapes import take
from sandbox.state import Call, new_id

# Every type Stripe has; those that are not built are known all the same, and answered with 501.
TYPE = take("PaymentMethodCreateParams", "type")["type"]
CARD_TYPE, SEPA_TYPE, US_TYPE = "card", "sepa_debit", "us_bank_account"
BUILT = (CARD_TYPE, SEPA_TYPE, US_TYPE)
REDISPLAY = OneOf(choices=("always", "limited", "unspecified"), unset=False)
CARD = Group(
    names={
        "number": Text(longest=40),
        "exp_month": Whole(),
        "exp_year": Whole(),
        "cvc": Text(longest=8),
        "token": Text(),
        "networks": Group(names={"preferred": Text(unset=False)}),
    }
)
US_ACCOUNT = take(
    "PaymentMethodCreateParams",
    "us_bank_account.account_holder_type us_bank_account.account_number us_bank_account.account_type "
    "us_bank_account.routing_number",
)
METHOD_DATA: dict[str, Kind] = {
    **METADATA,
    **US_ACCOUNT,
    "type": TYPE,
    "card": CARD,
    "sepa_debit": Group(names={"iban": Text(required=True)}),
    "billing_details": BILLING_DETAILS,
    "allow_redisplay": REDISPLAY,
}


def blank_method(call: Call, kind: str, data: Json) -> Json:
    """The fields of every type. `_spent` is a method that can never be used again, `_set_up` one that was
    authenticated for payments without its owner.
    """
    return {
        "id": new_id("pm_1", 23),
        "object": "payment_method",
        "allow_redisplay": data.get("allow_redisplay") or "unspecified",
        "billing_details": full_billing(data.get("billing_details")),
        "created": call.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": data.get("metadata") or {},
        "type": kind,
        "_mandate": None,
        "_set_up": False,
        "_spent": False,
    }


def fingerprint(number: str) -> str:
    """The same for the same number, whoever uses it."""
    return hashlib.sha256(number.encode()).hexdigest()[:16]


def refused(code: str, message: str, param: str, decline_code: str | None = None) -> Refusal:
    """402: what was typed cannot be a card."""
    body = {"type": "card_error", "code": code, "decline_code": decline_code, "message": message, "param": param}
    return Refusal(402, body)
