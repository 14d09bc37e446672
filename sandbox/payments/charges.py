"""Charges: each try to move money, kept whether it worked or not.
Written by `confirmation`, read through these routes.
"""

from __future__ import annotations

from copy import deepcopy
from enum import Enum

from sandbox.errors import Json
from sandbox.events import record
from sandbox.fields import lay, lay_metadata
from sandbox.lists import page
from sandbox.params import Group, Kind, OneOf, Place, Text
from sandbox.payments.balance_transactions import book_charge
from sandbox.payments.charge_details import method_details, outcome
from sandbox.payments.declines import Decline
from sandbox.payments.method_parts import CARD_TYPE
from sandbox.payments.new_cards import behaviour
from sandbox.routes import LISTING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, new_id
from sandbox.wire import Raw


class State(Enum):
    """What a try that was not refused has come to."""

    PAID = "paid"
    AUTHORIZED = "held on the card until it is captured"
    PENDING = "asked of a bank, which takes days to answer"


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
    "transfer_data",
)


def write_charge(
    call: Call,
    intent: Json,
    method: Json,
    decline: Decline | None = None,
    *,
    secure: str | None = None,
    state: State = State.PAID,
) -> Json:
    """One try, told with `charge.succeeded`, `charge.pending` or, with a decline, `charge.failed`.

    `secure` is the result of 3-D Secure. The balance transaction of a payment that is captured asynchronously, as is
    Stripe's default, follows in a `charge.updated` (`book`).
    """
    charge: Json = {
        **_blank(call, intent),
        "id": new_id("ch_3" if method["type"] == CARD_TYPE else "py_3", 23),
        "billing_details": method["billing_details"],
        "payment_method": method["id"],
        "payment_method_details": method_details(intent, method, secure),
        "outcome": outcome(behaviour(method), decline),
    }
    if decline is not None:
        return _fail(call, charge, decline)
    charge |= {"captured": state is not State.AUTHORIZED, "paid": state is not State.PENDING, "status": "succeeded"}
    if state is State.PENDING:
        charge["status"] = "pending"
    if charge["captured"]:
        charge["amount_captured"] = intent["amount"]
    call.world.add(charge)
    if state is State.PAID and intent["capture_method"] == "automatic":
        charge["balance_transaction"] = book_charge(call, charge)["id"]
    record(call, "charge.pending" if state is State.PENDING else "charge.succeeded", charge)
    return charge


def settle_pending(call: Call, charge: Json, decline: Decline | None) -> None:
    """The bank has answered, days after the debit was asked for."""
    if decline is not None:
        charge |= {"captured": False, "amount_captured": 0, "status": "failed"}
        charge["outcome"] = outcome(behaviour(call.world.table("payment_method")[charge["payment_method"]]), decline)
        _fail(call, charge, decline)
        return
    charge |= {"paid": True, "status": "succeeded"}
    record(call, "charge.succeeded", charge)


def book(call: Call, charge: Json) -> None:
    """Lets the money move, where it has not yet."""
    if charge["balance_transaction"] is not None:
        return
    before = deepcopy(charge)
    charge["balance_transaction"] = book_charge(call, charge)["id"]
    record(call, "charge.updated", charge, before)


def release(call: Call, charge: Json, kind: str) -> None:
    """Gives back what was only held on the card: `charge.refunded` by somebody's will, `charge.expired` by time."""
    before = deepcopy(charge)
    taken = charge["amount_captured"]
    charge |= {"amount_refunded": charge["amount"] - taken, "captured": taken > 0, "refunded": taken == 0}
    record(call, kind, charge, before)


def _fail(call: Call, charge: Json, decline: Decline) -> Json:
    charge |= {"failure_code": decline.code, "failure_message": decline.message}
    record(call, "charge.failed", call.world.add(charge))
    return charge


def _blank(call: Call, intent: Json) -> Json:
    suffix = intent["statement_descriptor_suffix"]
    return {
        **dict.fromkeys(EMPTY),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "calculated_statement_descriptor": f"SCRIP SANDBOX{'* ' + suffix if suffix else ''}"[:22],
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
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": suffix,
        "transfer_group": intent["transfer_group"],
        "status": "failed",
    }


def retrieve(call: Call) -> Json:
    return call.find("charge", "id")


def update(call: Call) -> Json:
    charge = call.find("charge", "id")
    before = deepcopy(charge)
    lay(charge, call.params, ("description", "receipt_email", "transfer_group"))
    told = call.params.get("fraud_details")
    if told is not None:
        charge["fraud_details"] = {name: word for name, word in told.items() if word is not None}
    lay_metadata(charge, call.params)
    record(call, "charge.updated", charge, before)
    return charge


def listing(call: Call) -> Json:
    asked = {name: call.params[name] for name in LINKED if name in call.params}
    return page(call, "charge", "/v1/charges", lambda row: all(row[name] == value for name, value in asked.items()))


class Report(OneOf):
    """It must be sent with its group, and yet may be empty, which takes the report back."""

    def read(self, raw: Raw, at: Place) -> str | None:
        return None if raw == "" else self.parse(raw, at)


LINKED = ("payment_intent", "customer", "transfer_group")
FILTERS: dict[str, Kind] = {**LISTING, **dict.fromkeys(LINKED, Text(unset=False))}
EDIT: dict[str, Kind] = {
    **take("ChargeModifyParams", "description metadata receipt_email transfer_group"),
    "fraud_details": Group(names={"user_report": Report(required=True, choices=("fraudulent", "safe"))}),
}
RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/charges", listing, FILTERS),
        Route("GET", "/v1/charges/{id}", retrieve),
        Route("POST", "/v1/charges/{id}", update, EDIT),
    ),
    links={
        "charge": {
            "balance_transaction": "balance_transaction",
            "customer": "customer",
            "payment_intent": "payment_intent",
        }
    },
)
