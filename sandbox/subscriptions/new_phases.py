"""The phases of a schedule, made from parameters or from a subscription. Used by `schedules`."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.catalogue.new_prices import make_price
from sandbox.errors import Json, invalid, missing
from sandbox.state import Call
from sandbox.subscriptions.items import tax_rates
from sandbox.subscriptions.periods import Rhythm, rhythm_of
from sandbox.subscriptions.settings import automatic_tax
from sandbox.subscriptions.timing import period_of

EMPTY_AT_FIRST = (
    "application_fee_percent",
    "automatic_tax",
    "billing_cycle_anchor",
    "billing_thresholds",
    "collection_method",
    "default_payment_method",
    "description",
    "invoice_settings",
    "on_behalf_of",
    "transfer_data",
    "trial_end",
)
MOST = 10


def phases_from(call: Call, asked: Sequence[Json], start: int) -> list[Json]:
    """Each phase begins where the one before ended; one without an end lasts one billing period."""
    if len(asked) > MOST:
        raise invalid(f"You cannot pass more than {MOST} phases.", "phases")
    made: list[Json] = []
    for place, wish in enumerate(asked):
        made.append(_phase(call, wish, start, f"phases[{place}]"))
        start = made[-1]["end_date"]
    return made


def phase_of(subscription: Json) -> Json:
    """The phase a subscription is in anyway: as it is, until the end of its period."""
    start, finish = period_of(subscription)
    rows = [
        _item_row(item["price"]["id"], item["quantity"], item["metadata"], item["tax_rates"])
        for item in subscription["items"]["data"]
    ]
    return {
        **_blank(subscription["currency"], start, finish),
        "items": rows,
        "collection_method": subscription["collection_method"],
        "default_payment_method": subscription["default_payment_method"],
        "discounts": [{"coupon": None, "discount": one, "promotion_code": None} for one in subscription["discounts"]],
        "invoice_settings": _invoice_settings(subscription) if subscription["days_until_due"] else None,
        "metadata": dict(subscription["metadata"]),
        "trial_end": subscription["trial_end"],
    }


def _phase(call: Call, wish: Json, start: int, at: str) -> Json:
    begins = wish.get("start_date")
    if isinstance(begins, int) and begins != start:
        raise invalid("A phase must begin where the one before it ends.", f"{at}[start_date]")
    rows = [_item(call, row, f"{at}[items][{place}]") for place, row in enumerate(wish["items"])]
    price = call.world.table("price")[rows[0]["price"]]
    finish = _finish(call, wish, start, price, at)
    phase = _blank(wish.get("currency") or price["currency"], start, finish)
    plain = ("billing_cycle_anchor", "collection_method", "default_payment_method", "description")
    phase |= {name: wish[name] for name in plain if name in wish}
    if wish.get("invoice_settings"):
        phase["invoice_settings"] = _invoice_settings(wish["invoice_settings"])
    if wish.get("automatic_tax"):
        phase["automatic_tax"] = automatic_tax(wish["automatic_tax"]["enabled"])
    return phase | {
        "items": rows,
        "default_tax_rates": tax_rates(call.world, wish.get("default_tax_rates") or [], f"{at}[default_tax_rates]"),
        "discounts": [_discount(row) for row in wish.get("discounts") or []],
        "metadata": dict(wish.get("metadata") or {}),
        "proration_behavior": wish.get("proration_behavior", "create_prorations"),
        "trial_end": finish if wish.get("trial") else wish.get("trial_end"),
    }


def _finish(call: Call, wish: Json, start: int, price: Json, at: str) -> int:
    if "end_date" in wish and "duration" in wish:
        raise invalid("You may only specify one of these parameters: end_date, duration.", f"{at}[end_date]")
    if "end_date" in wish:
        finish: int = call.now if wish["end_date"] == "now" else wish["end_date"]
        if finish <= start:
            raise invalid("The end date of a phase must be after its start date.", f"{at}[end_date]")
        return finish
    if "duration" in wish:
        lasting = wish["duration"]
        return Rhythm(lasting["interval"], lasting.get("interval_count", 1)).boundary(start, 1)
    return rhythm_of(price).boundary(start, 1)


def _item(call: Call, row: Json, at: str) -> Json:
    if row.get("price_data"):
        price = make_price(call, row["price_data"], active=False, at=f"{at}[price_data]")
    elif row.get("price") is None:
        raise invalid(f"Missing required param: {at}[price].", f"{at}[price]", "parameter_missing")
    elif row["price"] not in call.world.table("price"):
        raise missing("price", row["price"], f"{at}[price]", status=400)
    else:
        price = call.world.table("price")[row["price"]]
    metered = price["recurring"] and price["recurring"]["usage_type"] == "metered"
    rates = tax_rates(call.world, row.get("tax_rates") or [], f"{at}[tax_rates]")
    return _item_row(price["id"], None if metered else row.get("quantity", 1), row.get("metadata") or {}, rates)


def _item_row(price: str, quantity: int | None, metadata: Json, rates: list[Json]) -> Json:
    return {
        "billing_thresholds": None,
        "discounts": [],
        "metadata": dict(metadata),
        "plan": price,
        "price": price,
        "quantity": quantity,
        "tax_rates": rates,
    }


def _invoice_settings(given: Json) -> Json:
    empty = dict.fromkeys(("account_tax_ids", "custom_fields", "description", "footer", "issuer"))
    return {**empty, "days_until_due": given.get("days_until_due")}


def _discount(row: Json) -> Json:
    return {name: row.get(name) for name in ("coupon", "discount", "promotion_code")}


def _blank(currency: str, start: int, finish: int) -> Json:
    return {
        **dict.fromkeys(EMPTY_AT_FIRST),
        "add_invoice_items": [],
        "currency": currency,
        "default_tax_rates": [],
        "discounts": [],
        "end_date": finish,
        "items": [],
        "metadata": {},
        "proration_behavior": "create_prorations",
        "start_date": start,
    }
