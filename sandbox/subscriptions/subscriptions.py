"""The routes of subscriptions. What they do is in `creation`, `changes`, `ending` and `pausing`, what time does to
them in `renewals` and `deadlines`. Registered in `registry`.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid, missing
from sandbox.lists import page
from sandbox.routes import Resource, Route
from sandbox.search import NUMBER, WORD, searching
from sandbox.shapes import take
from sandbox.state import Call
from sandbox.subscriptions import terms
from sandbox.subscriptions.changes import change
from sandbox.subscriptions.creation import begin
from sandbox.subscriptions.deadlines import ACTS
from sandbox.subscriptions.ending import end
from sandbox.subscriptions.outcomes import REACTIONS
from sandbox.subscriptions.pausing import pause, resume
from sandbox.subscriptions.previews import create_preview
from sandbox.subscriptions.telling import updating
from sandbox.subscriptions.timing import OVER, period_of

HERE = "/v1/subscriptions"
MANAGED = (
    "The subscription is managed by the subscription schedule `{schedule}`, and updating any cancelation behavior "
    "directly is not allowed. Please update the schedule instead."
)


def create(call: Call) -> Json:
    return begin(call, call.params)


def retrieve(call: Call) -> Json:
    return call.find("subscription", "id")


def update(call: Call) -> Json:
    subscription = call.find("subscription", "id")
    if subscription["schedule"] and {"cancel_at", "cancel_at_period_end"} & set(call.params):
        raise invalid(MANAGED.format(schedule=subscription["schedule"]))
    return change(call, subscription, call.params)


def cancel(call: Call) -> Json:
    """A subscription that is over is as good as gone for this address."""
    subscription = _going_on(call)
    params = call.params
    details: Json = params.get("cancellation_details") or {}
    subscription["cancellation_details"] |= {name: details[name] for name in ("comment", "feedback") if name in details}
    prorate, now = params.get("prorate", False), params.get("invoice_now", False)
    return end(call, subscription, invoice_now=now, prorate=prorate)


def pause_route(call: Call) -> Json:
    return pause(call, _going_on(call), call.params)


def resume_route(call: Call) -> Json:
    return resume(call, _going_on(call), call.params)


def migrate(call: Call) -> Json:
    """From classic to flexible billing; there is no way back."""
    subscription = _going_on(call)
    if subscription["billing_mode"]["type"] == "flexible":
        raise invalid("This subscription already uses `billing_mode=flexible`.", "billing_mode[type]")
    with updating(call, subscription):
        flexible = {"proration_discounts": "included"}
        subscription["billing_mode"] = {"flexible": flexible, "type": "flexible", "updated_at": call.now}
    return subscription


def delete_discount(call: Call) -> Json:
    subscription = call.find("subscription", "id")
    if not subscription["discounts"]:
        raise missing("discount", subscription["id"], "discount")
    taken = subscription["discounts"][-1]
    with updating(call, subscription):
        subscription["discounts"] = []
    found: Json = call.world.table("discount")[taken]
    return {**found, "deleted": True}


def listing(call: Call) -> Json:
    """Everything that has not ended, unless a status is asked for; those on a test clock only when asked for."""
    asked = call.params
    status: str | None = asked.get("status")
    taxed: Json | None = asked.get("automatic_tax")

    def keep(row: Json) -> bool:
        start, finish = period_of(row)
        return (
            _in_status(row, status)
            and all(row[name] == asked[name] for name in ("customer", "collection_method") if name in asked)
            and ("price" not in asked or any(one["price"]["id"] == asked["price"] for one in row["items"]["data"]))
            and (asked.get("test_clock") or (row["test_clock"] if "customer" in asked else None)) == row["test_clock"]
            and _inside(start, asked.get("current_period_start"))
            and _inside(finish, asked.get("current_period_end"))
            and (taxed is None or taxed["enabled"] == row["automatic_tax"]["enabled"])
        )

    return page(call, "subscription", HERE, keep)


def _in_status(row: Json, status: str | None) -> bool:
    if status == "all":
        return True
    if status == "ended":
        return row["status"] in OVER
    return row["status"] != "canceled" if status is None else bool(row["status"] == status)


def _inside(moment: int, span: dict[str, int] | None) -> bool:
    bounds = span or {}
    return (
        moment > bounds.get("gt", -1)
        and moment >= bounds.get("gte", -1)
        and moment < bounds.get("lt", moment + 1)
        and moment <= bounds.get("lte", moment)
    )


def _going_on(call: Call) -> Json:
    subscription = call.find("subscription", "id")
    if subscription["status"] in OVER:
        raise missing("subscription", subscription["id"], "id")
    return subscription


FILTERS = take(
    "SubscriptionListParams",
    "automatic_tax collection_method created current_period_end current_period_start customer ending_before limit "
    "price starting_after status test_clock",
)
RESOURCE = Resource(
    routes=(
        Route("POST", HERE, create, terms.NEW),
        Route("GET", HERE, listing, FILTERS),
        searching("subscription", "subscriptions", {"created": NUMBER, "canceled_at": NUMBER, "status": WORD}),
        Route("GET", HERE + "/{id}", retrieve),
        Route("POST", HERE + "/{id}", update, terms.EDIT),
        Route("DELETE", HERE + "/{id}", cancel, terms.CANCEL),
        Route("DELETE", HERE + "/{id}/discount", delete_discount),
        Route("POST", HERE + "/{id}/pause", pause_route, terms.PAUSE),
        Route("POST", HERE + "/{id}/resume", resume_route, terms.RESUME),
        Route("POST", HERE + "/{id}/migrate", migrate, terms.MIGRATE),
        Route("POST", "/v1/invoices/create_preview", create_preview, terms.PREVIEW),
    ),
    links={
        "subscription": {
            "customer": "customer",
            "default_payment_method": "payment_method",
            "discounts": "discount",
            "latest_invoice": "invoice",
            "pending_setup_intent": "setup_intent",
            "schedule": "subscription_schedule",
            "test_clock": "test_helpers.test_clock",
        },
        "subscription_item": {"discounts": "discount"},
    },
    acts=ACTS,
    reactions=REACTIONS,
)
