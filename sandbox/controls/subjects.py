"""What the controls act upon: an object found by its id, and a test card put into somebody's hand.
Used by the files of this room.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox import desk
from sandbox.errors import Json, invalid, missing
from sandbox.machine import Machine
from sandbox.payments.bank_accounts import BANK_BY_NUMBER
from sandbox.payments.cards import BY_NUMBER
from sandbox.payments.method_parts import CARD_TYPE, SEPA_TYPE, US_TYPE
from sandbox.payments.new_banks import ROUTING
from sandbox.state import Call

VISA = "4242424242424242"


def find(machine: Machine, noun: str, object_id: str) -> tuple[Call, Json]:
    """The object and a call that lives at its time; 404 when it does not exist or was deleted."""
    call, found = machine.call(noun, object_id)
    if found.get("deleted"):
        raise missing(noun, object_id, "id")
    call.live_by(found)
    return call, found


def paid_charge(machine: Machine, payment_intent: str) -> tuple[Call, Json]:
    """The charge with which an intent was paid; 400 when it was not."""
    _, intent = find(machine, "payment_intent", payment_intent)
    charge = machine.world.table("charge").get(str(intent["latest_charge"]))
    if charge is None or not charge["paid"]:
        raise invalid(f"The payment {payment_intent} was not paid, so there is nothing to take back.", "payment_intent")
    return find(machine, "charge", charge["id"])


def known_card(number: str) -> str:
    """The number without its spaces, if it is a test card's."""
    plain = number.replace(" ", "")
    if plain not in BY_NUMBER:
        raise missing("test card", number, "card", status=400)
    return plain


def typed_card(machine: Machine, number: str, test_clock: str | None = None) -> Json:
    """What a payer types into the fields of a card."""
    year = datetime.fromtimestamp(machine.world.now(test_clock), tz=UTC).year
    return {"number": known_card(number), "exp_month": 12, "exp_year": year + 3, "cvc": "123"}


def typed_method(machine: Machine, number: str, *, email: str = "payer@example.com", name: str = "Test Payer") -> Json:
    """What a payer types, all of it: the fields of a card, or of a bank account that stands among the test accounts."""
    account = BANK_BY_NUMBER.get(number.replace(" ", "").upper())
    who: Json = {"billing_details": {"email": email, "name": name}}
    if account is None:
        who["billing_details"]["address"] = {"country": "US"}
        return {"type": CARD_TYPE, CARD_TYPE: typed_card(machine, number), **who}
    if account.kind == SEPA_TYPE:
        return {"type": SEPA_TYPE, SEPA_TYPE: {"iban": account.number}, **who}
    typed = {"account_number": account.number, "routing_number": ROUTING, "account_holder_type": "individual"}
    return {"type": US_TYPE, US_TYPE: typed, **who}


def new_method(machine: Machine, number: str, *, email: str, name: str = "Test Payer") -> str:
    """A payment method of this test card or test account; its id."""
    return str(
        desk.ask(machine, "POST", "/v1/payment_methods", typed_method(machine, number, email=email, name=name))["id"]
    )
