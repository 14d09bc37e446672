"""What else time brings to a subscription: notices ahead, dates to end or to collect again, payments nobody made.
Registered by `subscriptions`.
"""

from __future__ import annotations

from sandbox import agenda
from sandbox.errors import Json
from sandbox.events import record
from sandbox.invoices.endings import void
from sandbox.routes import Act
from sandbox.state import Call
from sandbox.subscriptions import timing
from sandbox.subscriptions.ending import end
from sandbox.subscriptions.foresight import upcoming
from sandbox.subscriptions.pending_updates import drop_pending
from sandbox.subscriptions.renewals import renew
from sandbox.subscriptions.telling import move, updating


def expire(call: Call, subscription_id: str) -> None:
    """Nobody made the first payment in time; one that a bank is still at is waited for."""
    subscription = _live(call, subscription_id)
    if subscription is None or subscription["status"] != "incomplete":
        return
    invoice = call.world.table("invoice").get(str(subscription["latest_invoice"]))
    if _under_way(call, invoice):
        agenda.later(call, call.now + timing.HOURS_TO_PAY * 3600, timing.EXPIRE, subscription_id)
        return
    with updating(call, subscription):
        move(subscription, "incomplete_expired")
        subscription["ended_at"] = call.now
    if invoice is not None and invoice["status"] == "open":
        void(call, invoice)


def tell_upcoming(call: Call, subscription_id: str) -> None:
    """The invoice does not exist yet, so it has no id."""
    subscription = _live(call, subscription_id)
    if subscription is not None:
        invoice = upcoming(call, subscription)
        if invoice is not None:
            del invoice["id"]
            record(call, "invoice.upcoming", invoice)


def tell_trial_end(call: Call, subscription_id: str) -> None:
    subscription = _live(call, subscription_id)
    if subscription is not None and subscription["status"] == "trialing":
        subscription["_notice_for"] = subscription["trial_end"]
        record(call, "customer.subscription.trial_will_end", subscription)


def cancel(call: Call, subscription_id: str) -> None:
    subscription = _live(call, subscription_id)
    if subscription is not None:
        end(call, subscription, invoice_now=True)


def drop(call: Call, subscription_id: str) -> None:
    subscription = _live(call, subscription_id)
    if subscription is not None and subscription["pending_update"] is not None:
        drop_pending(call, subscription)


def collect_again(call: Call, subscription_id: str) -> None:
    subscription = _live(call, subscription_id)
    if subscription is not None:
        with updating(call, subscription):
            subscription["pause_collection"] = None


def _under_way(call: Call, invoice: Json | None) -> bool:
    intent = call.world.table("payment_intent").get(str((invoice or {}).get("_payment")), {})
    return intent.get("status") == "processing"


def _live(call: Call, subscription_id: str) -> Json | None:
    found = call.world.table("subscription").get(subscription_id)
    return found if found is not None and found["status"] not in timing.OVER else None


ACTS: dict[str, Act] = {
    timing.RENEW: renew,
    timing.EXPIRE: expire,
    timing.UPCOMING: tell_upcoming,
    timing.TRIAL_NOTICE: tell_trial_end,
    timing.CANCEL: cancel,
    timing.DROP_PENDING: drop,
    timing.COLLECT_AGAIN: collect_again,
}
