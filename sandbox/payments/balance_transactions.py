"""Balance transactions: what each payment, refund and dispute did to the account, to the cent. Written by `charges`
and by the room `reversals`; `balance` adds them up.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox import agenda
from sandbox.errors import Json, missing
from sandbox.lists import page
from sandbox.params import Kind, Text
from sandbox.payments.new_cards import behaviour
from sandbox.routes import LISTING, Resource, Route
from sandbox.state import Call, World, new_id

# An example tariff (2.9 % and 30 minor units). Real fees depend on the account and the card.
PER_MILLE = 29
FIXED_MINOR = 30
DAY_SECONDS = 24 * 3600
DAYS_UNTIL_AVAILABLE = 2
RIPENS = "balance_transaction.becomes_available"
SOURCES = ("charge", "refund", "dispute", "payout")


@dataclass(frozen=True)
class Movement:
    """One movement of money. The amount is what came in (or, negative, went out) before the fee, in minor units."""

    kind: str
    amount_minor: int
    description: str | None
    category: str | None = None
    fee_minor: int = 0
    fee_for: str = "Stripe processing fees"
    available_on: int | None = None


def book_charge(call: Call, charge: Json) -> Json:
    """What a successful charge brings: what was captured of it, less the fee."""
    captured = charge["amount_captured"]
    kind = "charge" if paid_by_card(charge) else "payment"
    fee = min(captured, (captured * PER_MILLE + 500) // 1000 + FIXED_MINOR)
    when = call.now if _paid_at_once(call.world, charge) else in_a_few_days(call)
    movement = Movement(kind, captured, charge["description"], "charge", fee, available_on=when)
    return book(call, charge, movement)


def book(call: Call, source: Json, movement: Movement) -> Json:
    """Writes a movement that the source (a charge, a refund, a dispute) caused, in the source's currency.
    Without a day it is available at once.
    """
    when = movement.available_on or call.now
    detail = _fee_detail(movement, source["currency"])
    written = call.world.add(
        {
            "id": new_id("txn_3", 23),
            "object": "balance_transaction",
            "amount": movement.amount_minor,
            "available_on": when,
            "balance_type": "payments",
            "created": call.now,
            "currency": source["currency"],
            "description": movement.description,
            "exchange_rate": None,
            "fee": movement.fee_minor,
            "fee_details": [detail] if movement.fee_minor else [],
            "net": movement.amount_minor - movement.fee_minor,
            "reporting_category": movement.category or movement.kind,
            "source": source["id"],
            "status": "pending" if when > call.now else "available",
            "type": movement.kind,
        }
    )
    if when > call.now:
        agenda.later(call, when, RIPENS, written["id"])
    return written


def paid_by_card(charge: Json) -> bool:
    """Movements of other ways to pay have names of their own."""
    return bool(charge["payment_method_details"]["type"] == "card")


def in_a_few_days(call: Call) -> int:
    """When new money may be paid out: a midnight, as Stripe counts."""
    return (call.now // DAY_SECONDS + DAYS_UNTIL_AVAILABLE) * DAY_SECONDS


def _ripen(call: Call, transaction_id: str) -> None:
    found = call.world.table("balance_transaction").get(transaction_id)
    if found is not None:
        found["status"] = "available"


def _paid_at_once(world: World, charge: Json) -> bool:
    """Some test cards leave out the waiting days."""
    method = world.table("payment_method").get(str(charge["payment_method"]))
    return method is not None and behaviour(method).at_once


def _fee_detail(movement: Movement, currency: str) -> Json:
    return {
        "amount": movement.fee_minor,
        "application": None,
        "currency": currency,
        "description": movement.fee_for,
        "type": "stripe_fee",
    }


def retrieve(call: Call) -> Json:
    return call.find("balance_transaction", "id", name="balance transaction")


def listing(call: Call) -> Json:
    """No payout exists here, so none can be asked for."""
    if "payout" in call.params:
        raise missing("payout", call.params["payout"], "payout")
    asked = {name: call.params[name] for name in ("source", "type", "currency") if name in call.params}
    return page(
        call,
        "balance_transaction",
        "/v1/balance_transactions",
        lambda row: all(row[name] == value for name, value in asked.items()),
    )


def _source(world: World, transaction: Json) -> Json | None:
    """What caused the movement, whatever it is."""
    tables = (world.table(noun) for noun in SOURCES)
    return next((table[transaction["source"]] for table in tables if transaction["source"] in table), None)


FILTERS: dict[str, Kind] = {**LISTING, **dict.fromkeys(("source", "type", "currency", "payout"), Text(unset=False))}
RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/balance_transactions", listing, FILTERS),
        Route("GET", "/v1/balance_transactions/{id}", retrieve),
    ),
    links={"balance_transaction": {"source": _source}},
    acts={RIPENS: _ripen},
)
