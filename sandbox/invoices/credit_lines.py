"""The lines of a credit note and their sums: pure calculation upon an invoice's lines. Used by `credit_notes`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.errors import Json, invalid, missing
from sandbox.invoices.item_terms import inside
from sandbox.invoices.lines import plain
from sandbox.invoices.taxes import manual_taxes
from sandbox.invoices.totals import merged, merged_taxes
from sandbox.money import EXACT, half_up
from sandbox.state import Call, new_id


def credit_lines(call: Call, invoice: Json) -> list[Json]:
    """From `lines`, or one line for a plain `amount`, which is taken as including whatever tax there was."""
    amount = call.params.get("amount")
    given = call.params.get("lines")
    if (amount is None) == (given is None):
        message = "You must specify exactly one of: amount, lines."
        raise invalid(message, "amount", "parameter_missing")
    if given is None:
        if not amount or amount < 0:
            raise invalid("The amount of a credit note must be greater than 0.", "amount")
        return [
            _row(f"Credit for {invoice['number']}", amount, type="custom_line_item", quantity=1, unit_amount=amount)
        ]
    rows = [
        _custom(call, invoice, one, at) if one["type"] == "custom_line_item" else _of_line(invoice, one, at)
        for one, at in ((one, f"lines[{place}]") for place, one in enumerate(given))
    ]
    if not rows:
        raise invalid("A credit note needs at least one line.", "lines")
    return rows


def sums(rows: list[Json]) -> Json:
    """The totals of a credit note."""
    taxes = [tax for row in rows for tax in row["taxes"]]
    taken = [one for row in rows for one in row["discount_amounts"]]
    subtotal = sum(row["amount"] for row in rows)
    within = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "inclusive")
    upon = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
    discount = sum(one["amount"] for one in taken)
    total = subtotal - discount + upon
    discounts = merged(taken)
    return {
        "amount": total,
        "discount_amount": discount,
        "discount_amounts": discounts,
        "pretax_credit_amounts": [{**one, "type": "discount"} for one in discounts],
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - within,
        "total": total,
        "total_excluding_tax": total - upon - within,
        "total_taxes": merged_taxes(taxes),
    }


def _of_line(invoice: Json, given: Json, at: str) -> Json:
    """A part of an invoice's line, with the same part of its discounts and taxes."""
    line_id = given.get("invoice_line_item")
    found = next((row for row in invoice["lines"]["data"] if row["id"] == line_id), None)
    if found is None:
        raise missing("invoice line item", str(line_id), inside(at, "invoice_line_item"), status=400)
    amount, quantity = _amount_of(found, given, at)
    if not 0 < amount <= found["amount"]:
        message = "The amount credited for a line must be greater than 0 and at most the line's amount."
        raise invalid(message, inside(at, "amount"))

    def part(of_minor: int) -> int:
        return half_up(EXACT.divide(EXACT.multiply(Decimal(of_minor), Decimal(amount)), Decimal(found["amount"])))

    row = _row(found["description"], amount, type="invoice_line_item", quantity=quantity)
    taken = [{**one, "amount": part(one["amount"])} for one in found["discount_amounts"]]
    names = ("amount", "taxable_amount")
    return row | {
        "discount_amount": sum(one["amount"] for one in taken),
        "discount_amounts": taken,
        "invoice_line_item": line_id,
        "pretax_credit_amounts": [{**one, "type": "discount"} for one in taken],
        "taxes": [{**tax, **{name: part(tax[name]) for name in names}} for tax in found["taxes"]],
    }


def _amount_of(found: Json, given: Json, at: str) -> tuple[int, int | None]:
    amount = given.get("amount")
    quantity = given.get("quantity")
    if (amount is None) == (quantity is None):
        raise invalid("You must specify exactly one of: amount, quantity.", inside(at, "amount"), "parameter_missing")
    if amount is not None:
        return amount, None
    share = EXACT.divide(
        EXACT.multiply(Decimal(found["amount"]), Decimal(quantity or 0)), Decimal(found["quantity"] or 1)
    )
    return half_up(share), quantity


def _custom(call: Call, invoice: Json, given: Json, at: str) -> Json:
    """A line of its own words, taxed by the rates it names."""
    if given.get("description") is None:
        raise invalid("Missing required param.", inside(at, "description"), "parameter_missing")
    unit = given.get("unit_amount_decimal")
    whole = given.get("unit_amount")
    if (unit is None) == (whole is None):
        message = "You must specify exactly one of: unit_amount, unit_amount_decimal."
        raise invalid(message, inside(at, "unit_amount"), "parameter_missing")
    quantity = given.get("quantity", 1)
    each = Decimal(whole) if whole is not None else Decimal(unit or 0)
    amount = half_up(EXACT.multiply(each, Decimal(quantity)))
    if amount <= 0:
        raise invalid("The amount of a credit note line must be greater than 0.", inside(at, "unit_amount"))
    rates = [_rate(call, rate, at) for rate in given.get("tax_rates") or ()]
    row = _row(given["description"], amount, type="custom_line_item", quantity=quantity, unit_amount=whole)
    return row | {
        "tax_rates": [dict(rate) for rate in rates],
        "taxes": manual_taxes(rates, amount, invoice["customer_tax_exempt"] or "none"),
        "unit_amount_decimal": plain(each),
    }


def _rate(call: Call, rate: str, at: str) -> Json:
    found = call.world.table("tax_rate").get(rate)
    if found is None:
        raise missing("tax rate", rate, inside(at, "tax_rates"), status=400)
    return found


def _row(description: str | None, amount_minor: int, **more: Any) -> Json:
    unit = more.get("unit_amount")
    return {
        "id": new_id("cnli_1", 23),
        "object": "credit_note_line_item",
        "amount": amount_minor,
        "description": description,
        "discount_amount": 0,
        "discount_amounts": [],
        "livemode": False,
        "metadata": {},
        "pretax_credit_amounts": [],
        "tax_rates": [],
        "taxes": [],
        "unit_amount": None,
        "unit_amount_decimal": None if unit is None else str(unit),
        **more,
    }
