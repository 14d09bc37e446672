"""The way of a PaymentIntent from confirm to succeeded, held, processing, declined or waiting for 3-D Secure.
Used by `payment_intents`, `control` and whoever charges on a customer's behalf.
"""

from __future__ import annotations

from sandbox.errors import DOCS, Json, invalid
from sandbox.events import record
from sandbox.expand import bare
from sandbox.fields import lay
from sandbox.payments.authentication import (
    AUTHENTICATED,
    Step,
    refuse_without_return_url,
    result_of,
    send_to_bank,
    step_before,
)
from sandbox.payments.bank_debits import debit
from sandbox.payments.capture import NO_DESCRIPTOR, hold, is_manual
from sandbox.payments.charges import State, write_charge
from sandbox.payments.choosing import check, chosen
from sandbox.payments.confirmation_tokens import spend
from sandbox.payments.declines import NEEDS_PERSON, NO_ANSWER, NOT_HANDLED, Decline
from sandbox.payments.mandates import refuse_without_mandate
from sandbox.payments.method_parts import CARD_TYPE
from sandbox.payments.new_cards import behaviour
from sandbox.payments.offering import future_usage, offer
from sandbox.payments.outcomes import BACK, fall_back, succeed, unexpected
from sandbox.payments.payment_methods import attach_to, card_refused, take
from sandbox.payments.tax_hooks import check_hook, lay_hook
from sandbox.state import Call

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
AT_CONFIRM = ("setup_future_usage", "receipt_email", "shipping", "capture_method", "payment_details")
FAILED_AUTHENTICATION = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod "
    "to attempt to fulfill this PaymentIntent again."
)


def confirm(call: Call, intent: Json) -> Json:
    """Tries to pay.
    402 when the card says no: the intent is then back at `requires_payment_method` and can be tried again.
    """
    _check_status(call, intent)
    method = chosen(call, intent) or _own_method(call, intent)
    refuse_unready(call, intent, method)
    lay(intent, call.params, AT_CONFIRM)
    lay_hook(intent, call.params)
    offer(intent, call.params)
    spend(call, intent)
    intent |= {"payment_method": method["id"], "last_payment_error": None, "next_action": None}
    if method["type"] != CARD_TYPE:
        _keep_or_spend(call, intent, method)
        return debit(call, intent, method)
    if intent.pop("_authenticated", False):
        return settle(call, intent, method, secure=AUTHENTICATED)
    off_session = bool(call.params.get("off_session"))
    step = step_before(intent, method, off_session=off_session)
    if step is Step.BROKEN:
        return _fail(call, intent, method, NO_ANSWER)
    if step is not Step.CHALLENGE:
        return settle(call, intent, method, secure=result_of(step))
    if off_session or call.params.get("error_on_requires_action"):
        return _fail(call, intent, method, NEEDS_PERSON if off_session else NOT_HANDLED)
    send_to_bank(call, intent)
    record(call, "payment_intent.requires_action", intent)
    return intent


def refuse_unready(call: Call, intent: Json, method: Json) -> None:
    """400 when this call cannot confirm with this method, before anything has changed."""
    refuse_without_return_url(call, intent)
    check_hook(call, intent)
    if intent["statement_descriptor"] and method["type"] == CARD_TYPE:
        raise invalid(NO_DESCRIPTOR, "statement_descriptor")
    if method["type"] != CARD_TYPE and {**intent, **call.params}["capture_method"] == "manual":
        raise invalid(f"The payment method type {method['type']} does not support manual capture.", "capture_method")
    refuse_without_mandate(call, method)


def settle(call: Call, intent: Json, method: Json, *, secure: str | None) -> Json:
    """Moves the money or holds it, or lets the card refuse it with 402. `secure` is the result of 3-D Secure."""
    decline = behaviour(method).decline
    if decline is not None:
        return _fail(call, intent, method, decline, secure=secure)
    held = is_manual(intent)
    state = State.AUTHORIZED if held else State.PAID
    charge = write_charge(call, intent, method, secure=secure, state=state)
    _keep_or_spend(call, intent, method)
    return hold(call, intent, charge) if held else succeed(call, intent, charge)


def authenticate(call: Call, intent: Json, *, passed: bool) -> Json:
    """What the card holder did on the bank's page. Failing is no charge, so no `charge.failed` is told."""
    if intent["status"] != "requires_action":
        message = f"This PaymentIntent has a status of {intent['status']}; there is nothing to authenticate."
        raise unexpected(intent, message)
    method = call.world.table("payment_method")[intent["payment_method"]]
    if passed:
        method["_set_up"] = method["_set_up"] or future_usage(intent, CARD_TYPE) == "off_session"
        if intent["confirmation_method"] == "manual":
            intent |= {"status": "requires_confirmation", "next_action": None, "_authenticated": True}
            return intent
        return settle(call, intent, method, secure=AUTHENTICATED)
    code = "payment_intent_authentication_failure"
    error = {
        "code": code,
        "doc_url": DOCS + code.replace("_", "-"),
        "message": FAILED_AUTHENTICATION,
        "payment_method": bare(method),
        "type": "invalid_request_error",
    }
    intent |= {"last_payment_error": error, **BACK}
    record(call, "payment_intent.payment_failed", intent)
    return intent


def _fail(call: Call, intent: Json, method: Json, decline: Decline, *, secure: str | None = None) -> Json:
    charge = write_charge(call, intent, method, decline, secure=secure)
    fall_back(call, intent, charge, method, decline)
    raise card_refused(decline, charge=charge["id"], payment_intent=intent, payment_method=method)


def _keep_or_spend(call: Call, intent: Json, method: Json) -> None:
    """A method that was paid with is either saved with the customer or can never be used again."""
    if method["customer"] is not None:
        return
    if future_usage(intent, method["type"]) and intent["customer"]:
        attach_to(call, method, intent["customer"])
    else:
        method["_spent"] = True


def _own_method(call: Call, intent: Json) -> Json:
    if intent["payment_method"] is None:
        raise unexpected(
            intent,
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken.",
        )
    method = take(call, intent["payment_method"])
    check(method, intent)
    return method


def _check_status(call: Call, intent: Json) -> None:
    if intent["status"] == "succeeded":
        message = (
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed."
        )
        raise unexpected(intent, message)
    if intent["status"] not in CONFIRMABLE:
        raise unexpected(
            intent,
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, "
            "requires_action.",
        )
    if call.publishable and call.request_id and intent["confirmation_method"] == "manual":
        message = (
            f"{intent['id']} cannot be confirmed using your publishable key because its `confirmation_method` is set "
            "to `manual`. Please use your secret key instead, or create a PaymentIntent with `confirmation_method` set "
            "to `automatic`."
        )
        raise invalid(message, "intent")
