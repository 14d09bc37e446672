"""Reads Stripe's Customer into a CustomerFact. For the `stripe*.py` beside it only.

What people typed there is text by somebody else: what is no plain text counts as not given.
"""

from __future__ import annotations

from billing.gateways.stripe_values import Json, branch, expect, flag, plain, ref, word_or_none
from billing.rules.facts import CustomerFact
from billing.rules.tax import LINE_MOST, Address

FIELDS = ("country", "postal_code", "state", "city", "line1", "line2")
TAX_IDS_MOST = 20


def customer_of(customer: Json, read_at: int) -> CustomerFact:
    """The customer as Stripe had them at `read_at`. Of one that was deleted Stripe tells the id alone."""
    expect(customer, "customer")
    customer_ref = ref(customer, "cus")
    if customer.get("deleted") is True:
        return CustomerFact(customer_ref, read_at, is_deleted=True)
    return CustomerFact(
        customer_ref=customer_ref,
        read_at=read_at,
        name=plain(customer.get("name"), LINE_MOST),
        email=plain(customer.get("email"), LINE_MOST),
        phone=plain(customer.get("phone"), 40),
        address=_address(branch(customer, "address")),
        tax_ids=_tax_ids(branch(customer, "tax_ids")),
        tax_exempt=word_or_none(customer.get("tax_exempt")) or "",
        livemode=flag(customer, "livemode"),
    )


def _address(given: Json) -> Address | None:
    texts = {name: plain(given.get(name), LINE_MOST) or "" for name in FIELDS}
    return Address(**texts) if any(texts.values()) else None


def _tax_ids(listed: Json) -> tuple[tuple[str, str], ...]:
    """Kind and number of each; they came expanded."""
    rows = listed.get("data")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    pairs = ((word_or_none(row.get("type")), plain(row.get("value"), 80)) for row in found[:TAX_IDS_MOST])
    return tuple((kind, number) for kind, number in pairs if kind and number)
