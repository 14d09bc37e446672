"""The way of a PaymentIntent from confirm to succeeded, declined or waiting for 3-D Secure.
Used by `payment_intents` and `control`.
"""

from __future__ import annotations

from dataclasses import asdict

from sandbox.errors import DOCS, Json, Refusal, invalid
from sandbox.events import record
from sandbox.expand import bare
from sandbox.payments.cards import NEEDS_PERSON, Asks, Decline
from sandbox.payments.charges import book, write_charge
from sandbox.payments.new_cards import behaviour, make
from sandbox.payments.payment_methods import SPENT, attach_to, card_refused, take
from sandbox.state import Call, new_id

LAID = (
    "description",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "capture_method",
    "statement_descriptor_suffix",
)
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
NEEDS_RETURN_URL = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these "
    "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want "
    "to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
)
FAILED_AUTHENTICATION = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod "
    "to attempt to fulfill this PaymentIntent again."
)


def confirm(call: Call, intent: Json) -> Json:
    """Tries to pay.
    402 when the card says no: the intent is then back at `requires_payment_method` and can be tried again.
    """
    _check_status(intent)
    _check_return_url(call, intent)
    method = payment_method_for(call, intent) or _own_method(call, intent)
    for name in ("setup_future_usage", "receipt_email", "shipping"):
        if name in call.params:
            intent[name] = call.params[name]
    intent |= {"payment_method": method["id"], "last_payment_error": None, "next_action": None}
    off_session = bool(call.params.get("off_session"))
    if not _must_authenticate(method, off_session=off_session):
        return settle(call, intent, method, authenticated=False)
    if off_session:
        return _fail(call, intent, method, NEEDS_PERSON, authenticated=False)
    return _wait(call, intent)


def settle(call: Call, intent: Json, method: Json, *, authenticated: bool) -> Json:
    """Moves the money, or lets the card refuse it with 402."""
    decline = behaviour(method).decline
    if decline is not None:
        return _fail(call, intent, method, decline, authenticated=authenticated)
    charge = write_charge(call, intent, method, None, authenticated=authenticated)
    _keep_or_spend(call, intent, method)
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
    }
    record(call, "payment_intent.succeeded", intent)
    book(call, charge)
    return intent


def authenticate(call: Call, intent: Json, *, passed: bool) -> Json:
    """What the card holder did on the bank's page. Failing is no charge, so no `charge.failed` is told."""
    if intent["status"] != "requires_action":
        raise unexpected(
            intent, f"This PaymentIntent has a status of {intent['status']}; there is nothing to authenticate."
        )
    method = call.world.table("payment_method")[intent["payment_method"]]
    if passed:
        method["_set_up"] = method["_set_up"] or intent["setup_future_usage"] == "off_session"
        return settle(call, intent, method, authenticated=True)
    code = "payment_intent_authentication_failure"
    error = {
        "code": code,
        "doc_url": DOCS + code.replace("_", "-"),
        "message": FAILED_AUTHENTICATION,
        "payment_method": bare(method),
        "type": "invalid_request_error",
    }
    intent |= {"last_payment_error": error, **_BACK}
    record(call, "payment_intent.payment_failed", intent)
    return intent


def payment_method_for(call: Call, intent: Json) -> Json | None:
    """The payment method this call names, checked against the intent's customer; None when it names none."""
    data, method_id = call.params.get("payment_method_data"), call.params.get("payment_method")
    if data is not None and method_id is not None:
        raise invalid(
            "You may only specify one of these parameters: payment_method, payment_method_data.", "payment_method"
        )
    if data is None and method_id is None:
        return None
    method = make(call, data) if data is not None else take(call, str(method_id))
    if method["_spent"]:
        raise invalid(SPENT, "payment_method")
    if method["customer"] is not None and method["customer"] != intent["customer"]:
        raise invalid(
            "The payment method you provided belongs to a Customer. To use it, pass that Customer in the request.",
            "payment_method",
        )
    return method


def unexpected(intent: Json, message: str) -> Refusal:
    """400: the intent is in another state than this act needs."""
    return invalid(message, None, "payment_intent_unexpected_state", payment_intent=bare(intent))


_BACK: Json = {"status": "requires_payment_method", "payment_method": None, "next_action": None}


def _fail(call: Call, intent: Json, method: Json, decline: Decline, *, authenticated: bool) -> Json:
    charge = write_charge(call, intent, method, decline, authenticated=authenticated)
    told = {name: value for name, value in asdict(decline).items() if value is not None}
    error = {
        **told,
        "charge": charge["id"],
        "doc_url": DOCS + decline.code.replace("_", "-"),
        "payment_method": bare(method),
        "type": "card_error",
    }
    intent |= {"last_payment_error": error, "latest_charge": charge["id"], **_BACK}
    record(call, "payment_intent.payment_failed", intent)
    raise card_refused(decline, charge=charge["id"], payment_intent=intent, payment_method=method)


def _wait(call: Call, intent: Json) -> Json:
    """3-D Secure: in place when the browser's SDK drives, by a redirect when a server gave a return address."""
    return_url: str | None = call.params.get("return_url")
    if return_url and not call.publishable and not call.params.get("use_stripe_sdk"):
        page = f"{call.origin}/_sandbox/3ds?payment_intent={intent['id']}&client_secret={intent['client_secret']}"
        intent["_return_url"] = return_url
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": return_url, "url": page},
        }
    else:
        source = new_id("src_1", 23)
        intent["next_action"] = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "source": source},
        }
    intent["status"] = "requires_action"
    record(call, "payment_intent.requires_action", intent)
    return intent


def _must_authenticate(method: Json, *, off_session: bool) -> bool:
    asks = behaviour(method).asks
    if asks is Asks.UNLESS_SET_UP:
        return not method["_set_up"]
    return asks is Asks.ALWAYS or (asks is Asks.ON_SESSION and not off_session)


def _keep_or_spend(call: Call, intent: Json, method: Json) -> None:
    """A card that was paid with is either saved with the customer or can never be used again."""
    if method["customer"] is not None:
        return
    if intent["setup_future_usage"] and intent["customer"]:
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
    return take(call, intent["payment_method"])


def _check_status(intent: Json) -> None:
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


def _check_return_url(call: Call, intent: Json) -> None:
    """A server must say where the payer comes back to, unless redirects are ruled out. A browser says so by itself."""
    redirects = intent["automatic_payment_methods"]["allow_redirects"] == "always"
    if redirects and not call.publishable and not call.params.get("return_url"):
        raise invalid(NEEDS_RETURN_URL, "return_url")
