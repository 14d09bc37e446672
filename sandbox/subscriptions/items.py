"""The items of a subscription: chosen from parameters, checked against each other. Used by `creation`, `plans` and
`previews`; nothing here is told or kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from sandbox.catalogue.amounts import terms_in
from sandbox.catalogue.new_prices import make_price
from sandbox.errors import Json, Refusal, invalid, missing, not_done
from sandbox.expand import bare
from sandbox.fields import lay_metadata
from sandbox.state import Call, World
from sandbox.subscriptions.new_subscriptions import blank_item, plan_of
from sandbox.subscriptions.periods import rhythm_of

MOST = 20
MISMATCH = (
    "Currency and interval fields must match across all plans on this subscription. Found mismatch in {field} field."
)


def live_price(world: World, item: Json) -> Json:
    """The price behind an item, with the private parts a calculation needs."""
    own: Json = item["price"]
    return world.table("price").get(own["id"], own)


def licensed(item: Json) -> bool:
    return bool(item["price"]["recurring"]["usage_type"] == "licensed")


def changed_items(call: Call, subscription: Json, asked: Sequence[Json]) -> list[Json]:
    """The items as they would be, as copies. `asked` follows the parameter `items` of an update; on creation the
    subscription has none yet. Refuses what does not fit together.
    """
    kept = {item["id"]: deepcopy(item) for item in subscription["items"]["data"]}
    added = []
    for place, wish in enumerate(asked):
        at = f"items[{place}]"
        if wish.get("id") is None:
            added.append(_new(call, subscription, wish, at))
        elif wish["id"] not in kept:
            raise missing("subscription item", wish["id"], f"{at}[id]", status=400)
        elif wish.get("deleted"):
            _check_usage(kept[wish["id"]], wish, at)
            del kept[wish["id"]]
        else:
            _edit(call, subscription, kept[wish["id"]], wish, at)
    items = [*kept.values(), *added]
    _check_together(subscription, items)
    return items


def _new(call: Call, subscription: Json, wish: Json, at: str) -> Json:
    if wish.get("deleted"):
        raise invalid("You must pass the `id` of the subscription item to delete.", f"{at}[id]")
    price = _price(call, subscription, wish, at)
    if price is None:
        raise invalid(f"Missing required param: {at}[price].", f"{at}[price]", "parameter_missing")
    item = blank_item(call, subscription["id"], price, _quantity(price, wish, at, 1))
    _lay(call, item, wish, at)
    return item


def _edit(call: Call, subscription: Json, item: Json, wish: Json, at: str) -> None:
    price = _price(call, subscription, wish, at)
    if price is not None and price["id"] != item["price"]["id"]:
        _check_usage(item, wish, at)
        item |= {"price": bare(price), "plan": plan_of(price), "quantity": _quantity(price, wish, at, 1)}
    elif "quantity" in wish:
        item["quantity"] = _quantity(item["price"], wish, at, item["quantity"])
    _lay(call, item, wish, at)


def _lay(call: Call, item: Json, wish: Json, at: str) -> None:
    lay_metadata(item, wish)
    if "tax_rates" in wish:
        item["tax_rates"] = tax_rates(call.world, wish["tax_rates"] or [], f"{at}[tax_rates]")
    if "discounts" in wish:
        item["_asked_discounts"] = wish["discounts"] or []


def tax_rates(world: World, asked: Sequence[str], at: str) -> list[Json]:
    """The rates as an item or a subscription shows them; 400 for one that does not exist."""
    for place, rate in enumerate(asked):
        if rate not in world.table("tax_rate"):
            raise missing("tax rate", rate, f"{at}[{place}]", status=400)
    return [bare(world.table("tax_rate")[rate]) for rate in asked]


def _check_usage(item: Json, wish: Json, at: str) -> None:
    if wish.get("clear_usage") and licensed(item):
        raise invalid("`clear_usage` can only be set for items with metered prices.", f"{at}[clear_usage]")


def _quantity(price: Json, wish: Json, at: str, otherwise: int | None) -> int | None:
    asked: int | None = wish.get("quantity")
    if price["recurring"]["usage_type"] == "metered":
        if asked is not None:
            message = f"You cannot set the quantity on metered plans; `{price['id']}` is billed by usage."
            raise invalid(message, f"{at}[quantity]")
        return None
    if asked is not None and asked < 0:
        raise invalid("This value must be greater than or equal to 0.", f"{at}[quantity]", "parameter_invalid_integer")
    return otherwise if asked is None else asked


def _price(call: Call, subscription: Json, wish: Json, at: str) -> Json | None:
    if wish.get("price") and wish.get("price_data"):
        message = "You may only specify one of these parameters: price, price_data."
        raise invalid(message, f"{at}[price]")
    if wish.get("price_data"):
        return make_price(call, wish["price_data"], active=False, at=f"{at}[price_data]")
    if not wish.get("price"):
        return None
    found: Json | None = call.world.table("price").get(wish["price"])
    if found is None:
        raise missing("price", wish["price"], f"{at}[price]", status=400)
    refusal = _unfit(found, subscription, at)
    if refusal:
        raise refusal
    return found


def _unfit(price: Json, subscription: Json, at: str) -> Refusal | None:
    if price["type"] != "recurring":
        message = (
            f"The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`."
            f" (`{price['id']}`)"
        )
        return invalid(message, f"{at}[price]")
    if not price["active"]:
        message = f"The price specified is inactive. This field only accepts active prices. (`{price['id']}`)"
        return invalid(message, f"{at}[price]")
    if subscription["currency"]:
        terms_in(price, subscription["currency"])
    return None


def _check_together(subscription: Json, items: Sequence[Json]) -> None:
    if not items:
        raise invalid("A subscription must have at least one active plan. To cancel, use DELETE.", "items")
    if len(items) > MOST:
        raise invalid(f"You cannot have more than {MOST} items on a subscription.", "items")
    prices = [item["price"]["id"] for item in items]
    twice = next((price for price in prices if prices.count(price) > 1), None)
    if twice is not None and subscription["billing_mode"]["type"] == "classic":
        message = f"Cannot add multiple subscription items with the same plan: {twice}"
        raise invalid(message, "items")
    if len({rhythm_of(item["price"]) for item in items}) > 1:
        if subscription["billing_mode"]["type"] == "flexible":
            raise not_done("prices of different intervals on one subscription")
        raise invalid(MISMATCH.format(field="interval"), "items")
