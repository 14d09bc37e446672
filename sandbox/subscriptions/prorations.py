"""What a change in the middle of a period credits and debits, to the cent and by the second.
Used by `plans`; pure reckoning, nothing is kept.

Flexible billing credits what was really debited: each debit that reaches past the change gives back its share. Classic
billing credits what the item would cost now. A debit takes the item's price, less its discounts, for the time left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.catalogue.amounts import price_amount
from sandbox.catalogue.coupons import Line, discount_amounts, in_force
from sandbox.errors import Json
from sandbox.money import EXACT, half_up
from sandbox.state import World
from sandbox.subscriptions.items import licensed, live_price
from sandbox.subscriptions.wording import remaining, unused


@dataclass(frozen=True)
class Proration:
    """One credit (amount below zero) or debit. `credited` are the (invoice, line) ids it gives back."""

    item: str
    price: Json
    quantity: int | None
    amount_minor: int
    description: str
    start: int
    end: int
    tax_rates: tuple[str, ...] = ()
    credited: tuple[str, str] | None = None
    metadata: Json = field(default_factory=dict)


def share(amount_minor: int, part: int, whole: int) -> int:
    """So much of an amount as a part is of a whole; a half cent rounds away from zero."""
    exact = EXACT.divide(EXACT.multiply(Decimal(abs(amount_minor)), Decimal(part)), Decimal(whole))
    return half_up(exact) * (1 if amount_minor >= 0 else -1)


def credit(world: World, subscription: Json, item: Json, since: int, full_minor: int) -> list[Proration]:
    """What is given back for an item from this moment to the end of its period."""
    if not licensed(item):
        return []
    end = item["current_period_end"]
    debits = [debit for debit in item["_debits"] if debit["end"] > since and debit["amount"]]
    if subscription["billing_mode"]["type"] == "classic" and debits:
        return [_credited(world, item, share(full_minor, end - since, _length(item)), since, end, None)]
    return [
        _credited(
            world,
            item,
            share(debit["amount"], debit["end"] - since, debit["end"] - debit["start"]),
            since,
            debit["end"],
            debit,
        )
        for debit in debits
    ]


def debit(world: World, item: Json, since: int, full_minor: int) -> list[Proration]:
    """What an item costs from this moment to the end of its period."""
    if not licensed(item):
        return []
    price, end = live_price(world, item), item["current_period_end"]
    amount = share(full_minor, end - since, _length(item))
    words = remaining(world, price, item["quantity"], since)
    return [Proration(item["id"], price, item["quantity"], amount, words, since, end, _rates(item))]


def full_amounts(world: World, subscription: Json, items: Sequence[Json], moment: int) -> dict[str, int]:
    """What each licensed item costs for a whole period, less discounts, by the item's id."""
    table, currency = world.table("discount"), subscription["currency"]
    rows = [item for item in items if licensed(item)]
    prices = [live_price(world, item) for item in rows]
    left = [price_amount(price, item["quantity"], currency) for price, item in zip(prices, rows, strict=True)]
    for place, item in enumerate(rows):
        own = [table[one] for one in item["discounts"] if in_force(table[one], moment)]
        line = Line(left[place], prices[place]["product"])
        left[place] -= sum(taken for shares in discount_amounts(world, own, [line], currency) for taken in shares)
    shared = [table[one] for one in subscription["discounts"] if in_force(table[one], moment)]
    lines = [Line(amount, price["product"]) for amount, price in zip(left, prices, strict=True)]
    for shares in discount_amounts(world, shared, lines, currency):
        left = [amount - taken for amount, taken in zip(left, shares, strict=True)]
    return {item["id"]: amount for item, amount in zip(rows, left, strict=True)}


def _credited(world: World, item: Json, amount: int, since: int, end: int, debited: Json | None) -> Proration:
    price = live_price(world, item)
    quantity = debited["quantity"] if debited else item["quantity"]
    origin = (debited["invoice"], debited["line"]) if debited and debited["invoice"] else None
    words = unused(world, price, quantity, since)
    return Proration(item["id"], price, quantity, -amount, words, since, end, _rates(item), origin)


def _length(item: Json) -> int:
    return int(item["_full_period"][1] - item["_full_period"][0])


def _rates(item: Json) -> tuple[str, ...]:
    return tuple(rate["id"] for rate in item["tax_rates"])
