"""3-D Secure: whether the bank wants to see the card holder, and the way there. Used by both kinds of intents."""

from __future__ import annotations

from enum import Enum

from sandbox.errors import Json, invalid
from sandbox.payments.cards import Asks, Secure
from sandbox.payments.new_cards import behaviour
from sandbox.state import Call, new_id

CALLED = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}
NEEDS_RETURN_URL = (
    "is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might "
    "redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept "
    "redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
)
AUTHENTICATED, ACKNOWLEDGED = "authenticated", "attempt_acknowledged"


class Step(Enum):
    """What comes before the bank decides about the money."""

    NONE = "nothing"
    QUIET = "the bank is satisfied without its card holder"
    NOTED = "the bank does not take part and says so"
    CHALLENGE = "the card holder must act"
    BROKEN = "the way to the bank is broken"


def step_before(intent: Json, method: Json, *, off_session: bool) -> Step:
    """What 3-D Secure asks for, because of the card or because of `request_three_d_secure`."""
    row = behaviour(method)
    if row.asks is Asks.QUIETLY:
        return Step.QUIET
    unready = row.asks is Asks.UNLESS_SET_UP and not method["_set_up"]
    if unready or row.asks is Asks.ALWAYS or (row.asks is Asks.ON_SESSION and not off_session):
        return Step.CHALLENGE
    if off_session:
        return Step.NONE
    options = intent["payment_method_options"].get("card") or {}
    if options.get("request_three_d_secure") not in ("any", "challenge"):
        return Step.NONE
    found = {Secure.POSSIBLE: Step.CHALLENGE, Secure.BROKEN: Step.BROKEN, Secure.NOT_ENROLLED: Step.NOTED}
    return found.get(row.secure, Step.NONE)


def result_of(step: Step) -> str | None:
    """What a charge tells of 3-D Secure when nobody had to act."""
    return {Step.QUIET: AUTHENTICATED, Step.NOTED: ACKNOWLEDGED}.get(step)


def send_to_bank(call: Call, intent: Json) -> None:
    """3-D Secure: in place when the browser's SDK drives, by a redirect when a server gave a return address."""
    intent["status"] = "requires_action"
    return_url: str | None = call.params.get("return_url")
    if return_url and not call.publishable and not call.params.get("use_stripe_sdk"):
        page = f"{call.origin}/_sandbox/3ds?{intent['object']}={intent['id']}&client_secret={intent['client_secret']}"
        intent["_return_url"] = return_url
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": return_url, "url": page},
        }
        return
    source = new_id("src_1", 23)
    intent["next_action"] = {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {"type": "three_d_secure_redirect", "source": source},
    }


def refuse_without_return_url(call: Call, intent: Json) -> None:
    """A server must say where the payer comes back to, unless redirects are ruled out or nobody is there. A browser
    says so by itself.
    """
    automatic = intent["automatic_payment_methods"] or {}
    redirects = automatic.get("enabled") and automatic["allow_redirects"] == "always"
    alone = call.publishable or call.params.get("off_session")
    if redirects and not alone and not call.params.get("return_url"):
        raise invalid(f"This {CALLED[intent['object']]} {NEEDS_RETURN_URL}", "return_url")
