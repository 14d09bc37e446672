"""PaymentIntents: create, retrieve, update, confirm, capture, cancel, list.
The way from one status to the next is in `confirmation`.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.events import record
from sandbox.fields import lay, lay_metadata
from sandbox.lists import page
from sandbox.money import refuse_amount
from sandbox.payments import bank_debits, capture
from sandbox.payments.choosing import WAYS, chosen
from sandbox.payments.confirmation import confirm, refuse_unready
from sandbox.payments.intent_params import CANCEL, CAPTURE, CONFIRM, EDIT, FILTERS, NEW
from sandbox.payments.new_intents import blank, shown_to_browser
from sandbox.payments.offering import offer
from sandbox.payments.outcomes import unexpected
from sandbox.payments.tax_hooks import check_hook, lay_hook
from sandbox.routes import Resource, Route
from sandbox.state import Call

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
# What the payer has been promised cannot change once the money has moved; notes can.
PROMISED = (
    *("amount", "currency", "customer", "payment_method", "payment_method_data", "setup_future_usage"),
    *("capture_method", "payment_method_types", "payment_method_options"),
)
LAID = (
    *("description", "receipt_email", "setup_future_usage", "shipping", "capture_method", "confirmation_method"),
    *("statement_descriptor", "statement_descriptor_suffix", "transfer_group", "payment_details"),
)
ONLY_CONFIRMING = ("off_session", "return_url", "error_on_requires_action", "mandate_data", "confirmation_token")


def create(call: Call) -> Json:
    params = call.params
    customer = call.refer("customer", "customer")
    refuse = refuse_amount(params["amount"], params["currency"])
    if refuse:
        raise refuse
    for name in ONLY_CONFIRMING:
        if name in params and not params.get("confirm"):
            raise invalid(f"You can only set {name} when confirm is true.", name)
    intent = blank(call)
    intent["customer"] = customer["id"] if customer else None
    _fill(call, intent)
    method = chosen(call, intent)
    if method is not None:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
        call.params = {name: value for name, value in params.items() if name not in WAYS}
        if params.get("confirm"):
            refuse_unready(call, intent, method)
    call.world.add(intent)
    record(call, "payment_intent.created", intent)
    return confirm(call, intent) if params.get("confirm") else intent


def update(call: Call) -> Json:
    intent = call.find("payment_intent", "intent")
    params = call.params
    for name in PROMISED:
        if name in params and intent["status"] not in OPEN:
            message = (
                f"This PaymentIntent's {name} could not be updated because it has a status of {intent['status']}. You "
                f"may only update the {name} of a PaymentIntent with one of the following statuses: {', '.join(OPEN)}."
            )
            raise unexpected(intent, message)
    wanted = {**intent, **params}
    refuse = refuse_amount(wanted["amount"], wanted["currency"])
    if refuse:
        raise refuse
    before = deepcopy(intent)
    customer = call.refer("customer", "customer")
    if customer is not None:
        if intent["customer"] not in (None, customer["id"]):
            raise invalid("You cannot modify `customer` on a PaymentIntent once it already has been set.", "customer")
        intent["customer"] = customer["id"]
    try:
        _change(call, intent)
    except Refusal:
        intent.update(before)
        raise
    return intent


def confirm_route(call: Call) -> Json:
    return _shown(call, confirm(call, _asked_for(call)))


def retrieve(call: Call) -> Json:
    return _shown(call, _asked_for(call))


def cancel(call: Call) -> Json:
    return cancel_intent(call, call.find("payment_intent", "intent"), call.params.get("cancellation_reason"))


def cancel_intent(call: Call, intent: Json, reason: str | None) -> Json:
    """Ends an intent that has not been paid; what it holds on a card, or has asked of a bank, is given up."""
    if intent["status"] == "requires_capture":
        capture.let_go(call, intent, "charge.refunded")
    elif intent["status"] == "processing":
        bank_debits.call_back(call, intent)
    elif intent["status"] not in OPEN:
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent "
            "with one of the following statuses may be canceled: requires_payment_method, requires_capture, "
            "requires_confirmation, requires_action, processing."
        )
        raise unexpected(intent, message)
    intent |= {"status": "canceled", "canceled_at": call.now, "cancellation_reason": reason, "next_action": None}
    record(call, "payment_intent.canceled", intent)
    return intent


def listing(call: Call) -> Json:
    owner = call.params.get("customer")
    return page(call, "payment_intent", "/v1/payment_intents", lambda row: owner in (None, row["customer"]))


def _asked_for(call: Call) -> Json:
    """The intent in the path. A browser must also know its client secret; without it the intent does not exist."""
    intent = call.find("payment_intent", "intent")
    if call.publishable and call.params.get("client_secret") is None:
        raise missing("payment_intent", call.ids["id"], "intent")
    if call.params.get("client_secret") not in (None, intent["client_secret"]):
        message = (
            "The client_secret provided does not match any associated PaymentIntent on this account. Ensure the "
            "client_secret and publishable key used belongs to the same account that created this PaymentIntent."
        )
        raise invalid(message, "client_secret", "payment_intent_invalid_parameter")
    return intent


def _shown(call: Call, intent: Json) -> Json:
    """A browser sees neither the customer nor the metadata."""
    if not call.publishable:
        return intent
    return shown_to_browser(intent)


def _change(call: Call, intent: Json) -> None:
    lay(intent, call.params, ("amount", "currency"))
    offer(intent, call.params)
    _fill(call, intent)
    method = chosen(call, intent)
    if method is not None:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation", "next_action": None}


def _fill(call: Call, intent: Json) -> None:
    refusal = _refuse_settings(call)
    if refusal:
        raise refusal
    check_hook(call, intent)
    lay(intent, call.params, LAID)
    lay_hook(intent, call.params)
    lay_metadata(intent, call.params)
    if "amount_details" in call.params:
        intent["amount_details"] = {"tip": {}, **(call.params["amount_details"] or {})}


def _refuse_settings(call: Call) -> Refusal | None:
    email = call.params.get("receipt_email")
    if email and "@" not in email:
        return invalid(f"Invalid email address: {email}", "receipt_email", "email_invalid")
    return None


RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/payment_intents", create, NEW),
        Route("GET", "/v1/payment_intents", listing, FILTERS),
        Route("GET", "/v1/payment_intents/{id}", retrieve, browser=True),
        Route("POST", "/v1/payment_intents/{id}", update, EDIT),
        Route("POST", "/v1/payment_intents/{id}/confirm", confirm_route, CONFIRM, browser=True),
        Route("POST", "/v1/payment_intents/{id}/capture", capture.capture, CAPTURE),
        Route("POST", "/v1/payment_intents/{id}/cancel", cancel, CANCEL),
    ),
    links={
        "payment_intent": {"customer": "customer", "latest_charge": "charge", "payment_method": "payment_method"},
    },
    acts={capture.EXPIRES: capture.expire, bank_debits.SETTLES: bank_debits.settle_debit},
)
