"""Why a bank says no, in Stripe's codes and words. Used by the tables of test cards and test bank accounts and by
whatever tells of a failed payment.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    """Why a charge fails. `code` and `message` are what the card holder may be told."""

    code: str
    message: str
    decline_code: str | None = None
    network_decline_code: str | None = None
    advice_code: str | None = None


def card_declined(decline_code: str, message: str = "Your card was declined.", network: str | None = "05") -> Decline:
    advice = "try_again_later" if decline_code in ("generic_decline", "insufficient_funds") else "do_not_try_again"
    return Decline("card_declined", message, decline_code, network, advice)


GENERIC = card_declined("generic_decline", network="01")
NO_FUNDS = card_declined("insufficient_funds", "Your card has insufficient funds.", "51")
LOST = card_declined("lost_card", network="41")
STOLEN = card_declined("stolen_card", network="43")
TOO_FAST = card_declined(
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
    "65",
)
EXPIRED = Decline("expired_card", "Your card has expired.", network_decline_code="54", advice_code="do_not_try_again")
WRONG_CVC = Decline("incorrect_cvc", "Your card's security code is incorrect.", network_decline_code="82")
NO_ANSWER = Decline(
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
    network_decline_code="96",
    advice_code="try_again_later",
)
NEEDS_PERSON = Decline(
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    "authentication_required",
)
NOT_HANDLED = Decline(
    "authentication_required",
    "This payment required an authentication action to complete, but `error_on_requires_action` was set. When you're "
    "ready, you can upgrade your integration to handle actions at "
    "https://stripe.com/docs/payments/payment-intents/upgrade-to-handle-actions.",
    "authentication_not_handled",
)
LIVE_CARD = card_declined(
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid test "
    "cards, visit: https://stripe.com/docs/testing.",
)
# Radar's own no: the bank is never asked, so no network has a code for it.
BLOCKED = card_declined("fraudulent", network=None)
