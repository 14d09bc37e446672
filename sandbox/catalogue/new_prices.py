"""A new price, whoever asks for it: the prices' own route, a product with `default_price_data`, or a sale with
`price_data`. Used by the rooms that sell.
"""

from __future__ import annotations

from sandbox.catalogue.new_products import make_product
from sandbox.catalogue.tiers import amounts_of, refuse_tiers, tiers_of
from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.events import record
from sandbox.fields import lay_metadata
from sandbox.money import CURRENCIES
from sandbox.state import Call, World, new_id

# The most a price can count of each interval: three years.
LONGEST = {"day": 1095, "week": 156, "month": 36, "year": 3}


def make_price(call: Call, data: Json, *, active: bool = True, at: str = "") -> Json:
    """Creates and tells of a price, and of its product when `product_data` is given.

    `data` has the parameters of the route or of a `price_data`; an inline price is made with `active=False`, as Stripe
    does. `at` is where the data stands in the request (`line_items[0][price_data]`), for the errors.
    """
    check_price(call.world, data, at)
    recurring = _recurring(data.get("recurring"))
    product = _product(call, data, at, active=active)
    price: Json = {
        "id": new_id("price_1", 23),
        "object": "price",
        "active": data.get("active", active),
        "billing_scheme": data.get("billing_scheme", "per_unit"),
        "created": call.now,
        "currency": data["currency"],
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": data.get("nickname"),
        "product": product["id"],
        "recurring": recurring,
        "tiers_mode": data.get("tiers_mode"),
        "transform_quantity": data.get("transform_quantity"),
        "type": "recurring" if recurring else "one_time",
        **money_of(data),
        "_tiers": tiers_of(data.get("tiers")),
        "_currency_options": options_of(data.get("currency_options")),
    }
    lay_metadata(price, data)
    call.world.add(price)
    record(call, "price.created", price)
    return price


def check_price(world: World, data: Json, at: str = "") -> None:
    """Raises Refusal 400 for whatever is wrong with a new price, before anything is made."""
    refusal = _refuse_amounts(data, at) or refuse_tiers(data, at) or refuse_options(data.get("currency_options"), at)
    if refusal:
        raise refusal
    if data.get("recurring"):
        _refuse_recurring(world, data["recurring"], inside(at, "recurring"))


def money_of(data: Json) -> Json:
    """The fields of a price that another currency has too."""
    custom: Json | None = data.get("custom_unit_amount")
    shown = {name: custom.get(name) for name in ("maximum", "minimum", "preset")} if custom else None
    return {
        **amounts_of(data, "unit_amount"),
        "custom_unit_amount": shown,
        "tax_behavior": data.get("tax_behavior", "unspecified"),
    }


def options_of(given: Json | None) -> Json:
    """The other currencies of a price, each with its own amounts."""
    return {
        currency: {**money_of(option), "tiers": tiers_of(option.get("tiers"))}
        for currency, option in (given or {}).items()
    }


def refuse_options(given: Json | None, at: str = "") -> Refusal | None:
    for currency, option in (given or {}).items():
        place = inside(inside(at, "currency_options"), currency)
        refusal = _refuse_amounts(option, place)
        if currency not in CURRENCIES:
            return invalid(f"Invalid currency: {currency}", place)
        if refusal:
            return refusal
    return None


def _product(call: Call, data: Json, at: str, *, active: bool) -> Json:
    if ("product" in data) == ("product_data" in data):
        if "product" in data:
            raise invalid("You may only specify one of these parameters: product, product_data.", inside(at, "product"))
        message = "You must specify either `product` or `product_data` when creating a price."
        raise invalid(message, inside(at, "product"), "parameter_missing")
    if "product_data" in data:
        return make_product(call, data["product_data"], active=active)
    found = call.world.table("product").get(data["product"])
    if found is None or found.get("deleted"):
        raise missing("product", data["product"], inside(at, "product"), status=400)
    return found


def _refuse_amounts(data: Json, at: str) -> Refusal | None:
    """Exactly one way to say what it costs, and no amount below nothing."""
    ways = [name for name in ("unit_amount", "unit_amount_decimal", "custom_unit_amount", "tiers") if name in data]
    if len(ways) > 1:
        message = f"You may only specify one of these parameters: {', '.join(ways)}."
        return invalid(message, inside(at, ways[0]))
    if not ways:
        message = "Prices require an `unit_amount`, `unit_amount_decimal`, or `custom_unit_amount` parameter to be set."
        return invalid(message, inside(at, "unit_amount"), "parameter_missing")
    if (data.get("unit_amount") or 0) < 0 or (data.get("unit_amount_decimal") or 0) < 0:
        message = "This value must be greater than or equal to 0."
        return invalid(message, inside(at, ways[0]), "parameter_invalid_integer")
    custom: Json | None = data.get("custom_unit_amount")
    if custom and "recurring" in data:
        return invalid("`custom_unit_amount` can only be used with one-time prices.", inside(at, "custom_unit_amount"))
    if custom and not custom["enabled"]:
        return invalid("`custom_unit_amount[enabled]` must be true.", inside(at, "custom_unit_amount[enabled]"))
    return None


def _recurring(given: Json | None) -> Json | None:
    if given is None:
        return None
    return {
        "interval": given["interval"],
        "interval_count": given.get("interval_count", 1),
        "meter": given.get("meter"),
        "trial_period_days": given.get("trial_period_days"),
        "usage_type": given.get("usage_type", "licensed"),
    }


def _refuse_recurring(world: World, given: Json, at: str) -> None:
    if not 1 <= given.get("interval_count", 1) <= LONGEST[given["interval"]]:
        message = "The interval count must be at least 1, and the interval at most three years."
        raise invalid(message, inside(at, "interval_count"), "parameter_invalid_integer")
    if given.get("usage_type") == "metered":
        _refuse_meter(world, given.get("meter"), inside(at, "meter"))
    elif given.get("meter"):
        raise invalid("A `meter` can only be set on prices with `usage_type=metered`.", inside(at, "meter"))


def _refuse_meter(world: World, meter_id: str | None, at: str) -> None:
    """Metered prices are counted by a meter since basil; records of usage without one are gone."""
    if meter_id is None:
        raise invalid("You must set `meter` for a price with `usage_type=metered`.", at, "parameter_missing")
    meter = world.table("billing.meter").get(meter_id)
    if meter is None:
        raise missing("billing meter", meter_id, at, status=400)
    if meter["status"] != "active":
        raise invalid(f"The meter `{meter_id}` is inactive and cannot be used for a new price.", at)


def inside(at: str, name: str) -> str:
    """The name of a parameter that stands inside another."""
    return f"{at}[{name}]" if at else name
