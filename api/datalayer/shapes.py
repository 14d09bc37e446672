"""The shapes of Datalayer's requests and answers, for the API document. Only api/datalayer imports it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.bodies import ACCOUNT_PATTERN

Number = Annotated[float | int, Field(examples=[12.5], description="An exact decimal number of credits.")]
Account = Annotated[str, Field(pattern=ACCOUNT_PATTERN, examples=["acc_7kq2m0x9f3v5c8n1b4d6"])]
Minor = Annotated[int, Field(examples=[1800], description="In the currency's smallest unit.")]


class Topup(BaseModel):
    """What is bought, for which account. Any other field is ignored."""

    price_id: str = Field(examples=["price_1Q2w3e4r5t"])
    account_uid: Account | None = Field(default=None)
    billable_account_uid: Account | None = Field(default=None)
    billable_account_kind: str | None = Field(default=None)
    quantity: int | None = Field(default=None, ge=1, le=1)
    credits: int | str | None = Field(
        default=None, examples=["2500"], description="How many, where the price has an `own_amount`."
    )


class AccountUids(BaseModel):
    """The accounts asked about."""

    account_uids: list[str] = Field(max_length=100, examples=[["acc_7kq2m0x9f3v5c8n1b4d6"]])


class PortalAsked(BaseModel):
    """Where to come back to; only a place of this portal is taken."""

    return_url: str | None = Field(default=None, examples=["https://credits.example.com/plan"])
    account_uid: Account | None = Field(default=None)


class Success(BaseModel):
    """Every answer says that it is one."""

    success: bool = Field(examples=[True])


class OwnAmount(BaseModel):
    """How many credits a buyer may choose."""

    least: Number
    most: Number
    step: Number


class Price(BaseModel):
    """A package of credits, or an amount of the buyer's own: then `amount` and `credits` are those of the least."""

    id: str
    key: str
    name: str
    description: str
    amount: Minor
    currency: str
    credits: Number
    bonus: Number
    own_amount: OwnAmount | None
    default: bool


class Prices(Success):
    """What is on sale."""

    prices: list[Price]
    publishable_key: str | None


class _Begun(Success):
    """A purchase the browser can now pay."""

    client_secret: str
    order_id: str
    account_uid: Account
    price_id: str
    amount: Minor
    currency: str
    credits: Number
    bonus: Number
    publishable_key: str | None


class PaymentIntent(_Begun):
    """A top-up to confirm with Stripe.js."""

    payment_intent_id: str


class CheckoutSession(_Begun):
    """An embedded Checkout to mount with Stripe.js."""

    session_id: str


class SubscriptionIntent(Success):
    """A subscription whose first payment is to be confirmed with Stripe.js."""

    client_secret: str | None
    subscription_id: str
    account_uid: Account
    publishable_key: str | None


class OfferedPlan(BaseModel):
    """A plan on offer; `id` is the price to send."""

    id: str
    code: str
    name: str
    description: str
    amount: Minor
    currency: str
    interval: str
    interval_count: int
    included_runs: int | None


class Catalog(Success):
    """The plans on offer."""

    plans: list[OfferedPlan]


class PlanState(BaseModel):
    """A subscription as it was last seen, and the wallet beside it. `is_eligible`: whether it opens top-ups."""

    account_uid: Account
    account_handle: str
    subscription_id: str | None
    plan_id: str | None
    plan_code: str
    plan_name: str
    status: str
    is_eligible: bool
    current_period_start: str | None
    current_period_end: str | None
    cancel_at_period_end: bool
    ends_at: str | None
    wallet_balance: Number
    wallet_quota: Number | None
    wallet_is_quota: bool
    included_runs: int | None
    current_runs: int | None
    remaining_runs: int | None
    current_credits: Number | None
    amount: Minor | None = Field(default=None)
    currency: str | None = Field(default=None)
    interval: str | None = Field(default=None)


class PortalDoor(BaseModel):
    """Where cards, invoices and plans are managed."""

    url: str
    route: str
    is_modal: bool
    metadata: dict[str, str | None]


class State(Success):
    """The subscription under both of its names."""

    account_uid: Account
    plan: PlanState
    subscription: PlanState
    available_plans: list[OfferedPlan]
    portal: PortalDoor


class Changed(State):
    """The subscription after the change."""

    status: str
    cancel_at_period_end: bool
    message: str


class AccountDetails(BaseModel):
    """An account with its plan."""

    uid: str
    account_uid: Account
    handle: str
    name: str
    type: str
    is_eligible: bool
    wallet_balance: Number
    subscription: PlanState


class Accounts(Success):
    """Accounts with their plans."""

    accounts: list[AccountDetails]


class Credits(BaseModel):
    """Credits that can be spent; `quota` is null because they are prepaid."""

    credits: Number
    quota: Number | None
    last_update: str


class Wallet(Success):
    """An account's credits."""

    account_uid: Account
    credits: Credits
    reserved: Number
    reservations: list[dict[str, Any]]


class PortalAddress(Success):
    """An address of the customer portal, valid for minutes."""

    account_uid: Account
    portal: PortalDoor


def takes(shape: type[BaseModel], **example: object) -> dict[str, Any]:
    """The part of a route's document that says what body it takes."""
    content = {"application/json": {"schema": shape.model_json_schema(), "example": example}}
    return {"requestBody": {"required": True, "content": content}}
