"""One-off charges that come with a subscription: `add_invoice_items`. Used by `creation`, `changes` and `previews`."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.catalogue.amounts import price_amount
from sandbox.catalogue.new_prices import make_price
from sandbox.errors import Json, invalid, missing
from sandbox.invoices.pending import add_item
from sandbox.state import Call
from sandbox.subscriptions.billing import customer_of
from sandbox.subscriptions.wording import product_name

MOST = 20


def pend_add_ons(call: Call, subscription: Json, asked: Sequence[Json]) -> None:
    """Lets each of them wait for the subscription's next invoice."""
    if len(asked) > MOST:
        raise invalid(f"You cannot pass more than {MOST} items.", "add_invoice_items")
    for place, wish in enumerate(asked):
        price = _price(call, wish, f"add_invoice_items[{place}]")
        quantity = wish.get("quantity", 1)
        add_item(
            call,
            customer=customer_of(call.world, subscription),
            currency=subscription["currency"],
            amount_minor=price_amount(price, quantity, subscription["currency"]),
            description=product_name(call.world, price),
            period=(call.now, call.now),
            price=price,
            quantity=quantity,
            subscription=subscription["id"],
            discountable=wish.get("discountable"),
            tax_rates=wish.get("tax_rates") or (),
            metadata=wish.get("metadata"),
        )


def pend_previewed(call: Call, subscription: Json, asked: Sequence[Json]) -> None:
    """The `invoice_items` of a preview: charges and credits that are not there yet. Only for a scratch world."""
    for place, wish in enumerate(asked):
        at = f"invoice_items[{place}]"
        price = _price(call, wish, at) if wish.get("price") or wish.get("price_data") else None
        quantity, unit = wish.get("quantity", 1), wish.get("unit_amount", 0)
        amount = (
            price_amount(price, quantity, subscription["currency"]) if price else wish.get("amount", unit * quantity)
        )
        span: Json = wish.get("period") or {"start": call.now, "end": call.now}
        add_item(
            call,
            customer=call.world.table("customer")[subscription["customer"]],
            currency=str(wish.get("currency", subscription["currency"])),
            amount_minor=amount,
            description=wish.get("description") or (product_name(call.world, price) if price else None),
            period=(span["start"], span["end"]),
            price=price,
            quantity=quantity,
            subscription=subscription["id"],
            discountable=wish.get("discountable"),
            tax_rates=wish.get("tax_rates") or (),
            metadata=wish.get("metadata"),
        )


def _price(call: Call, wish: Json, at: str) -> Json:
    if wish.get("price_data"):
        return make_price(call, wish["price_data"], active=False, at=f"{at}[price_data]")
    if not wish.get("price"):
        raise invalid(f"Missing required param: {at}[price].", f"{at}[price]", "parameter_missing")
    found: Json | None = call.world.table("price").get(wish["price"])
    if found is None:
        raise missing("price", wish["price"], f"{at}[price]", status=400)
    if found["type"] != "one_time":
        message = (
            "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`."
        )
        raise invalid(message, f"{at}[price]")
    return found
