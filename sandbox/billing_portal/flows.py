"""Flows: links into the portal that lead straight to one act. What each needs before a session may offer it.
Used by `sessions`.
"""

from __future__ import annotations

from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.state import Call

PARTS = ("subscription_cancel", "subscription_pause", "subscription_update", "subscription_update_confirm")
FEATURES = {
    "customer_update": "customer_update",
    "payment_method_update": "payment_method_update",
    "subscription_cancel": "subscription_cancel",
    "subscription_pause": "subscription_pause",
    "subscription_update": "subscription_update",
    "subscription_update_confirm": "subscription_update",
}
REFUSALS = {
    "customer_update": "The customer update feature in the portal configuration is disabled.",
    "payment_method_update": "The payment method update feature in the portal configuration is disabled.",
    "subscription_cancel": "This subscription cannot be canceled because the subscription cancellation feature in the "
    "portal configuration is disabled.",
    "subscription_pause": "This subscription cannot be paused because the subscription pause feature in the portal "
    "configuration is disabled.",
    "subscription_update": "This subscription cannot be updated because the subscription update feature in the portal "
    "configuration is disabled.",
}
OVER = ("canceled", "incomplete_expired")


def flow_of(call: Call, customer: Json, features: Json) -> Json | None:
    """The session's `flow`, checked; None when the whole portal is meant."""
    told = call.params.get("flow_data")
    if told is None:
        return None
    kind = told["type"]
    for name in PARTS:
        if name in told and name != kind:
            at = f"flow_data[{name}]"
            raise invalid(f"`{at}` can only be set when `flow_data[type]` is `{name}`.", at)
    if not features[FEATURES[kind]]["enabled"]:
        raise invalid(REFUSALS[FEATURES[kind]])
    flow = dict.fromkeys(("customer_update", *PARTS))
    flow |= {"type": kind, "after_completion": _after(told.get("after_completion"))}
    if kind in PARTS:
        flow[kind] = _part(call, customer, features, kind, told)
    elif kind == "customer_update":
        flow[kind] = {}
    return flow


def may_change(subscription: Json) -> str | None:
    """Why the portal does not change the plan of such a subscription; None when it does."""
    if subscription["status"] in (*OVER, "incomplete", "paused"):
        return f"This subscription cannot be updated because it is {subscription['status']}."
    if len(subscription["items"]["data"]) > 1:
        return "This subscription cannot be updated because it has multiple items."
    if subscription.get("schedule"):
        return "This subscription cannot be updated because it is managed by a subscription schedule."
    if subscription["items"]["data"][0]["price"]["recurring"].get("usage_type") == "metered":
        return "This subscription cannot be updated because its price is metered."
    return None


def offered(features: Json, price_id: str) -> Json | None:
    """The row of the configuration's products that offers this price."""
    rows = features["subscription_update"]["products"]
    return next((row for row in rows if price_id in row["prices"]), None)


def check_change(features: Json, item: Json, price: str | None, quantity: int | None, at: str) -> None:
    """Refuses a plan that is not offered and a quantity that may not be chosen."""
    allowed = features["subscription_update"]["default_allowed_updates"]
    new_price = price if price not in (None, item["price"]["id"]) else None
    row = offered(features, new_price or item["price"]["id"])
    if new_price and "price" not in allowed:
        raise invalid("The portal configuration does not allow changing the price of a subscription.", f"{at}[price]")
    if new_price and row is None:
        message = (
            f"The price `{new_price}` cannot be used: it is not included in the configuration's "
            "`features[subscription_update][products]`."
        )
        raise invalid(message, f"{at}[price]")
    if quantity not in (None, item.get("quantity")):
        _check_quantity(row, int(quantity or 0), allowed, f"{at}[quantity]")


def _check_quantity(row: Json | None, quantity: int, allowed: list[str], at: str) -> None:
    adjustable = (row or {}).get("adjustable_quantity") or {"enabled": False, "minimum": 0, "maximum": None}
    if "quantity" not in allowed or not adjustable["enabled"]:
        raise invalid("The portal configuration does not allow changing the quantity of a subscription.", at)
    most = adjustable["maximum"]
    if quantity < adjustable["minimum"] or (most is not None and quantity > most):
        raise invalid(f"The quantity must be between {adjustable['minimum']} and {most or 'any number'}.", at)


def _after(told: Json | None) -> Json:
    told = told or {"type": "portal_homepage"}
    after: Json = {"hosted_confirmation": None, "redirect": None, "type": told["type"]}
    for name in ("hosted_confirmation", "redirect"):
        if name in told and told["type"] != name:
            at = f"flow_data[after_completion][{name}]"
            raise invalid(f"`{at}` can only be set when `flow_data[after_completion][type]` is `{name}`.", at)
    if told["type"] == "redirect" and not told.get("redirect"):
        at = "flow_data[after_completion][redirect]"
        raise invalid(f"Missing required param: {at}.", at, "parameter_missing")
    if told["type"] == "hosted_confirmation":
        after["hosted_confirmation"] = {"custom_message": (told.get("hosted_confirmation") or {}).get("custom_message")}
    return after | ({"redirect": told["redirect"]} if told["type"] == "redirect" else {})


def _part(call: Call, customer: Json, features: Json, kind: str, told: Json) -> Json:
    at = f"flow_data[{kind}]"
    given = told.get(kind)
    if given is None:
        raise invalid(f"Missing required param: {at}.", at, "parameter_missing")
    subscription = call.world.table("subscription").get(given["subscription"])
    if subscription is None or subscription["customer"] != customer["id"]:
        raise missing("subscription", given["subscription"], f"{at}[subscription]", status=400)
    if kind == "subscription_cancel":
        return _cancel(call, subscription, given, at)
    if kind == "subscription_pause":
        if subscription["status"] not in ("active", "trialing", "past_due"):
            raise _wrong(f"This subscription cannot be paused because it is {subscription['status']}.", at)
        return {"subscription": subscription["id"]}
    reason = may_change(subscription)
    if reason:
        raise _wrong(reason, at)
    return {"subscription": subscription["id"]} if kind == "subscription_update" else _confirm(call, features, given)


def _cancel(call: Call, subscription: Json, given: Json, at: str) -> Json:
    name = subscription["id"]
    if subscription["status"] in OVER:
        raise _wrong(f"The subscription {name} is already canceled.", at)
    if subscription.get("cancel_at_period_end") or subscription.get("cancel_at"):
        raise _wrong(f"The subscription {name} is already set to be canceled at period end.", at)
    retention = given.get("retention")
    if retention is not None and retention["coupon_offer"]["coupon"] not in call.world.table("coupon"):
        param = f"{at}[retention][coupon_offer][coupon]"
        raise missing("coupon", retention["coupon_offer"]["coupon"], param, status=400)
    return {"subscription": name, "retention": retention}


def _confirm(call: Call, features: Json, given: Json) -> Json:
    at = "flow_data[subscription_update_confirm]"
    items = given["items"]
    if len(items) != 1:
        raise invalid("You can only update one subscription item at a time.", f"{at}[items]")
    subscription = call.world.table("subscription")[given["subscription"]]
    wanted = items[0]
    item = next((one for one in subscription["items"]["data"] if one["id"] == wanted["id"]), None)
    if item is None:
        raise missing("subscription item", wanted["id"], f"{at}[items][0][id]", status=400)
    check_change(features, item, wanted.get("price"), wanted.get("quantity"), f"{at}[items][0]")
    discounts = _discounts(call, given.get("discounts") or [], f"{at}[discounts]")
    same_price = wanted.get("price") in (None, item["price"]["id"])
    if same_price and wanted.get("quantity") in (None, item.get("quantity")) and not discounts:
        raise invalid("Cannot update the subscription because there are no changes to confirm.")
    shown = {"id": item["id"], "price": wanted.get("price"), "quantity": wanted.get("quantity")}
    return {"subscription": subscription["id"], "items": [shown], "discounts": discounts or None}


def _discounts(call: Call, given: list[Json], at: str) -> list[Json]:
    """One coupon or promotion code that exists. The seller chose it, so the configuration need not allow codes."""
    if len(given) > 1:
        raise invalid("You can only apply one discount.", at)
    for row in given:
        if len(row) != 1:
            raise invalid("You must pass exactly one of `coupon` or `promotion_code`.", f"{at}[0]")
        noun, name = next(iter(row.items()))
        if name not in call.world.table(noun):
            raise missing(noun.replace("_", " "), name, f"{at}[0][{noun}]", status=400)
    return [{"coupon": row.get("coupon"), "promotion_code": row.get("promotion_code")} for row in given]


def _wrong(message: str, at: str) -> Refusal:
    return invalid(message, f"{at}[subscription]")
