"""Changing a plan in the portal: what it will cost, and the change itself, at once or at the period's end.
Used by `acts`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.billing_portal.flows import check_change, may_change
from sandbox.billing_portal.visits import Visit
from sandbox.errors import Json, invalid

DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


@dataclass(frozen=True)
class Change:
    """What the customer chose. `proration_date` is the moment the preview was made for, so that both agree."""

    subscription: Json
    price: str | None
    quantity: int | None
    promotion_code: str | None = None
    proration_date: int | None = None

    @property
    def item(self) -> Json:
        found: Json = self.subscription["items"]["data"][0]
        return found

    @property
    def new_item(self) -> Json:
        wanted = {"id": self.item["id"], "price": self.price, "quantity": self.quantity}
        return {name: value for name, value in wanted.items() if value is not None}


def preview(visit: Visit, change: Change) -> Json:
    """The invoice the change leads to, and when it takes effect: `now` or `period_end`."""
    _check(visit, change)
    later = _waits(visit, change)
    moment = visit.machine.world.now(visit.customer.get("test_clock"))
    terms = {"proration_behavior": "none"} if later else {**_terms(visit, change), "proration_date": moment}
    if terms["proration_behavior"] == "none":
        terms.pop("proration_date", None)
    asked: Json = {
        "subscription": change.subscription["id"],
        "subscription_details": {"items": [change.new_item], **terms},
    }
    discounts = _discounts(visit, change)
    if discounts:
        asked["discounts"] = discounts
    invoice = visit.ask("POST", "/v1/invoices/create_preview", asked)
    return {"invoice": invoice, "takes_effect": "period_end" if later else "now", "proration_date": moment}


def change(visit: Visit, change: Change) -> Json:
    _check(visit, change)
    if _waits(visit, change):
        return _schedule(visit, change)
    asked = {"items": [change.new_item], **_terms(visit, change)}
    discounts = _discounts(visit, change)
    if discounts:
        asked["discounts"] = discounts
    if change.proration_date is not None and asked["proration_behavior"] != "none":
        asked["proration_date"] = change.proration_date
    return visit.ask("POST", f"/v1/subscriptions/{change.subscription['id']}", asked)


def _check(visit: Visit, change: Change) -> None:
    visit.require("subscription_update")
    reason = may_change(change.subscription)
    if reason:
        raise invalid(reason, "subscription")
    check_change(visit.features, change.item, change.price, change.quantity, "items[0]")


def _terms(visit: Visit, change: Change) -> Json:
    """How the configuration bills a change; one made during a trial may end the trial."""
    update = visit.features["subscription_update"]
    terms: Json = {"proration_behavior": update["proration_behavior"]}
    if update["billing_cycle_anchor"] == "now":
        terms["billing_cycle_anchor"] = {"type": "now"}
    if change.subscription["status"] == "trialing" and update["trial_update_behavior"] == "end_trial":
        terms["trial_end"] = "now"
    return terms


def _waits(visit: Visit, change: Change) -> bool:
    """Whether one of the configured conditions puts the change off to the end of the period."""
    conditions = {row["type"] for row in visit.features["subscription_update"]["schedule_at_period_end"]["conditions"]}
    if change.subscription["status"] == "trialing" or not conditions:
        return False
    old = change.item["price"]
    new: Json = visit.machine.world.table("price").get(change.price or old["id"]) or old
    quantity = change.quantity if change.quantity is not None else change.item.get("quantity", 1)
    was, will = _per_day(old, change.item.get("quantity", 1)), _per_day(new, quantity)
    cheaper = was[0] * will[1] > will[0] * was[1]
    return ("decreasing_item_amount" in conditions and cheaper) or (
        "shortening_interval" in conditions and _days(new) < _days(old)
    )


def _per_day(price: Json, quantity: int) -> tuple[int, int]:
    """What it costs over how many days, as a fraction: plans of different rhythm are compared without rounding."""
    return (price["unit_amount"] or 0) * quantity, _days(price)


def _days(price: Json) -> int:
    rhythm = price["recurring"]
    return DAYS[rhythm["interval"]] * int(rhythm["interval_count"])


def _schedule(visit: Visit, change: Change) -> Json:
    """The present plan to the end of the period, the new one from there, and then no schedule any more."""
    made = visit.ask("POST", "/v1/subscription_schedules", {"from_subscription": change.subscription["id"]})
    present = made["phases"][0]
    held = [{"price": row["price"], "quantity": row["quantity"]} for row in present["items"]]
    quantity = change.quantity if change.quantity is not None else change.item.get("quantity", 1)
    wanted = {"price": change.price or change.item["price"]["id"], "quantity": quantity}
    phases = [
        {"items": held, "start_date": present["start_date"], "end_date": present["end_date"]},
        {"items": [wanted], "proration_behavior": "none"},
    ]
    return visit.ask("POST", f"/v1/subscription_schedules/{made['id']}", {"phases": phases, "end_behavior": "release"})


def _discounts(visit: Visit, change: Change) -> list[Json]:
    """What the flow brings along, or the code the customer typed where codes are allowed."""
    flow = visit.session["flow"] or {}
    step = flow.get("subscription_update_confirm") or {}
    if step.get("subscription") == change.subscription["id"] and step.get("discounts"):
        return [{name: value for name, value in row.items() if value} for row in step["discounts"]]
    if not change.promotion_code:
        return []
    if "promotion_code" not in visit.features["subscription_update"]["default_allowed_updates"]:
        raise invalid("The portal configuration does not allow promotion codes.", "promotion_code")
    found = visit.ask("GET", "/v1/promotion_codes", {"code": change.promotion_code, "active": True})["data"]
    if not found:
        raise invalid("This code is not valid.", "promotion_code")
    return [{"promotion_code": found[0]["id"]}]
