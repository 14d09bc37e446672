"""Tries to collect an invoice from a saved card. Others import `attempt` from `drafts`."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.events import record
from sandbox.expand import bare
from sandbox.invoices import calendar
from sandbox.invoices.payments import open_payment
from sandbox.payments.authentication import Step, step_before
from sandbox.payments.cards import BY_NAME
from sandbox.payments.confirmation import confirm
from sandbox.payments.method_parts import CARD_TYPE
from sandbox.payments.payment_methods import take
from sandbox.state import Call

NO_METHOD = (
    "This customer has no attached payment source or default payment method. Please consider adding a default payment "
    "method. For more information, visit "
    "https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority."
)
NEEDS_ACTION = (
    "Payment for this invoice requires additional user action before it can be completed successfully. Payment can be "
    "completed using the PaymentIntent associated with the invoice. For more details see: "
    "https://stripe.com/docs/billing/subscriptions/overview#requires-action"
)


def attempt(
    call: Call,
    invoice: Json,
    *,
    payment_method: str | None = None,
    off_session: bool = True,
    raises: bool = False,
    retry: bool = False,
) -> Json:
    """One try to pay an open invoice with a card: the named one, or the default of the invoice, of its subscription
    or of its customer. What follows from it (paid, failed, action required) is told by events either way.

    With `raises` a refusal is raised: 402 from the card, 402 when the card holder must act, 400 without any card.
    `retry` marks the automatic tries after the first, which alone count further.
    """
    method = payment_method or default_method(call, invoice)
    if method is None and raises:
        raise invalid(NO_METHOD, code="resource_missing")
    if retry or invoice["attempt_count"] == 0:
        invoice["attempt_count"] += 1
        calendar.strike_collection(call, invoice)
    if method is None:
        tell_failure(call, invoice)
        return invoice
    intent = _intent(call, invoice)
    try:
        _confirm(call, intent, method, off_session=off_session)
    except Refusal as refusal:
        if raises or refusal.status != 402:
            raise
    if raises and intent["status"] == "requires_action":
        told = {"code": "invoice_payment_intent_requires_action", "message": NEEDS_ACTION, "type": "card_error"}
        raise Refusal(402, {**told, "payment_intent": bare(intent)})
    return invoice


def default_method(call: Call, invoice: Json) -> str | None:
    """The card to charge when none is named, as long as it still belongs to the customer."""
    customer = call.world.table("customer")[invoice["customer"]]
    parent = (invoice["parent"] or {}).get("subscription_details") or {}
    subscription = call.world.table("subscription").get(str(parent.get("subscription")), {})
    settings = customer.get("invoice_settings") or {}
    chosen = (
        invoice["default_payment_method"],
        subscription.get("default_payment_method"),
        settings.get("default_payment_method"),
    )
    cards = call.world.table("payment_method")
    return next((card for card in chosen if card and cards.get(card, {}).get("customer") == customer["id"]), None)


def refuse_foreign(call: Call, customer: str, method: str, param: str) -> None:
    """400 unless the card is saved with the customer. A `pm_card_*` name is a fresh card and always allowed."""
    found = call.world.table("payment_method").get(method)
    if method in BY_NAME or (found is not None and found["customer"] == customer):
        return
    if found is None:
        raise missing("PaymentMethod", method, param, status=400)
    message = (
        f"The customer does not have a payment method with the ID {method}. The payment method must be attached to "
        "the customer."
    )
    raise invalid(message, param, "resource_missing")


def tell_failure(call: Call, invoice: Json) -> None:
    """A try that failed: plans the next and tells."""
    before = deepcopy(invoice)
    invoice |= {"attempted": True, "attempt_count": max(1, invoice["attempt_count"])}
    calendar.plan_retry(call, invoice)
    record(call, "invoice.updated", invoice, before)
    record(call, "invoice.payment_failed", invoice)


def _intent(call: Call, invoice: Json) -> Json:
    """The invoice's PaymentIntent; a new one when somebody canceled it."""
    intents = call.world.table("payment_intent")
    if intents[invoice["_payment"]]["status"] == "canceled":
        open_payment(call, invoice, invoice["amount_remaining"])
    return intents[invoice["_payment"]]


def _confirm(call: Call, intent: Json, method: str, *, off_session: bool) -> None:
    """An invoice whose card needs its holder waits for him: billing does not take that for a decline, as an
    off-session PaymentIntent does.
    """
    card = take(call, method)
    asks = card["type"] == CARD_TYPE and step_before(intent, card, off_session=True) is Step.CHALLENGE
    params = {"payment_method": card["id"], "off_session": off_session and not asks}
    confirm(replace(call, params=params, publishable=False), intent)
