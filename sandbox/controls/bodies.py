"""What control requests say: the base of all bodies, and the switches of the network. Used by this room."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.errors import Json, invalid
from sandbox.faults import NEVER_SECONDS, FaultKind


class Body(BaseModel):
    """A request body; a key nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid")


class DeliverySwitches(Body):
    paused: bool | None = Field(None, description="Hold every delivery back until it is false again.")
    drop_next: int | None = Field(None, ge=0, description="Lose the next n events for good; they can be sent again.")
    duplicate: int | None = Field(None, ge=0, le=20, description="Post each event this many more times.")
    delay_seconds: float | None = Field(None, ge=0, le=3600, description="Wait before the first try.")
    shuffle: bool | None = Field(None, description="Groups of four events arrive in reverse order.")
    retry_seconds: list[float] | None = Field(
        None, max_length=20, description="Pauses before further tries, then it is given up; null is the usual way."
    )
    signature: Literal["right", "wrong", "missing"] | None = Field(None, description="How events are signed.")
    second_signature: bool | None = Field(None, description="A second v1 by an unknown secret, before the right one.")
    shift_seconds: int | None = Field(
        None, description="Signed that much later than now; below zero it is stale (the SDK allows 300 seconds)."
    )
    disturb_next: int | None = Field(
        None, ge=0, description="The three above spoil the next n posts only; null is all of them."
    )
    thin: Literal["no", "instead", "beside"] | None = Field(
        None, description="Thin event notifications in place of the usual events, or beside them."
    )


class FaultSwitches(Body):
    slow_seconds: float | None = Field(None, ge=0, le=120, description="Each request takes this much longer.")
    fail_next: int | None = Field(None, ge=0, description="The next n requests fail before any work is done.")
    fail_status: Literal[429, 500, 503] | None = None
    should_retry: bool | None = Field(None, description="Send Stripe-Should-Retry with those failures.")
    lose_next: int | None = Field(None, ge=0, description="The next n requests are carried out, their answer is lost.")


class RouteFault(Body):
    kind: FaultKind = Field(
        description="rate_limit and lock_timeout: 429. error: a 5xx. hang: no answer. cut: the line breaks. "
        "not_json, half: a spoiled body. replace: a field of the answer gets another value."
    )
    method: Literal["*", "GET", "POST", "DELETE"] = "*"
    path: str = Field("/**", description="Such as /v1/payment_intents/{id}/confirm; * is one step, ** anything.")
    times: int | None = Field(1, ge=1, description="How many requests; null is until it is switched off.")
    after: bool = Field(False, description="Error, pause or cut come after the work is done.")
    keep: Literal["error", "result"] = Field(
        "error", description="What is replayed for the idempotency key of an error after the work."
    )
    status: Literal[500, 503] = 500
    seconds: float = Field(
        NEVER_SECONDS, ge=0, le=NEVER_SECONDS, description="How long it hangs; if not told, for good."
    )
    should_retry: bool | None = Field(None, description="Send Stripe-Should-Retry with the failure.")
    field: str = Field("status", description="Which field is replaced; data.0.status in a list.")
    value: Any = Field("never_heard_of", description="What stands there instead.")


class EndpointSetting(Body):
    url: str | None = Field(None, description="Where webhooks go; null switches them off.")
    secrets: list[str] = Field(default_factory=list, description="Each one signs, as while a secret is rolled.")


def told(body: Body, nullable: tuple[str, ...] = ()) -> Json:
    """What was said. null says nothing, but for switches that have it as a position."""
    given = body.model_dump(exclude_unset=True)
    return {name: value for name, value in given.items() if value is not None or name in nullable}


def turn(target: object, values: Json) -> None:
    """Sets switches by their names. One that does not exist is refused, and none of them is moved then."""
    for name in values:
        if not hasattr(target, name):
            raise invalid(f"Unknown switch: {name}", name)
    for name, value in values.items():
        setattr(target, name, value)
