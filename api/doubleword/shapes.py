"""The shapes of Doubleword's requests and answers, for the API document. Only api/doubleword imports it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

USER_PATTERN = r"^[A-Za-z0-9_-]{1,40}$"
TYPES = ("purchase", "admin_grant", "admin_removal", "usage")

User = Annotated[
    str, Field(pattern=USER_PATTERN, examples=["usr_7kq2m0x9f3v5c8n1b4d6"], description="A person, or an account.")
]
Number = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]{1,6})?$", examples=["10.5"])]
Type = Literal["purchase", "admin_grant", "admin_removal", "usage"]
Moment = Annotated[str, Field(examples=["2026-03-01T12:30:00.000000Z"], description="ISO 8601, UTC.")]


class Adjustment(BaseModel):
    """Credits given or taken by hand. Any other field is ignored."""

    user_id: User
    transaction_type: Literal["admin_grant", "admin_removal"]
    amount: Annotated[float, Field(gt=0, examples=[100])] | Number = Field(description="Exact, as number or as text.")
    source_id: str | None = Field(
        default=None, max_length=200, description="Unique for ever; left out: each call is a grant of its own."
    )
    description: str | None = Field(
        default=None, max_length=500, examples=["Welcome bonus"], description="The reason, which the user reads."
    )


class Transaction(BaseModel):
    """A movement of credits; `amount` is never negative, the type says the direction."""

    id: str = Field(examples=["48211"])
    user_id: User
    transaction_type: Type
    amount: Number
    balance_after: Number
    source_id: str
    description: str
    created_at: Moment


class Transactions(BaseModel):
    """Newest first."""

    data: list[Transaction]
    has_more: bool
    page_start_balance: Number | None = Field(
        description="The balance after the newest line of the page; null when the page is of all users."
    )


class Address(BaseModel):
    """Where to send the browser."""

    url: str = Field(examples=["https://checkout.stripe.com/c/pay/cs_test_1Q2w3e4r5t"])


class Told(BaseModel):
    """What became of it."""

    message: str = Field(examples=["Payment processed: the credits are on the account."])


class OneUser(BaseModel):
    """A person, or an account nobody signs in to, or the holder of a key."""

    id: User
    username: str
    display_name: str
    email: str | None
    roles: list[str] = Field(examples=[["StandardUser"]])
    is_admin: bool
    account_id: str | None
    created_at: Moment | None
    has_payment_provider_id: bool
    verified: bool = Field(description="Whether a card was proven without a charge.")
    credit_balance: Number | None = Field(default=None, description="Only with include=billing.")


class Users(BaseModel):
    """A page of them, by name."""

    data: list[OneUser]
    total_count: int
    skip: int
    limit: int


class Config(BaseModel):
    """What a client needs to know about this portal."""

    title: str
    payment_enabled: bool = Field(description="Whether something is on sale now.")
    payment_provider: Literal["stripe", "dummy"]
    test_mode: bool = Field(description="No real money moves.")
    credit_unit: str
    dashboard_url: str
    docs_url: str


def takes(example: dict[str, Any]) -> dict[str, Any]:
    """The part of a route's document that says that it takes an adjustment."""
    content = {"application/json": {"schema": Adjustment.model_json_schema(), "example": example}}
    return {"requestBody": {"required": True, "content": content}}
