"""Ends a subscription: at once, at its date, or because nobody paid. Used across this room, by the billing portal and
by Checkout.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox import agenda
from sandbox.errors import Json
from sandbox.events import record
from sandbox.invoices import calendar
from sandbox.invoices.endings import void
from sandbox.state import Call
from sandbox.subscriptions.billing import UPDATE, issue, usage_lines
from sandbox.subscriptions.collecting import collect_change
from sandbox.subscriptions.prorations import Proration, credit, full_amounts
from sandbox.subscriptions.shelf import subscription_of
from sandbox.subscriptions.telling import move
from sandbox.subscriptions.waiting import pend


def end(
    call: Call,
    subscription: Json,
    *,
    invoice_now: bool = False,
    prorate: bool = False,
    reason: str | None = "cancellation_requested",
) -> Json:
    """Ends it now. `prorate` credits the time left; `invoice_now` bills what was used and what is pending.

    Its open invoices are not collected any more. The first invoice of a subscription that never began is voided, and
    the subscription is then `incomplete_expired` instead of `canceled`.
    """
    subscription["_busy"] = True
    incomplete = subscription["status"] == "incomplete"
    if prorate and subscription["status"] != "trialing":
        pend(call, subscription, credits_of(call, subscription, call.now))
    usage = usage_lines(call, subscription, subscription["items"]["data"], call.now) if invoice_now else []
    if invoice_now and (usage or _anything_pending(call, subscription)):
        invoice = issue(call, subscription, usage, UPDATE)
        collect_change(call, subscription, invoice, "allow_incomplete", off_session=True)
    move(subscription, "incomplete_expired" if incomplete else "canceled")
    subscription |= {"ended_at": call.now, "canceled_at": subscription["canceled_at"] or call.now}
    subscription |= {"pending_update": None, "pause_collection": None}
    details = subscription["cancellation_details"]
    details["reason"] = details["reason"] or reason
    agenda.forget(call.world, subscription["id"])
    _stop_collecting(call, subscription, voids=incomplete)
    del subscription["_busy"]
    record(call, "customer.subscription.deleted", subscription)
    return subscription


def credits_of(call: Call, subscription: Json, since: int) -> list[Proration]:
    """What the time after this moment is worth; it is not credited twice."""
    items = subscription["items"]["data"]
    full = full_amounts(call.world, subscription, items, call.now)
    found = [one for item in items for one in credit(call.world, subscription, item, since, full.get(item["id"], 0))]
    for item in items:
        item["_debits"] = [debit for debit in item["_debits"] if debit["end"] <= since]
    return found


def _anything_pending(call: Call, subscription: Json) -> bool:
    return any(
        not item.get("deleted")
        and item["invoice"] is None
        and ((item["parent"] or {}).get("subscription_details") or {}).get("subscription") == subscription["id"]
        for item in call.world.table("invoiceitem").values()
    )


def _stop_collecting(call: Call, subscription: Json, *, voids: bool) -> None:
    for invoice in list(call.world.table("invoice").values()):
        if invoice["status"] not in ("draft", "open") or subscription_of(call.world, invoice) is not subscription:
            continue
        if voids and invoice["status"] == "open":
            void(call, invoice)
        elif invoice["auto_advance"]:
            before = deepcopy(invoice)
            calendar.strike_all(call, invoice)
            record(call, "invoice.updated", invoice, before)
