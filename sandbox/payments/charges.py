"""Charges: each try to move money, kept whether it worked or not.
Written by `confirmation`, read through these routes.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json
from sandbox.events import record
from sandbox.fields import METADATA, lay_metadata
from sandbox.lists import page
from sandbox.params import Text
from sandbox.payments.balance_transactions import book_charge
from sandbox.payments.cards import Decline
from sandbox.routes import LISTING, Resource, Route
from sandbox.state import Call, new_id

EMPTY = (
    "application",
    "application_fee",
    "application_fee_amount",
    "balance_transaction",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "on_behalf_of",
    "receipt_number",
    "receipt_url",
    "review",
    "source",
    "source_transfer",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)


def write_charge(call: Call, intent: Json, method: Json, decline: Decline | None, *, authenticated: bool) -> Json:
    """One try: succeeded without a decline, failed with one. Tells so with `charge.succeeded` or `charge.failed`.

    The balance transaction follows in a `charge.updated`, because Stripe captures asynchronously by default.
    """
    charge: Json = {
        **_blank(call, intent),
        "billing_details": method["billing_details"],
        "payment_method": method["id"],
        "payment_method_details": {"type": "card", "card": _card_details(intent, method, authenticated)},
        "outcome": _outcome(decline),
    }
    if decline is not None:
        charge |= {"failure_code": decline.code, "failure_message": decline.message}
        record(call, "charge.failed", call.world.add(charge))
        return charge
    charge |= {"paid": True, "captured": True, "amount_captured": intent["amount"], "status": "succeeded"}
    record(call, "charge.succeeded", call.world.add(charge))
    return charge


def book(call: Call, charge: Json) -> None:
    before = deepcopy(charge)
    charge["balance_transaction"] = book_charge(call, charge)["id"]
    record(call, "charge.updated", charge, before)


def _blank(call: Call, intent: Json) -> Json:
    return {
        **dict.fromkeys(EMPTY),
        "id": new_id("ch_3", 23),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "calculated_statement_descriptor": "SCRIP SANDBOX",
        "captured": False,
        "created": call.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "paid": False,
        "payment_intent": intent["id"],
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "shipping": intent["shipping"],
        "status": "failed",
    }


def _card_details(intent: Json, method: Json, authenticated: bool) -> Json:
    card = method["card"]
    secure = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }
    same = (
        "brand",
        "checks",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "regulated_status",
    )
    return {
        **{name: card[name] for name in same},
        "amount_authorized": intent["amount"],
        "authorization_code": None,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": new_id("", 15),
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "three_d_secure": secure if authenticated else None,
        "transaction_link_id": None,
        "wallet": None,
    }


def _outcome(decline: Decline | None) -> Json:
    return {
        "advice_code": decline.advice_code if decline else None,
        "network_advice_code": None,
        "network_decline_code": decline.network_decline_code if decline else None,
        "network_status": "declined_by_network" if decline else "approved_by_network",
        "reason": (decline.decline_code or decline.code) if decline else None,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "The bank declined the payment." if decline else "Payment complete.",
        "type": "issuer_declined" if decline else "authorized",
    }


def retrieve(call: Call) -> Json:
    return call.find("charge", "id")


def update(call: Call) -> Json:
    charge = call.find("charge", "id")
    before = deepcopy(charge)
    if "description" in call.params:
        charge["description"] = call.params["description"]
    lay_metadata(charge, call.params)
    record(call, "charge.updated", charge, before)
    return charge


def listing(call: Call) -> Json:
    asked = {name: call.params[name] for name in ("payment_intent", "customer") if name in call.params}
    return page(call, "charge", "/v1/charges", lambda row: all(row[name] == value for name, value in asked.items()))


FILTERS = {**LISTING, "payment_intent": Text(unset=False), "customer": Text(unset=False)}
RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/charges", listing, FILTERS),
        Route("GET", "/v1/charges/{id}", retrieve),
        Route("POST", "/v1/charges/{id}", update, {**METADATA, "description": Text()}),
    ),
    links={
        "charge": {
            "balance_transaction": "balance_transaction",
            "customer": "customer",
            "payment_intent": "payment_intent",
        }
    },
)
