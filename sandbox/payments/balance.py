"""The balance of the account: the sum of all balance transactions, by currency. Registered in `registry`."""

from __future__ import annotations

from sandbox.errors import Json
from sandbox.routes import Resource, Route
from sandbox.state import Call

# The currency an account without any movement shows.
HOME = "usd"


def retrieve(call: Call) -> Json:
    """Always computed, so that it cannot disagree with the transactions it is made of: `available` may be paid out,
    `pending` waits for its day.
    """
    rows = list(call.world.table("balance_transaction").values())
    currencies = sorted({HOME, *(row["currency"] for row in rows)})
    nothing = [{"amount": 0, "currency": HOME}]
    return {
        "object": "balance",
        "available": _sums(rows, currencies, "available"),
        "livemode": False,
        "pending": _sums(rows, currencies, "pending"),
        "refund_and_dispute_prefunding": {"available": nothing, "pending": nothing},
    }


def _sums(rows: list[Json], currencies: list[str], status: str) -> list[Json]:
    """What all movements of this status come to after fees, in minor units."""
    totals = dict.fromkeys(currencies, 0)
    for row in rows:
        if row["status"] == status:
            totals[row["currency"]] += row["net"]
    return [
        {"amount": total, "currency": currency, "source_types": {"card": total}} for currency, total in totals.items()
    ]


RESOURCE = Resource(routes=(Route("GET", "/v1/balance", retrieve),))
