"""Payments by bank debit: `processing` for days, then paid or refused. Used by `confirmation`; its acts are declared
by `payment_intents`.
"""

from __future__ import annotations

from sandbox import agenda
from sandbox.errors import Json
from sandbox.events import record
from sandbox.payments.bank_accounts import BankRow
from sandbox.payments.charges import State, settle_pending, write_charge
from sandbox.payments.declines import Decline
from sandbox.payments.mandates import lay_down
from sandbox.payments.new_cards import behaviour
from sandbox.payments.offering import future_usage
from sandbox.payments.outcomes import fall_back, succeed
from sandbox.state import Call

SETTLES_SECONDS = 3 * 24 * 3600
SLOWER_SECONDS = 3 * 60
SETTLES = "payment_intents.debit_settles"


def debit(call: Call, intent: Json, method: Json) -> Json:
    """Asks the bank. The answer comes through the agenda."""
    lay_down(call, method, intent=intent, several=future_usage(intent, method["type"]) is not None)
    charge = write_charge(call, intent, method, state=State.PENDING)
    intent |= {"status": "processing", "latest_charge": charge["id"], "last_payment_error": None, "next_action": None}
    record(call, "payment_intent.processing", intent)
    row = behaviour(method)
    if isinstance(row, BankRow) and not row.stuck:
        wait = SETTLES_SECONDS + (SLOWER_SECONDS if row.slow else 0)
        agenda.later(call, call.now + wait, SETTLES, intent["id"])
    return intent


def settle_debit(call: Call, intent_id: str) -> None:
    """The bank answers."""
    intent = call.world.table("payment_intent")[intent_id]
    call.live_by(intent)
    charge = call.world.table("charge")[intent["latest_charge"]]
    method = call.world.table("payment_method")[intent["payment_method"]]
    decline = behaviour(method).decline
    settle_pending(call, charge, decline)
    if decline is None:
        succeed(call, intent, charge)
    else:
        fall_back(call, intent, charge, method, decline)


def call_back(call: Call, intent: Json) -> None:
    """The debit is recalled before the bank answers, because the intent is canceled."""
    agenda.forget(call.world, intent["id"], SETTLES)
    charge = call.world.table("charge")[intent["latest_charge"]]
    settle_pending(call, charge, Decline("payment_canceled", "The payment was canceled before the bank answered."))
