"""Where the amount of a credit note goes: less to pay, a refund, credit, or money given back elsewhere.
Used by `credit_notes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.invoices.payments import payments_of
from sandbox.money import spoken
from sandbox.reversals.new_refunds import left_of
from sandbox.state import Call, World


@dataclass(frozen=True)
class Shares:
    """Minor units. `before` makes the invoice's remaining amount smaller, `after` is the sum of the others; `linked`
    are refunds that were made already.
    """

    before: int
    after: int
    refund: int = 0
    credit: int = 0
    elsewhere: int = 0
    linked: tuple[Json, ...] = ()


def shares_of(call: Call, invoice: Json, total: int) -> Shares:
    """The shares of a note of this total; 400 when they do not add up or more is credited than was invoiced."""
    before = min(total, invoice["amount_remaining"]) if invoice["status"] == "open" else 0
    refund = call.params.get("refund_amount") or 0
    credit = call.params.get("credit_amount") or 0
    elsewhere = call.params.get("out_of_band_amount") or 0
    linked = tuple(_linked(call, one, place) for place, one in enumerate(call.params.get("refunds") or ()))
    shares = Shares(before, total - before, refund, credit, elsewhere, linked)
    refusal = _refusal(call, invoice, shares)
    if refusal is not None:
        raise refusal
    return shares


def paid_charges(world: World, invoice: Json) -> Iterator[tuple[Json, int]]:
    """The charges that paid an invoice, and what is left of each to refund."""
    for payment in payments_of(world, invoice):
        intent = world.table("payment_intent")[payment["payment"]["payment_intent"]]
        charge = world.table("charge").get(str(intent["latest_charge"]))
        if payment["status"] == "paid" and charge is not None:
            yield charge, left_of(world, charge)


def _refusal(call: Call, invoice: Json, shares: Shares) -> Refusal | None:
    currency = invoice["currency"]
    for name in ("refund_amount", "credit_amount", "out_of_band_amount"):
        if (call.params.get(name) or 0) < 0:
            return invalid("This value must be greater than or equal to 0.", name, "parameter_invalid_integer")
    notes = call.world.table("credit_note").values()
    credited = sum(note["total"] for note in notes if note["invoice"] == invoice["id"] and note["status"] != "void")
    total = shares.before + shares.after
    if credited + total > invoice["total"]:
        left = spoken(max(0, invoice["total"] - credited), currency)
        message = f"The credit note amount ({spoken(total, currency)}) is more than can be credited ({left})."
        return invalid(message, "amount")
    told = shares.refund + shares.credit + shares.elsewhere + sum(one["amount_refunded"] for one in shares.linked)
    if told != shares.after:
        message = (
            f"The sum of credit amount, refund amount and out of band amount ({spoken(told, currency)}) must equal "
            f"the post-payment amount of the credit note ({spoken(shares.after, currency)})."
        )
        return invalid(message)
    if shares.refund > sum(left for _, left in paid_charges(call.world, invoice)):
        message = "The refund amount is more than what is left to refund of this invoice's payments."
        return invalid(message, "refund_amount")
    return None


def _linked(call: Call, given: Json, place: int) -> Json:
    """A refund that exists, by default all of it."""
    param = f"refunds[{place}][refund]"
    refund = call.world.table("refund").get(str(given.get("refund")))
    if refund is None:
        raise missing("refund", str(given.get("refund")), param, status=400)
    amount = given.get("amount_refunded") or refund["amount"]
    used = _used(call, refund)
    if amount + used > refund["amount"]:
        raise invalid("More of this refund is linked to credit notes than it has paid back.", param)
    return {"refund": refund["id"], "amount_refunded": amount}


def _used(call: Call, refund: Json) -> int:
    notes = call.world.table("credit_note").values()
    linked = [one for note in notes if note["status"] != "void" for one in note["refunds"]]
    return sum(one["amount_refunded"] for one in linked if one["refund"] == refund["id"])
