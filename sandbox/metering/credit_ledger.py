"""The ledger of billing credits: every grant's credits and debits, and how they pay for metered lines of invoices.
Invoices use `apply_credits`; the routes are in `credit_grants` and `credit_balances`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.errors import Json
from sandbox.events import record
from sandbox.state import Call, World, new_id

GRANT = "billing.credit_grant"
ENTRY = "billing.credit_balance_transaction"


@dataclass(frozen=True)
class MeteredLine:
    """A line of an invoice that credits may pay: its price must be metered, its amount is after discounts."""

    id: str
    price: str
    amount_minor: int


@dataclass(frozen=True)
class Applied:
    """So much of a line was paid from a grant; `entry` is the id of the credit balance transaction."""

    line: str
    grant: str
    entry: str
    amount_minor: int


def apply_credits(
    call: Call, customer_id: str, currency: str, invoice_id: str, lines: Sequence[MeteredLine]
) -> list[Applied]:
    """Pays metered lines from the customer's credits and writes the debits. To be called when an invoice is finalized.

    Grants of a lower priority number come first, then those that expire first, promotional before paid ones, the
    older before the newer. `invoice.voided` gives the credits back by itself.
    """
    applied: list[Applied] = []
    for grant in _in_order(call, customer_id, currency):
        left = remaining(call.world, grant)
        for line in lines:
            due = line.amount_minor - sum(one.amount_minor for one in applied if one.line == line.id)
            part = min(left, due)
            if part > 0 and _covers(grant, line):
                entry = write(call, grant, -part, "credits_applied", invoice=invoice_id, line=line.id)
                applied.append(Applied(line.id, grant["id"], entry["id"], part))
                left -= part
    return applied


def give_back(call: Call, invoice: Json) -> None:
    """The credits of an invoice that was voided."""
    debits = [
        row
        for row in call.world.table(ENTRY).values()
        if ((row["debit"] or {}).get("credits_applied") or {}).get("invoice") == invoice["id"]
    ]
    for row in debits:
        grant = call.world.table(GRANT)[row["credit_grant"]]
        applied = row["debit"]["credits_applied"]
        kind = "credits_application_invoice_voided"
        write(call, grant, _value(row), kind, invoice=invoice["id"], line=applied["invoice_line_item"])


def write(
    call: Call, grant: Json, amount_minor: int, kind: str, *, invoice: str | None = None, line: str | None = None
) -> Json:
    """One entry: above zero a credit, below zero a debit."""
    money = {"currency": grant["amount"]["monetary"]["currency"], "value": abs(amount_minor)}
    side: Json = {"amount": {"monetary": money, "type": "monetary"}, "type": kind}
    link = {"invoice": invoice, "invoice_line_item": line} if invoice else None
    name = "credits_application_invoice_voided" if amount_minor > 0 else "credits_applied"
    side[name] = link
    entry: Json = {
        "id": new_id("cbtxn_test_61", 26),
        "object": ENTRY,
        "created": call.now,
        "credit": side if amount_minor > 0 else None,
        "credit_grant": grant["id"],
        "debit": side if amount_minor < 0 else None,
        "effective_at": max(call.now, grant["effective_at"]) if kind == "credits_granted" else call.now,
        "livemode": False,
        "test_clock": grant["test_clock"],
        "type": "credit" if amount_minor > 0 else "debit",
        "_customer": grant["customer"],
    }
    call.world.add(entry)
    record(call, "billing.credit_balance_transaction.created", entry)
    return entry


def remaining(world: World, grant: Json) -> int:
    """What is left of a grant."""
    rows = [row for row in world.table(ENTRY).values() if row["credit_grant"] == grant["id"]]
    return sum(_value(row) if row["credit"] else -_value(row) for row in rows)


def was_used(world: World, grant: Json) -> bool:
    rows = world.table(ENTRY).values()
    return any(row["credit_grant"] == grant["id"] and (row["debit"] or {}).get("credits_applied") for row in rows)


def usable(grant: Json, moment: int) -> bool:
    """Begun, not over, not voided."""
    over = grant["expires_at"] is not None and moment >= grant["expires_at"]
    return grant["voided_at"] is None and grant["effective_at"] <= moment and not over


def _in_order(call: Call, customer_id: str, currency: str) -> list[Json]:
    mine = [
        grant
        for grant in call.world.table(GRANT).values()
        if grant["customer"] == customer_id
        and grant["amount"]["monetary"]["currency"] == currency
        and usable(grant, call.now)
    ]
    return sorted(mine, key=_rank)


def _rank(grant: Json) -> tuple[int, bool, int, bool, int, int]:
    ends: int | None = grant["expires_at"]
    paid = grant["category"] == "paid"
    return grant["priority"], ends is None, ends or 0, paid, grant["effective_at"], grant["created"]


def _covers(grant: Json, line: MeteredLine) -> bool:
    prices = grant["applicability_config"]["scope"].get("prices")
    return not prices or any(price["id"] == line.price for price in prices)


def _value(entry: Json) -> int:
    side = entry["credit"] or entry["debit"]
    return int(side["amount"]["monetary"]["value"])
