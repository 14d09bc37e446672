"""Billing credits on an invoice: they pay its metered lines when it is finalized, after discounts and before tax.
Used by `finalization`; the credits themselves are kept in the room `metering`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.errors import Json
from sandbox.invoices.totals import left
from sandbox.metering.credit_ledger import MeteredLine, apply_credits
from sandbox.state import Call


def spend_credits(call: Call, invoice: Json) -> bool:
    """Writes what the customer's credits pay into the lines (`_credits`). The sums must be reckoned anew after it, if
    anything was paid; an invoice that is voided gets its credits back by an event.
    """
    lines = list(_metered(call, invoice))
    paid = apply_credits(call, invoice["customer"], invoice["currency"], invoice["id"], lines)
    rows = {row["id"]: row for row in invoice["lines"]["data"]}
    for one in paid:
        told = {
            "amount": one.amount_minor,
            "credit_balance_transaction": one.entry,
            "type": "credit_balance_transaction",
        }
        # `totals` looks for it there when it reckons what is left to tax and to pay.
        rows[one.line].setdefault("_credits", []).append(told)
    return bool(paid)


def _metered(call: Call, invoice: Json) -> Iterator[MeteredLine]:
    """The lines whose price counts usage; Stripe's credits pay for nothing else."""
    prices = call.world.table("price")
    for row in invoice["lines"]["data"]:
        named = row["pricing"]["price_details"] or {}
        recurring = prices.get(str(named.get("price")), {}).get("recurring") or {}
        if recurring.get("usage_type") == "metered":
            yield MeteredLine(row["id"], named["price"], left(row))
