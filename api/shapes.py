"""The shapes of requests and answers as the API document promises them. Only api/ imports it.

Amounts are decimal strings everywhere. Request shapes describe what `bodies.py` checks by hand; a test holds the two
against each other.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt
from pydantic.json_schema import SkipJsonSchema

from api.bodies import ACCOUNT_PATTERN, AMOUNT_PATTERN, INTEGER_MOST
from api.problems import MEDIA_TYPE, form_of
from billing.rules.errors import BadInput, Forbidden, ScripError, SignedOut, Unavailable
from billing.rules.kinds import Kind
from billing.rules.texts import KEY_MAX, REASON_MAX, REASON_MIN
from billing.rules.views import LOOKED_MOST

Amount = Annotated[str, Field(json_schema_extra={"pattern": AMOUNT_PATTERN}, examples=["12.5"])]
WholeAmount = Annotated[StrictInt, Field(ge=1, le=INTEGER_MOST, examples=[12])]
Signed = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]{1,6})?$", examples=["-0.25"])]
Account = Annotated[str, Field(pattern=ACCOUNT_PATTERN, examples=["acc_7kq2m0x9f3v5c8n1b4d6"])]
Key = Annotated[str, Field(min_length=1, max_length=KEY_MAX, examples=["job-2041-step-3"])]
Moment = Annotated[str, Field(examples=["2026-03-01T12:30:00.000000Z"], description="ISO 8601, UTC.")]
Reference = Annotated[str, Field(examples=["48211"], description="Id of the transaction.")]


LIMIT_PATTERN = r"^[0-9]{1,12}(\.[0-9]{1,6})?$"
Limit = Annotated[str, Field(json_schema_extra={"pattern": LIMIT_PATTERN}, examples=["500"])]
WholeLimit = Annotated[StrictInt, Field(ge=0, le=INTEGER_MOST, examples=[500])]


class Shape(BaseModel):
    """Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class UsageDebit(Shape):
    """One use to be paid. The key is unique per account for ever; it may be the header Idempotency-Key instead."""

    account: Account
    amount: Amount | WholeAmount
    idempotency_key: Key | SkipJsonSchema[None] = Field(default=None)
    description: str = Field(default="", max_length=KEY_MAX, examples=["Transcription, 12 minutes"])
    dimensions: dict[str, str] = Field(default={}, max_length=8, examples=[{"model": "large", "project": "p-17"}])


class BatchedDebit(UsageDebit):
    """A debit inside a batch carries its own key."""

    idempotency_key: Key = Field()


class UsageBatch(Shape):
    """Many debits in one request, each decided on its own merits."""

    debits: list[BatchedDebit] = Field(min_length=1, max_length=1000)


class Debited(BaseModel):
    """A debit as it stands in the ledger."""

    transaction: Reference
    account: Account
    amount: Amount
    balance_after: Signed
    recorded_at: Moment


class UsageRevert(Shape):
    """Part of a use to give back. `usage` is the idempotency key of the use, `idempotency_key` that of giving back."""

    account: Account
    usage: Key
    amount: Amount | WholeAmount
    idempotency_key: Key | SkipJsonSchema[None] = Field(default=None)
    reason: str = Field(default="", max_length=KEY_MAX, examples=["The job failed half way"])


class BatchedOutcome(BaseModel):
    """What became of one debit of a batch; the fields of a posted one, or those of its refusal."""

    status: Literal["posted", "insufficient_credits", "key_reused", "not_found", "bad_input"]
    account: str
    idempotency_key: str
    transaction: Reference | None = Field(default=None)
    amount: Amount | None = Field(default=None)
    balance_after: Signed | None = Field(default=None)
    recorded_at: Moment | None = Field(default=None)
    replayed: bool | None = Field(default=None, description="Whether it stood in the ledger before this request.")
    available: Signed | None = Field(default=None)
    needed: Signed | None = Field(default=None)
    missing: Signed | None = Field(default=None)


class BatchAnswer(BaseModel):
    """The outcomes, in the order of the debits."""

    results: list[BatchedOutcome]


class Balance(BaseModel):
    """An account at one moment. `available` is what a debit could take now; `owed` is what went below zero."""

    account: Account
    balance: Signed
    available: Signed
    reserved: Signed
    owed: Signed
    as_of: Moment


class Transaction(BaseModel):
    """One movement of credits; `amount` is negative when they went out."""

    id: Reference
    account: Account
    type: Kind
    amount: Signed
    balance_after: Signed
    by: str
    reason: str
    order: str | None
    happened_at: Moment
    recorded_at: Moment


class Transactions(BaseModel):
    """In the order asked for. For the period, whatever is filtered, opening + credits_in - credits_out = closing."""

    account: Account
    items: list[Transaction]
    next_cursor: str | None = Field(
        description="Send it as `cursor` for the next ones; null at the end. With filters a page may be short or empty "
        f"and lead on all the same: {LOOKED_MOST} lines are looked through for each."
    )
    matching: int = Field(
        description="How many match; counted up to 10001, and with filters among the first "
        f"{LOOKED_MOST} lines of the period."
    )
    opening: Signed
    credits_in: Signed
    credits_out: Signed
    closing: Signed


class Adjustment(Shape):
    """Credits moved by a manager's hand."""

    account: Account
    type: Literal["grant", "removal", "admin_grant", "admin_removal"]
    amount: Amount | WholeAmount
    reason: str = Field(min_length=REASON_MIN, max_length=REASON_MAX, examples=["Goodwill after the outage of 3 March"])
    idempotency_key: Key | SkipJsonSchema[None] = Field(default=None)


class Adjusted(BaseModel):
    """The movement as it stands in the ledger; `amount` is negative for a removal."""

    transaction: Reference
    account: Account
    type: Literal["grant", "removal"]
    amount: Signed
    balance_after: Signed
    reason: str
    recorded_at: Moment


class Replayed(BaseModel):
    """What became of the event this time."""

    id: str = Field(examples=["evt_1Q2w3e4r5t"])
    state: Literal["handled", "ignored", "foreign", "parked", "failed"]


class CreditLimit(Shape):
    """How many credits an account may owe, or else must keep; what is left out is none."""

    limit: Limit | WholeLimit = Field(default="0")
    minimum: Limit | WholeLimit = Field(default="0")
    due_in_days: Annotated[StrictInt, Field(ge=1, le=365)] | None = Field(default=None, examples=[14])
    reason: str = Field(min_length=REASON_MIN, max_length=REASON_MAX, examples=["Agreed in the contract of 3 March"])


class Problem(BaseModel):
    """A refusal as RFC 9457 tells it. Some carry more: what is missing, where to buy it, which values are wrong."""

    type: str = Field(examples=["https://credits.example.com/api/docs#not_found"])
    title: str
    status: int
    detail: str
    instance: str = Field(description="Reference of this answer; it stands in the log as well.")
    code: str
    message: str = Field(description="The same as `detail`, under the name that other systems' clients look for.")


REQUESTS: tuple[type[Shape], ...] = (UsageDebit, UsageBatch, UsageRevert, Adjustment, CreditLimit)


def takes(shape: type[Shape], example: dict[str, Any]) -> dict[str, Any]:
    """The part of a route's document that says what body it takes."""
    schema = {"$ref": f"#/components/schemas/{shape.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}


def refuses(*kinds: type[ScripError], validation: bool = False) -> dict[int | str, dict[str, Any]]:
    """The part of a route's document that lists its problems, those of every door included."""
    told: dict[int | str, dict[str, Any]] = {}
    every: tuple[type[ScripError], ...] = (BadInput, SignedOut, Forbidden, *kinds, Unavailable)
    for kind in every:
        form = form_of(kind("example"))
        told[form.status] = _told(form.title, kind.code, form.status)
    if validation:
        told[422] = _told("Values that cannot be used", BadInput.code, 422)
    return dict(sorted(told.items(), key=lambda item: str(item[0])))


def _told(title: str, code: str, status: int) -> dict[str, Any]:
    example = {
        "type": f"https://credits.example.com/api/docs#{code}", "title": title, "status": status,
        "detail": "One sentence that says what is wrong.", "instance": "ref_2k9q0x7m3v5c8n1b4d6f", "code": code,
        "message": "One sentence that says what is wrong.",
    }  # fmt: skip
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
    return {"description": title, "content": content}
