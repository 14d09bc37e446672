"""How a card becomes a payment method: from its number or from a `pm_card_*` name; and what a method will do.
Used by `payment_methods`, `confirmation` and whatever follows from a charge.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.errors import Json, invalid, not_done
from sandbox.payments.bank_accounts import BANK_BY_NUMBER, BankRow
from sandbox.payments.cards import BY_NAME, BY_NUMBER, CVC, LINE, POSTAL, CardRow
from sandbox.payments.declines import LIVE_CARD
from sandbox.payments.method_parts import CARD_TYPE, blank_method, fingerprint, refused
from sandbox.state import Call


def card_from(call: Call, data: Json) -> Json:
    """A payment method from `{type: card, card: {number | token, ...}, billing_details, ...}`."""
    given: Json = data.get("card") or {}
    token = given.get("token")
    if token is not None:
        known = BY_NAME.get("pm_card_" + token.removeprefix("tok_"))
        if known is None:
            raise not_done(f"the token '{token}'")
        return _write(call, known, {"cvc": "123"}, data)
    for name in ("number", "exp_month", "exp_year"):
        if given.get(name) is None:
            raise invalid(f"Missing required param: card[{name}].", f"card[{name}]", "parameter_missing")
    return _write(call, _checked(call, given), given, data)


def named_card(call: Call, name: str) -> Json:
    return _write(call, BY_NAME[name], {"cvc": "123"}, {})


def behaviour(method: Json) -> CardRow | BankRow:
    """The row of the tables of test cards and test accounts this payment method came from."""
    if method["type"] == CARD_TYPE:
        return BY_NUMBER[method["_card"]]
    return BANK_BY_NUMBER.get(method["_account"]) or BankRow(method["type"], method["_account"], (), "success")


def _checked(call: Call, given: Json) -> CardRow:
    number = "".join(given["number"].split()).replace("-", "")
    today = datetime.fromtimestamp(call.now, tz=UTC)
    year = given["exp_year"] + (2000 if given["exp_year"] < 100 else 0)
    if not passes_luhn(number):
        raise refused("incorrect_number", "Your card number is incorrect.", "card[number]")
    if not 1 <= given["exp_month"] <= 12:
        raise refused("invalid_expiry_month", "Your card's expiration month is invalid.", "card[exp_month]")
    if not today.year <= year <= today.year + 50:
        raise refused("invalid_expiry_year", "Your card's expiration year is invalid.", "card[exp_year]")
    if (year, given["exp_month"]) < (today.year, today.month):
        raise refused("invalid_expiry_month", "Your card's expiration month is invalid.", "card[exp_month]")
    cvc = given.get("cvc")
    if cvc is not None and not (cvc.isdigit() and len(cvc) in (3, 4)):
        raise refused("invalid_cvc", "Your card's security code is invalid.", "card[cvc]")
    if number not in BY_NUMBER:
        raise refused(LIVE_CARD.code, LIVE_CARD.message, "card[number]", LIVE_CARD.decline_code)
    given["exp_year"] = year
    return BY_NUMBER[number]


def _write(call: Call, card: CardRow, given: Json, data: Json) -> Json:
    year = datetime.fromtimestamp(call.now, tz=UTC).year
    shown = {
        "brand": card.brand,
        "checks": _checks(card, given, data),
        "country": card.country,
        "display_brand": (given.get("networks") or {}).get("preferred") or card.brand,
        "exp_month": given.get("exp_month", 8),
        "exp_year": given.get("exp_year", year + 1),
        "fingerprint": fingerprint(card.number),
        "funding": card.funding,
        "generated_from": None,
        "last4": card.number[-4:],
        "networks": {"available": [card.brand], "preferred": (given.get("networks") or {}).get("preferred")},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.brand != "amex"},
        "wallet": None,
    }
    return call.world.add({**blank_method(call, CARD_TYPE, data), CARD_TYPE: shown, "_card": card.number})


def _checks(card: CardRow, given: Json, data: Json) -> Json:
    """Only what the payer typed is checked; the cards of the table that fail a check have everything typed."""
    address = (data.get("billing_details") or {}).get("address") or {}
    typed = {CVC: given.get("cvc"), LINE: address.get("line1"), POSTAL: address.get("postal_code")}
    found: Json = {check: "pass" if value else None for check, value in typed.items()}
    for check, result in card.checks:
        if check != CVC or found[CVC]:
            found[check] = result
    return found


def passes_luhn(number: str) -> bool:
    """The check digit every card number carries."""
    if not 12 <= len(number) <= 19 or not number.isascii() or not number.isdigit():
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
