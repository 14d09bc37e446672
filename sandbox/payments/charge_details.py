"""The parts of a charge that tell how it was paid and what the bank and Radar made of it. Used by `charges`; a setup
attempt tells of 3-D Secure in the same words.
"""

from __future__ import annotations

from sandbox.errors import Json
from sandbox.payments.bank_accounts import BankRow
from sandbox.payments.cards import CardRow, Risk
from sandbox.payments.declines import BLOCKED, Decline
from sandbox.payments.method_parts import CARD_TYPE, SEPA_TYPE
from sandbox.state import new_id

SAME = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "regulated_status")
SEPA_SAME = ("bank_code", "branch_code", "country", "fingerprint", "last4")
US_SAME = ("account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number")
SCORES = {Risk.NORMAL: 20, Risk.ELEVATED: 68, Risk.HIGHEST: 93}


def method_details(intent: Json, method: Json, secure: str | None) -> Json:
    """`payment_method_details`. `secure` is the result of 3-D Secure, None where nobody asked for it."""
    kind = method["type"]
    shown = _card(intent, method["card"], secure) if kind == CARD_TYPE else _bank(method, kind)
    return {"type": kind, kind: shown}


def outcome(row: CardRow | BankRow, decline: Decline | None) -> Json:
    """What Radar and the bank said; Radar speaks first, so a bank never hears of a payment it blocked."""
    blocked = decline is BLOCKED
    told: Json = {
        "advice_code": decline.advice_code if decline and not blocked else None,
        "network_advice_code": None,
        "network_decline_code": decline.network_decline_code if decline and not blocked else None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": str(row.risk),
        "risk_score": SCORES[row.risk],
        "seller_message": "Payment complete.",
        "type": "authorized",
    }
    if row.risk is Risk.ELEVATED:
        told["reason"] = "elevated_risk_level"
    if blocked:
        told |= {"network_status": "not_sent_to_network", "reason": "highest_risk_level", "type": "blocked"}
        told["seller_message"] = "Stripe blocked this payment as too risky."
    elif decline is not None:
        reason = decline.decline_code or decline.code
        told |= {"network_status": "declined_by_network", "reason": reason, "type": "issuer_declined"}
        told["seller_message"] = "The bank did not return any further details with this decline."
    return told


def _card(intent: Json, card: Json, secure: str | None) -> Json:
    options = intent["payment_method_options"].get("card") or {}
    several = options.get("request_multicapture") == "if_available" and intent["capture_method"] == "manual"
    return {
        **{name: card[name] for name in SAME},
        "amount_authorized": intent["amount"],
        "authorization_code": None,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "available" if several else "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": new_id("", 15),
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "three_d_secure": secure_details(secure) if secure else None,
        "transaction_link_id": None,
        "wallet": None,
    }


def secure_details(result: str) -> Json:
    authenticated = result == "authenticated"
    return {
        "authentication_flow": "challenge" if authenticated else "frictionless",
        "electronic_commerce_indicator": "05" if authenticated else "06",
        "exemption_indicator": None,
        "result": result,
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }


def _bank(method: Json, kind: str) -> Json:
    account = method[kind]
    same = SEPA_SAME if kind == SEPA_TYPE else US_SAME
    shown = {name: account[name] for name in same}
    return {**shown, "expected_debit_date": None, "mandate": method["_mandate"]}
