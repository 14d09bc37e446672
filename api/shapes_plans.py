"""The shapes of what is asked and answered about plans, for the API document. Only api/ imports it.

Request shapes describe what is checked by hand; a test holds the two against each other.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StrictInt
from pydantic.json_schema import SkipJsonSchema

from api.shapes import Account, Moment, Shape
from billing.rules.entitlements import COUNT_MOST
from billing.rules.texts import KEY_MAX

Limit = Annotated[str, Field(min_length=1, max_length=40, examples=["pipelines"])]
Holder = Annotated[
    str,
    Field(
        min_length=1, max_length=KEY_MAX, examples=["pipeline-2041"], description="Your own name of what is counted."
    ),
]
Count = Annotated[StrictInt, Field(ge=1, le=COUNT_MOST)]
PlanKey = Annotated[str | None, Field(examples=["free"], description="Null without a plan.")]
Most = Annotated[int | None, Field(examples=[3], description="Null: any number.")]


class AllowanceAsked(Shape):
    """A question: one feature, or one limit with the number of further ones."""

    account: Account
    feature: Annotated[str, Field(max_length=40, examples=["priority-support"])] | SkipJsonSchema[None] = Field(
        default=None
    )
    limit: Limit | SkipJsonSchema[None] = Field(default=None)
    count: Count = Field(default=1)


class PlaceNamed(Shape):
    """The places of one holder."""

    account: Account
    limit: Limit
    holder: Holder


class PlaceAsked(PlaceNamed):
    """Places to take."""

    count: Count = Field(default=1)


class Told(BaseModel):
    """Any answer here."""


class Upgrade(Told):
    """The cheapest plan that would allow it. `price` is in major units."""

    plan: str = Field(examples=["team"])
    name: str = Field(examples=["Team"])
    price: str = Field(examples=["49.00"])
    currency: str = Field(examples=["USD"])
    interval: str = Field(examples=["month"])
    url: str = Field(examples=["https://credits.example.com/plan"], description="Where a person changes the plan.")


class Allowance(Told):
    """Whether it is allowed; `reason` says in sentences why not. `used` and `limit` tell of a limit that was asked."""

    allowed: bool
    reason: str
    plan: PlanKey
    used: int | None
    limit: Most
    upgrade: Upgrade | None


class PlaceTaken(Allowance):
    """A place that is held; `used` counts it in."""

    holder: str
    count: int
    taken_at: Moment


class PlaceReleased(Told):
    """`released`: whether there was something to give back."""

    holder: str
    released: bool


class LimitState(Told):
    """What is in use of one thing that is counted."""

    name: str
    used: int
    limit: Most


class Place(Told):
    """One holder and what it holds."""

    limit: str
    holder: str
    count: int
    taken_at: Moment


class Entitlements(Told):
    """An account's plan. `closed` says why a subscription that has not ended opens nothing now."""

    account: Account
    plan: PlanKey
    closed: str
    features: list[str]
    limits: list[LimitState]
    places: list[Place]


REQUESTS: tuple[type[Shape], ...] = (AllowanceAsked, PlaceNamed, PlaceAsked)
