"""The sums of an invoice: discounts, taxes and totals of its lines, in whole minor units. Used inside this room only.

Discounts of a line come first, then those of the invoice, shared out over the lines, then billing credits; tax is
reckoned line by line on what is left. So every total is a plain sum of what the lines show.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandbox.catalogue.coupons import Line, discount_amounts
from sandbox.errors import Json
from sandbox.invoices.balances import foresee
from sandbox.invoices.blanks import copy_customer
from sandbox.invoices.taxes import automatic_taxes, inclusive, locatable, manual_taxes
from sandbox.state import Call, World


def reckoned(call: Call, invoice: Json) -> Json:
    """Every sum of a draft anew, with the customer as he is now; also what there would be to pay."""
    copy_customer(call, invoice)
    rates = call.world.table("tax_rate")
    invoice["default_tax_rates"] = [dict(rates[rate]) for rate in invoice["_default_tax_rates"]]
    if invoice["automatic_tax"]["enabled"]:
        invoice["automatic_tax"]["status"] = "complete" if locatable(invoice) else "requires_location_inputs"
    else:
        invoice["automatic_tax"]["status"] = None
    reckon(call, invoice)
    foresee(invoice)
    return invoice


def put_lines(invoice: Json, rows: Sequence[Json]) -> None:
    for row in rows:
        row["invoice"] = invoice["id"]
    invoice["lines"]["data"] = list(rows)


def reckon(call: Call, invoice: Json) -> Json:
    """Fills in the lines' discounts and taxes and all sums of the invoice, and returns it."""
    rows = invoice["lines"]["data"]
    for row in rows:
        row["discount_amounts"] = []
        _discount(call.world, [row], row["discounts"], invoice["currency"])
    subtotals = [left(row) for row in rows]
    _discount(call.world, rows, invoice["discounts"], invoice["currency"])
    before_tax = sum(inclusive(_taxes(call, invoice, row, amount)) for row, amount in zip(rows, subtotals, strict=True))
    for row in rows:
        row["taxes"] = _taxes(call, invoice, row, _taxable(row))
        row["pretax_credit_amounts"] = [*_credits(row["discount_amounts"]), *row.get("_credits", ())]
    taxes = [tax for row in rows for tax in row["taxes"]]
    total = sum(_taxable(row) for row in rows) + sum(t["amount"] for t in taxes if t["tax_behavior"] == "exclusive")
    discounted = merged([taken for row in rows for taken in row["discount_amounts"]])
    invoice |= {
        "subtotal": sum(subtotals),
        "subtotal_excluding_tax": sum(subtotals) - before_tax,
        "total": total,
        "total_excluding_tax": total - sum(tax["amount"] for tax in taxes),
        "total_discount_amounts": discounted,
        "total_pretax_credit_amounts": [
            *_credits(discounted),
            *(one for row in rows for one in row.get("_credits", ())),
        ],
        "total_taxes": merged_taxes(taxes),
    }
    return invoice


def merged(taken: Iterable[Json]) -> list[Json]:
    """One entry for each discount."""
    sums: dict[str, int] = {}
    for one in taken:
        sums[one["discount"]] = sums.get(one["discount"], 0) + one["amount"]
    return [{"amount": amount, "discount": discount} for discount, amount in sums.items()]


def merged_taxes(taxes: Iterable[Json]) -> list[Json]:
    """One entry for each rate and way it was applied."""
    sums: dict[tuple[str, str, str], Json] = {}
    for tax in taxes:
        key = (tax["_label"], tax["tax_behavior"], tax["taxability_reason"])
        kept = sums.setdefault(key, {**tax, "amount": 0, "taxable_amount": 0})
        kept["amount"] += tax["amount"]
        kept["taxable_amount"] += tax["taxable_amount"]
    return list(sums.values())


def _discount(world: World, rows: Sequence[Json], discounts: Sequence[str], currency: str) -> None:
    """Adds what these discounts take off these rows, one after the other."""
    objects = [world.table("discount")[discount] for discount in discounts]
    lines = [Line(left(row), row["_product"], row["discountable"]) for row in rows]
    for discount, shares in zip(discounts, discount_amounts(world, objects, lines, currency), strict=True):
        for row, share in zip(rows, shares, strict=True):
            row["discount_amounts"].append({"amount": share, "discount": discount})


def left(row: Json) -> int:
    """What discounts leave of a line."""
    return int(row["amount"]) - sum(int(taken["amount"]) for taken in row["discount_amounts"])


def _taxable(row: Json) -> int:
    return left(row) - sum(int(one["amount"]) for one in row.get("_credits", ()))


def _taxes(call: Call, invoice: Json, row: Json, amount_minor: int) -> list[Json]:
    if invoice["automatic_tax"]["enabled"]:
        return automatic_taxes(call, invoice, row, amount_minor)
    chosen = row["_tax_rates"] or invoice["_default_tax_rates"]
    rates = [call.world.table("tax_rate")[rate] for rate in chosen]
    return manual_taxes(rates, amount_minor, invoice["customer_tax_exempt"] or "none")


def _credits(taken: Iterable[Json]) -> list[Json]:
    return [{**one, "type": "discount"} for one in taken]
