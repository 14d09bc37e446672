"""The way of a SetupIntent from confirm to succeeded, refused or waiting for 3-D Secure. No money moves.
Used by `setup_intents`, `frames` and whoever sets a method up on a customer's behalf.
"""

from __future__ import annotations

from sandbox.errors import DOCS, Json, Refusal, invalid
from sandbox.events import record
from sandbox.expand import bare
from sandbox.payments.authentication import (
    AUTHENTICATED,
    Step,
    refuse_without_return_url,
    result_of,
    send_to_bank,
    step_before,
)
from sandbox.payments.choosing import check, chosen
from sandbox.payments.confirmation_tokens import spend
from sandbox.payments.declines import NO_ANSWER, Decline
from sandbox.payments.mandates import lay_down, refuse_without_mandate
from sandbox.payments.method_parts import CARD_TYPE
from sandbox.payments.offering import offer
from sandbox.payments.outcomes import BACK, refusal_told
from sandbox.payments.payment_methods import attach_to, card_refused, refuses_to_be_saved, take
from sandbox.payments.setup_attempts import end_attempt, write_attempt
from sandbox.state import Call

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
FAILED_AUTHENTICATION = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod "
    "to attempt to fulfill this SetupIntent again."
)


def confirm(call: Call, intent: Json) -> Json:
    """Asks the bank whether the method may be kept; 402 when it says no."""
    _check_status(intent)
    method = chosen(call, intent) or _own_method(call, intent)
    refuse_unready(call, intent, method)
    offer(intent, call.params)
    spend(call, intent)
    intent |= {"payment_method": method["id"], "last_setup_error": None, "next_action": None}
    write_attempt(call, intent, method)
    if method["type"] != CARD_TYPE:
        intent["mandate"] = lay_down(call, method, intent=intent, several=True)
        return _succeed(call, intent, method, secure=None)
    step = step_before(intent, method, off_session=False)
    if step is Step.BROKEN:
        return _fail(call, intent, method, NO_ANSWER)
    if step is not Step.CHALLENGE:
        return _settle(call, intent, method, secure=result_of(step))
    send_to_bank(call, intent)
    end_attempt(call, intent, "requires_action")
    record(call, "setup_intent.requires_action", intent)
    return intent


def refuse_unready(call: Call, intent: Json, method: Json) -> None:
    """400 when this call cannot confirm with this method, before anything has changed."""
    refuse_without_return_url(call, intent)
    refuse_without_mandate(call, method)


def _settle(call: Call, intent: Json, method: Json, *, secure: str | None) -> Json:
    """Keeps the card, or lets its bank refuse with 402. `secure` is the result of 3-D Secure."""
    refusal = refuses_to_be_saved(method, authenticated=secure is not None)
    if refusal is not None:
        return _fail(call, intent, method, refusal)
    return _succeed(call, intent, method, secure=secure)


def authenticate(call: Call, intent: Json, *, passed: bool) -> Json:
    """What the card holder did on the bank's page."""
    if intent["status"] != "requires_action":
        message = f"This SetupIntent has a status of {intent['status']}; there is nothing to authenticate."
        raise unexpected(intent, message)
    method = call.world.table("payment_method")[intent["payment_method"]]
    if passed:
        return _settle(call, intent, method, secure=AUTHENTICATED)
    code = "setup_intent_authentication_failure"
    error = {
        "code": code,
        "doc_url": DOCS + code.replace("_", "-"),
        "message": FAILED_AUTHENTICATION,
        "payment_method": bare(method),
        "type": "invalid_request_error",
    }
    _fall_back(call, intent, error)
    return intent


def unexpected(intent: Json, message: str) -> Refusal:
    """400: the intent is in another state than this act needs."""
    return invalid(message, None, "setup_intent_unexpected_state", setup_intent=bare(intent))


def _succeed(call: Call, intent: Json, method: Json, *, secure: str | None) -> Json:
    if secure == AUTHENTICATED and intent["usage"] == "off_session":
        method["_set_up"] = True
    if intent["customer"] and method["customer"] is None:
        attach_to(call, method, intent["customer"])
    intent |= {"status": "succeeded", "next_action": None}
    end_attempt(call, intent, "succeeded", secure=secure)
    record(call, "setup_intent.succeeded", intent)
    return intent


def _fail(call: Call, intent: Json, method: Json, decline: Decline) -> Json:
    _fall_back(call, intent, refusal_told(decline, method))
    raise card_refused(decline, payment_method=method, setup_intent=intent)


def _fall_back(call: Call, intent: Json, error: Json) -> None:
    intent |= {"last_setup_error": error, **BACK}
    end_attempt(call, intent, "failed", error=error)
    record(call, "setup_intent.setup_failed", intent)


def _own_method(call: Call, intent: Json) -> Json:
    if intent["payment_method"] is None:
        raise unexpected(
            intent,
            "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the "
            "SetupIntent with a payment method and then confirm it again, or confirm it again directly with a payment "
            "method or ConfirmationToken.",
        )
    method = take(call, intent["payment_method"])
    check(method, intent)
    return method


def _check_status(intent: Json) -> None:
    if intent["status"] == "succeeded":
        message = "You cannot confirm this SetupIntent because it has already succeeded."
        raise unexpected(intent, message)
    if intent["status"] not in OPEN:
        message = (
            f"You cannot confirm this SetupIntent because it has a status of {intent['status']}. Only a SetupIntent "
            "with one of the following statuses may be confirmed: requires_confirmation, requires_action."
        )
        raise unexpected(intent, message)
