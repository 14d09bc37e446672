"""Faults on demand, so that a portal can be tried against a slow or failing Stripe.
Set by `control`, felt in `dispatch`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sandbox.errors import Json, Refusal

SAYINGS: dict[int, tuple[str, str | None, str]] = {
    429: (
        "invalid_request_error",
        "rate_limit",
        "Request rate limit exceeded. Learn more about rate limits in the docs.",
    ),
    500: ("api_error", None, "Something went wrong on Stripe's end."),
    503: ("api_error", None, "Stripe is temporarily unable to answer."),
}


@dataclass
class Faults:
    """What the next requests to the API will suffer."""

    slow_seconds: float = 0.0
    fail_next: int = 0
    fail_status: int = 500
    should_retry: bool | None = None
    lose_next: int = 0

    async def before(self) -> None:
        """The failures that come before any work: the idempotency key stays free."""
        if self.fail_next <= 0:
            return
        self.fail_next -= 1
        kind, code, message = SAYINGS[self.fail_status]
        hint = {} if self.should_retry is None else {"Stripe-Should-Retry": str(self.should_retry).lower()}
        body: Json = {"type": kind, "code": code, "message": message}
        raise Refusal(self.fail_status, body, counted=False, headers=hint)

    async def during(self) -> None:
        """Time passes while the key is held, so a second request with the same key meets a 409."""
        if self.slow_seconds > 0:
            await asyncio.sleep(self.slow_seconds)

    def loses_answer(self) -> bool:
        """The work was done and the line breaks before the answer: the case idempotency keys are made for."""
        if self.lose_next <= 0:
            return False
        self.lose_next -= 1
        return True
