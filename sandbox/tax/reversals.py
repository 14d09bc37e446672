"""How much of a tax transaction can still be taken back, and how it is shared among its lines.
Used by `transactions`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.errors import Json, invalid, missing
from sandbox.money import spread
from sandbox.state import World

NOUN = "tax.transaction"
LINE = "tax.transaction_line_item"


@dataclass(frozen=True)
class Reversed:
    """The rows of a reversal, all amounts below zero."""

    lines: list[Json]
    shipping: Json | None = None


def whole(world: World, original: Json) -> Reversed:
    """Everything that is left."""
    lines = [_row(line, -left, -tax) for line, left, tax in _open_lines(world, original)]
    shipping = _open_shipping(world, original)
    if not any(line["amount"] or line["amount_tax"] for line in lines) and not (shipping and any(shipping)):
        raise invalid("This tax transaction was already fully reversed.", "original_transaction")
    return Reversed(lines, _shipping_row(original, *shipping) if shipping else None)


def flat(world: World, original: Json, flat_amount: int) -> Reversed:
    """A sum with its tax, below zero, shared among lines and shipping by what they have left."""
    if flat_amount >= 0:
        raise invalid("The flat amount must be negative.", "flat_amount")
    rows = _open_lines(world, original)
    shipping = _open_shipping(world, original)
    left = [(amount, tax, line["tax_behavior"]) for line, amount, tax in rows]
    if shipping:
        left.append((*shipping, original["shipping_cost"]["tax_behavior"]))
    paid = [amount if behavior == "inclusive" else amount + tax for amount, tax, behavior in left]
    if -flat_amount > sum(paid):
        raise invalid("The flat amount is more than what is left of the original transaction.", "flat_amount")
    parts: list[tuple[int, int]] = []
    for share, (_, tax, behavior), total in zip(spread(-flat_amount, paid), left, paid, strict=True):
        taxed = spread(share, [tax, total - tax])[0]
        parts.append((share if behavior == "inclusive" else share - taxed, taxed))
    lines = [_row(line, -amount, -tax) for (line, _, _), (amount, tax) in zip(rows, parts, strict=False)]
    return Reversed(lines, _shipping_row(original, *parts[-1]) if shipping else None)


def named(world: World, original: Json, params: Json) -> Reversed:
    """Single lines by their id, each with an amount and its tax below zero."""
    given: list[Json] = params.get("line_items") or []
    cost: Json | None = params.get("shipping_cost")
    if not given and cost is None:
        message = "A partial reversal needs `line_items`, `shipping_cost` or `flat_amount`."
        raise invalid(message, "line_items", "parameter_missing")
    left = {line["id"]: (line, amount, tax) for line, amount, tax in _open_lines(world, original)}
    lines: list[Json] = []
    for place, asked in enumerate(given):
        at = f"line_items[{place}]"
        if asked["original_line_item"] not in left:
            raise missing("tax transaction line item", asked["original_line_item"], f"{at}[original_line_item]", 400)
        line, amount, tax = left[asked["original_line_item"]]
        _refuse_more(asked, amount, tax, at)
        extra = {"reference": asked["reference"], "quantity": asked.get("quantity", line["quantity"])}
        lines.append(_row(line, asked["amount"], asked["amount_tax"]) | extra | {"metadata": asked.get("metadata")})
    if cost is None:
        return Reversed(lines)
    _refuse_more(cost, *(_open_shipping(world, original) or (0, 0)), "shipping_cost")
    return Reversed(lines, _shipping_row(original, -cost["amount"], -cost["amount_tax"]))


def lines_of_transaction(world: World, transaction: Json) -> list[Json]:
    return [line for line in world.table(LINE).values() if line["_transaction"] == transaction["id"]]


def _refuse_more(asked: Json, amount: int, tax: int, at: str) -> None:
    if asked["amount"] > 0 or asked["amount_tax"] > 0:
        raise invalid("The amounts of a reversal must be negative.", f"{at}[amount]")
    if -asked["amount"] > amount or -asked["amount_tax"] > tax:
        raise invalid("The amount is more than what is left of the original line item.", f"{at}[amount]")


def _reversals(world: World, original: Json) -> list[Json]:
    rows = world.table(NOUN).values()
    return [row for row in rows if (row["reversal"] or {}).get("original_transaction") == original["id"]]


def _open_lines(world: World, original: Json) -> list[tuple[Json, int, int]]:
    """Each line of the original with the amount and the tax that were not taken back yet."""
    taken = [line for one in _reversals(world, original) for line in lines_of_transaction(world, one)]
    return [
        (
            line,
            line["amount"] + sum(one["amount"] for one in taken if _is_of(one, line)),
            line["amount_tax"] + sum(one["amount_tax"] for one in taken if _is_of(one, line)),
        )
        for line in lines_of_transaction(world, original)
    ]


def _is_of(reversal_line: Json, line: Json) -> bool:
    return bool(reversal_line["reversal"]["original_line_item"] == line["id"])


def _open_shipping(world: World, original: Json) -> tuple[int, int] | None:
    if original["shipping_cost"] is None:
        return None
    costs = [original["shipping_cost"], *(one["shipping_cost"] for one in _reversals(world, original))]
    known = [cost for cost in costs if cost]
    return sum(cost["amount"] for cost in known), sum(cost["amount_tax"] for cost in known)


def _row(line: Json, amount: int, tax: int) -> Json:
    copied = {name: line[name] for name in ("product", "quantity", "reference", "tax_behavior", "tax_code", "metadata")}
    return {**copied, "amount": amount, "amount_tax": tax, "reversal": {"original_line_item": line["id"]}}


def _shipping_row(original: Json, amount: int, tax: int) -> Json:
    return {**original["shipping_cost"], "amount": -amount, "amount_tax": -tax}
