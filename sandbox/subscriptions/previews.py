"""`/v1/invoices/create_preview`: the invoice a subscription would make, now or at its next renewal, without making it.
A change is reckoned by the same plan that carries it out later. Registered by `subscriptions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

from sandbox.catalogue.coupons import make_discount
from sandbox.customers import new_customers
from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.invoices.drafts import draft
from sandbox.state import TEST_CLOCKS, Call, Clock, World
from sandbox.subscriptions.add_ons import pend_previewed
from sandbox.subscriptions.billing import customer_of, issue, usage_lines
from sandbox.subscriptions.changes import begun_lines
from sandbox.subscriptions.creation import prepared
from sandbox.subscriptions.ending import credits_of
from sandbox.subscriptions.phases import foreseen
from sandbox.subscriptions.plans import Plan, planned
from sandbox.subscriptions.renewals import begin_next, next_lines
from sandbox.subscriptions.settings import automatic_tax
from sandbox.subscriptions.starts import first_lines
from sandbox.subscriptions.timing import OVER, period_of
from sandbox.subscriptions.waiting import proration_line

UPCOMING = "upcoming"
HOUR = 3600


def create_preview(call: Call) -> Json:
    """What comes next for a subscription, for one with a change, or for one that does not exist yet."""
    params = call.params
    subscription = _subscription(call)
    trial = _aside(call)
    details: Json = params.get("subscription_details") or {}
    if subscription is not None:
        pend_previewed(trial, subscription, params.get("invoice_items") or [])
        return _of_existing(trial, subscription, details)
    if details.get("items"):
        return _of_new(trial, details)
    return _of_customer(trial)


def upcoming(call: Call, subscription: Json) -> Json | None:
    """The invoice of the next renewal as it looks now, None when there will be none."""
    return _renewal(_aside(call), Plan(deepcopy(subscription)), recurring=False)


def _of_existing(call: Call, subscription: Json, details: Json) -> Json:
    recurring = call.params.get("preview_mode") == "recurring"
    if details.get("cancel_now"):
        return _shown(subscription, _cancelled(call, subscription, details))
    plan = planned(call, subscription, _as_update(details), redeems=False)
    _override(call, plan.after)
    if plan.bills_now and not recurring:
        rows = [proration_line(call, plan.after, one) for one in plan.prorations]
        return issue(call, plan.after, [*begun_lines(call, plan.after, plan), *rows], UPCOMING, preview=True)
    return _shown(subscription, _renewal(call, plan, recurring=recurring))


def _renewal(call: Call, plan: Plan, *, recurring: bool) -> Json | None:
    """The renewal at the end of the period, with the prorations that wait for it."""
    after = plan.after
    moment = period_of(after)[1]
    ends = after["status"] in OVER or (after["cancel_at"] is not None and after["cancel_at"] <= moment)
    then = _aside(call, max(call.now, moment))
    rows = [] if recurring else [proration_line(then, after, one) for one in plan.prorations]
    over = None
    if ends:
        rows += usage_lines(then, after, after["items"]["data"], moment)
    elif after["status"] != "paused":
        trial_over = after["status"] == "trialing"
        foreseen(then, after)
        over = begin_next(then, after)
        rows = [*next_lines(then, after, trial_over=trial_over), *rows]
    invoice = issue(then, after, rows, UPCOMING, preview=True, pending=not recurring, period=over)
    if not invoice["lines"]["data"]:
        return None
    if invoice["collection_method"] == "charge_automatically" and over is not None:
        invoice["next_payment_attempt"] = then.now + HOUR
    return invoice


def _cancelled(call: Call, subscription: Json, details: Json) -> Json | None:
    after = deepcopy(subscription)
    since = details.get("proration_date") or call.now
    prorates = details.get("proration_behavior") != "none" and after["status"] != "trialing"
    credits = credits_of(call, after, since) if prorates else []
    rows = usage_lines(call, after, after["items"]["data"], call.now)
    rows += [proration_line(call, after, one) for one in credits]
    _override(call, after)
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
        return _shown(subscription, _renewal(call, Plan(deepcopy(subscription)), recurring=False))
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
    return invoice if invoice["lines"]["data"] else _shown({"customer": customer["id"]}, None)


def _shown(subscription: Json, invoice: Json | None) -> Json:
    if invoice is None:
        raise _none(subscription["customer"])
    return invoice


def _none(customer: str) -> Refusal:
    message = f"No upcoming invoices for customer: {customer}"
    body = {"type": "invalid_request_error", "code": "invoice_upcoming_none", "message": message}
    return Refusal(404, body)


def _as_update(details: Json) -> Json:
    """The same words as an update has; a preview may also name a moment for the anchor, which an update may not."""
    if (details.get("billing_cycle_anchor") or {}).get("type") == "timestamp":
        message = "`billing_cycle_anchor` can only be `now` or `unchanged` for an existing subscription."
        raise invalid(message, "subscription_details[billing_cycle_anchor]")
    return {name: value for name, value in details.items() if name not in ("cancel_now", "start_date", "billing_mode")}


def _override(call: Call, after: Json) -> None:
    """Discounts and tax of the preview itself take the place of the subscription's."""
    if "automatic_tax" in call.params:
        after["automatic_tax"] = automatic_tax(call.params["automatic_tax"]["enabled"])
    found = _discounts(call, customer_of(call.world, after), after)
    if found is not None:
        after["discounts"] = found


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
        raise _none(found["customer"])
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


def _aside(call: Call, moment: int | None = None) -> Call:
    """The same call in a copy of the world, at another moment if one is given.

    Only the tables are copied. Whoever works in it may add objects, but must copy those it changes.
    """
    tables = {noun: dict(rows) for noun, rows in call.world.tables.items()}
    ahead = 0 if moment is None else moment - call.now
    clock = Clock(call.world.clock.ahead_seconds + (0 if call.test_clock else ahead))
    if call.test_clock is not None:
        shown = tables[TEST_CLOCKS][call.test_clock]
        tables[TEST_CLOCKS][call.test_clock] = {**shown, "frozen_time": shown["frozen_time"] + ahead}
    return replace(call, world=World(clock=clock, tables=tables))
