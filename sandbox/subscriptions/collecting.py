"""Closes and collects the invoice a subscription has just made, as its `payment_behavior` says. What then becomes of
the subscription is decided in `outcomes`, upon the invoice's events.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.errors import Json, invalid
from sandbox.invoices.collection import NO_METHOD, default_method
from sandbox.invoices.drafts import attempt, finalize
from sandbox.payments import setup_intents
from sandbox.state import Call
from sandbox.subscriptions.billing import saved_method
from sandbox.subscriptions.telling import move


def collect_first(call: Call, subscription: Json, invoice: Json, behavior: str, *, off_session: bool) -> None:
    """The first invoice is closed at once; one that is sent stays a draft for an hour, as any other."""
    if subscription["collection_method"] == "send_invoice":
        return
    finalize(call, invoice)
    if invoice["status"] != "open" or behavior == "default_incomplete":
        return
    if default_method(call, invoice) is None:
        raise invalid(NO_METHOD, code="resource_missing")
    attempt(call, invoice, off_session=off_session, raises=behavior == "error_if_incomplete")


def collect_change(call: Call, subscription: Json, invoice: Json, behavior: str, *, off_session: bool) -> None:
    """An invoice in the middle of a subscription: what cannot be paid makes it past due, but the change stands."""
    if subscription["collection_method"] == "send_invoice" or not invoice["auto_advance"]:
        return
    finalize(call, invoice)
    if invoice["status"] != "open":
        return
    if behavior == "default_incomplete":
        move(subscription, "past_due")
        return
    attempt(call, invoice, off_session=off_session, raises=behavior == "error_if_incomplete")


def ask_for_card(call: Call, subscription: Json) -> None:
    """A SetupIntent to save a card with, when no payment now would do it. The browser confirms it with the secret of
    `pending_setup_intent`.
    """
    charges = subscription["collection_method"] == "charge_automatically"
    waits = subscription["status"] in ("trialing", "active") and saved_method(call.world, subscription) is None
    if not charges or not waits:
        return
    asked: Json = {
        "customer": subscription["customer"],
        "usage": "off_session",
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    intent = setup_intents.create(replace(call, params=asked, ids={}, publishable=False))
    subscription["pending_setup_intent"] = intent["id"]
