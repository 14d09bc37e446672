"""How a card becomes a payment method: from its number or from a `pm_card_*` name.
Used by `payment_methods` and `confirmation`.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from sandbox.errors import Json, Refusal, invalid, not_done
from sandbox.fields import full_billing
from sandbox.params import Group, OneOf, Text, Whole
from sandbox.payments.cards import BY_NAME, BY_NUMBER, LIVE_CARD, CardRow, passes_luhn
from sandbox.state import Call, new_id

TYPE = OneOf(choices=("card",), unset=False)
CARD = Group(
    names={
        "number": Text(longest=40),
        "exp_month": Whole(),
        "exp_year": Whole(),
        "cvc": Text(longest=8),
        "token": Text(),
    }
)


def make(call: Call, data: Json) -> Json:
    """A payment method from `{type, card, billing_details, ...}`, as create and `payment_method_data` both take it."""
    given: Json = data.get("card") or {}
    if data.get("type") is None:
        raise invalid("Missing required param: type.", "type", "parameter_missing")
    token = given.get("token")
    if token is not None:
        known = BY_NAME.get("pm_card_" + token.removeprefix("tok_"))
        if known is None:
            raise not_done(f"the token '{token}'")
        return _write(call, known, given, data)
    for name in ("number", "exp_month", "exp_year"):
        if given.get(name) is None:
            raise invalid(f"Missing required param: card[{name}].", f"card[{name}]", "parameter_missing")
    return _write(call, _checked(call, given), given, data)


def named(call: Call, name: str) -> Json:
    return _write(call, BY_NAME[name], {}, {})


def behaviour(method: Json) -> CardRow:
    """The row of the test-card table this payment method came from."""
    return BY_NUMBER[method["_card"]]


def _checked(call: Call, given: Json) -> CardRow:
    number = "".join(given["number"].split()).replace("-", "")
    today = datetime.fromtimestamp(call.now, tz=UTC)
    year = given["exp_year"] + (2000 if given["exp_year"] < 100 else 0)
    if not passes_luhn(number):
        raise _wrong("incorrect_number", "Your card number is incorrect.", "number")
    if not 1 <= given["exp_month"] <= 12:
        raise _wrong("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
    if not today.year <= year <= today.year + 50:
        raise _wrong("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year")
    if (year, given["exp_month"]) < (today.year, today.month):
        raise _wrong("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
    cvc = given.get("cvc")
    if cvc is not None and not (cvc.isdigit() and len(cvc) in (3, 4)):
        raise _wrong("invalid_cvc", "Your card's security code is invalid.", "cvc")
    if number not in BY_NUMBER:
        raise _wrong(LIVE_CARD.code, LIVE_CARD.message, "number", LIVE_CARD.decline_code)
    given["exp_year"] = year
    return BY_NUMBER[number]


def _wrong(code: str, message: str, field: str, decline_code: str | None = None) -> Refusal:
    param = f"card[{field}]"
    body = {"type": "card_error", "code": code, "decline_code": decline_code, "message": message, "param": param}
    return Refusal(402, body)


def _write(call: Call, card: CardRow, given: Json, data: Json) -> Json:
    year = datetime.fromtimestamp(call.now, tz=UTC).year
    checked = "pass" if given.get("cvc") else None
    return call.world.add(
        {
            "id": new_id("pm_1", 23),
            "object": "payment_method",
            "allow_redisplay": data.get("allow_redisplay") or "unspecified",
            "billing_details": full_billing(data.get("billing_details")),
            "card": {
                "brand": card.brand,
                "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": checked},
                "country": "US",
                "display_brand": card.brand,
                "exp_month": given.get("exp_month", 8),
                "exp_year": given.get("exp_year", year + 1),
                "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
                "funding": card.funding,
                "generated_from": None,
                "last4": card.number[-4:],
                "networks": {"available": [card.brand], "preferred": None},
                "regulated_status": "unregulated",
                "three_d_secure_usage": {"supported": True},
                "wallet": None,
            },
            "created": call.now,
            "customer": None,
            "customer_account": None,
            "livemode": False,
            "metadata": data.get("metadata") or {},
            "type": "card",
            "_card": card.number,
            "_spent": False,
            "_set_up": False,
        }
    )
