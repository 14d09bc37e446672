"""Changes a subscription, whoever asks for it: the API, the billing portal or a schedule. What a change is worth is
reckoned in `plans`.
"""

from __future__ import annotations

from sandbox.errors import Json, Refusal, invalid
from sandbox.events import record
from sandbox.state import Call
from sandbox.subscriptions.add_ons import pend_add_ons
from sandbox.subscriptions.billing import UPDATE, issue, period_lines, trial_lines, usage_lines
from sandbox.subscriptions.collecting import collect_change
from sandbox.subscriptions.ending import end
from sandbox.subscriptions.pausing import lay_collection_pause
from sandbox.subscriptions.pending_updates import change_if_paid, drop_pending
from sandbox.subscriptions.plans import Plan, planned
from sandbox.subscriptions.shelf import keep_items
from sandbox.subscriptions.telling import held_back, updating
from sandbox.subscriptions.timing import OVER
from sandbox.subscriptions.waiting import pend, pend_lines

NOTES = frozenset({"metadata", "cancellation_details", "expand"})
WHILE_INCOMPLETE = NOTES | {"default_payment_method", "payment_settings", "description", "cancel_at_period_end"}


def change(call: Call, subscription: Json, params: Json) -> Json:
    """Updates, prorates, bills and tells. `params` are those of the route, already read.

    402 with `payment_behavior=error_if_incomplete` when the card says no; nothing has changed then.
    """
    refusal = _refused(subscription, params)
    if refusal:
        raise refusal
    behavior: str = params.get("payment_behavior", "allow_incomplete")
    if behavior == "pending_if_incomplete":
        return change_if_paid(call, subscription, params)
    was = subscription["status"]
    undone = behavior == "error_if_incomplete" or subscription["automatic_tax"]["enabled"]
    with held_back(call, or_undone=undone), updating(call, subscription):
        plan = planned(call, subscription, params)
        if subscription["pending_update"] and (plan.prorations or plan.bills_now):
            drop_pending(call, subscription)
            plan.after |= {"pending_update": None}
        carry_out(call, subscription, plan, params.get("add_invoice_items") or [])
        lay_collection_pause(call, subscription, params)
        if plan.bills_now:
            invoice = issue(call, subscription, begun_lines(call, subscription, plan), UPDATE)
            collect_change(call, subscription, invoice, behavior, off_session=bool(params.get("off_session")))
    if plan.ends:
        end(call, subscription, reason=None)
    elif subscription["status"] == "paused" != was:
        record(call, "customer.subscription.paused", subscription)
    return subscription


def carry_out(call: Call, subscription: Json, plan: Plan, add_ons: list[Json]) -> None:
    """Makes the subscription what the plan says; credits and debits then wait for an invoice."""
    gone = {item["id"] for item in plan.after["items"]["data"]}
    removed = [item for item in subscription["items"]["data"] if item["id"] not in gone]
    pend_lines(call, subscription, usage_lines(call, subscription, removed, call.now))
    adopt(subscription, plan.after)
    keep_items(call.world, subscription)
    pend_add_ons(call, subscription, add_ons)
    pend(call, subscription, plan.prorations)


def begun_lines(call: Call, subscription: Json, plan: Plan) -> list[Json]:
    """The lines of the period that begins with the change, and what was used before it."""
    items = subscription["items"]["data"]
    if not plan.restarts:
        return []
    if subscription["status"] == "trialing":
        return trial_lines(call, subscription, items)
    return [*usage_lines(call, subscription, items, call.now), *period_lines(call, subscription, items)]


def adopt(subscription: Json, after: Json) -> None:
    """The same live object with new contents."""
    subscription.clear()
    subscription.update(after)


def _refused(subscription: Json, params: Json) -> Refusal | None:
    status = subscription["status"]
    if status in OVER and set(params) - NOTES:
        return invalid("A canceled subscription can only update its cancellation_details and metadata.")
    if status == "incomplete" and set(params) - WHILE_INCOMPLETE:
        name = min(set(params) - WHILE_INCOMPLETE)
        message = (
            "This subscription is incomplete: until its first invoice is paid you can only update its metadata and "
            "its default payment method."
        )
        return invalid(message, name)
    if params.get("payment_behavior") == "pending_if_incomplete" and subscription["collection_method"] != (
        "charge_automatically"
    ):
        message = "`payment_behavior=pending_if_incomplete` needs `collection_method=charge_automatically`."
        return invalid(message, "payment_behavior")
    return None
