"""The shapes of explanations and reports, for the API document. Only api/ imports it."""

from __future__ import annotations

from pydantic import BaseModel, Field

from api.shapes import Account, Moment, Reference, Signed, Transaction
from billing.rules.explanations import Tie
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource

LotId = Field(examples=["48210"], description="Id of the lot.")
OptionalMoment = Field(examples=["2026-03-01T12:30:00.000000Z"], description="ISO 8601, UTC; null: none.")


class Part(BaseModel):
    """What the lines of one type brought and took together."""

    type: Kind
    transactions: int
    credits_in: Signed
    credits_out: Signed
    amount: Signed


class ExplainedBalance(BaseModel):
    """opening + every amount of the parts = closing, the balance as of `until`."""

    account: Account
    since: str | None = OptionalMoment
    until: Moment
    opening: Signed
    parts: list[Part]
    closing: Signed
    unexplained: Signed = Field(description="What no transaction accounts for: 0, or the ledger is at fault.")


class Drawn(BaseModel):
    """What a transaction moved in one lot; negative when it was paid from it."""

    lot: str = LotId
    source: LotSource
    amount: Signed
    order: str | None
    opened_at: Moment
    expires_at: str | None = OptionalMoment


class Related(BaseModel):
    """Another transaction that belongs to this one, and why."""

    why: Tie
    transaction: Transaction


class ExplainedTransaction(BaseModel):
    """A transaction with the lots it moved, in the order in which it did, and those it belongs together with."""

    transaction: Transaction
    cause: str = Field(examples=["usage:acc_7kq2m0x9f3v5c8n1b4d6:job-2041-step-3"])
    dimensions: dict[str, str]
    lots: list[Drawn]
    related: list[Related]


class ExplainedLot(BaseModel):
    """granted - repaid + every amount of the parts = remaining. `repaid` went at once to what was owed."""

    lot: str = LotId
    account: Account
    source: LotSource
    granted: Signed
    repaid: Signed
    parts: list[Part]
    remaining: Signed
    unexplained: Signed
    order: str | None
    opened_by: Reference | None
    opened_at: Moment
    expires_at: str | None = OptionalMoment
    first_used_at: str | None = OptionalMoment
    last_used_at: str | None = OptionalMoment


class UsageGroup(BaseModel):
    """The uses of one key or value; `name` is empty for those without one."""

    name: str
    events: int
    credits: Signed
    before: Signed = Field(description="What it used in the period before, as far as this one has come.")


class UsageStep(BaseModel):
    """One day or hour. `credits` are all of it, `groups` those of the report's first six groups, in their order."""

    start: Moment
    end: Moment
    local: str = Field(examples=["2026-03-29T00:00:00+01:00"], description="When it begins by the zone's clocks.")
    events: int
    credits: Signed
    groups: list[Signed]


class UsageReport(BaseModel):
    """The steps sum to `credits`, and so do the groups with `others`: the ledger's debits of the period."""

    account: Account
    since: Moment
    until: Moment
    events: int
    credits: Signed
    before: Signed
    given_back: Signed = Field(description="Credits of uses that came back within the period; not subtracted.")
    groups: list[UsageGroup]
    others: UsageGroup | None
    steps: list[UsageStep]
    dimensions: list[str] = Field(description="What uses can be grouped by as `dimension.<name>`.")
