"""The words on the lines of a subscription's invoices, as Stripe writes them. Used across this room."""

from __future__ import annotations

from decimal import Decimal

from sandbox.catalogue.amounts import terms_in
from sandbox.errors import Json
from sandbox.money import THREE_DECIMAL, ZERO_DECIMAL
from sandbox.state import World
from sandbox.subscriptions.periods import day_of

SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "cad": "CA$", "aud": "A$"}


def regular(world: World, price: Json, quantity: int | Decimal | None, currency: str) -> str:
    """`2 × Gold (at $10.00 / month)`; with tiers there is no one price to name."""
    count = 1 if quantity is None else quantity
    terms = terms_in(price, currency)
    if terms["tiers"]:
        return f"{count} × {product_name(world, price)} ({_every(price)})"
    return (
        f"{count} × {product_name(world, price)} (at {shown(terms['unit_amount_decimal'], currency)} / {_per(price)})"
    )


def trial(world: World, price: Json) -> str:
    return f"Trial period for {product_name(world, price)}"


def unused(world: World, price: Json, quantity: int | None, since: int) -> str:
    return f"Unused time on {_counted(world, price, quantity)} after {day_of(since)}"


def remaining(world: World, price: Json, quantity: int | None, since: int) -> str:
    return f"Remaining time on {_counted(world, price, quantity)} after {day_of(since)}"


def product_name(world: World, price: Json) -> str:
    return str(world.table("product").get(price["product"], {}).get("name") or price["nickname"] or price["product"])


def shown(unit_minor: str | int | None, currency: str) -> str:
    """A unit amount with its sign: `$10.00`, `¥500`, `$0.005` when it has fractions of a cent."""
    places = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    amount = Decimal(str(unit_minor or 0)).scaleb(-places)
    text = f"{amount:f}" if amount != amount.quantize(Decimal(1).scaleb(-places)) else f"{amount:.{places}f}"
    sign = SIGNS.get(currency)
    return f"{sign}{text}" if sign else f"{text} {currency.upper()}"


def _counted(world: World, price: Json, quantity: int | None) -> str:
    name = product_name(world, price)
    return name if quantity in (None, 1) else f"{quantity} × {name}"


def _per(price: Json) -> str:
    recurring = price["recurring"]
    if recurring["interval_count"] == 1:
        return str(recurring["interval"])
    return f"every {recurring['interval_count']} {recurring['interval']}s"


def _every(price: Json) -> str:
    per = _per(price)
    return per if per.startswith("every") else f"billed per {per}"
