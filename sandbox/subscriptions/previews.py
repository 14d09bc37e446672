"""`/v1/invoices/create_preview`: the invoice a subscription would make, now or at its next renewal, without making it.
A change is reckoned by the same plan that carries it out later. Registered by `subscriptions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

from sandbox.catalogue.coupons import make_discount
from sandbox.customers import new_customers
from sandbox.errors import Json, invalid, missing
from sandbox.invoices.drafts import draft
from sandbox.state import Call
from sandbox.subscriptions.add_ons import pend_previewed
from sandbox.subscriptions.billing import customer_of, issue, usage_lines
from sandbox.subscriptions.creation import prepared
from sandbox.subscriptions.ending import credits_of
from sandbox.subscriptions.foresight import UPCOMING, aside, none_for, renewal, shown, there_is
from sandbox.subscriptions.plans import Plan, planned
from sandbox.subscriptions.schedule_previews import of_schedule, refuse_both
from sandbox.subscriptions.settings import automatic_tax
from sandbox.subscriptions.starts import first_lines
from sandbox.subscriptions.timing import OVER, period_of
from sandbox.subscriptions.waiting import proration_line


def create_preview(call: Call) -> Json:
    """What comes next for a subscription, for one with a change, or for one that does not exist yet."""
    params = call.params
    refuse_both(params)
    subscription = _subscription(call)
    schedule = None if subscription else call.refer("subscription_schedule", "schedule", name="subscription schedule")
    trial = aside(call)
    details: Json = params.get("subscription_details") or {}
    if subscription is not None:
        pend_previewed(trial, subscription, params.get("invoice_items") or [])
        invoice = _of_existing(trial, subscription, details)
    elif schedule is not None:
        invoice = of_schedule(trial, schedule, params.get("schedule_details") or {})
    else:
        invoice = _of_new(trial, details) if details.get("items") else _of_customer(trial)
    _expand_discounts(trial, invoice)
    return invoice


def _of_existing(call: Call, subscription: Json, details: Json) -> Json:
    if details.get("cancel_now"):
        return there_is(subscription, _cancelled(call, subscription, details))
    update = _as_update(details)
    if "discounts" in call.params:
        # As in an update: what the change debits is then already less by what the coupon takes.
        update["discounts"] = call.params["discounts"] or None
    plan = planned(call, subscription, update, redeems=False)
    _override_tax(call, plan.after)
    return shown(call, plan, recurring=call.params.get("preview_mode") == "recurring")


def _expand_discounts(call: Call, invoice: Json) -> None:
    """A discount that exists in the preview alone can be shown only from here."""
    if any(path == "discounts" or path.startswith("discounts.") for path in call.params.get("expand") or []):
        known = {**call.world.table("discount"), **invoice.get("_foreseen", {})}
        invoice["discounts"] = [dict(known[one]) for one in invoice["discounts"]]


def _cancelled(call: Call, subscription: Json, details: Json) -> Json | None:
    after = deepcopy(subscription)
    since = details.get("proration_date") or call.now
    prorates = details.get("proration_behavior") != "none" and after["status"] != "trialing"
    credits = credits_of(call, after, since) if prorates else []
    rows = usage_lines(call, after, after["items"]["data"], call.now)
    rows += [proration_line(call, after, one) for one in credits]
    _override_tax(call, after)
    found = _discounts(call, customer_of(call.world, after), after)
    if found is not None:
        after["discounts"] = found
    invoice = issue(call, after, rows, UPCOMING, preview=True)
    return invoice if invoice["lines"]["data"] else None


def _of_new(call: Call, details: Json) -> Json:
    given = {name: value for name, value in details.items() if name not in ("cancel_now", "proration_date")}
    anchor: Json = given.pop("billing_cycle_anchor", None) or {}
    if anchor.get("type") == "timestamp":
        given["billing_cycle_anchor"] = anchor.get("timestamp")
    if "start_date" in given:
        given["backdate_start_date"] = given.pop("start_date")
    given |= {name: call.params[name] for name in ("currency", "discounts", "automatic_tax") if name in call.params}
    given["customer"] = _somebody(call)
    subscription = prepared(call, given, redeems=False)
    pend_previewed(call, subscription, call.params.get("invoice_items") or [])
    return issue(call, subscription, first_lines(call, subscription, given), UPCOMING, preview=True)


def _of_customer(call: Call) -> Json:
    """Without a subscription: the next renewal among the customer's, or what is pending for him."""
    customer = call.refer("customer", "customer")
    if customer is None:
        raise invalid("You must pass either `customer`, `customer_details` or `subscription`.", "customer")
    living = [
        row
        for row in call.world.table("subscription").values()
        if row["customer"] == customer["id"] and row["status"] not in (*OVER, "paused", "incomplete")
    ]
    asked = call.params.get("invoice_items") or []
    if living:
        subscription = min(living, key=lambda row: period_of(row)[1])
        pend_previewed(call, subscription, asked)
        return there_is(subscription, renewal(call, Plan(deepcopy(subscription)), recurring=False))
    currency = call.params.get("currency") or customer["currency"] or "usd"
    pend_previewed(call, {"id": None, "customer": customer["id"], "currency": currency}, asked)
    invoice = draft(
        call,
        customer=customer,
        currency=currency,
        lines=(),
        billing_reason=UPCOMING,
        preview=True,
        discounts=_discounts(call, customer, None) or (),
    )
    return there_is({"customer": customer["id"]}, invoice if invoice["lines"]["data"] else None)


def _as_update(details: Json) -> Json:
    """The same words as an update has; a preview may also name a moment for the anchor, which an update may not."""
    if (details.get("billing_cycle_anchor") or {}).get("type") == "timestamp":
        message = "`billing_cycle_anchor` can only be `now` or `unchanged` for an existing subscription."
        raise invalid(message, "subscription_details[billing_cycle_anchor]")
    return {name: value for name, value in details.items() if name not in ("cancel_now", "start_date", "billing_mode")}


def _override_tax(call: Call, after: Json) -> None:
    """The tax of the preview itself takes the place of the subscription's."""
    if "automatic_tax" in call.params:
        after["automatic_tax"] = automatic_tax(call.params["automatic_tax"]["enabled"])


def _discounts(call: Call, customer: Json, after: Json | None) -> list[str] | None:
    if "discounts" not in call.params:
        return None
    asked: Sequence[Json] = call.params["discounts"] or []
    return [
        str(
            make_discount(
                call,
                spec,
                customer=customer,
                subscription=after["id"] if after else None,
                currency=after["currency"] if after else None,
                param=f"discounts[{place}]",
                redeems=False,
            )["id"]
        )
        for place, spec in enumerate(asked)
    ]


def _subscription(call: Call) -> Json | None:
    asked: str | None = call.params.get("subscription")
    if asked is None:
        return None
    found = call.world.table("subscription").get(asked)
    if found is None:
        raise missing("subscription", asked, "subscription", status=400)
    call.live_by(found)
    if found["status"] in OVER:
        raise none_for(found["customer"])
    if call.params.get("customer") not in (None, found["customer"]):
        raise missing("subscription", asked, "subscription", status=400)
    return found


def _somebody(call: Call) -> str:
    """The customer, or one for this preview only."""
    customer = call.refer("customer", "customer")
    if customer is not None:
        return str(customer["id"])
    known: Json = call.params.get("customer_details") or {}
    about = {name: known[name] for name in ("address", "shipping", "tax_exempt") if known.get(name)}
    return str(new_customers.create(replace(call, params=about))["id"])
