"""Faults on demand, so that a portal can be tried against a slow or failing Stripe.
Set by `controls.network`, felt in `dispatch`.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from sandbox.errors import Refusal

SAYINGS: dict[str, tuple[int, str, str | None, str]] = {
    "rate_limit": (
        429,
        "invalid_request_error",
        "rate_limit",
        "Request rate limit exceeded. Learn more about rate limits in the docs.",
    ),
    "lock_timeout": (
        429,
        "invalid_request_error",
        "lock_timeout",
        "This object cannot be accessed right now because another API request or Stripe process is currently accessing "
        "it. If you see this error intermittently, retry the request. If you see this error frequently and are making "
        "multiple concurrent requests to a single object, make your requests serially or at a lower rate.",
    ),
    "500": (500, "api_error", None, "Something went wrong on Stripe's end."),
    "503": (503, "api_error", None, "Stripe is temporarily unable to answer."),
}
NEVER_SECONDS = 86400.0
LOOK_SECONDS = 0.05
FaultKind = Literal["rate_limit", "lock_timeout", "error", "hang", "cut", "not_json", "half", "replace"]


def refusal(saying: str, *, should_retry: bool | None = None, counted: bool = False) -> Refusal:
    """The error of this name. `counted` ones come after the work and are kept for the idempotency key."""
    status, kind, code, message = SAYINGS[saying]
    hint = {} if should_retry is None else {"Stripe-Should-Retry": str(should_retry).lower()}
    return Refusal(status, {"type": kind, "code": code, "message": message}, counted=counted, headers=hint)


@dataclass
class Fault:
    """One trouble that the requests to one route meet, `left` more times or (None) until it is switched off.

    `path` may hold `*` or `{id}` for one step and `**` for anything. `after` puts an error, a pause or a cut behind
    the work. Stripe keeps such an error as the answer to the idempotency key; with `keep` "result" the work's own
    answer is kept, as when something between Stripe and the portal failed.
    """

    id: str
    kind: FaultKind
    method: str = "*"
    path: str = "/**"
    left: int | None = 1
    after: bool = False
    keep: Literal["error", "result"] = "error"
    status: Literal[500, 503] = 500
    seconds: float = NEVER_SECONDS
    should_retry: bool | None = None
    field: str = "status"
    value: Any = "never_heard_of"

    def met_by(self, method: str, path: str) -> bool:
        return self.left != 0 and self.method in ("*", method) and bool(_pattern(self.path).fullmatch(path))

    def before(self) -> None:
        """What comes before any work: the idempotency key stays free."""
        if self.kind in ("rate_limit", "lock_timeout"):
            raise refusal(self.kind, should_retry=self.should_retry)
        if self.kind in ("error", "cut") and not self.after:
            raise refusal(str(self.status), should_retry=self.should_retry)

    def worked(self) -> None:
        """The work is done and its answer is not yet kept."""
        if self.kind == "error" and self.after and self.keep == "error":
            raise refusal(str(self.status), should_retry=self.should_retry, counted=True)


@dataclass
class Faults:
    """What the next requests to the API will suffer: all of them, or those to one route."""

    slow_seconds: float = 0.0
    fail_next: int = 0
    fail_status: int = 500
    should_retry: bool | None = None
    lose_next: int = 0
    routes: list[Fault] = field(default_factory=list)

    def meet(self, method: str, path: str) -> Fault | None:
        """The fault this request runs into, counted; the one that was set first goes first."""
        fault = next((fault for fault in self.routes if fault.met_by(method, path)), None)
        if fault is not None and fault.left is not None:
            fault.left -= 1
        return fault

    async def hang(self, fault: Fault) -> None:
        """No answer until its time is over, or until the fault is switched off."""
        end = asyncio.get_running_loop().time() + fault.seconds
        while fault in self.routes and (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(left, LOOK_SECONDS))

    def before(self) -> None:
        """The failures that come before any work: the idempotency key stays free."""
        if self.fail_next > 0:
            self.fail_next -= 1
            saying = "rate_limit" if self.fail_status == 429 else str(self.fail_status)
            raise refusal(saying, should_retry=self.should_retry)

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


def replaced(body: Any, way: list[str], value: Any) -> Any:
    """A copy in which the field at this way (`data.0.status` is `["data", "0", "status"]`) holds another value.
    What the answer does not have stays as it is.
    """
    if not way:
        return value
    step, rest = way[0], way[1:]
    if isinstance(body, list) and step.isdigit() and int(step) < len(body):
        return [replaced(row, rest, value) if place == int(step) else row for place, row in enumerate(body)]
    if isinstance(body, dict) and step in body:
        return {**body, step: replaced(body[step], rest, value)}
    return body


@cache
def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*|\{\w+\})", path)
    return re.compile(
        "".join({"**": ".*"}.get(part, "[^/]+" if part[:1] in ("*", "{") else re.escape(part)) for part in parts)
    )
