"""How a subscription starts: with or without a trial, from now or earlier, in step with an anchor.
Used by `creation` and `previews`.
"""

from __future__ import annotations

from sandbox.catalogue.amounts import price_amount
from sandbox.errors import Json, Refusal, invalid
from sandbox.state import Call
from sandbox.subscriptions.billing import period_lines, trial_lines
from sandbox.subscriptions.items import licensed, live_price
from sandbox.subscriptions.periods import DAY, Rhythm, configured_anchor, rhythm_of

FUTURE = "Invalid timestamp: must be an integer Unix timestamp in the future."
LONGEST_TRIAL = 730 * DAY


def set_out(call: Call, subscription: Json, params: Json) -> None:
    """Sets status, anchor, trial and the first period of every item."""
    rhythm = rhythm_of(subscription["items"]["data"][0]["price"])
    start = params.get("backdate_start_date") or call.now
    if start > call.now:
        message = "`backdate_start_date` must be a timestamp in the past."
        raise invalid(message, "backdate_start_date")
    until = trial_until(call, params)
    anchor = _anchor(call, params, rhythm, until)
    subscription |= {
        "start_date": start,
        "billing_cycle_anchor": anchor,
        "billing_cycle_anchor_config": _shown_config(params.get("billing_cycle_anchor_config")),
        "status": _first_status(subscription, until),
    }
    if until is not None:
        subscription |= {"trial_start": call.now, "trial_end": until}
    end = until or (anchor if anchor > call.now else rhythm.around(anchor, call.now)[1])
    set_periods(subscription, call.now, end)
    for item in subscription["items"]["data"]:
        item["_used_from"] = start


def first_lines(call: Call, subscription: Json, params: Json) -> list[Json]:
    """What the first invoice has on it. A first period that is cut short is free with `proration_behavior=none`."""
    items = subscription["items"]["data"]
    if subscription["status"] == "trialing":
        return trial_lines(call, subscription, items)
    if params.get("proration_behavior") == "none":
        items = [item for item in items if _whole(item)]
        return period_lines(call, subscription, items)
    return [*_backdated(call, subscription), *period_lines(call, subscription, items)]


def set_periods(subscription: Json, start: int, end: int) -> None:
    """The same period for every item; beside it the whole period it is a part of, for shares of the price."""
    for item in subscription["items"]["data"]:
        rhythm = rhythm_of(item["price"])
        whole = rhythm.around(subscription["billing_cycle_anchor"], start)
        item |= {"current_period_start": start, "current_period_end": end, "_full_period": list(whole)}


def trial_until(call: Call, params: Json) -> int | None:
    """The end of the trial asked for, None without one."""
    end, days = params.get("trial_end"), params.get("trial_period_days")
    if end is not None and days is not None:
        raise invalid("You may only specify one of these parameters: trial_end, trial_period_days.", "trial_end")
    if end == "now" or (end is None and not days):
        return None
    until = int(call.now + (days or 0) * DAY if end is None else end)
    refusal = refuse_trial_end(call, until)
    if refusal:
        raise refusal
    return until


def refuse_trial_end(call: Call, until: int) -> Refusal | None:
    if until <= call.now:
        return invalid(FUTURE, "trial_end", "parameter_invalid_integer")
    if until > call.now + LONGEST_TRIAL:
        return invalid("Invalid timestamp: can be no more than two years in the future.", "trial_end")
    return None


def _anchor(call: Call, params: Json, rhythm: Rhythm, until: int | None) -> int:
    asked: int | None = params.get("billing_cycle_anchor")
    config: Json | None = params.get("billing_cycle_anchor_config")
    if asked is not None and config is not None:
        message = "You may only specify one of these parameters: billing_cycle_anchor, billing_cycle_anchor_config."
        raise invalid(message, "billing_cycle_anchor")
    earliest = until or call.now
    if config is not None:
        if rhythm.interval in ("day", "week"):
            message = "`billing_cycle_anchor_config` can only be used with prices billed by the month or the year."
            raise invalid(message, "billing_cycle_anchor_config")
        return configured_anchor(config, earliest, rhythm)
    if asked is None:
        return earliest
    if asked <= call.now:
        raise invalid(FUTURE, "billing_cycle_anchor")
    natural = rhythm.boundary(earliest, 1)
    if asked > natural:
        message = f"`billing_cycle_anchor` cannot be later than next natural billing date ({natural}) for plan."
        raise invalid(message, "billing_cycle_anchor")
    return asked


def _first_status(subscription: Json, until: int | None) -> str:
    if until is not None:
        return "trialing"
    return "active" if subscription["collection_method"] == "send_invoice" else "incomplete"


def _shown_config(config: Json | None) -> Json | None:
    if config is None:
        return None
    return {name: config.get(name) for name in ("day_of_month", "hour", "minute", "month", "second")}


def _whole(item: Json) -> bool:
    return bool([item["current_period_start"], item["current_period_end"]] == item["_full_period"])


def _backdated(call: Call, subscription: Json) -> list[Json]:
    """The time that was not billed yet, from the start date up to now, at the price of a whole period."""
    begun = subscription["start_date"]
    if begun >= call.now:
        return []
    rows = []
    for item, row in zip(
        [item for item in subscription["items"]["data"] if licensed(item)],
        period_lines(call, subscription, subscription["items"]["data"]),
        strict=True,
    ):
        full = price_amount(live_price(call.world, item), item["quantity"], subscription["currency"])
        length = item["_full_period"][1] - item["_full_period"][0]
        amount = (2 * full * (call.now - begun) + length) // (2 * length)
        row |= {"amount": amount, "subtotal": amount, "period": {"start": begun, "end": call.now}}
        rows.append(row)
    return rows
