"""Line items of a session: read from parameters, kept as objects of their own. Used by `sessions` and `payment_pages`;
what they cost is reckoned in `totals`.
"""

from __future__ import annotations

from sandbox.catalogue.amounts import terms_in
from sandbox.catalogue.new_prices import make_price
from sandbox.errors import Json, invalid, missing
from sandbox.expand import bare
from sandbox.state import Call, World, new_id

NOUN = "item"
MOST = {"payment": 100, "subscription": 40}


def read_lines(call: Call, session: Json, given: list[Json]) -> None:
    """Lays the `line_items` parameter into the session; an entry with an `id` keeps that line and changes it."""
    mode = session["mode"]
    if len(given) > MOST[mode]:
        raise invalid(f"You can pass at most {MOST[mode]} `line_items` in `{mode}` mode.", "line_items")
    kept = {line["id"]: line for line in lines_of(call.world, session)}
    lines = [_line(call, session, entry, f"line_items[{place}]", kept) for place, entry in enumerate(given)]
    if mode == "subscription" and not any(line["price"]["recurring"] for line in lines):
        message = "You must provide at least one recurring price in `subscription` mode when using prices."
        raise invalid(message, "line_items")
    _one_interval(lines)
    for line in lines:
        call.world.add(line)
    session["_lines"] = [line["id"] for line in lines]


def lines_of(world: World, session: Json) -> list[Json]:
    return [world.table(NOUN)[line] for line in session["_lines"]]


def price_of(world: World, line: Json) -> Json:
    """The whole price of a line: the copy the line shows lacks its other currencies."""
    found: Json = world.table("price")[line["price"]["id"]]
    return found


def change_quantity(world: World, session: Json, line_id: str, quantity: int) -> None:
    """The payer's choice, within the bounds the seller set."""
    line = next((line for line in lines_of(world, session) if line["id"] == line_id), None)
    if line is None:
        raise missing("line item", line_id, "line_item", status=400)
    bounds = line["adjustable_quantity"]
    if not bounds or not bounds["enabled"]:
        raise invalid("The quantity of this line item cannot be changed.", "quantity")
    least, most = bounds["minimum"] or 0, bounds["maximum"] or 99
    if not least <= quantity <= most:
        raise invalid(f"The quantity must be between {least} and {most}.", "quantity")
    line["quantity"] = quantity


def _line(call: Call, session: Json, entry: Json, at: str, kept: dict[str, Json]) -> Json:
    if entry.get("id"):
        old = kept.get(entry["id"])
        if old is None:
            raise missing("line item", entry["id"], f"{at}[id]", status=400)
        line = old
        price = _price(call, session, entry, at) if entry.get("price") or entry.get("price_data") else old["price"]
    else:
        line = _blank(session)
        price = _price(call, session, entry, at)
    _check_price(session, price, at)
    product = call.world.table("product")[price["product"]]
    line |= {"price": bare(price), "description": product["name"], "_product": product["id"]}
    line["quantity"] = _quantity(price, entry.get("quantity", line["quantity"]), at)
    line["adjustable_quantity"] = _adjustable(entry.get("adjustable_quantity", line["adjustable_quantity"]))
    if "metadata" in entry:
        line["metadata"] = entry["metadata"] or {}
    if "tax_rates" in entry:
        line["_tax_rates"] = _tax_rates(call.world, entry["tax_rates"] or [], f"{at}[tax_rates]")
    return line


def _blank(session: Json) -> Json:
    return {
        "id": new_id("li_1", 23),
        "object": NOUN,
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": 0,
        "amount_tax": 0,
        "amount_total": 0,
        "currency": session["currency"],
        "description": None,
        "metadata": {},
        "price": None,
        "quantity": None,
        "_session": session["id"],
        "_tax_rates": [],
        "_taxes": [],
        "_discounts": [],
    }


def _price(call: Call, session: Json, entry: Json, at: str) -> Json:
    """The price named, or one made for this session only from `price_data`."""
    price_id, data = entry.get("price"), entry.get("price_data")
    if (price_id is None) == (data is None):
        message = f"You must specify either `price` or `price_data` for `{at}`."
        raise invalid(message, at)
    if price_id is not None:
        found = call.world.table("price").get(price_id)
        if found is None:
            raise missing("price", price_id, f"{at}[price]", status=400)
        if not found["active"]:
            message = "The price specified is inactive. This field only accepts active prices."
            raise invalid(message, f"{at}[price]")
        return found
    # A subscription goes on with its price, so that one must not be closed at once.
    lasting = session["mode"] == "subscription"
    return make_price(call, dict(data or {}), active=lasting, at=f"{at}[price_data]")


def _check_price(session: Json, price: Json, at: str) -> None:
    if session["mode"] == "payment" and price["recurring"]:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use "
            "only one-time prices.",
            at,
        )
    if session["currency"] is None:
        session["currency"] = price["currency"]
    terms_in(price, session["currency"])


def _quantity(price: Json, quantity: int | None, at: str) -> int | None:
    metered = (price["recurring"] or {}).get("usage_type") == "metered"
    if metered and quantity is not None:
        message = f"Quantity should not be specified where usage_type is `metered`. Remove `quantity` from `{at}`"
        raise invalid(message, f"{at}[quantity]")
    if not metered and quantity is None:
        raise invalid(f"Quantity is required. Add `quantity` to `{at}`", f"{at}[quantity]", "parameter_missing")
    if quantity is not None and quantity < 0:
        raise invalid("This value must be greater than or equal to 0.", f"{at}[quantity]", "parameter_invalid_integer")
    return quantity


def _adjustable(given: Json | None) -> Json | None:
    if given is None:
        return None
    if not given["enabled"]:
        return {"enabled": False, "maximum": None, "minimum": None}
    return {"enabled": True, "maximum": given.get("maximum") or 99, "minimum": given.get("minimum") or 0}


def _tax_rates(world: World, given: list[str], at: str) -> list[str]:
    for place, rate in enumerate(given):
        if rate not in world.table("tax_rate"):
            raise missing("tax rate", rate, f"{at}[{place}]", status=400)
    return given


def _one_interval(lines: list[Json]) -> None:
    """All that recurs must recur at the same pace; Stripe has one invoice for it all."""
    paces = {(r["interval"], r["interval_count"]) for line in lines if (r := line["price"]["recurring"])}
    if len(paces) > 1:
        raise invalid("Checkout does not support multiple prices with different billing intervals.", "line_items")
