"""SetupIntents: a payment method made ready for later, without a payment. Registered in `registry`.
The way from one status to the next is in `setup_confirmation`.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid, missing
from sandbox.events import record
from sandbox.expand import bare
from sandbox.fields import lay, lay_metadata
from sandbox.lists import page
from sandbox.params import Flag, Kind, Text
from sandbox.payments.choosing import WAYS, chosen
from sandbox.payments.intent_params import METHOD
from sandbox.payments.intent_params import TYPES as LISTED_TYPES
from sandbox.payments.offering import offer
from sandbox.payments.setup_confirmation import OPEN, confirm, refuse_unready, unexpected
from sandbox.routes import LISTING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, new_id

EMPTY_AT_FIRST = (
    *("allowed_payment_method_types", "application", "attach_to_self", "cancellation_reason", "customer"),
    *("customer_account", "description", "excluded_payment_method_types", "flow_directions", "last_setup_error"),
    *("latest_attempt", "mandate", "next_action", "on_behalf_of", "payment_method"),
    *("payment_method_configuration_details", "single_use_mandate"),
)
HIDDEN_FROM_BROWSERS = ("application", "customer", "customer_account", "mandate", "metadata", "on_behalf_of")
ONLY_CONFIRMING = ("return_url", "mandate_data", "confirmation_token")


def create(call: Call) -> Json:
    params = call.params
    customer = call.refer("customer", "customer")
    for name in ONLY_CONFIRMING:
        if name in params and not params.get("confirm"):
            raise invalid(f"You can only set {name} when confirm is true.", name)
    intent = _blank(call)
    _lay_customer(intent, customer)
    _fill(call, intent)
    method = _lay_method(call, intent)
    if method is not None and params.get("confirm"):
        refuse_unready(call, intent, method)
    call.world.add(intent)
    record(call, "setup_intent.created", intent)
    return confirm(call, intent) if params.get("confirm") else intent


def update(call: Call) -> Json:
    intent = call.find("setup_intent", "intent")
    if intent["status"] not in OPEN:
        message = (
            f"You cannot update this SetupIntent because it has a status of {intent['status']}. Only a SetupIntent "
            f"with one of the following statuses may be updated: {', '.join(OPEN)}."
        )
        raise unexpected(intent, message)
    customer = call.refer("customer", "customer")
    if customer is not None and intent["customer"] not in (None, customer["id"]):
        raise invalid("You cannot modify `customer` on a SetupIntent once it already has been set.", "customer")
    _lay_customer(intent, customer)
    offer(intent, call.params)
    _fill(call, intent)
    _lay_method(call, intent)
    return intent


def confirm_route(call: Call) -> Json:
    return _shown(call, confirm(call, _asked_for(call)))


def retrieve(call: Call) -> Json:
    return _shown(call, _asked_for(call))


def cancel(call: Call) -> Json:
    intent = call.find("setup_intent", "intent")
    if intent["status"] not in OPEN:
        message = (
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}. Only a SetupIntent "
            f"with one of the following statuses may be canceled: {', '.join(OPEN)}."
        )
        raise unexpected(intent, message)
    reason = call.params.get("cancellation_reason")
    intent |= {"status": "canceled", "cancellation_reason": reason, "next_action": None}
    record(call, "setup_intent.canceled", intent)
    return intent


def listing(call: Call) -> Json:
    asked: Json = {name: call.params[name] for name in ("customer", "payment_method") if name in call.params}
    if "attach_to_self" in call.params:
        asked["attach_to_self"] = call.params["attach_to_self"] or None
    url = "/v1/setup_intents"
    return page(call, "setup_intent", url, lambda row: all(row[name] == value for name, value in asked.items()))


def shown_to_browser(intent: Json) -> Json:
    """Without what is the merchant's own business."""
    return {name: value for name, value in bare(intent).items() if name not in HIDDEN_FROM_BROWSERS}


def _blank(call: Call) -> Json:
    intent_id = new_id("seti_1", 23)
    given: Json = call.params.get("automatic_payment_methods") or {"enabled": True}
    intent: Json = {
        **dict.fromkeys(EMPTY_AT_FIRST),
        "id": intent_id,
        "object": "setup_intent",
        "automatic_payment_methods": {"allow_redirects": "always", **given},
        "client_secret": f"{intent_id}_secret_{new_id('', 29)}",
        "created": call.now,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {},
        "payment_method_types": [],
        "status": "requires_payment_method",
        "usage": call.params.get("usage") or "off_session",
    }
    offer(intent, call.params)
    return intent


def _lay_customer(intent: Json, customer: Json | None) -> None:
    if customer is not None:
        intent["customer"] = customer["id"]


def _fill(call: Call, intent: Json) -> None:
    lay(intent, call.params, ("description", "flow_directions"))
    if call.params.get("attach_to_self"):
        if intent["customer"]:
            message = "You cannot set `attach_to_self` to true when setting up a PaymentMethod for a Customer."
            raise invalid(message, "attach_to_self")
        intent["attach_to_self"] = True
    lay_metadata(intent, call.params)


def _lay_method(call: Call, intent: Json) -> Json | None:
    """A method is taken out of the call once it is laid into the intent, so that a confirm does not make a second."""
    method = chosen(call, intent)
    if method is not None:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation", "next_action": None}
        call.params = {name: value for name, value in call.params.items() if name not in WAYS}
    return method


def _asked_for(call: Call) -> Json:
    """The intent in the path. A browser must also know its client secret; without it the intent does not exist."""
    intent = call.find("setup_intent", "intent")
    if call.publishable and call.params.get("client_secret") is None:
        raise missing("setup_intent", call.ids["id"], "intent")
    if call.params.get("client_secret") not in (None, intent["client_secret"]):
        message = (
            "The client_secret provided does not match any associated SetupIntent on this account. Ensure the "
            "client_secret and publishable key used belongs to the same account that created this SetupIntent."
        )
        raise invalid(message, "client_secret", "setup_intent_invalid_parameter")
    return intent


def _shown(call: Call, intent: Json) -> Json:
    return shown_to_browser(intent) if call.publishable else intent


OPTIONS = (
    "payment_method_options.card.network payment_method_options.card.request_three_d_secure "
    "payment_method_options.us_bank_account.verification_method"
)
TYPES = "allowed_payment_method_types excluded_payment_method_types"
NOTES = f"attach_to_self customer description flow_directions metadata payment_method {OPTIONS} {TYPES}"
CONFIRMING = f"confirmation_token mandate_data payment_method return_url use_stripe_sdk {OPTIONS}"
OURS: dict[str, Kind] = {"payment_method_data": METHOD, **LISTED_TYPES}
NEW: dict[str, Kind] = {
    **take("SetupIntentCreateParams", f"automatic_payment_methods confirm usage {NOTES} {CONFIRMING}"),
    **OURS,
}
FILTERS: dict[str, Kind] = {
    **LISTING,
    "customer": Text(unset=False),
    "payment_method": Text(unset=False),
    "attach_to_self": Flag(),
}
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/setup_intents", create, NEW),
        Route("GET", "/v1/setup_intents", listing, FILTERS),
        Route("GET", "/v1/setup_intents/{id}", retrieve, browser=True),
        Route("POST", "/v1/setup_intents/{id}", update, {**take("SetupIntentUpdateParams", NOTES), **OURS}),
        Route(
            "POST",
            "/v1/setup_intents/{id}/confirm",
            confirm_route,
            {**take("SetupIntentConfirmParams", CONFIRMING), **OURS},
            browser=True,
        ),
        Route(
            "POST",
            "/v1/setup_intents/{id}/cancel",
            cancel,
            take("SetupIntentCancelParams", "cancellation_reason"),
        ),
    ),
    links={
        "setup_intent": {
            "customer": "customer",
            "latest_attempt": "setup_attempt",
            "mandate": "mandate",
            "payment_method": "payment_method",
        }
    },
)
