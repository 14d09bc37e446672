"""The shapes of answers about what accounts may owe. Only api/ imports it.

Requests of the same doors stand in `shapes.py`, beside all others that a test holds against `bodies.py`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from api.shapes import Account, Amount, Limit, Moment, Signed


class OverdraftInvoice(BaseModel):
    """An invoice for credits used below zero in a period; `period_end` belongs to the next one."""

    id: str
    state: Literal["new", "open", "paid", "uncollectible", "void", "refused"]
    period_start: Moment
    period_end: Moment
    credits: Amount
    amount: str = Field(examples=["9.95"], description="In major units, before tax.")
    currency: str
    invoice: str | None = Field(examples=["in_1Q2w3e4r5t"])
    number: str | None
    url: str | None
    due_at: Moment | None
    note: str = Field(description="What a person should look at; usually empty.")


class CreditStanding(BaseModel):
    """What an account may owe and does; `not_invoiced` of `owed` is in no invoice yet."""

    account: Account
    mode: Literal["prepaid", "postpaid"]
    limit: Limit
    minimum: Limit
    owed: Signed
    not_invoiced: Signed
    due_in_days: int
    next_invoice_at: Moment | None
    invoices: list[OverdraftInvoice]
