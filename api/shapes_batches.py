"""The shapes of batches of grants. Only api/ imports it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from api.shapes import LIMIT_PATTERN, Limit, Moment, Shape

BATCH_PATTERN = r"^bat_[0-9a-z]{20}$"


class BatchConfirmation(Shape):
    """`total` is the sum of all amounts, whichever way they go, of the rows that are good."""

    total: str = Field(json_schema_extra={"pattern": LIMIT_PATTERN}, examples=["12500"])
    skip_bad: bool = Field(default=False, description="Run the good rows although others are bad.")


class BatchProblem(BaseModel):
    """Something that is wrong, and with how many rows."""

    problem: str
    rows: int


class BatchRows(BaseModel):
    """Rows by state. A bad one never runs; a refused one ran and the ledger said no; a stopped one was never tried."""

    bad: int
    waiting: int
    done: int
    refused: int
    stopped: int


class GrantBatch(BaseModel):
    """A file of grants and removals, and how far it has come."""

    id: str = Field(pattern=BATCH_PATTERN, examples=["bat_7kq2m0x9f3v5c8n1b4d6"])
    name: str
    state: Literal["checked", "running", "done", "stopped"]
    created_by: str
    created_at: Moment
    confirmed_at: Moment | None
    ended_at: Moment | None
    rows: BatchRows
    granted: Limit
    removed: Limit
    total: Limit
    problems: list[BatchProblem]
    note: str = Field(description="Why it was stopped, when the portal did that.")
    reverses: str | None = Field(description="The batch this one takes back.")
    reversed_by: str | None
