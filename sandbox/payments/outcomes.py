"""How a PaymentIntent's try ends: paid, or refused and open for the next one. Used by `confirmation`, `capture` and
`bank_debits`.
"""

from __future__ import annotations

from dataclasses import asdict

from sandbox.errors import DOCS, Json, Refusal, invalid
from sandbox.events import record
from sandbox.expand import bare
from sandbox.payments.charges import book
from sandbox.payments.declines import Decline
from sandbox.payments.method_parts import CARD_TYPE
from sandbox.state import Call

BACK: Json = {"status": "requires_payment_method", "payment_method": None, "next_action": None}
# The answers of a bank that are error codes of their own; of the others only the general code tells.
TOLD = ("account_closed", "charge_exceeds_source_limit", "debit_not_authorized", "insufficient_funds", "no_account")
GENERAL = "payment_intent_payment_attempt_failed"


def succeed(call: Call, intent: Json, charge: Json) -> Json:
    """The money is there. The balance follows a moment later, as it does when Stripe captures asynchronously."""
    intent |= {
        "status": "succeeded",
        "amount_capturable": 0,
        "amount_received": charge["amount_captured"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
    }
    record(call, "payment_intent.succeeded", intent)
    book(call, charge)
    return intent


def fall_back(call: Call, intent: Json, charge: Json, method: Json, decline: Decline) -> None:
    """The try failed; the intent waits for another payment method."""
    intent |= {"last_payment_error": refusal_told(decline, method, charge["id"]), "latest_charge": charge["id"], **BACK}
    record(call, "payment_intent.payment_failed", intent)


def refusal_told(decline: Decline, method: Json, charge: str | None = None) -> Json:
    """`last_payment_error` or `last_setup_error` of a method that was refused."""
    told = {name: value for name, value in asdict(decline).items() if value}
    if method["type"] != CARD_TYPE:
        told |= {"code": decline.code if decline.code in TOLD else GENERAL, "decline_code": decline.code}
    if charge is not None:
        told["charge"] = charge
    return {
        **told,
        "doc_url": DOCS + str(told["code"]).replace("_", "-"),
        "payment_method": bare(method),
        "type": "card_error" if method["type"] == CARD_TYPE else "invalid_request_error",
    }


def unexpected(intent: Json, message: str) -> Refusal:
    """400: the intent is in another state than this act needs."""
    return invalid(message, None, "payment_intent_unexpected_state", payment_intent=bare(intent))
