"""Makes a subscription, whoever asks for it: the API, a Checkout Session, a schedule or the billing portal.
Its first period and first bill are decided in `starts`.
"""

from __future__ import annotations

from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.events import record
from sandbox.expand import bare
from sandbox.metering.entitlements import refresh
from sandbox.state import Call
from sandbox.subscriptions.add_ons import pend_add_ons
from sandbox.subscriptions.billing import CREATE, issue, saved_method
from sandbox.subscriptions.cancel_dates import lay_cancellation
from sandbox.subscriptions.collecting import ask_for_card, collect_first
from sandbox.subscriptions.items import changed_items
from sandbox.subscriptions.new_subscriptions import blank
from sandbox.subscriptions.settings import billing_mode, lay_discounts, lay_settings
from sandbox.subscriptions.shelf import keep_items, put_items
from sandbox.subscriptions.starts import first_lines, set_out
from sandbox.subscriptions.telling import held_back, move
from sandbox.subscriptions.timing import plan_ahead


def begin(call: Call, params: Json, *, scheduled: bool = False) -> Json:
    """Creates, bills and tells of a subscription. `params` are those of the route, already read. One that a schedule
    begins is active at once, card or no card: its first invoice is a draft for an hour, like that of a renewal.

    402 with `payment_behavior=error_if_incomplete` when the card says no; nothing remains of it then.
    """
    subscription = prepared(call, params)
    behavior: str = params.get("payment_behavior", "allow_incomplete")
    with held_back(call, or_undone=_may_fail(call, subscription, behavior)):
        call.world.add(subscription)
        keep_items(call.world, subscription)
        subscription["_busy"] = True
        told = record(call, "customer.subscription.created", subscription)
        pend_add_ons(call, subscription, params.get("add_invoice_items") or [])
        lines = first_lines(call, subscription, params)
        if not lines and not params.get("add_invoice_items"):
            subscription["status"] = "active"
        else:
            invoice = issue(call, subscription, lines, CREATE)
            if scheduled and subscription["status"] == "incomplete":
                move(subscription, "active")
                invoice["_collected_later"] = True
            else:
                collect_first(call, subscription, invoice, behavior, off_session=bool(params.get("off_session")))
        ask_for_card(call, subscription)
        del subscription["_busy"]
        told["data"]["object"] = bare(subscription)
        # The event was told before the outcome was known; who follows it looks again.
        refresh(call, subscription["customer"])
    plan_ahead(call, subscription)
    return subscription


def prepared(call: Call, params: Json, *, redeems: bool = True) -> Json:
    """The subscription these parameters describe, its periods set; neither kept nor told nor billed."""
    customer = _customer(call, params)
    asked = params.get("items")
    if not asked:
        raise invalid("Missing required param: items.", "items", "parameter_missing")
    refusal = _contradiction(params)
    if refusal:
        raise refusal
    subscription = blank(call, customer, params.get("currency") or "")
    subscription["billing_mode"] = billing_mode(params)
    lay_settings(call, subscription, params)
    items = changed_items(call, subscription, asked)
    subscription["currency"] = params.get("currency") or items[0]["price"]["currency"]
    put_items(subscription, items)
    lay_discounts(call, subscription, params, redeems=redeems)
    set_out(call, subscription, params)
    lay_cancellation(call, subscription, params)
    return subscription


def _customer(call: Call, params: Json) -> Json:
    if params.get("customer") is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    found = call.world.table("customer").get(params["customer"])
    if found is None or found.get("deleted"):
        raise missing("customer", params["customer"], "customer", status=400)
    call.live_by(found)
    return found


def _may_fail(call: Call, subscription: Json, behavior: str) -> bool:
    """Whether it can still be refused once it is being made; only then is it worth keeping the world as it was."""
    if behavior == "error_if_incomplete" or subscription["automatic_tax"]["enabled"]:
        return True
    pays = subscription["collection_method"] == "charge_automatically" and behavior != "default_incomplete"
    return pays and saved_method(call.world, subscription) is None


def _contradiction(params: Json) -> Refusal | None:
    """What Stripe would say of a creation with these parameters, None when they fit together."""
    behavior = params.get("payment_behavior")
    if behavior == "pending_if_incomplete":
        message = "`payment_behavior=pending_if_incomplete` can only be used when a subscription is updated."
        return invalid(message, "payment_behavior")
    if behavior is not None and params.get("collection_method") == "send_invoice" and behavior != "allow_incomplete":
        message = "`payment_behavior` can only be set when `collection_method` is `charge_automatically`."
        return invalid(message, "payment_behavior")
    if params.get("trial_period_days") is not None and params["trial_period_days"] < 0:
        return invalid("This value must be greater than or equal to 0.", "trial_period_days")
    if params.get("backdate_start_date") is not None and params.get("proration_behavior") == "none":
        message = "You cannot backdate a subscription with `proration_behavior=none`."
        return invalid(message, "proration_behavior")
    return None
