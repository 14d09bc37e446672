"""Balance transactions: the fee and the net of a charge. Registered in `registry`; written by `charges`."""

from __future__ import annotations

from sandbox.errors import Json
from sandbox.lists import page
from sandbox.params import Text
from sandbox.routes import LISTING, Resource, Route
from sandbox.state import Call, new_id

# An example tariff (2.9 % and 30 minor units). Real fees depend on the account and the card.
PER_MILLE = 29
FIXED_MINOR = 30
DAYS_UNTIL_AVAILABLE = 2


def book_charge(call: Call, charge: Json) -> Json:
    """The movement of money a successful charge causes."""
    fee = min(charge["amount"], (charge["amount"] * PER_MILLE + 500) // 1000 + FIXED_MINOR)
    return call.world.add(
        {
            "id": new_id("txn_3", 23),
            "object": "balance_transaction",
            "amount": charge["amount"],
            "available_on": call.now + DAYS_UNTIL_AVAILABLE * 24 * 3600,
            "balance_type": "payments",
            "created": call.now,
            "currency": charge["currency"],
            "description": charge["description"],
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [_fee_detail(fee, charge["currency"])],
            "net": charge["amount"] - fee,
            "reporting_category": "charge",
            "source": charge["id"],
            "status": "pending",
            "type": "charge",
        }
    )


def _fee_detail(amount_minor: int, currency: str) -> Json:
    return {
        "amount": amount_minor,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }


def retrieve(call: Call) -> Json:
    return call.find("balance_transaction", "id", name="balance transaction")


def listing(call: Call) -> Json:
    asked = {name: call.params[name] for name in ("source", "type", "currency") if name in call.params}
    return page(
        call,
        "balance_transaction",
        "/v1/balance_transactions",
        lambda row: all(row[name] == value for name, value in asked.items()),
    )


FILTERS = {**LISTING, "source": Text(unset=False), "type": Text(unset=False), "currency": Text(unset=False)}
RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/balance_transactions", listing, FILTERS),
        Route("GET", "/v1/balance_transactions/{id}", retrieve),
    ),
    links={"balance_transaction": {"source": "charge"}},
)
