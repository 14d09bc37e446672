"""Changes that wait for their payment: `payment_behavior=pending_if_incomplete`. Used by `changes`, `outcomes` and the
agenda.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid
from sandbox.events import record
from sandbox.expand import bare
from sandbox.invoices.endings import void
from sandbox.state import Call
from sandbox.subscriptions.billing import UPDATE, issue, period_lines, trial_lines
from sandbox.subscriptions.collecting import collect_change
from sandbox.subscriptions.plans import Plan, planned
from sandbox.subscriptions.shelf import keep_items
from sandbox.subscriptions.telling import updating
from sandbox.subscriptions.timing import HOURS_TO_PAY, period_of
from sandbox.subscriptions.waiting import pend

SUPPORTED = frozenset(
    {"expand", "payment_behavior", "proration_behavior", "proration_date", "billing_cycle_anchor", "items"}
    | {"trial_end", "off_session", "metadata", "discounts", "cancel_at_period_end"}
)
MOVED = ("items", "billing_cycle_anchor", "trial_end", "trial_start")
ENDING = ("cancel_at", "cancel_at_period_end", "canceled_at", "cancellation_details")
LAID = {"metadata": ("metadata",), "discounts": ("discounts",), "cancel_at_period_end": ENDING}
"""What else a change brings along, by the parameter that says so."""


def change_if_paid(call: Call, subscription: Json, params: Json) -> Json:
    """Bills the change first. It is made when that is paid, else it waits in `pending_update` for 23 hours at most."""
    strange = sorted(set(params) - SUPPORTED)
    if strange:
        message = (
            "When `payment_behavior` is set to `pending_if_incomplete`, you can only pass parameters that pending "
            f"updates support; `{strange[0]}` is not one of them."
        )
        raise invalid(message, strange[0])
    if subscription["pending_update"]:
        drop_pending(call, subscription)
    with updating(call, subscription):
        plan = planned(call, subscription, params)
        if not plan.bills_now:
            pend(call, subscription, plan.prorations)
            _adopt(call, subscription, plan.after, _moved(params))
            return subscription
        invoice = _bill(call, subscription, plan, _moved(params))
        if subscription.get("_pending", {}).get("invoice") == invoice["id"]:
            subscription["pending_update"] = _shown(call, subscription, plan, params)
    return subscription


def apply_pending(call: Call, subscription: Json) -> None:
    """Its invoice was paid: what waited is made now."""
    waited = bool(subscription["pending_update"])
    with updating(call, subscription):
        pending = subscription.pop("_pending")
        _adopt(call, subscription, pending["after"], pending["moved"])
        subscription["pending_update"] = None
    if waited:
        record(call, "customer.subscription.pending_update_applied", subscription)


def drop_pending(call: Call, subscription: Json) -> None:
    """Given up: its invoice is void and the subscription stays what it is."""
    pending: Json = subscription.pop("_pending", {})
    with updating(call, subscription):
        subscription["pending_update"] = None
    record(call, "customer.subscription.pending_update_expired", subscription)
    invoice = call.world.table("invoice").get(str(pending.get("invoice")))
    if invoice is not None and invoice["status"] == "open":
        void(call, invoice)


def waits_for(subscription: Json, invoice: Json) -> bool:
    waiting: Json = subscription.get("_pending") or {}
    return bool(waiting.get("invoice") == invoice["id"])


def _moved(params: Json) -> list[str]:
    """The fields of the subscription that a change of these parameters moves."""
    return [*MOVED, *(name for param, names in LAID.items() if param in params for name in names)]


def _bill(call: Call, subscription: Json, plan: Plan, moved: list[str]) -> Json:
    """The invoice of the change, made of the subscription as it would be."""
    pend(call, subscription, plan.prorations)
    rows: list[Json] = []
    if plan.restarts:
        items = plan.after["items"]["data"]
        write = trial_lines if plan.after["status"] == "trialing" else period_lines
        rows = write(call, plan.after, items)
    invoice = issue(call, plan.after, rows, UPDATE)
    subscription["latest_invoice"] = invoice["id"]
    subscription["_pending"] = {"after": plan.after, "invoice": invoice["id"], "moved": moved}
    collect_change(call, subscription, invoice, "allow_incomplete", off_session=False)
    return invoice


def _shown(call: Call, subscription: Json, plan: Plan, params: Json) -> Json:
    after, deadline = plan.after, call.now + HOURS_TO_PAY * 3600
    moved = after["billing_cycle_anchor"] != subscription["billing_cycle_anchor"]
    return {
        "billing_cycle_anchor": after["billing_cycle_anchor"] if moved else None,
        "cancel_at_period_end": params.get("cancel_at_period_end"),
        "discount": None,
        "discounts": after["discounts"] if params.get("discounts") else None,
        "expires_at": min(deadline, period_of(subscription)[1]),
        "metadata": params.get("metadata"),
        "subscription_items": bare(after["items"]["data"]),
        "trial_end": after["trial_end"] if after["trial_end"] != subscription["trial_end"] else None,
        "trial_from_plan": None,
    }


def _adopt(call: Call, subscription: Json, after: Json, moved: list[str]) -> None:
    for name in moved:
        subscription[name] = after[name]
    if subscription["status"] in ("active", "trialing"):
        subscription["status"] = after["status"]
    keep_items(call.world, subscription)
