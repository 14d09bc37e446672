"""Confirmation tokens: what a browser collected of a payer, to be confirmed by a server. Registered in `registry`;
an intent redeems one through `choosing`.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid, missing, unknown_route
from sandbox.expand import bare
from sandbox.fields import SHIPPING
from sandbox.params import Flag, Group, Kind
from sandbox.payments.intent_params import METHOD
from sandbox.payments.method_parts import CARD_TYPE
from sandbox.payments.payment_methods import SPENT, make, take
from sandbox.routes import Resource, Route
from sandbox.shapes import take as shaped
from sandbox.state import Call, new_id

LIVES_SECONDS = 12 * 3600
SHOWN = ("allow_redisplay", "billing_details", "customer", "customer_account", "type")
CARRIED = ("return_url", "setup_future_usage", "shipping", "mandate_data")


def create(call: Call) -> Json:
    """Used by the test helper, and by a browser's SDK, which is the only one that may make tokens otherwise."""
    data, method_id = call.params.get("payment_method_data"), call.params.get("payment_method")
    if (data is None) == (method_id is None):
        message = "You must specify exactly one of these parameters: payment_method, payment_method_data."
        raise invalid(message, "payment_method")
    method = make(call, data) if data is not None else take(call, str(method_id))
    if method["_spent"]:
        raise invalid(SPENT, "payment_method")
    usage = call.params.get("setup_future_usage")
    return call.world.add(
        {
            "id": new_id("ctoken_1", 23),
            "object": "confirmation_token",
            "created": call.now,
            "expires_at": call.now + LIVES_SECONDS,
            "livemode": False,
            "mandate_data": None if method["type"] == CARD_TYPE else _agreed(),
            "metadata": None,
            "payment_intent": None,
            "payment_method_options": None,
            "payment_method_preview": _preview(method),
            "return_url": call.params.get("return_url"),
            "setup_future_usage": usage,
            "setup_intent": None,
            "shipping": call.params.get("shipping"),
            "use_stripe_sdk": call.publishable,
            "_payment_method": method["id"],
        }
    )


def create_in_browser(call: Call) -> Json:
    if not call.publishable:
        raise unknown_route("POST", "/v1/confirmation_tokens")
    return create(call)


def redeem(call: Call, token_id: str, intent: Json) -> Json:
    """The token's payment method, and what else it carries. `spend` marks it used once the intent is really tried."""
    token = call.world.table("confirmation_token").get(token_id)
    if token is None:
        raise missing("confirmation_token", token_id, "confirmation_token", status=400)
    if token["payment_intent"] or token["setup_intent"]:
        used = token["payment_intent"] or token["setup_intent"]
        raise invalid(f"The ConfirmationToken {token_id} has already been used with {used}.", "confirmation_token")
    if token["expires_at"] is not None and token["expires_at"] <= call.now:
        raise invalid(f"The ConfirmationToken {token_id} has expired.", "confirmation_token")
    intent["_token"] = token_id
    for name in CARRIED:
        if token[name] is not None:
            call.params.setdefault(name, token[name])
    return call.world.table("payment_method")[token["_payment_method"]]


def spend(call: Call, intent: Json) -> None:
    """A token serves one intent, once."""
    token_id = intent.pop("_token", None)
    if token_id is not None:
        call.world.table("confirmation_token")[token_id] |= {intent["object"]: intent["id"], "expires_at": None}


def retrieve(call: Call) -> Json:
    return call.find("confirmation_token", "confirmation_token")


def _preview(method: Json) -> Json:
    seen = bare(method)
    return {**{name: seen[name] for name in SHOWN}, seen["type"]: seen[seen["type"]]}


def _agreed() -> Json:
    """Stripe's script shows the text of a mandate; whoever goes on has accepted it."""
    return {"customer_acceptance": {"online": {"ip_address": None, "user_agent": None}, "type": "online"}}


# A payer knows where something goes, not yet who carries it.
NEW: dict[str, Kind] = {
    **shaped("test_helpers.ConfirmationTokenCreateParams", "payment_method return_url setup_future_usage"),
    "payment_method_data": METHOD,
    "shipping": Group(names={name: SHIPPING.names[name] for name in ("address", "name", "phone")}),
}
FROM_BROWSER: dict[str, Kind] = {
    **NEW,
    "use_stripe_sdk": Flag(),
    **shaped("PaymentIntentCreateParams", "mandate_data"),
}
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/test_helpers/confirmation_tokens", create, NEW),
        Route("POST", "/v1/confirmation_tokens", create_in_browser, FROM_BROWSER, browser=True),
        Route("GET", "/v1/confirmation_tokens/{id}", retrieve),
    ),
)
