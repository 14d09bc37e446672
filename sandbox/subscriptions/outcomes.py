"""What the fate of its invoices makes of a subscription: active, past due, unpaid, canceled.
The reactions are registered by `subscriptions`.
"""

from __future__ import annotations

from sandbox.errors import Json
from sandbox.invoices.endings import mark_uncollectible, void
from sandbox.routes import Reaction
from sandbox.state import Call, World
from sandbox.subscriptions.ending import end
from sandbox.subscriptions.pausing import resumed
from sandbox.subscriptions.pending_updates import apply_pending, drop_pending, waits_for
from sandbox.subscriptions.shelf import subscription_of
from sandbox.subscriptions.telling import move, updating
from sandbox.subscriptions.timing import OVER

SETTINGS = "_settings"
OWING = ("incomplete", "past_due", "unpaid")


def after_last_retry(world: World, becomes: str | None = None) -> str:
    """What a subscription becomes when its invoice was tried for the last time: `canceled`, `unpaid` or `past_due`.
    Stripe has this among an account's settings; with `becomes` it is set.
    """
    settings = world.table(SETTINGS).setdefault("subscriptions", {"after_last_retry": "canceled"})
    if becomes is not None:
        settings["after_last_retry"] = becomes
    return str(settings["after_last_retry"])


def paid(call: Call, invoice: Json) -> None:
    subscription = _living(call, invoice)
    if subscription is None:
        return
    if waits_for(subscription, invoice):
        apply_pending(call, subscription)
    with updating(call, subscription):
        _save_method(call, subscription, invoice)
        if subscription["status"] in OWING and subscription["latest_invoice"] == invoice["id"]:
            move(subscription, "active")
    if subscription.get("_resumes_with") == invoice["id"]:
        resumed(call, subscription, "active")


def failed(call: Call, invoice: Json) -> None:
    subscription = _living(call, invoice)
    if subscription is None or waits_for(subscription, invoice) or subscription["status"] in ("incomplete", "paused"):
        return
    last = invoice["next_payment_attempt"] is None and invoice["attempt_count"] > 1
    with updating(call, subscription):
        if subscription["status"] in ("active", "trialing"):
            move(subscription, "past_due")
        if last and after_last_retry(call.world) == "unpaid":
            move(subscription, "unpaid")
    if last and after_last_retry(call.world) == "canceled":
        end(call, subscription, reason="payment_failed")


def overdue(call: Call, invoice: Json) -> None:
    subscription = _living(call, invoice)
    if subscription is not None and subscription["status"] == "active":
        with updating(call, subscription):
            move(subscription, "past_due")


def given_up(call: Call, invoice: Json) -> None:
    """A void or uncollectible invoice is no debt any more; but without its first one a subscription never begins."""
    subscription = _living(call, invoice)
    if subscription is None:
        return
    if waits_for(subscription, invoice):
        drop_pending(call, subscription)
    elif subscription["latest_invoice"] == invoice["id"] and subscription["status"] in OWING:
        with updating(call, subscription):
            first = subscription["status"] == "incomplete"
            move(subscription, "incomplete_expired" if first else "active")


def finalized(call: Call, invoice: Json) -> None:
    """While collection is paused nothing is collected."""
    subscription = _living(call, invoice)
    collection = subscription["pause_collection"] if subscription else None
    if collection is None or invoice["status"] != "open":
        return
    if collection["behavior"] == "void":
        void(call, invoice)
    elif collection["behavior"] == "mark_uncollectible":
        mark_uncollectible(call, invoice)


def customer_deleted(call: Call, customer: Json) -> None:
    for subscription in list(call.world.table("subscription").values()):
        if subscription["customer"] == customer["id"] and subscription["status"] not in OVER:
            end(call, subscription)


def card_saved(call: Call, intent: Json) -> None:
    """The card a trial asked for is there."""
    rows = list(call.world.table("subscription").values())
    for subscription in [row for row in rows if row["pending_setup_intent"] == intent["id"]]:
        with updating(call, subscription):
            saves = subscription["payment_settings"]["save_default_payment_method"] == "on_subscription"
            method = intent["payment_method"] if saves else subscription["default_payment_method"]
            subscription |= {"pending_setup_intent": None, "default_payment_method": method}


def _living(call: Call, invoice: Json) -> Json | None:
    found = subscription_of(call.world, invoice)
    if found is None or found["status"] in OVER:
        return None
    call.live_by(found)
    return found


def _save_method(call: Call, subscription: Json, invoice: Json) -> None:
    """The card of the first payment becomes the subscription's own, when it was made so."""
    if subscription["payment_settings"]["save_default_payment_method"] != "on_subscription":
        return
    intent = call.world.table("payment_intent").get(str(invoice["_payment"]), {})
    if intent.get("status") == "succeeded":
        subscription["default_payment_method"] = intent["payment_method"]


REACTIONS: dict[str, Reaction] = {
    "invoice.paid": paid,
    "invoice.payment_failed": failed,
    "invoice.overdue": overdue,
    "invoice.voided": given_up,
    "invoice.marked_uncollectible": given_up,
    "invoice.finalized": finalized,
    "customer.deleted": customer_deleted,
    "setup_intent.succeeded": card_saved,
}
