"""The shapes of what is asked and answered about changes of plans, for the API document. Only api/ imports it.

Amounts of money are decimal strings in major units, in one currency for the whole answer.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictInt
from pydantic.json_schema import SkipJsonSchema

from api.shapes import Account, Moment, Shape, Signed
from billing.rules.plan_changes import SEATS_MOST

Amount = Annotated[str, Field(examples=["49.00"], description="Major units; negative for what is given back.")]
PlanName = Annotated[str, Field(min_length=1, max_length=100, examples=["team"])]
Rhythm = Annotated[str, Field(max_length=20, examples=["month"])]
Seats = Annotated[StrictInt, Field(ge=1, le=SEATS_MOST, examples=[5])]
Code = Annotated[str, Field(min_length=1, max_length=200, examples=["SPRING20"])]
WhenWord = Annotated[Literal["now", "period_end"], Field(examples=["now"])]


class ChangeAsked(Shape):
    """A change to look at. Interval and seats that are left out stay as they are; `coupon` is for managers."""

    account: Account
    plan: PlanName
    interval: Rhythm | SkipJsonSchema[None] = Field(default=None)
    seats: Seats | SkipJsonSchema[None] = Field(default=None)
    when: WhenWord = Field(default="now")
    promotion_code: Code | SkipJsonSchema[None] = Field(default=None)
    coupon: Code | SkipJsonSchema[None] = Field(default=None)


class ChangeConfirmed(ChangeAsked):
    """The same change, with the token of the preview it was seen in."""

    as_previewed: str = Field(max_length=200, examples=["1700000000000000-0f3a9c5e7d1b2a4c6e8f0a1b2c3d4e5f60718293"])


class AccountNamed(Shape):
    """An account."""

    account: Account


class Told(BaseModel):
    """Any answer here."""


class Side(Told):
    """A plan as it is had or would be. `amount` is what an interval costs, `credits` what each brings."""

    plan: str
    title: str
    interval: str
    interval_count: int
    seats: int | None
    amount: Amount
    credits: Signed


class Line(Told):
    """One line of an invoice to come."""

    text: str
    amount: Amount
    discount: Amount
    tax: Amount
    period_start: Moment
    period_end: Moment
    proration: bool


class Invoice(Told):
    """An invoice to come. `kept` of what is given back waits for later invoices."""

    at: Moment
    lines: list[Line]
    discount: Amount
    tax: Amount
    total: Amount
    due: Amount
    kept: Amount


class Coming(Told):
    """Credits that come when an invoice is paid; they never expire without an `expires_at`."""

    plan: str
    credits: Signed
    expires_at: Moment | None


class LimitChanged(Told):
    """A limit before and after; null is any number. `exceeded`: more is in use than the new plan allows."""

    name: str
    before: int | None
    after: int | None
    used: int
    exceeded: bool


class ChangeShown(Told):
    """Everything to see before the change. Send `as_previewed` back with it before `valid_until`."""

    as_previewed: str
    valid_until: Moment
    when: WhenWord
    effective_at: Moment
    currency: str
    before: Side
    after: Side
    due_now: Amount
    credited: Amount
    now: Invoice | None
    next: Invoice
    credits_now: list[Coming]
    credits_next: list[Coming]
    features_gained: list[str]
    features_lost: list[str]
    limits: list[LimitChanged]
    collection: Literal["charge_automatically", "send_invoice"]
    days_until_due: int | None
    reduction: str | None
    ends_trial: bool
    drops_planned: bool


class Planned(Side):
    """A plan that begins later."""

    effective_at: Moment


class Waiting(Side):
    """A plan that begins once it is paid, on the page /plan or at its invoice; dropped when that takes too long."""

    expires_at: Moment


class SubscriptionState(Told):
    """What the account has. `status` is the provider's word; null without a subscription.

    `waiting`: the bank wants its customer to confirm the payment of a change.
    """

    account: Account
    status: str | None
    current: Side | None
    planned: Planned | None
    waiting: Waiting | None
    period_end: Moment | None
    trial_end: Moment | None
    ends_at: Moment | None


class Offered(Side):
    """A plan on sale in one rhythm, with the seats the account has now. `when`: what a page should offer first."""

    key: str
    description: str
    currency: str
    features: list[str]
    credits_on_start: Signed
    trial_days: int
    is_current: bool
    when: WhenWord | None


class Plans(Told):
    """What the account can have; `default` is the plan of whoever has no other."""

    account: Account
    default: str | None
    plans: list[Offered]


REQUESTS: tuple[type[Shape], ...] = (ChangeAsked, ChangeConfirmed, AccountNamed)
