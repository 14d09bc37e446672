"""What a portal configuration allows: the defaults of every feature and the rules between them.
Used by `configurations`.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, invalid, missing
from sandbox.state import Call

MOST_PRODUCTS = 10
MOST_PAUSED = {"day": 1095, "week": 156, "month": 36, "year": 3}
ONE_MONTH: Json = {"interval": "month", "interval_count": 1}
REASONS = ("too_expensive", "missing_features", "switched_service", "unused", "other")
OFF: Json = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "feedback_options": None, "options": list(REASONS)},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {
        "duration": {"interval_options": [ONE_MONTH], "type": "interval_options"},
        "enabled": False,
    },
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
        "products": [],
    },
}


def begun() -> Json:
    """Every feature, switched off."""
    return deepcopy(OFF)


def lay_features(call: Call, features: Json, given: Json) -> None:
    """Lays the features that were named over the present ones and checks what comes of it."""
    for name, told in given.items():
        _lay(features[name], told or {})
    _check_cancel(features["subscription_cancel"])
    told = (given.get("subscription_pause") or {}).get("duration")
    if told is not None:
        _check_pause(features["subscription_pause"]["duration"], told)
    if "subscription_update" in given:
        _check_update(call, features["subscription_update"])


def _lay(feature: Json, told: Json) -> None:
    """Part by part; what is unset falls back to an empty list or to nothing."""
    for name, value in told.items():
        if isinstance(value, dict):
            _lay(feature[name], value)
        elif value is None:
            feature[name] = [] if isinstance(feature[name], list) else None
        else:
            feature[name] = [_full(name, row) for row in value] if isinstance(value, list) else value


def _full(name: str, row: object) -> object:
    """An element of a list with the parts that were left out."""
    if not isinstance(row, dict):
        return row
    if name == "products":
        adjustable = {"maximum": None, "minimum": 0, **(row.get("adjustable_quantity") or {"enabled": False})}
        return {**row, "adjustable_quantity": adjustable}
    return {**ONE_MONTH, **row} if name == "interval_options" else row


def _check_cancel(cancel: Json) -> None:
    at = "features[subscription_cancel]"
    if cancel["proration_behavior"] == "always_invoice":
        message = "Invalid features[subscription_cancel][proration_behavior]: must be one of none or create_prorations"
        raise invalid(message, f"{at}[proration_behavior]")
    if cancel["mode"] == "at_period_end" and cancel["proration_behavior"] != "none":
        message = "`proration_behavior` must be `none` when the cancellation `mode` is `at_period_end`."
        raise invalid(message, f"{at}[proration_behavior]")
    reason = cancel["cancellation_reason"]
    if reason["enabled"] and not reason["options"]:
        message = "You must pass at least one cancellation reason when collecting cancellation reasons is enabled."
        raise invalid(message, f"{at}[cancellation_reason][options]")


def _check_pause(duration: Json, told: Json) -> None:
    at = "features[subscription_pause][duration][interval_options]"
    if duration["type"] == "indefinite":
        duration["interval_options"] = []
    elif not told.get("interval_options"):
        raise invalid(f"Missing required param: {at}.", at, "parameter_missing")
    for place, option in enumerate(duration["interval_options"]):
        if not 1 <= option["interval_count"] <= MOST_PAUSED[option["interval"]]:
            message = "A pause lasts at least one interval and at most three years."
            raise invalid(message, f"{at}[{place}][interval_count]")


def _check_update(call: Call, update: Json) -> None:
    at = "features[subscription_update]"
    if update["enabled"]:
        for name in ("default_allowed_updates", "products"):
            if not update[name]:
                raise invalid(f"Missing required param: {at}[{name}].", f"{at}[{name}]", "parameter_missing")
    if len(update["products"]) > MOST_PRODUCTS:
        raise invalid(f"Array must have at most {MOST_PRODUCTS} elements", f"{at}[products]")
    for place, row in enumerate(update["products"]):
        _check_product(call, row, f"{at}[products][{place}]")


def _check_product(call: Call, row: Json, at: str) -> None:
    """Its prices are its own, recur, and each has another interval, so that a plan can be told from its rhythm."""
    if row["product"] not in call.world.table("product"):
        raise missing("product", row["product"], f"{at}[product]", status=400)
    quantity = row["adjustable_quantity"]
    if quantity["maximum"] is not None and quantity["maximum"] < quantity["minimum"]:
        message = "`maximum` must be greater than or equal to `minimum`."
        raise invalid(message, f"{at}[adjustable_quantity][maximum]")
    seen = set()
    for place, price_id in enumerate(row["prices"]):
        param = f"{at}[prices][{place}]"
        price = call.world.table("price").get(price_id)
        if price is None:
            raise missing("price", price_id, param, status=400)
        if price["product"] != row["product"]:
            raise invalid(f"The price `{price_id}` does not belong to the product `{row['product']}`.", param)
        if price["recurring"] is None:
            raise invalid(f"The price `{price_id}` is not recurring and cannot be subscribed to.", param)
        rhythm = (price["recurring"]["interval"], price["recurring"]["interval_count"])
        if rhythm in seen:
            raise invalid("For each product, its price must have unique billing intervals.", param)
        seen.add(rhythm)
