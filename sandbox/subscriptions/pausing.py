"""Two ways to rest: a real pause (status `paused`, nothing is billed) and `pause_collection` (billed but not
collected); and the rest after a trial without a card. Used by `subscriptions`, `changes`, `plans`, `renewals` and
`outcomes`.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid
from sandbox.events import record
from sandbox.state import Call
from sandbox.subscriptions.billing import UPDATE, issue, period_lines, saved_method, usage_lines
from sandbox.subscriptions.collecting import collect_change
from sandbox.subscriptions.ending import credits_of
from sandbox.subscriptions.items import licensed
from sandbox.subscriptions.periods import rhythm_of
from sandbox.subscriptions.prorations import debit, full_amounts
from sandbox.subscriptions.starts import set_periods
from sandbox.subscriptions.telling import move, pause_details, updating
from sandbox.subscriptions.timing import period_of
from sandbox.subscriptions.waiting import pend, pend_lines

PAUSABLE = ("active", "trialing", "past_due", "unpaid")
BILLED, ENDED = "create_invoice", "cancel"


def pause(call: Call, subscription: Json, params: Json) -> Json:
    """Stops service and bills; the time left is credited and usage billed as `bill_for` says."""
    if subscription["status"] not in PAUSABLE:
        raise invalid(f"You cannot pause a subscription with a status of {subscription['status']}.")
    since = _unused_since(call, subscription, params)
    outstanding: Json = (params.get("bill_for") or {}).get("outstanding_usage_through") or {"type": "now"}
    with updating(call, subscription):
        if since is not None and subscription["status"] != "trialing":
            pend(call, subscription, credits_of(call, subscription, since))
        items = subscription["items"]["data"]
        used = usage_lines(call, subscription, items, call.now) if outstanding["type"] == "now" else []
        if params.get("invoicing_behavior") == "invoice":
            invoice = issue(call, subscription, used, UPDATE)
            collect_change(call, subscription, invoice, "allow_incomplete", off_session=True)
        else:
            pend_lines(call, subscription, used)
        paused(call, subscription, "pause_requested")
    record(call, "customer.subscription.paused", subscription)
    return subscription


def paused(call: Call, subscription: Json, why: str) -> None:
    move(subscription, "paused")
    subscription["status_details"] = pause_details(call, why)


def resume(call: Call, subscription: Json, params: Json) -> Json:
    """Back to work: a new period from now, or the one that would run now without the pause.

    With `resume_on_payment_success` it stays paused until the invoice of the new period is paid.
    """
    if subscription["status"] != "paused":
        raise invalid("You can only resume a subscription with a status of paused.")
    anew = (params.get("billing_cycle_anchor") or {"type": "now"})["type"] == "now"
    with updating(call, subscription):
        waits = params.get("payment_behavior") == "resume_on_payment_success"
        bills = _begin_period(call, subscription, params, anew=anew)
        if not waits or not bills:
            move(subscription, "active")
        if bills:
            items = subscription["items"]["data"]
            lines = period_lines(call, subscription, items) if anew else []
            invoice = issue(call, subscription, lines, UPDATE)
            subscription["_resumes_with"] = invoice["id"] if waits else None
            collect_change(call, subscription, invoice, "allow_incomplete", off_session=True)
    if not bills or not waits:
        record(call, "customer.subscription.resumed", subscription)
    return subscription


def resumed(call: Call, subscription: Json, status: str) -> None:
    """The invoice it waited for was paid."""
    with updating(call, subscription):
        subscription["_resumes_with"] = None
        move(subscription, status)
    record(call, "customer.subscription.resumed", subscription)


def after_trial(call: Call, subscription: Json) -> str:
    """What follows when a trial is over: `create_invoice`, `cancel` or `pause`. Whoever has a card, or is sent an
    invoice, is billed whatever the settings of the trial say.
    """
    sent = subscription["collection_method"] == "send_invoice"
    if sent or saved_method(call.world, subscription) is not None:
        return BILLED
    said: str = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    return said


def rest_after_trial(call: Call, subscription: Json) -> None:
    """Paused until there is a card."""
    paused(call, subscription, "trial_end_without_payment_method")


def lay_collection_pause(call: Call, subscription: Json, params: Json) -> None:
    """The parameter `pause_collection`; the empty string ends it."""
    if "pause_collection" not in params:
        return
    asked: Json | None = params["pause_collection"]
    if asked is None:
        subscription["pause_collection"] = None
        return
    until = asked.get("resumes_at")
    if until is not None and until <= call.now:
        raise invalid("`resumes_at` must be a timestamp in the future.", "pause_collection[resumes_at]")
    subscription["pause_collection"] = {"behavior": asked["behavior"], "resumes_at": until}


def _begin_period(call: Call, subscription: Json, params: Json, *, anew: bool) -> bool:
    """Sets the period after a pause; tells whether there is something to invoice at once."""
    items = subscription["items"]["data"]
    rhythm = rhythm_of(items[0]["price"])
    for item in items:
        item["_used_from"] = call.now
    trial_end = subscription["trial_end"]
    subscription["trial_end"] = min(trial_end, call.now) if trial_end else None
    if anew:
        subscription["billing_cycle_anchor"] = call.now
        set_periods(subscription, call.now, rhythm.boundary(call.now, 1))
        for item in items:
            item["_debits"] = []
        return any(licensed(item) for item in items)
    set_periods(subscription, *rhythm.around(subscription["billing_cycle_anchor"], call.now))
    behavior = params.get("proration_behavior", "create_prorations")
    if behavior == "none":
        return False
    since = params.get("proration_date") or call.now
    full = full_amounts(call.world, subscription, items, call.now)
    owed = [
        one
        for item in items
        if not any(paid["end"] > since for paid in item["_debits"])
        for one in debit(call.world, item, since, full.get(item["id"], 0))
    ]
    pend(call, subscription, owed)
    return behavior == "always_invoice" and bool(owed)


def _unused_since(call: Call, subscription: Json, params: Json) -> int | None:
    kind = ((params.get("bill_for") or {}).get("unused_time_from") or {"type": "now"})["type"]
    if kind == "none":
        return None
    return period_of(subscription)[0] if kind == "item_current_period_start" else int(call.now)
