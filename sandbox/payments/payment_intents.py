"""PaymentIntents: create, retrieve, update, confirm, cancel, list.
The way from one status to the next is in `confirmation`.
"""

from __future__ import annotations

from sandbox.errors import Json, Refusal, invalid, missing, not_done
from sandbox.events import record
from sandbox.fields import BILLING_DETAILS, METADATA, SHIPPING, lay, lay_metadata
from sandbox.lists import page
from sandbox.money import Currency, refuse_amount
from sandbox.params import Flag, Group, Kind, OneOf, Text, Whole
from sandbox.payments.confirmation import LAID, confirm, payment_method_for, unexpected
from sandbox.payments.new_cards import CARD, TYPE
from sandbox.payments.new_intents import blank, shown_to_browser
from sandbox.payments.payment_methods import REDISPLAY
from sandbox.routes import LISTING, Resource, Route
from sandbox.state import Call

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(call: Call) -> Json:
    params = call.params
    customer = call.refer("customer", "customer")
    refuse = refuse_amount(params["amount"], params["currency"])
    if refuse:
        raise refuse
    if not params.get("confirm") and ("off_session" in params or "return_url" in params):
        name = "off_session" if "off_session" in params else "return_url"
        raise invalid(f"You can only set {name} when confirm is true.", name)
    intent = blank(call)
    intent["customer"] = customer["id"] if customer else None
    _fill(call, intent)
    method = payment_method_for(call, intent)
    if method is not None:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    call.world.add(intent)
    record(call, "payment_intent.created", intent)
    return confirm(call, intent) if params.get("confirm") else intent


def update(call: Call) -> Json:
    """What was promised to the payer cannot change once the money has moved; notes can."""
    intent = call.find("payment_intent", "intent")
    params = call.params
    for name in ("amount", "currency", "customer", "payment_method", "payment_method_data", "setup_future_usage"):
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
    customer = call.refer("customer", "customer")
    if customer is not None:
        if intent["customer"] not in (None, customer["id"]):
            raise invalid("You cannot modify `customer` on a PaymentIntent once it already has been set.", "customer")
        intent["customer"] = customer["id"]
    lay(intent, params, ("amount", "currency"))
    _fill(call, intent)
    method = payment_method_for(call, intent)
    if method is not None:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation", "next_action": None}
    return intent


def confirm_route(call: Call) -> Json:
    return _shown(call, confirm(call, _asked_for(call)))


def retrieve(call: Call) -> Json:
    return _shown(call, _asked_for(call))


def cancel(call: Call) -> Json:
    intent = call.find("payment_intent", "intent")
    if intent["status"] not in OPEN:
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent "
            "with one of the following statuses may be canceled: requires_payment_method, requires_capture, "
            "requires_confirmation, requires_action, processing."
        )
        raise unexpected(intent, message)
    reason: str | None = call.params.get("cancellation_reason")
    intent |= {"status": "canceled", "canceled_at": call.now, "cancellation_reason": reason, "next_action": None}
    record(call, "payment_intent.canceled", intent)
    return intent


def listing(call: Call) -> Json:
    owner: str | None = call.params.get("customer")
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


def _fill(call: Call, intent: Json) -> None:
    lay(intent, call.params, LAID)
    lay_metadata(intent, call.params)
    refusal = _refuse_settings(intent)
    if refusal:
        raise refusal


def _refuse_settings(intent: Json) -> Refusal | None:
    if intent["receipt_email"] and "@" not in intent["receipt_email"]:
        return invalid(f"Invalid email address: {intent['receipt_email']}", "receipt_email", "email_invalid")
    if intent["capture_method"] == "manual":
        return not_done("manual capture of payments")
    if not intent["automatic_payment_methods"]["enabled"]:
        return not_done("payment intents without automatic payment methods")
    return None


METHOD: dict[str, Kind] = {
    "payment_method": Text(unset=False),
    "payment_method_data": Group(
        names={"type": TYPE, "card": CARD, "billing_details": BILLING_DETAILS, "allow_redisplay": REDISPLAY, **METADATA}
    ),
    "setup_future_usage": OneOf(choices=("off_session", "on_session")),
    "receipt_email": Text(longest=800),
    "shipping": SHIPPING,
}
CONFIRM: dict[str, Kind] = {
    **METHOD,
    "off_session": Flag(),
    "return_url": Text(unset=False),
    "use_stripe_sdk": Flag(),
}
NOTES: dict[str, Kind] = {
    **METADATA,
    "description": Text(longest=1000),
    "customer": Text(unset=False),
    "statement_descriptor_suffix": Text(longest=22),
    "transfer_group": Text(),
    "capture_method": OneOf(choices=("automatic", "automatic_async", "manual"), unset=False),
}
NEW: dict[str, Kind] = {
    **NOTES,
    **CONFIRM,
    "amount": Whole(required=True, least=1),
    "currency": Currency(required=True),
    "confirm": Flag(),
    "automatic_payment_methods": Group(
        names={
            "enabled": Flag(required=True),
            "allow_redirects": OneOf(choices=("always", "never"), unset=False),
        }
    ),
}
REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/payment_intents", create, NEW),
        Route("GET", "/v1/payment_intents", listing, {**LISTING, "customer": Text(unset=False)}),
        Route("GET", "/v1/payment_intents/{id}", retrieve, browser=True),
        Route(
            "POST",
            "/v1/payment_intents/{id}",
            update,
            {**NOTES, **METHOD, "amount": Whole(least=1), "currency": Currency()},
        ),
        Route("POST", "/v1/payment_intents/{id}/confirm", confirm_route, CONFIRM, browser=True),
        Route(
            "POST",
            "/v1/payment_intents/{id}/cancel",
            cancel,
            {"cancellation_reason": OneOf(choices=REASONS, unset=False)},
        ),
    ),
    links={
        "payment_intent": {"customer": "customer", "latest_charge": "charge", "payment_method": "payment_method"},
    },
)
