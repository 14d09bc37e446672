"""Shares of tax as the tax API shows them, one by one and summed up. Used by `calculations`."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.errors import Json
from sandbox.tax.rates import TaxShare, percentage_text


def of_line(share: TaxShare) -> list[Json]:
    """The `tax_breakdown` of one line, or of the shipping cost."""
    details: Json | None = None
    if share.tax_type is not None:
        details = {
            "display_name": share.display_name,
            "percentage_decimal": percentage_text(share.percentage),
            "tax_type": share.tax_type,
        }
    return [
        {
            "amount": share.amount_minor,
            "jurisdiction": {
                "country": share.country,
                "display_name": share.jurisdiction,
                "level": share.level,
                "state": share.state,
            },
            "sourcing": "destination",
            "tax_rate_details": details,
            "taxability_reason": share.taxability_reason,
            "taxable_amount": share.taxable_minor,
        }
    ]


def summed(shares: Sequence[TaxShare]) -> list[Json]:
    """The `tax_breakdown` of a whole calculation: one row for each rate, place and reason."""
    rows: list[Json] = []
    for share in shares:
        head = {
            "inclusive": share.inclusive,
            "tax_rate_details": {
                "country": share.country,
                "flat_amount": None,
                "percentage_decimal": percentage_text(share.percentage),
                "rate_type": "percentage" if share.tax_type else None,
                "state": share.state,
                "tax_type": share.tax_type,
            },
            "taxability_reason": share.taxability_reason,
        }
        row = next((row for row in rows if all(row[name] == value for name, value in head.items())), None)
        if row is None:
            row = {"amount": 0, "taxable_amount": 0, **head}
            rows.append(row)
        row["amount"] += share.amount_minor
        row["taxable_amount"] += share.taxable_minor
    return rows
