"""The payer presses the button: the payment is made and tried. Used by `payment_pages` and by the controls."""

from __future__ import annotations

from dataclasses import replace

from sandbox.checkout.completion import complete
from sandbox.checkout.fulfilment import check_subscription, start_subscription
from sandbox.checkout.payer import check_ready, email_of, keep_customer, tell
from sandbox.errors import Json, invalid
from sandbox.fields import full_address
from sandbox.payments import confirmation, payment_intents, setup_confirmation, setup_intents
from sandbox.payments.method_parts import BUILT
from sandbox.payments.payment_methods import take as take_method
from sandbox.state import Call

# What `payment_intent_data` names and the PaymentIntent has under the same name.
LAID = (
    "description",
    "receipt_email",
    "shipping",
    "capture_method",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)


def confirm(call: Call, session: Json, method_id: str | None) -> None:
    """Tries to pay with this payment method. A card that says no raises 402 and leaves the session open; one that asks
    for 3-D Secure leaves the intent waiting, and the session completes when the intent does.
    """
    check_open(session)
    expected = call.params.get("expected_amount")
    if expected is not None and expected != session["amount_total"]:
        message = f"The total of this Checkout Session is {session['amount_total']}, not {expected}."
        raise invalid(message, "expected_amount", "checkout_amount_mismatch")
    method = take_method(call, method_id) if method_id else None
    if method is not None:
        _learn(call, session, method)
    check_ready(call, session)
    keep_customer(call, session)
    if session["mode"] == "subscription":
        check_subscription(call, session)
    if session["mode"] != "setup" and session["amount_total"]:
        _pay(call, session, _required(method))
    elif session["mode"] == "setup" or session["payment_method_collection"] == "always":
        _save_card(call, session, _required(method))
    else:
        if session["mode"] == "subscription":
            start_subscription(call, session, None, None)
        complete(call, session, "no_payment_required")


def check_open(session: Json) -> None:
    if session["status"] != "open":
        message = f"This Checkout Session is not open. It has a status of `{session['status']}`."
        raise invalid(message, None, "checkout_session_not_open")


def _learn(call: Call, session: Json, method: Json) -> None:
    """What came with the payment method counts where nothing was typed."""
    typed, billing = session["_typed"], method["billing_details"]
    news: Json = {}
    if email_of(call, session) is None and billing["email"]:
        news["email"] = billing["email"]
    for name in ("name", "phone"):
        if not typed.get(name) and billing[name]:
            news[name] = billing[name]
    tell(call, session, news)
    if not typed.get("address") and (billing["address"] or {}).get("country"):
        tell(call, session, {"billing_address": {"address": full_address(billing["address"])}})


def _required(method: Json | None) -> Json:
    if method is None:
        raise invalid("Missing required param: payment_method.", "payment_method", "parameter_missing")
    return method


def _save_card(call: Call, session: Json, method: Json) -> None:
    """Nothing is due now: the card is saved through a SetupIntent."""
    intent = call.world.table("setup_intent").get(str(session["_intent"]))
    if intent is None:
        data = session["_setup_intent_data"]
        params = {name: data[name] for name in ("description", "metadata") if data.get(name)}
        customer = {"customer": session["customer"]} if session["customer"] else {}
        types = {"payment_method_types": session["payment_method_types"], "usage": "off_session"}
        intent = setup_intents.create(replace(call, params={**params, **customer, **types}))
        intent["_checkout_session"] = session["id"]
        session["_intent"] = intent["id"]
        session["setup_intent"] = intent["id"] if session["mode"] == "setup" else None
    setup_confirmation.confirm(_driven(call, {"payment_method": method["id"]}), intent)


def _pay(call: Call, session: Json, method: Json) -> None:
    intent = call.world.table("payment_intent").get(str(session["_intent"]))
    if intent is None:
        intent = _begin(call, session, method)
    else:
        intent |= {"amount": session["amount_total"], "customer": session["customer"]}
    confirmation.confirm(_driven(call, {"payment_method": method["id"]}), intent)


def _begin(call: Call, session: Json, method: Json) -> Json:
    """The PaymentIntent exists from the first try on; later tries use it again."""
    data = session["_payment_intent_data"]
    if session["mode"] == "subscription":
        data = {"description": "Subscription creation", "setup_future_usage": "off_session"}
    shipping = session["_typed"].get("shipping")
    params = {
        **({"shipping": shipping} if shipping else {}),
        **{name: data[name] for name in LAID if data.get(name) is not None},
        "amount": session["amount_total"],
        "currency": session["currency"],
        "payment_method_types": session["payment_method_types"],
        "metadata": data.get("metadata") or {},
        **({"customer": session["customer"]} if session["customer"] else {}),
        **({"payment_method_options": options} if (options := _options(session)) else {}),
        **({"setup_future_usage": usage} if (usage := _usage(session, data, method)) else {}),
    }
    intent = payment_intents.create(replace(call, params=params))
    intent["_checkout_session"] = session["id"]
    session["_intent"] = intent["id"]
    session["payment_intent"] = intent["id"] if session["mode"] == "payment" else None
    return intent


def _options(session: Json) -> Json:
    """Those of the methods that can be paid with here: the seller may have written of others."""
    options: Json = session["payment_method_options"] or {}
    return {kind: told for kind, told in options.items() if kind in BUILT}


def _usage(session: Json, data: Json, method: Json) -> str | None:
    """Whether the card is kept: the seller said so, or the payer ticked the box."""
    saves = session["saved_payment_method_options"].get("payment_method_save") == "enabled"
    if saves and session["_typed"].get("save"):
        method["allow_redisplay"] = "always"
        return "off_session"
    usage: str | None = data.get("setup_future_usage")
    if usage and method["allow_redisplay"] == "unspecified":
        method["allow_redisplay"] = session["_allow_redisplay"] or "limited"
    return usage


def _driven(call: Call, params: Json) -> Call:
    """As a browser would ask: whatever the bank wants is done in place."""
    return replace(call, params={**params, "use_stripe_sdk": True}, publishable=True)
